#include "hebb/spiking/rules/inhibitory.hpp"

#include <doctest/doctest.h>

#include "tests/spiking/trains.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("inhibitory: the window is even in d and lies above -alpha, worked by hand",
                   Scalar, float, double) {
  const Inhibitory<Scalar> rule{.parameters = {.eta = 0.1, .target_hz = 10, .tau_ms = 20}};
  for (const double d : {2.0, 15.0, 60.0}) {
    const double expected = 0.5 + 0.1 * (std::exp(-d / 20) - 0.4);  // alpha = 2 * 10 Hz * 20 ms
    CHECK(weight_after(rule, {100}, {100 + d}, 0.5) == doctest::Approx(expected));
    CHECK(weight_after(rule, {100 + d}, {100}, 0.5) == doctest::Approx(expected));
  }
}

TEST_CASE("inhibitory: spikes of one moment do not interact") {
  const Inhibitory<double> rule{.parameters = {.eta = 0.1, .target_hz = 10}};
  CHECK(weight_after(rule, {100}, {100}, 0.5) == doctest::Approx(0.5 - 0.1 * 0.4));
}

TEST_CASE("inhibitory: the drift is zero at the target rate and changes its sign there") {
  const Inhibitory<double, Unbounded> rule{.parameters = {.eta = 1e-3, .target_hz = 5}};
  for (const double post_hz : {2.5, 5.0, 10.0}) {
    const Drift drift = poisson_drift(rule, 10, post_hz, {.pre = 40, .post = 40}, 60, 1);
    CAPTURE(post_hz);
    CHECK(std::abs(drift.mean - 1e-3 * 10 * 2 * 0.020 * (post_hz - 5)) < 3 * drift.error);
    CHECK((drift.mean < -3 * drift.error) == (post_hz < 5));
    CHECK((drift.mean > 3 * drift.error) == (post_hz > 5));
  }
}

TEST_CASE(
    "inhibitory: a neuron with strong excitation comes to fire at the target rate, within a "
    "tenth") {
  // A Poisson neuron of rate [60 Hz - sum of weighted inhibitory traces]+, in steps of 1 ms.
  constexpr double target = 8, drive = 60;
  constexpr Index inputs = 200;  // so that a single one has little effect on the rate
  const Inhibitory<double> rule{.parameters = {.eta = 5e-3, .target_hz = target},
                                .bounds = {.upper = 100}};
  auto state = rule.init({.pre = inputs, .post = 1});
  Random random{.seed = 1};
  Index spikes_at_the_end = 0;
  constexpr Index steps = 60000, last = 40000;
  std::vector<Index> pre, post;
  for (Index step = 0; step < steps; ++step) {
    pre.clear(), post.clear();
    for (Index j = 0; j < inputs; ++j)
      if (random.bernoulli(0.02)) pre.push_back(j);
    const double rate = std::max(0.0, drive - (state.weights * state.pre_trace.value).value());
    if (random.bernoulli(rate / 1000)) post.push_back(0);
    rule.update({double(step), pre}, {double(step), post}, state);
    if (step >= steps - last) spikes_at_the_end += Index(post.size());
  }
  const double rate = double(spikes_at_the_end) / (last / 1000.0);
  CHECK(rate == doctest::Approx(target).epsilon(0.1));
  CHECK(state.weights.minCoeff() > 0);
}
