#include "hebb/spiking/synapses.hpp"

#include <doctest/doctest.h>

#include <set>

#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/triplet.hpp"

using namespace hebb;

namespace {

using Synapse = std::array<Index, 3>;  // pre, post, place

/// The synapses as `outgoing` and as `incoming` visit them.
template <typename Synapses>
std::array<std::vector<Synapse>, 2> visited(const Synapses& synapses) {
  std::array<std::vector<Synapse>, 2> result;
  for (Index j = 0; j < synapses.shape.pre; ++j)
    synapses.outgoing(j, [&](Index i, Index k) { result[0].push_back({j, i, k}); });
  for (Index i = 0; i < synapses.shape.post; ++i)
    synapses.incoming(i, [&](Index j, Index k) { result[1].push_back({j, i, k}); });
  std::sort(result[1].begin(), result[1].end());
  return result;
}

/// The places of the weights that a moment touches. Weights out of bounds, set after the first
/// update, show it: every change of a weight clips it at a bound.
std::set<Index> touched(const auto& rule, const Connections& connections,
                        const std::vector<Index>& pre, const std::vector<Index>& post) {
  auto state = rule.init(connections);
  state.weights.setConstant(0.5);
  rule.update({1, {}}, {1, {}}, state);
  state.weights.setConstant(7);
  rule.update({2, pre}, {2, post}, state);
  std::set<Index> places;
  for (Index k = 0; k < connections.size(); ++k)
    if (state.weights(k) != 7) places.insert(k);
  return places;
}

}  // namespace

TEST_CASE("synapses: outgoing and incoming visit every synapse once, at one place") {
  const FullSynapses dense{{.pre = 2, .post = 3}};
  const auto all = visited(dense);
  CHECK(all[0] ==
        std::vector<Synapse>{{0, 0, 0}, {0, 1, 1}, {0, 2, 2}, {1, 0, 3}, {1, 1, 4}, {1, 2, 5}});
  CHECK(all[1] == all[0]);
  CHECK(dense.size() == 6);
  const SparseSynapses sparse(connect_list({.pre = 3, .post = 3}, {{2, 1}, {0, 2}, {0, 0}}));
  const auto some = visited(sparse);
  CHECK(some[0] == std::vector<Synapse>{{0, 0, 0}, {0, 2, 1}, {2, 1, 2}});
  CHECK(some[1] == some[0]);
  CHECK(visited(SparseSynapses(connect_all({.pre = 2, .post = 3}))) == all);
}

TEST_CASE("synapses: values are a matrix where all are connected, and a vector otherwise") {
  const FullSynapses dense{{.pre = 2, .post = 3}};
  const Matrix<float> matrix = values_of(dense, 2.0f);
  CHECK(matrix == Matrix<float>::Constant(3, 2, 2));
  const SparseSynapses sparse(connect_list({.pre = 3, .post = 3}, {{2, 1}, {0, 2}}));
  const Vector<double> vector = values_of(sparse, 1.0);
  CHECK(vector == Vector<double>::Ones(2));
  CHECK_NOTHROW(require_values(matrix, dense, "Rule", "weights"));
  CHECK_THROWS_AS(require_values(vector, dense, "Rule", "weights"), ShapeError);
  CHECK_THROWS_AS(require_values(Vector<double>::Ones(3), sparse, "Rule", "weights"), ShapeError);
}

TEST_CASE("synapses: a moment touches the synapses of the neurons that spike, and no others") {
  const Connections connections = connect_randomly({.pre = 20, .post = 30}, 0.2, {.seed = 1});
  const std::vector<Index> pre{3, 11}, post{0, 7, 29};
  std::set<Index> expected;
  connections.for_each([&](Index j, Index i, Index k) {
    if (j == 3 || j == 11 || i == 0 || i == 7 || i == 29) expected.insert(k);
  });
  REQUIRE(expected.size() > 10);
  REQUIRE(Index(expected.size()) < connections.size() / 2);
  CHECK(touched(PairStdp<double>{}, connections, pre, post) == expected);
  CHECK(touched(PairStdp<double, Additive, NearestPreCentred>{}, connections, pre, post) ==
        expected);
  CHECK(touched(Inhibitory<double>{}, connections, pre, post) == expected);
  CHECK(touched(Triplet<double>{triplet::visual_cortex_full}, connections, pre, post) == expected);
}
