// Consecutive layers on consecutive ranks have the weights of one process, bit for bit.
#include "hebb/mpi/pipeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/mpi/ranks.hpp"
#include "tests/products.hpp"

using namespace hebb;

namespace {

using Layer = Dense<SoftHebb<double>, Relu>;

template <std::size_t... k>
auto stack_of(std::index_sequence<k...>) {
  return Stack((void(k), Layer({.parameters = {.eta = 0.05}}, {.pre = 6, .post = 6}))...);
}

/// `count` of four layers, from number `first` on, trained in a row of ranks.
template <std::size_t first, std::size_t count>
void compare_bits(const mpi::Communicator& ranks) {
  auto alone = stack_of(std::make_index_sequence<4>{});
  auto own = stack_of(std::make_index_sequence<count>{});
  alone.initialize({.seed = 1}, 2.0);
  mpi::Pipeline<double> row(ranks);
  row.initialize(own, first, Random{.seed = 1}, 2.0);
  for (std::uint32_t t = 0; t < 100; ++t) {
    const Matrix<double> x = Random{.seed = 2}.stream("x", t).normal<double>(6, 3 + Index(t % 2));
    alone.train(x);
    row.train(own, x);
  }
  const Matrix<double> last = Random{.seed = 2}.stream("last").normal<double>(6, 5);
  alone.forward(last);
  row.forward(own, last);
  own.for_each_layer([&](auto& layer, std::size_t k) {
    std::size_t matched = 0;
    alone.for_each_layer([&](auto& other, std::size_t l) {
      if (l != first + k) return;
      ++matched;
      CHECK((layer.state.weights.array() == other.state.weights.array()).all());
      CHECK((layer.response().array() == other.response().array()).all());
    });
    CHECK(matched == 1);
  });
}

/// Calls body<first layer, layers>() for this rank's place among four layers.
void in_a_row(const mpi::Communicator& ranks, const auto& body) {
  const int r = ranks.rank();
  if (ranks.size() == 1) body.template operator()<0, 4>();
  if (ranks.size() == 2)
    r == 0 ? body.template operator()<0, 2>() : body.template operator()<2, 2>();
  if (ranks.size() == 3)
    r == 0   ? body.template operator()<0, 2>()
    : r == 1 ? body.template operator()<2, 1>()
             : body.template operator()<3, 1>();
  if (ranks.size() == 4)
    r == 0   ? body.template operator()<0, 1>()
    : r == 1 ? body.template operator()<1, 1>()
    : r == 2 ? body.template operator()<2, 1>()
             : body.template operator()<3, 1>();
}

/// The ages of the outputs from which this rank learned in 20 steps.
std::vector<Index> ages(const mpi::Communicator& ranks, mpi::Staleness staleness) {
  auto own = stack_of(std::make_index_sequence<1>{});
  mpi::Pipeline<double> row(ranks, staleness);
  row.initialize(own, std::size_t(ranks.rank()), Random{.seed = 1}, 2.0);
  const Matrix<double> x = Random{.seed = 2}.normal<double>(6, 3);
  row.forward(own, x);
  for (int t = 0; t < 20; ++t) row.train(own, x);
  row.forward(own, x);
  return row.ages();
}

}  // namespace

TEST_CASE("pipeline: four layers in a row of ranks have the bits of one process") {
  const mpi::Communicator ranks;
  in_a_row(ranks,
           [&]<std::size_t first, std::size_t count>() { compare_bits<first, count>(ranks); });
}

TEST_CASE("pipeline: stale by number, a rank learns from every third output three times") {
  const mpi::Communicator ranks;
  // What the ranks do, in one process: layer k learns at step t from what layer k - 1 gave at the
  // last step that is a multiple of three.
  auto alone = stack_of(std::make_index_sequence<4>{});
  alone.initialize({.seed = 1}, 2.0);
  in_a_row(ranks, [&]<std::size_t first, std::size_t count>() {
    auto own = stack_of(std::make_index_sequence<count>{});
    mpi::Pipeline<double> row(ranks, {.batches = 2, .delivery = mpi::Delivery::by_number});
    row.initialize(own, first, Random{.seed = 1}, 2.0);
    std::vector<std::int64_t> begins;
    const auto begin = std::int64_t(first);
    ranks.gather(&begin, 1, begins);
    std::array<Matrix<double>, 4> inputs;
    for (std::uint32_t t = 0; t < 20; ++t) {
      const Matrix<double> x = Random{.seed = 2}.stream("x", t).normal<double>(6, 3);
      Matrix<double> signal = x;
      alone.for_each_layer([&](auto& layer, std::size_t k) {
        const bool from_below = k > 0 && std::find(begins.begin(), begins.end(), k) != begins.end();
        if (!from_below || t % 3 == 0) inputs[k] = signal;
        signal = layer.forward(inputs[k]);
        layer.learn();
      });
      row.train(own, x);
    }
    own.for_each_layer([&](auto& layer, std::size_t k) {
      alone.for_each_layer([&](auto& other, std::size_t l) {
        if (l == first + k)
          CHECK((layer.state.weights.array() == other.state.weights.array()).all());
      });
    });
  });
}

TEST_CASE("pipeline: no output is older than declared, and none is taken that was not learned") {
  const mpi::Communicator ranks;
  CHECK_THROWS_WITH_AS(mpi::Pipeline<double>(ranks, {.batches = -1}),
                       "hebb::mpi: a staleness must be >= 0 batches, got -1", InvalidParameter);
  for (const Index batches : {0, 2}) {
    const std::vector<Index> found = ages(ranks, {.batches = batches});
    if (ranks.rank() > 0) CHECK(std::accumulate(found.begin(), found.end(), Index(0)) == 22);
    CHECK(Index(found.size()) <= batches + 1);
  }
  const std::vector<Index> found =
      ages(ranks, {.batches = 3, .delivery = mpi::Delivery::by_number});
  if (ranks.rank() > 0) CHECK(found == std::vector<Index>{7, 5, 5, 5});
}
