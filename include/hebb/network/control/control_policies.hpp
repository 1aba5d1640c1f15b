/// @file
/// The policies of a network under feedback control, with their names, and its parameters.
#pragma once

#include <concepts>

#include "hebb/network/control/control_targets.hpp"
#include "hebb/network/control/control_updates.hpp"
#include "hebb/network/control/feedback_paths.hpp"
#include "hebb/network/control/noise.hpp"
#include "hebb/network/control/spike_sampled.hpp"

namespace hebb {

/// How the states of a controlled network move in a time step: `Euler`, `ExponentialEuler`,
/// `Instantaneous` or `ClosedForm`.
template <typename P>
concept ControlDynamics = std::copyable<P> && requires(double dt, double tau) {
  { P::gain(dt, tau) } -> std::convertible_to<double>;
};

/// Dynamics without leak: a state is at its drive in every step.
struct Instantaneous {
  static double gain(double, double) { return 1; }  ///< of step and time constant: always 1
};

/// No dynamics: the steady state of the network linearised at its feed-forward state, from one
/// linear system of outputs x outputs per sample. A leak keeps that system well conditioned where a
/// softmax saturates.
struct ClosedForm {
  static double gain(double, double) { return 1; }  ///< of step and time constant: always 1
};

/// The policies of FeedbackControl, each with a default:
///
/// ~~~
///   const ControlPolicies policies{.update = SteadyState{}, .feedback = FixedFeedback{}};
///   FeedbackControl net(layers, policies);
///   FeedbackControl<Rule, Sigmoid, ControlPolicies<SteadyState<>, FixedFeedback>> same(layers);
/// ~~~
///
/// The first form needs a compiler that deduces the arguments of aggregates: g++ 11 or clang++ 17.
template <ControlUpdate Update = EndPoints, ControlFeedback Feedback = WeightProduct,
          ControlTarget Target = StrongTarget<CrossEntropy>, ControlDynamics Dynamics = Euler,
          ControlNoise Noise = Quiet>
struct ControlPolicies {
  Update update = {};      ///< what a layer learns from an inference
  Feedback feedback = {};  ///< the path from the controller to the layers
  Target target = {};      ///< what the controller aims at
  Dynamics dynamics = {};  ///< how states move in a time step
  Noise noise = {};        ///< noise on the states
};

/// Some ControlPolicies.
template <typename P>
concept ControlPolicySet = requires(P policies) {
  requires ControlUpdate<decltype(P::update)>;
  requires ControlFeedback<decltype(P::feedback)>;
  requires ControlTarget<decltype(P::target)>;
  requires ControlDynamics<decltype(P::dynamics)>;
  requires ControlNoise<decltype(P::noise)>;
};

/// Parameters of FeedbackControl. Times are in units of the controller's time constant.
struct ControlParameters {
  Index steps = 40;         ///< of an inference; > 0
  double dt = 0.0125;       ///< length of a step; at most `tau` with Euler
  double tau = 0.05;        ///< time constant of the neurons
  double proportional = 2;  ///< k_p
  double leak = 0;          ///< alpha
  double tau_filter = 0;    ///< time constant of the control's low-pass filter; 0: no filter

  /// Throws InvalidParameter when a value is out of range, or the time step too long.
  template <ControlDynamics Dynamics>
  void check() const {
    require(steps > 0, "FeedbackControl: steps must be > 0, got ", steps);
    require_at_least("FeedbackControl", "proportional", proportional, 0);
    require_at_least("FeedbackControl", "leak", leak, 0);
    require(tau_filter == 0 || tau_filter >= dt,
            "FeedbackControl: tau_filter must be 0 or >= dt, got ", tau_filter);
    Dynamics::gain(dt, tau);
  }
};

/// How feedback weights are trained by noise.
struct FeedbackTraining {
  double eta = 1e-3;           ///< learning rate of the feedback weights, per batch
  double decay = 0.1;          ///< of the feedback weights
  Index steps = 100;           ///< per batch; > 0
  double dt = 1e-3;            ///< length of a step
  double tau = 6e-3;           ///< time constant of the neurons
  double proportional = 0.07;  ///< k_p of the controller, while feedback is trained
  double leak = 0.4;           ///< alpha of the controller, while feedback is trained
  /// On the states of all layers, while feedback is trained.
  FilteredNoise noise = {.sigma = 0.035, .output_sigma = 0.035, .tau = 0.07};
};

}  // namespace hebb
