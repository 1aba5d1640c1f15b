// Variants of deep feedback control.
#include "control.hpp"

namespace temporal_hebb {

std::vector<Arm> control_variants() {
  const auto weak = [](auto& network) { network.target.step_size = 0.1; };
  const auto leaky = [](auto& network) { network.parameters.leak = 0.1; };
  const auto filtered = [](auto& network) { network.parameters.tau_filter = 0.1; };
  const auto noisy = [](auto& network) {
    network.noise = {.sigma = 5e-3, .output_sigma = 2e-5, .tau = 0.05, .random = {.seed = 9}};
  };
  using Strong = StrongTarget<CrossEntropy>;
  std::vector<Arm> arms{
      control_arm<ErrorRule, TimeAverage<>>("error", "_mean", "DFC, error, mean over time", true),
      control_arm<ErrorRule, SteadyState<VoltageDifference>>("error", "_voltage",
                                                             "DFC, difference of potentials", true),
      control_arm<ErrorRule, SteadyState<GainedVoltageDifference>>(
          "error", "_gained", "DFC, difference of potentials times gain", true),
      control_arm<ErrorRule, SteadyState<>, Sigmoid, JacobianFeedback, Strong, ClosedForm>(
          "error", "_closed", "DFC, closed form", true, leaky),
      control_arm<ErrorRule, SteadyState<>, Sigmoid, JacobianFeedback, WeakTarget<CrossEntropy>>(
          "error", "_weak", "DFC, weak target", true, weak),
      control_arm<TemporalRule, EndPoints, Sigmoid, JacobianFeedback, WeakTarget<CrossEntropy>>(
          "dh", "_weak", "DFC, differential Hebbian, weak target", true, weak),
      control_arm<ErrorRule, SteadyState<>, Sigmoid, JacobianFeedback, Strong, Euler,
                  FilteredNoise>("error", "_noise", "DFC, error, noise", true, noisy),
      control_arm<TemporalRule, TrajectorySum>("dh", "_trajectory",
                                               "DFC, differential Hebbian, every step", true),
      control_arm<TemporalRule, EndPoints, Sigmoid, WeightProduct>(
          "dh", "_product", "DFC, differential Hebbian, product of weights", true),
      control_arm<TemporalRule, EndPoints, Sigmoid, FixedFeedback>(
          "dh", "_random", "DFC, differential Hebbian, random feedback", true),
      control_arm<TemporalRule, EndPoints, Sigmoid, FixedFeedback>(
          "dh", "_trained", "DFC, differential Hebbian, feedback trained by noise", true, nullptr,
          [](auto& network, const Matrix<float>& x) { network.train_feedback(x, {.steps = 20}); }),
      control_arm<TemporalRule, EndPoints>(
          "dh", "_filtered", "DFC, differential Hebbian, filtered control", true, filtered),
      control_arm<TemporalRule, EndPoints, Sigmoid, JacobianFeedback, Strong, Instantaneous>(
          "dh", "_instantaneous", "DFC, differential Hebbian, instantaneous", true),
  };
  return arms;
}

}  // namespace temporal_hebb
