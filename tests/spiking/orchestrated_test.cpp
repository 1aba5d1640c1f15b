#include "hebb/spiking/rules/orchestrated.hpp"

#include <doctest/doctest.h>

#include "tests/spiking/trains.hpp"

using namespace hebb;

namespace {

using Rule = Orchestrated<double>;

/// The reference weight after a long time, with the weight held.
double reference_after(const Rule& rule, double weight, double reference, double ms) {
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(weight);
  state.reference.setConstant(reference);
  rule.update({0, {}}, {0, {}}, state);
  rule.update({ms, {}}, {ms, {}}, state);
  CHECK(state.weights.value() == weight);
  return state.reference.value();
}

}  // namespace

TEST_CASE_TEMPLATE("orchestrated: pairs and triplets by hand", Scalar, float, double) {
  const Orchestrated<Scalar> rule{.parameters = {.a = 0.1, .beta = 0, .delta = 0},
                                  .depression = {.amplitude = 0.05}};
  // pre at 0; post at 10 (no triplet yet), at 30 (after the spike at 10); pre at 40 pairs with
  // both.
  const double potentiation = 0.1 * std::exp(-30.0 / 20) * std::exp(-20.0 / 100);
  const double depression = 0.05 * (std::exp(-30.0 / 20) + std::exp(-10.0 / 20));
  CHECK(weight_after(rule, {0, 40}, {10, 30}, 1) == doctest::Approx(1 + potentiation - depression));
}

TEST_CASE("orchestrated: with a silent postsynaptic neuron each presynaptic spike adds delta") {
  const Rule rule;
  const Train pre = poisson(10, 20000, Random{.seed = 1});
  CHECK(weight_after(rule, pre, {}, 1) ==
        doctest::Approx(1 + 2e-5 * double(pre.size())).epsilon(1e-12));
}

TEST_CASE(
    "orchestrated: a postsynaptic burst alone pulls the weight to its reference by exp(-beta sum "
    "z^3)") {
  const Rule rule;
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(1);
  state.reference.setConstant(0.2);
  const Train burst{0, 5, 10, 15, 20, 25, 30, 35};
  play(rule, {{}}, {burst}, state);
  double cubes = 0;
  for (const double t : burst) {
    double z = 0;
    for (const double s : burst)
      if (s < t) z += std::exp((s - t) / 20);
    cubes += z * z * z;
  }
  CHECK(state.weights.value() ==
        doctest::Approx(0.2 + 0.8 * std::exp(-0.05 * cubes)).epsilon(1e-12));
  CHECK(cubes > 10);
}

TEST_CASE(
    "orchestrated: weight and reference have fixed points at 0, w_P / 2 and w_P, and the middle "
    "one is unstable") {
  const Rule rule;
  for (const double rest : {0.0, 0.25, 0.5})
    CHECK(reference_after(rule, rest, rest, 2e7) == doctest::Approx(rest));
  CHECK(reference_after(rule, 0, 0.1, 2e7) == doctest::Approx(0));
  CHECK(reference_after(rule, 0.5, 0.4, 2e7) == doctest::Approx(0.5));
}

TEST_CASE(
    "orchestrated: with the weight constant at w_P / 2 the reference has two stable values if P "
    "w_P^2 > 4, and one otherwise") {
  const double apart = std::sqrt(0.0625 - 1.0 / 20);  // of the stable values from w_P / 2
  CHECK(reference_after({}, 0.25, 0.26, 6e7) == doctest::Approx(0.25 + apart));
  CHECK(reference_after({}, 0.25, 0.24, 6e7) == doctest::Approx(0.25 - apart));
  const Rule shallow{.parameters = {.potential = 12}};
  CHECK(reference_after(shallow, 0.25, 0.4, 6e7) == doctest::Approx(0.25));
}

