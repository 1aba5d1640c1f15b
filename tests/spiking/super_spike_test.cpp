#include "hebb/spiking/rules/super_spike.hpp"

#include <doctest/doctest.h>

#include "tests/spiking/trains.hpp"

using namespace hebb;

namespace {

const Train pre{5, 12, 31, 33, 60, 75, 90}, output{20, 48, 80}, target{24, 48, 66};
constexpr double duration = 150;

double potential(double time_ms) { return -52 + 4 * std::sin(time_ms / 7); }

/// The change of one weight with learning rate 1, in steps of some length; spikes lie on the grid.
double change(const SuperSpike<double>& rule, const Train& out, const Train& wanted,
              double step_ms) {
  auto state = rule.init({.pre = 1, .post = 1});
  const std::vector<Train> inputs{pre}, outputs{out}, targets{wanted};
  Cursor input(inputs), spikes(outputs), desired(targets);
  for (Index step = 0; double(step) * step_ms <= duration; ++step) {
    const double time = double(step) * step_ms;
    const Matrix<double> u = Matrix<double>::Constant(1, 1, potential(time));
    const View<double> view = u;
    rule.update(input.at(time), {spikes.at(time), desired.at(time), view}, state);
  }
  rule.settle(state);
  return state.weights.value();
}

double kernel(double time, const DoubleExponential& k) {
  return time < 0 ? 0
                  : (std::exp(-time / k.tau_fall_ms) - std::exp(-time / k.tau_rise_ms)) /
                        (k.tau_fall_ms - k.tau_rise_ms);
}

/// The same by its definition: convolutions as sums over a fine grid.
double direct(const SuperSpike<double>::Parameters& p) {
  constexpr double step = 1.0 / 16;
  constexpr auto size = std::size_t(duration / step) + 1;
  const auto filtered = [](const Train& train, double time, const DoubleExponential& k) {
    double sum = 0;
    for (const double spike : train) sum += kernel(time - spike, k);
    return sum;
  };
  std::vector<double> drive(size), alpha(size);
  for (std::size_t k = 0; k < size; ++k) {
    const double time = double(k) * step,
                 surrogate = 1 + p.slope_per_mv * std::abs(potential(time) - p.threshold_mv);
    drive[k] = filtered(pre, time, p.epsilon) / (surrogate * surrogate);
    alpha[k] = kernel(time, p.alpha);
  }
  double sum = 0;
  for (std::size_t k = 0; k < size; ++k) {
    double eligibility = 0;
    for (std::size_t past = 0; past <= k; ++past) eligibility += drive[past] * alpha[k - past];
    const double time = double(k) * step;
    sum += eligibility * step *
           (filtered(target, time, p.alpha) - filtered(output, time, p.alpha)) * step;
  }
  return sum;
}

const SuperSpike<double> rule{.parameters = {.eta = 1, .epsilon = {4, 10}, .alpha = {5, 12}}};

}  // namespace

TEST_CASE("superspike: where the output is the target, nothing changes") {
  CHECK(change(rule, target, target, 0.5) == 0);
  CHECK(change(rule, output, target, 0.5) != 0);
}

TEST_CASE(
    "superspike: a missing spike strengthens its recent inputs as much as an extra spike weakens "
    "them") {
  const double missing = change(rule, {20}, {20, 40}, 0.5),
               needless = change(rule, {20, 40}, {20}, 0.5);
  CHECK(missing > 0);
  CHECK(needless == doctest::Approx(-missing));
}

TEST_CASE(
    "superspike: the change is the integral of the definition, and its error halves with the "
    "step") {
  const double exact = direct(rule.parameters);
  const double coarse = change(rule, output, target, 1.0 / 16) - exact,
               fine = change(rule, output, target, 1.0 / 32) - exact;
  CHECK(std::abs(fine) < 0.03 * std::abs(exact));
  CHECK(coarse / fine == doctest::Approx(2).epsilon(0.1));
  CHECK(std::abs(2 * fine - coarse) < 1e-3 * std::abs(exact));  // extrapolated to no step
}

TEST_CASE("superspike: an integral with another kernel does not agree") {
  SuperSpike<double>::Parameters other = rule.parameters;
  other.alpha.tau_fall_ms = 13;
  CHECK(std::abs(change(rule, output, target, 1.0 / 32) - direct(other)) >
        0.04 * std::abs(direct(other)));
}

TEST_CASE("superspike: changes are applied once per window, and by settle") {
  SuperSpike<double> slow = rule;
  slow.parameters.window_ms = 100;
  auto state = slow.init({.pre = 1, .post = 1});
  const Index neuron[] = {0};
  const Matrix<double> u = Matrix<double>::Constant(1, 1, -50);
  const View<double> view = u;
  for (int time = 0; time < 100; ++time) {
    slow.update({double(time), neuron}, {{double(time), {}}, {double(time), neuron}, view}, state);
    CHECK(state.weights.value() == 0);
  }
  auto settled = state;
  slow.settle(settled);
  CHECK(settled.weights.value() > 0);
  slow.update({100, {}}, {{100, {}}, {100, {}}, view}, state);
  CHECK(state.weights.value() > settled.weights.value());
}
