#include "hebb/spiking/rules/pair_stdp.hpp"

#include <doctest/doctest.h>

#include "tests/spiking/trains.hpp"

using namespace hebb;

namespace {

/// The pairs of spikes that count, by their definition, without traces.
enum class Pairs { All, Symmetric, PreCentred, Reduced };

/// The last spike before a time, or -1.
Index last_before(const Train& train, double time) {
  return Index(std::lower_bound(train.begin(), train.end(), time) - train.begin()) - 1;
}

bool spike_between(const Train& train, double begin, double end) {
  const auto after = std::upper_bound(train.begin(), train.end(), begin);
  return after != train.end() && *after < end;
}

double double_sum(Pairs pairs, const PairStdp<double>::Parameters& p, const Train& pre,
                  const Train& post) {
  double sum = 0;
  for (const double s : pre)
    for (const double t : post) {
      const bool causal = t > s;
      if (t == s) continue;
      const double pair = causal ? p.a_plus * std::exp((s - t) / p.tau_plus_ms)
                                 : -p.a_minus * std::exp((t - s) / p.tau_minus_ms);
      const Train &early = causal ? pre : post, &late = causal ? post : pre;
      const double from = std::min(s, t), to = std::max(s, t);
      const bool last_of_early = early[std::size_t(last_before(early, to))] == from;
      const bool first_of_late = !spike_between(late, from, to);
      switch (pairs) {
        case Pairs::All:
          sum += pair;
          break;
        case Pairs::Symmetric:
          if (last_of_early) sum += pair;
          break;
        case Pairs::PreCentred:
          if (causal ? first_of_late : last_of_early) sum += pair;
          break;
        case Pairs::Reduced:
          if (last_of_early && first_of_late) sum += pair;
      }
    }
  return sum;
}

template <typename Pairing>
using Linear = PairStdp<double, Additive, Pairing, Unbounded>;

/// The greatest distance between a scheme's traces and a double sum over pairs, over many synapses.
template <typename Pairing>
double distance(Pairs pairs) {
  const Linear<Pairing> rule{
      .parameters = {.a_plus = 0.5, .a_minus = 0.7, .tau_plus_ms = 17, .tau_minus_ms = 34}};
  std::vector<Train> pre, post;
  for (std::uint64_t k = 0; k < 4; ++k) {  // on a grid of 1 ms, where spikes coincide
    pre.push_back(poisson(40, 2000, 1, Random{.seed = 1}.stream("pre", k)));
    post.push_back(poisson(50, 2000, 1, Random{.seed = 1}.stream("post", k)));
  }
  auto state = rule.init({.pre = 4, .post = 4});
  play(rule, pre, post, state);
  double greatest = 0;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j)
      greatest = std::max(
          greatest,
          std::abs(
              state.weights(Index(i), Index(j)) -
              double_sum(pairs,
                         {.a_plus = 0.5, .a_minus = 0.7, .tau_plus_ms = 17, .tau_minus_ms = 34},
                         pre[j], post[i])));
  return greatest;
}

/// The fixed point of a weight under alternating pairs at +5 ms and -5 ms, far apart.
template <typename Dependence>
double resting_weight(const Dependence& dependence, double alpha, double rate, int pairs) {
  const PairStdp<double, Dependence> rule{.parameters = {.a_plus = rate, .a_minus = alpha * rate},
                                          .dependence = dependence};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(0.3);
  const Index neuron[] = {0};
  const Spikes none{};
  double time = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    const bool causal = pair % 2 == 0;
    rule.update({time, causal ? std::span<const Index>(neuron) : none.neurons},
                {time, causal ? none.neurons : neuron}, state);
    rule.update({time + 5, causal ? none.neurons : std::span<const Index>(neuron)},
                {time + 5, causal ? neuron : none.neurons}, state);
    time += 2000;
  }
  return state.weights.value();
}

}  // namespace

TEST_CASE_TEMPLATE("pair: one pair changes a weight by the window, worked by hand", Scalar, float,
                   double) {
  const PairStdp<Scalar> rule{
      .parameters = {.a_plus = 0.1, .a_minus = 0.2, .tau_plus_ms = 10, .tau_minus_ms = 20}};
  CHECK(weight_after(rule, {100}, {110}, 0.5) == doctest::Approx(0.5 + 0.1 * std::exp(-1)));
  CHECK(weight_after(rule, {110}, {100}, 0.5) == doctest::Approx(0.5 - 0.2 * std::exp(-0.5)));
}

TEST_CASE("pair: traces are the double sum over pairs of spikes, in every scheme, to 1e-12") {
  CHECK(distance<AllToAll>(Pairs::All) < 1e-12);
  CHECK(distance<NearestSymmetric>(Pairs::Symmetric) < 1e-12);
  CHECK(distance<NearestPreCentred>(Pairs::PreCentred) < 1e-12);
  CHECK(distance<NearestReducedSymmetric>(Pairs::Reduced) < 1e-12);
}

TEST_CASE("pair: the schemes differ: the double sum of another scheme does not agree") {
  CHECK(distance<AllToAll>(Pairs::Symmetric) > 0.1);
  CHECK(distance<NearestSymmetric>(Pairs::PreCentred) > 0.1);
  CHECK(distance<NearestPreCentred>(Pairs::Reduced) > 0.1);
  CHECK(distance<NearestReducedSymmetric>(Pairs::Symmetric) > 0.1);
}

