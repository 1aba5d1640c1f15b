/// @file
/// Deep feedback control as arms of the comparison.
#pragma once

#include "hebb/network/control/feedback_control.hpp"
#include "learner.hpp"

namespace temporal_hebb {

using namespace hebb;

/// Strong control for half a time constant of the controller, for sigmoid units. With tanh units
/// such control collapses; there the time is 25 times shorter and the proportional gain 100 times
/// smaller.
template <typename Network>
typename Network::Parameters control_parameters(const Settings& settings) {
  typename Network::Parameters parameters;
  const double time = std::same_as<typename Network::Hidden, Tanh> ? 0.02 : 0.5;
  if (time < 0.5) parameters.proportional = 0.02;
  parameters.steps = settings.inference;
  parameters.dt = time / double(settings.inference);
  parameters.tau = time / 10;
  return parameters;
}

/// Strong control for five time constants, in steps short enough for the neurons, so that the
/// output is close to its final value at the end.
template <typename Network>
void lengthen(Network& probe) {
  const typename Network::Parameters hard;
  probe.parameters.steps = 400;
  probe.parameters.dt = hard.dt;
  probe.parameters.tau = hard.tau;
  probe.parameters.proportional = hard.proportional;
}

/// An arm of deep feedback control. `set` sets the parameters of its policies; `before` is called
/// with the inputs of every training step.
template <typename Rule, typename Update, typename Hidden = Sigmoid,
          typename Feedback = JacobianFeedback, typename Target = StrongTarget<CrossEntropy>,
          typename Dynamics = Euler, typename Noise = Quiet>
Arm control_arm(
    const std::string& rule, const std::string& variant, const std::string& title,
    bool is_variant = false,
    std::type_identity_t<void (*)(
        FeedbackControl<Rule, Hidden, ControlPolicies<Update, Feedback, Target, Dynamics, Noise>>&)>
        set = nullptr,
    std::type_identity_t<void (*)(
        FeedbackControl<Rule, Hidden, ControlPolicies<Update, Feedback, Target, Dynamics, Noise>>&,
        const Matrix<float>&)>
        before = nullptr) {
  using Network =
      FeedbackControl<Rule, Hidden, ControlPolicies<Update, Feedback, Target, Dynamics, Noise>>;
  return {"dfc",
          rule,
          "dfc_" + rule + variant,
          title,
          is_variant,
          {.sizes = {784, 256, 256, 256, 10},
           .unit = std::same_as<Hidden, Tanh> ? Unit::tanh : Unit::sigmoid},
          {.epochs = rule == "stdp" ? Index(2) : Index(8),
           .batch = 128,
           .eta = rule == "stdp"               ? 5e-4
                  : std::same_as<Hidden, Tanh> ? 1e-3
                                               : 4e-3,
           .inference = 20},
          [set, before](const Model& model, const Settings& settings) -> std::unique_ptr<Learner> {
            Network network({rule_of<Rule>(settings), model.sizes},
                            control_parameters<Network>(settings));
            if (set) set(network);
            network.initialize({.seed = settings.seed});
            return std::make_unique<LearnerOf<Network>>(std::move(network), lengthen<Network>,
                                                        before);
          },
          rule == "error"              ? ""
          : std::same_as<Hidden, Tanh> ? "dfc_error_tanh"
                                       : "dfc_error"};
}

}  // namespace temporal_hebb
