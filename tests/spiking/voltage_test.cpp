#include "hebb/spiking/rules/voltage.hpp"

#include <doctest/doctest.h>

using namespace hebb;

namespace {

/// The change by a presynaptic spike at a clamped potential: five spikes at 25 Hz, then silence, in
/// steps of any length.
template <typename Rule>
double change_at(const Rule& rule, double clamp_mv, double step_ms) {
  auto state = rule.init({.pre = 1, .post = 1});
  const Matrix<double> potential = Matrix<double>::Constant(1, 1, clamp_mv);
  const View<double> view = potential;
  const Index neuron[] = {0};
  int spikes = 0;
  for (Index step = 0; double(step) * step_ms < 1500; ++step) {
    const double time = double(step) * step_ms;
    const bool spike = spikes < 5 && time >= 40 * (spikes + 1);
    spikes += spike;
    rule.update({time, spike ? std::span<const Index>(neuron) : std::span<const Index>()},
                {{time, {}}, view}, state);
  }
  return state.weights.value() / 5;
}

double change_at(const VoltageParameters& parameters, double clamp_mv, double step_ms = 1) {
  return change_at(Voltage<double, FixedDepression, Unbounded>{.parameters = parameters}, clamp_mv,
                   step_ms);
}

/// The potential above which a clamped synapse strengthens, by bisection.
double crossover(const VoltageParameters& parameters) {
  double low = parameters.theta_plus_mv, high = 0;
  while (high - low > 1e-6)
    (change_at(parameters, (low + high) / 2, 5) < 0 ? low : high) = (low + high) / 2;
  return (low + high) / 2;
}

}  // namespace

TEST_CASE("voltage: a clamped synapse changes by the closed form, for steps of any length") {
  for (const auto* p : {&voltage::visual_cortex, &voltage::somatosensory, &voltage::hippocampal})
    for (const double u : {-80.0, -60.0, -45.3, -44.0, -40.0, -30.0, -10.0, 0.0}) {
      const double expected = std::max(0.0, u - p->theta_minus_mv) *
                              (p->a_ltp * std::max(0.0, u - p->theta_plus_mv) - p->a_ltd);
      CAPTURE(u);
      for (const double step : {0.5, 1.0, 7.0})
        CHECK(change_at(*p, u, step) == doctest::Approx(expected).epsilon(1e-9));
    }
}

TEST_CASE(
    "voltage: under a jump of the potential every number of a set has the effect of table 1 of the "
    "paper") {
  // At low until 0 ms, then at high. A presynaptic spike at 5 ms, then silence.
  struct Set {
    const VoltageParameters& set;
    double theta_minus, theta_plus, a_ltd, a_ltp, tau_x, tau_minus, tau_plus;
  };
  for (const Set& s : {Set{voltage::visual_cortex, -70.6, -45.3, 14e-5, 8e-5, 15, 10, 7},
                       Set{voltage::somatosensory, -70.6, -45.3, 21e-5, 30e-5, 30, 6, 5},
                       Set{voltage::hippocampal, -41, -38, 38e-5, 2e-5, 16, 10, 7}}) {
    const double low = s.theta_minus + 2, high = s.theta_plus + 20, jump = high - low;
    const auto change = [&](const VoltageParameters& parameters) {
      const Voltage<double, FixedDepression, Unbounded> rule{.parameters = parameters};
      auto state = rule.init({.pre = 1, .post = 1});
      const Index neuron[] = {0};
      constexpr double step = 1.0 / 64;
      for (Index n = 0; double(n) * step < 600; ++n) {
        const double time = double(n) * step;
        const Matrix<double> u = Matrix<double>::Constant(1, 1, n == 0 ? low : high);
        const View<double> view = u;
        const std::span<const Index> arrives =
            time == 5 ? std::span<const Index>(neuron) : std::span<const Index>();
        rule.update({time, arrives}, {{time, {}}, view}, state);
      }
      return state.weights.value();
    };
    const double slow = high - jump * std::exp(-5 / s.tau_minus) - s.theta_minus;
    // The integral of exp(-(t - 5) / tau_x) / tau_x [high - jump exp(-t / tau_plus) - theta_minus]
    // from 5 ms on.
    const double fast = (high - s.theta_minus) - jump * std::exp(-5 / s.tau_plus) * (1 / s.tau_x) /
                                                     (1 / s.tau_x + 1 / s.tau_plus);
    const double depression = -s.a_ltd * slow,
                 potentiation = s.a_ltp * (high - s.theta_plus) * fast;
    VoltageParameters grows = s.set;
    grows.a_ltd = 0;
    CAPTURE(s.tau_x);
    CHECK(change(grows) == doctest::Approx(potentiation).epsilon(2e-4).scale(0));
    CHECK(change(s.set) - change(grows) == doctest::Approx(depression).epsilon(1e-9).scale(0));
  }
}

TEST_CASE("voltage: the sign turns at -43.55, -44.6 and -19.0 mV") {
  CHECK(crossover(voltage::visual_cortex) == doctest::Approx(-43.55).epsilon(1e-6));
  CHECK(crossover(voltage::somatosensory) == doctest::Approx(-44.6).epsilon(1e-6));
  CHECK(crossover(voltage::hippocampal) == doctest::Approx(-19.0).epsilon(1e-6));
}