TEST_CASE(
    "orchestrated: consolidation steps are counted over all moments, however close these are") {
  const Rule rule{
      .parameters = {.potential = 0, .tau_consolidation_ms = 12000, .consolidation_step_ms = 1200}};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(1);
  for (int n = 0; n <= 12; ++n)
    rule.update({500.0 * n, {}}, {500.0 * n, {}}, state);  // 6000 ms, five steps
  CHECK(state.reference.value() == doctest::Approx(1 - std::pow(0.9, 5)));
}

TEST_CASE(
    "orchestrated: without the wells the reference follows the weight with tau_consolidation") {
  const Rule rule{.parameters = {.potential = 0}};
  CHECK(reference_after(rule, 1, 0, 1200e3) == doctest::Approx(1 - std::exp(-1)).epsilon(1e-3));
  CHECK(reference_after(rule, 1, 0, 2e7) == doctest::Approx(1).epsilon(1e-6));
}

TEST_CASE(
    "orchestrated: rate-dependent depression uses the rate just before the spikes of its moment, "
    "and keeps it over a break") {
  // Two spikes, then silence for 3 tau_ms, then a presynaptic spike, together with a postsynaptic
  // one.
  const Orchestrated<double, RateDependentDepression, Unbounded> rule{
      .parameters = {.a = 0, .beta = 0, .delta = 0, .tau_minus_ms = 1e9},
      .depression = {.amplitude = 0.01, .target_hz = 10, .tau_ms = 100}};
  const double trace = 2 * std::exp(-3.0) / (10 * 0.1);  // of a trace of 1 at the target
  auto state = rule.init({.pre = 1, .post = 2});
  const Index one[] = {0};
  rule.update({0, {}}, {0, one}, state);
  rule.update({1e-9, {}}, {1e-9, one}, state);
  rule.update({300, one}, {300, one}, state);
  CHECK(state.weights(0) == doctest::Approx(-0.01 * trace * trace * 2).epsilon(1e-6).scale(0));
  CHECK(state.weights(1) == 0);

  const double kept = state.depression.trace.value(0);
  rule.forget(state);  // a new sequence may begin at any time; the mean rate is per neuron
  rule.update({5, {}}, {5, {}}, state);
  CHECK(state.depression.trace.value(0) == kept);
}

TEST_CASE("orchestrated: without bounds weights begin at 0 and exceed the default bounds") {
  const Orchestrated<double, ConstantDepression, Unbounded> free{
      .parameters = {.a = 0, .beta = 0, .delta = 10}};
  const Orchestrated<double> bounded{.parameters = {.a = 0, .beta = 0, .delta = 10}};
  CHECK(weight_after(free, {1}, {}, 0) == 10);
  CHECK(weight_after(bounded, {1}, {}, 0) == 5);
}

TEST_CASE(
    "orchestrated: moments so far apart that consolidation would not end are refused, and change "
    "nothing") {
  const Rule rule;
  auto state = rule.init({.pre = 1, .post = 1});
  rule.update({0, {}}, {0, {}}, state);
  CHECK_THROWS_AS(rule.update({1e20, {}}, {1e20, {}}, state), InvalidParameter);
  CHECK(state.time_ms == 0);
}

TEST_CASE(
    "orchestrated: rate-dependent depression is its amplitude at the target and four times as much "
    "at twice the target") {
  for (const double rate : {4.0, 8.0}) {
    const Orchestrated<double, RateDependentDepression> rule{
        .parameters = {.a = 0, .beta = 0, .delta = 0},
        .depression = {.amplitude = 0.01, .target_hz = 4, .tau_ms = 100e3}};
    Train post;
    for (double t = 0; t < 800e3; t += 1000 / rate) post.push_back(t);
    const double change = weight_after(rule, {post.back() + 10}, post, 1) - 1;
    const double z = std::exp(-0.5) / (1 - std::exp(-1000 / rate / 20));
    CHECK(change == doctest::Approx(-0.01 * (rate / 4) * (rate / 4) * z).epsilon(5e-3));
  }
}
