/// @file
/// The change of one synapse against the activity of its neuron, computed by the library's rule.
#pragma once

#include <cmath>
#include <limits>

#include "hebb/rules/lpl.hpp"

namespace example {

using namespace hebb;

/// A saturating neuron with a resting rate: a tanh with different widths below and above the
/// threshold.
struct Saturating {
  static constexpr double rest = 2, most = 80, threshold = 3 * rest;

  static double width(double drive) { return drive < threshold ? rest : most - rest; }
  static double rate(double drive) {
    return width(drive) * std::tanh((drive - threshold) / width(drive)) + rest;
  }
  static double gain(double drive) {
    return std::pow(std::cosh((drive - threshold) / width(drive)), -2);
  }
};

/// The same neuron without saturation.
struct Rectified {
  static constexpr double rest = Saturating::rest, threshold = Saturating::threshold;

  static double rate(double drive) { return std::max(0.0, drive - threshold) + rest; }
  static double gain(double drive) { return drive < threshold ? 0 : 1; }
};

/// The neuron's running statistics when the sample comes.
struct Circumstances {
  double mean = 30, variance = 1;  ///< of its rate
  double slope = 0;                ///< dz/dt, per time step
};

constexpr double curve_eta = 1e-3;

/// The rate at which the change is zero.
inline double threshold_of(const Circumstances& now) { return now.mean + now.variance * now.slope; }

/// eta x f'(a) [(z - mean) / variance - dz/dt], where the input x equals the drive a.
template <typename Neuron>
double closed_form_change(double drive, const Circumstances& now) {
  return curve_eta * drive * Neuron::gain(drive) *
         ((Neuron::rate(drive) - now.mean) / now.variance - now.slope);
}

/// The change under latent predictive learning for one sample, with fixed running statistics.
template <typename Neuron>
double learned_change(double drive, const Circumstances& now) {
  // The derivatives of the rule's losses have a factor of 2 that the published formula lacks.
  const Lpl<double, Causal, Plain, RunningStatistics> rule{
      {.eta = curve_eta, .predictive = 0.5, .hebbian = 0.5, .decorrelation = 0, .epsilon = 1e-14},
      {},
      {.tau = std::numeric_limits<double>::infinity()}};
  const auto scalar = [](double value) { return Matrix<double>::Constant(1, 1, value).eval(); };
  const Matrix<double> pre = scalar(drive), rate = scalar(Neuron::rate(drive)),
                       gain = scalar(Neuron::gain(drive));
  auto state = rule.init({.pre = 1, .post = 1});
  state.moments = {scalar(now.mean), scalar(now.variance)};
  state.previous = rate.array() - now.slope;
  rule.update(pre, Response<double>(rate, gain), state);
  return state.weights.value();
}

/// The rate at which the learned change is zero, by bisection over the drive.
template <typename Neuron>
double learned_threshold(const Circumstances& now, double highest_drive) {
  double low = Neuron::threshold + 1, high = highest_drive;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (learned_change<Neuron>(middle, now) < 0 ? low : high) = middle;
  }
  return Neuron::rate(low);
}

}  // namespace example