TEST_CASE(
    "voltage: the deepest depression lies at -45.3 mV in both cortices and at -30 mV in the "
    "hippocampus") {
  const auto lowest = [](const VoltageParameters& p) {
    double at = -80;
    for (double u = -80; u <= 0; u += 0.1)
      if (change_at(p, u, 5) < change_at(p, at, 5) - 1e-15) at = u;
    return at;
  };
  CHECK(lowest(voltage::visual_cortex) == doctest::Approx(-45.3).epsilon(1e-4));
  CHECK(change_at(voltage::visual_cortex, -45.3) == doctest::Approx(-3.54e-3).epsilon(2e-3));
  CHECK(lowest(voltage::somatosensory) == doctest::Approx(-45.3).epsilon(1e-4));
  CHECK(change_at(voltage::somatosensory, -45.3) == doctest::Approx(-5.31e-3).epsilon(2e-3));
  CHECK(lowest(voltage::hippocampal) == doctest::Approx(-30.0).epsilon(1e-4));
  CHECK(change_at(voltage::hippocampal, -30.0) == doctest::Approx(-2.42e-3).epsilon(2e-3));
}

TEST_CASE(
    "voltage: without potentiation nothing strengthens, and below both thresholds nothing moves") {
  VoltageParameters pure = voltage::visual_cortex;
  pure.a_ltp = 0;
  for (double u = -69; u < 0; u += 5) CHECK(change_at(pure, u) < 0);
  CHECK(change_at(voltage::visual_cortex, -71) == 0);
}

TEST_CASE(
    "voltage: homeostasis multiplies depression by the squared mean depolarisation over its "
    "reference") {
  VoltageParameters pure = voltage::visual_cortex;
  pure.a_ltp = 0;
  const Voltage<double, HomeostaticDepression, Unbounded> sliding{
      .parameters = pure, .depression = {.reference_mv2 = 60, .tau_ms = 1e-3}};
  for (const double depolarisation : {2.0, 8.0, 20.0})
    CHECK(change_at(sliding, -70.6 + depolarisation, 1) ==
          doctest::Approx(change_at(pure, -70.6 + depolarisation) * depolarisation *
                          depolarisation / 60));
}

TEST_CASE(
    "voltage: the mean depolarisation of homeostasis follows the potential with its time constant, "
    "from its rest") {
  VoltageParameters pure = voltage::visual_cortex;
  pure.a_ltp = 0;
  const Voltage<double, HomeostaticDepression, Unbounded> rule{
      .parameters = pure, .depression = {.reference_mv2 = 60, .rest_mv = -65, .tau_ms = 300}};
  auto state = rule.init({.pre = 1, .post = 1});
  const Matrix<double> u = Matrix<double>::Constant(1, 1, -50);
  const View<double> view = u;
  const Index neuron[] = {0};
  rule.update({0, {}}, {{0, {}}, view}, state);
  rule.update({200, {}}, {{200, {}}, view}, state);
  rule.update({450, neuron}, {{450, {}}, view}, state);
  const double mean = 15 * (1 - std::exp(-450.0 / 300));
  CHECK(state.weights.value() ==
        doctest::Approx(-14e-5 * mean * mean / 60 * (-50 + 70.6)).epsilon(1e-9).scale(0));
}

TEST_CASE("voltage: with a delay of n updates the filters get the potential of n updates ago") {
  VoltageParameters prompt = voltage::visual_cortex, late = prompt;
  prompt.a_ltp = late.a_ltp = 0;
  late.delay_updates = 3;
  const Voltage<double, FixedDepression, Unbounded> now{.parameters = prompt},
      then{.parameters = late};
  auto a = now.init({.pre = 1, .post = 1}), b = then.init({.pre = 1, .post = 1});
  const Index neuron[] = {0};
  const auto potential_at = [](int step) {
    return step <= 0 ? -65.0 : -65 + 10 * std::sin(0.3 * step);
  };
  for (int step = 0; step < 40; ++step) {
    const Matrix<double> shifted = Matrix<double>::Constant(1, 1, potential_at(step - 3));
    const Matrix<double> current = Matrix<double>::Constant(1, 1, potential_at(step));
    const View<double> shifted_view = shifted, current_view = current;
    now.update({double(step), neuron}, {{double(step), {}}, shifted_view}, a);
    then.update({double(step), neuron}, {{double(step), {}}, current_view}, b);
  }
  CHECK(b.weights.value() == doctest::Approx(a.weights.value()).epsilon(1e-12));
  CHECK(a.weights.value() < -0.01);
}

TEST_CASE("voltage: a potential that is not finite is refused") {
  const Voltage<double> rule;
  auto state = rule.init({.pre = 1, .post = 1});
  const Matrix<double> potential = Matrix<double>::Constant(1, 1, std::nan(""));
  const View<double> view = potential;
  CHECK_THROWS_AS(rule.update({0, {}}, {{0, {}}, view}, state), NonFinite);
  const Voltage<double> late{.parameters = {.theta_minus_mv = -70,
                                            .theta_plus_mv = -45,
                                            .a_ltd = 1e-4,
                                            .a_ltp = 1e-4,
                                            .delay_updates = 3}};
  auto shorter = late.init({.pre = 1, .post = 1});
  const Matrix<double> rest = Matrix<double>::Constant(1, 1, -70);
  const View<double> at_rest = rest;
  shorter.place = 3;
  CHECK_THROWS_AS(late.update({0, {}}, {{0, {}}, at_rest}, shorter), ShapeError);
  shorter.place = 0;
  shorter.delayed.resize(1, 2);
  CHECK_THROWS_AS(late.update({0, {}}, {{0, {}}, at_rest}, shorter), ShapeError);
}