TEST_CASE("pair: spikes of one moment do not interact, but count afterwards") {
  const Linear<AllToAll> all{.parameters = {.a_plus = 1, .a_minus = 0.5}};
  const Linear<NearestReducedSymmetric> nearest{.parameters = {.a_plus = 1, .a_minus = 0.5}};
  CHECK(weight_after(all, {100}, {100}, 0) == 0);
  CHECK(weight_after(all, {100}, {100, 120}, 0) == doctest::Approx(std::exp(-1)));
  CHECK(weight_after(all, {100, 120}, {100}, 0) == doctest::Approx(-0.5 * std::exp(-1)));
  CHECK(weight_after(nearest, {100}, {100, 120}, 0) == doctest::Approx(std::exp(-1)));
}

TEST_CASE(
    "pair: at a tie the change of the postsynaptic spike is applied first, which the bounds show") {
  const PairStdp<double> rule{.parameters = {.a_plus = 1, .a_minus = 0.5}};
  // Both halves are exp(-1) and 0.5 exp(-1); from 0.9 the first is cut off at 1, then the second is
  // taken.
  CHECK(weight_after(rule, {80, 100}, {80, 100}, 0.9) == doctest::Approx(1 - 0.5 * std::exp(-1)));
}

TEST_CASE("pair: an axonal delay shifts the window by itself, in favour of depression") {
  const Linear<AllToAll> rule;
  const double delay = 3;
  CHECK(weight_after(rule, {100 + delay}, {110}, 0) ==
        doctest::Approx(0.005 * std::exp(-7.0 / 20)));
  CHECK(weight_after(rule, {100 + delay}, {101}, 0) ==
        doctest::Approx(-0.00525 * std::exp(-2.0 / 20)));
}

TEST_CASE("pair: independent Poisson trains drift by (A+ tau+ - A- tau-) x y") {
  const Linear<AllToAll> rule{
      .parameters = {.a_plus = 0.01, .a_minus = 0.012, .tau_plus_ms = 17, .tau_minus_ms = 34}};
  const Drift drift = poisson_drift(rule, 20, 10, {.pre = 40, .post = 20}, 40, 1);
  const double expected = (0.01 * 0.017 - 0.012 * 0.034) * 20 * 10;
  CHECK(std::abs(drift.mean - expected) < 3 * drift.error);
  CHECK(drift.error < 0.1 * std::abs(expected));
}

TEST_CASE("pair: the fixed point of the power law is 1 / (1 + alpha^(1/mu))") {
  CHECK(resting_weight(PowerLaw{.exponent = 1}, 1.05, 1e-3, 20000) ==
        doctest::Approx(0.4878).epsilon(2e-3));
  CHECK(resting_weight(Multiplicative{}, 1.05, 1e-3, 20000) ==
        doctest::Approx(0.4878).epsilon(2e-3));
  CHECK(resting_weight(PowerLaw{.exponent = 0.5}, 1.05, 1e-3, 20000) ==
        doctest::Approx(0.4756).epsilon(2e-3));
  CHECK(resting_weight(PowerLaw{.exponent = 0.1}, 1.05, 1e-3, 60000) ==
        doctest::Approx(0.3804).epsilon(2e-3));
  CHECK(resting_weight(PowerLaw{.exponent = 0.02}, 1.05, 1e-3, 150000) ==
        doctest::Approx(0.0802).epsilon(5e-3));
}

TEST_CASE("pair: additive changes have no fixed point inside the bounds") {
  CHECK(resting_weight(Additive{}, 1.05, 1e-2, 20000) < 0.01);
  CHECK(resting_weight(PowerLaw{.exponent = 0}, 1.05, 1e-2, 20000) < 0.01);
}

TEST_CASE("pair: with depression in proportion to the weight, the fixed point is c_p / c_d") {
  CHECK(resting_weight(ProportionalDepression{}, 1.6, 1e-3, 20000) ==
        doctest::Approx(1 / 1.6).epsilon(2e-3));
}

TEST_CASE(
    "pair: the pre-centred scheme gives the threshold of BCM that Izhikevich and Desai derived, "
    "16.33 Hz") {
  const Linear<NearestPreCentred> rule{
      .parameters = {.a_plus = 1.03, .a_minus = 0.51, .tau_plus_ms = 13.3, .tau_minus_ms = 34.5}};
  const auto expected = [](double y) {
    return 1.03 * y / (1 / 0.0133 + y) - 0.51 * y / (1 / 0.0345 + y);
  };
  CHECK(std::abs(expected(16.33)) < 1e-4);
  for (const double y : {10.0, 16.33, 25.0}) {
    const Drift drift = poisson_drift(rule, 10, y, {.pre = 40, .post = 20}, 60, 2);
    CAPTURE(y);
    CHECK(std::abs(drift.mean - 10 * expected(y)) < 3 * drift.error);
    if (y < 16) CHECK(drift.mean < -3 * drift.error);
    if (y > 17) CHECK(drift.mean > 3 * drift.error);
  }
}

TEST_CASE("pair: arguments that do not fit are refused") {
  const PairStdp<double> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  const Index two[] = {2}, zero[] = {0};
  CHECK_THROWS_AS(rule.update({1, two}, {1, {}}, state), ShapeError);
  CHECK_THROWS_AS(rule.update({1, zero}, {2, zero}, state), InvalidParameter);
  auto running = rule.init({.pre = 2, .post = 1});
  rule.update({5, zero}, {5, {}}, running);
  CHECK_THROWS_AS(rule.update({5, {}}, {5, zero}, running), InvalidParameter);
  rule.forget(running);
  CHECK_NOTHROW(rule.update({5, {}}, {5, zero}, running));
  CHECK(running.weights.isZero());
  running.weights.setZero(3, 2);
  rule.forget(running);  // clears the traces and keeps their shape
  CHECK_THROWS_AS(rule.update({6, {}}, {6, {}}, running), ShapeError);
  CHECK_THROWS_AS((PairStdp<double>{.parameters = {.tau_plus_ms = 0}}.init({.pre = 1, .post = 1})),
                  InvalidParameter);
}
