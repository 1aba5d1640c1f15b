#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

#include <doctest/doctest.h>

#include "hebb/spiking/rules/pair_stdp.hpp"
#include "tests/spiking/trains.hpp"

using namespace hebb;

namespace {

const PairParameters window{.a_plus = 0.05, .a_minus = 0.06, .tau_plus_ms = 17, .tau_minus_ms = 34};

/// Poisson trains on a grid of 1 ms, where spikes coincide, with a silent stretch in the middle.
std::vector<Train> trains(Index count, double rate_hz, double duration_ms, double silence_ms,
                          std::uint32_t stream) {
  std::vector<Train> result;
  for (Index k = 0; k < count; ++k) {
    result.push_back(poisson(rate_hz, duration_ms, 1,
                             Random{.seed = 7}.stream("trains", stream).at(std::uint64_t(k))));
    for (double& time : result.back())
      if (time > duration_ms / 2) time += silence_ms;
  }
  return result;
}

/// The largest difference between the settled weights and those of the dense rule.
template <typename Bounds>
double difference(double pre_hz, double post_hz, double duration_ms, double silence_ms,
                  const PairParameters& lazy_window = window) {
  const Shape shape{.pre = 6, .post = 20};
  const PairStdp<double, Additive, AllToAll, Bounds> dense{.parameters = window};
  const SparsePairStdp<double, Bounds> sparse{.parameters = lazy_window};
  auto expected = dense.init(shape);
  expected.weights.setConstant(0.5);
  auto found = sparse.init(shape);
  found.weights.setConstant(0.5);
  const auto pre = trains(shape.pre, pre_hz, duration_ms, silence_ms, 1),
             post = trains(shape.post, post_hz, duration_ms, silence_ms, 2);
  play(dense, pre, post, expected);
  play(sparse, pre, post, found);
  sparse.settle(found);
  return (to_matrix(found.connections, found.weights) - expected.weights).cwiseAbs().maxCoeff();
}

}  // namespace

TEST_CASE(
    "sparse pair: postponed changes give the weights of the dense rule, at all rates, over "
    "silence, with and without bounds") {
  for (const double silence : {0.0, 720.0, 1e6})  // none, about an epoch, and many
    for (const auto& hz : {std::pair{10.0, 10.0}, {2.0, 150.0}, {100.0, 5.0}}) {
      CAPTURE(silence);
      CAPTURE(hz.second);
      CHECK(difference<Unbounded>(hz.first, hz.second, 4000, silence) < 1e-12);
      CHECK(difference<HardBounds>(hz.first, hz.second, 4000, silence) < 1e-12);
    }
  PairParameters other = window;
  other.tau_plus_ms *= 1.001;
  CHECK(difference<Unbounded>(10, 10, 4000, 0, other) > 1e-6);
}

TEST_CASE(
    "sparse pair: before settling a weight is that of the last arrival, afterwards it is current") {
  const SparsePairStdp<double> rule{.parameters = window};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(0.5);
  const Index neuron[] = {0};
  rule.update({0, neuron}, {0, {}}, state);
  rule.update({10, {}}, {10, neuron}, state);
  CHECK(state.weights(0) == 0.5);
  rule.settle(state);
  CHECK(state.weights(0) == doctest::Approx(0.5 + 0.05 * std::exp(-10.0 / 17)));
  rule.settle(state);
  CHECK(state.weights(0) == doctest::Approx(0.5 + 0.05 * std::exp(-10.0 / 17)));
}

TEST_CASE(
    "sparse pair: an arriving spike transmits weights after their postponed increase and before "
    "their decrease") {
  const SparsePairStdp<double> rule{.parameters = window};
  auto state = rule.init(connect_list({.pre = 2, .post = 3}, {{0, 2}, {1, 0}, {1, 1}}));
  state.weights.setConstant(0.5);
  const Index first[] = {0}, last[] = {2};
  std::vector<std::pair<Index, double>> delivered;
  const auto deliver = [&](Index i, double weight) { delivered.emplace_back(i, weight); };
  rule.update({0, first}, {0, {}}, state, deliver);
  rule.update({10, {}}, {10, last}, state, deliver);
  rule.update({15, first}, {15, {}}, state, deliver);
  REQUIRE(delivered.size() == 2);
  CHECK(delivered[0] == std::pair<Index, double>{2, 0.5});
  const double earned = 0.5 + 0.05 * std::exp(-10.0 / 17);
  CHECK(delivered[1].second == doctest::Approx(earned));
  CHECK(state.weights(0) == doctest::Approx(earned - 0.06 * std::exp(-5.0 / 34)));
  CHECK(state.weights.tail(2) == Vector<double>::Constant(2, 0.5));
}

TEST_CASE("sparse pair: in float the weights differ from those in double by rounding only") {
  const auto pre = trains(10, 20, 3000, 0, 3), post = trains(10, 20, 3000, 0, 4);
  const SparsePairStdp<float, Unbounded> single{.parameters = window};
  const SparsePairStdp<double, Unbounded> twice{.parameters = window};
  auto a = single.init({.pre = 10, .post = 10});
  auto b = twice.init({.pre = 10, .post = 10});
  play(single, pre, post, a);
  play(twice, pre, post, b);
  single.settle(a), twice.settle(b);
  CHECK((a.weights.cast<double>() - b.weights).cwiseAbs().maxCoeff() < 2e-5);
  CHECK(b.weights.cwiseAbs().maxCoeff() > 0.3);
}

TEST_CASE("sparse pair: in float, a silence of 95 time constants does not overflow strengths") {
  const SparsePairStdp<float, Unbounded> rule{.parameters = window};
  auto state = rule.init({.pre = 1, .post = 1});
  const Index only[] = {0};
  for (const double time_ms : {1.0, 1 + 95 * window.tau_plus_ms}) {
    rule.update({time_ms, only}, {time_ms, {}}, state);
    rule.update({time_ms + 1, {}}, {time_ms + 1, only}, state);
  }
  rule.settle(state);
  const double pair = window.a_plus * std::exp(-1 / window.tau_plus_ms);
  CHECK(state.weights(0) == doctest::Approx(2 * pair));
}

TEST_CASE("sparse pair: restarting the count of moments changes nothing") {
  const SparsePairStdp<float, Unbounded> rule{.parameters = window};
  const auto pre = trains(6, 20, 1000, 0, 5), post = trains(6, 20, 1000, 0, 6);
  auto fresh = rule.init({.pre = 6, .post = 6}), old = fresh;
  old.moment = old.settled = old.epoch_moment = float((1 << 23) - 100);
  old.last_arrival.setConstant(old.moment);
  play(rule, pre, post, fresh);
  play(rule, pre, post, old);
  rule.settle(fresh), rule.settle(old);
  CHECK(old.moment < 1000);
  CHECK((fresh.weights - old.weights).cwiseAbs().maxCoeff() < 1e-6);
  CHECK(fresh.weights.cwiseAbs().maxCoeff() > 0.1);
}

TEST_CASE(
    "sparse pair: an impossible count of spikes, as in a forged checkpoint, stays within the "
    "history") {
  const SparsePairStdp<double> rule;
  auto state = rule.init({.pre = 1, .post = 1});
  state.emitted(0) = -5;
  const std::vector<Index> spike{0};
  for (int t = 0; t < 10; ++t) rule.update({double(t), spike}, {double(t), spike}, state);
  rule.settle(state);
  CHECK(state.emitted(0) == 5);
  CHECK(state.history.col(0).head(SparsePairStdp<double>::kept).maxCoeff() == 10);
}
