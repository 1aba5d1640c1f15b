/// @file
/// Time constants of spiking LPL, and its parameters: in physical units, or as the published
/// program has them.
#pragma once

#include <cmath>
#include <limits>
#include <string_view>

#include "hebb/core/parameter.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Time constants of spiking LPL.
struct SpikingLplTimes {
  double dt_ms = 0.1;             ///< a step
  double tau_synapse_ms = 5;      ///< decay of the presynaptic trace
  double tau_membrane_ms = 20;    ///< of the postsynaptic potential that a presynaptic spike evokes
  double tau_rise_ms = 2;         ///< of the filters alpha of eligibility and error
  double tau_fall_ms = 10;        ///< likewise
  double tau_mean_ms = 600e3;     ///< of the running mean of the postsynaptic spikes
  double tau_variance_ms = 30e3;  ///< of their running variance
  double delay_ms = 0.8;          ///< axonal: from the emission of a spike to its arrival
  /// The predictive term compares the postsynaptic spikes of one delay ago with those of this long
  /// ago.
  double prediction_ms = 20;
  double window_ms = 500;  ///< between changes of the weights
  double priming_ms = 0;   ///< weights do not change before this time

  /// Nearest number of steps.
  Index steps(double time_ms) const { return Index(std::llround(time_ms / dt_ms)); }

  /// Throws InvalidParameter, naming the time, unless all are in their range.
  void check(const char* owner) const {
    require_positive(owner, "dt_ms", dt_ms);
    for (const double tau :
         {tau_synapse_ms, tau_membrane_ms, tau_rise_ms, tau_fall_ms, tau_mean_ms, tau_variance_ms})
      require(tau > dt_ms && std::isfinite(tau), owner,
              ": time constants must be finite and longer than the step of ", dt_ms, " ms, got ",
              tau, " ms");
    constexpr double longest = 1e9;  // steps
    for (const double time : {delay_ms, prediction_ms, window_ms, priming_ms})
      require(time >= 0 && time / dt_ms <= longest, owner,
              ": delay_ms, prediction_ms, window_ms and priming_ms must be >= 0 and at most ",
              longest, " steps, got ", time, " ms");
    require(steps(delay_ms) >= 1 && steps(prediction_ms) > steps(delay_ms), owner,
            ": delay_ms must be at least a step and shorter than prediction_ms, got ", delay_ms,
            " and ", prediction_ms);
    require(steps(window_ms) >= 1, owner, ": window_ms must be at least a step, got ", window_ms);
  }
};

/// The parameters of spiking LPL as numbers per step, whatever units they were given in.
struct SpikingLplStep {
  double predictive, hebbian, epsilon, transmitter;  ///< phi, lambda, xi and delta
  double variance_gain;   ///< factor of the squared deviation that is added to the variance
  double gradient_scale;  ///< factor of the sum of eligibility times error over a window
  double weight_decay;    ///< fraction of a weight that is lost per window
};

/// The equations as the erratum has them, in ms, Hz and mV, with filters of unit area. The variance
/// is that of the number of spikes per step, about rate * dt.
struct PhysicalUnits {
  static constexpr std::string_view name = "PhysicalUnits";
  double eta = 0.2;             ///< learning rate, mV ms
  double predictive = 1;        ///< phi
  double hebbian = 1e-4;        ///< lambda
  double epsilon = 1e-7;        ///< xi, added to the variance
  double transmitter_hz = 0.1;  ///< delta
  /// Infinite: weights do not decay.
  double tau_weight_decay_ms = std::numeric_limits<double>::infinity();

  /// The same as numbers per step.
  SpikingLplStep step(const SpikingLplTimes& t) const {
    return {predictive,
            hebbian,
            epsilon,
            transmitter_hz * t.dt_ms / 1000,
            t.dt_ms / t.tau_variance_ms,
            t.dt_ms / (t.tau_rise_ms * t.tau_synapse_ms),
            -std::expm1(-t.window_ms / tau_weight_decay_ms)};
  }
};

/// The equations as the published program has them. It counts in seconds and volts, and leaves out
/// the step in the variance, which is then about the rate in Hz, and 1 / tau_rise in the filters. A
/// gradient is the mean over the steps of a window, and eta also scales the decay of weights. With
/// the defaults of the two forms a network does the same.
struct PublishedCode {
  static constexpr std::string_view name = "PublishedCode";
  double eta = 1e-2;          ///< learning rate, per window
  double predictive = 1;      ///< phi
  double hebbian = 1;         ///< lambda
  double epsilon = 1e-3;      ///< xi, added to the variance
  double transmitter = 1e-5;  ///< delta, per step
  /// Infinite: weights do not decay.
  double tau_weight_decay_ms = std::numeric_limits<double>::infinity();

  /// The same as numbers per step.
  SpikingLplStep step(const SpikingLplTimes& t) const {
    constexpr double mv_per_v = 1000;  // the rule's f' is per mV
    return {predictive,
            hebbian,
            epsilon,
            transmitter,
            1000 / t.tau_variance_ms,
            mv_per_v * t.dt_ms / t.window_ms,
            -eta * std::expm1(-t.window_ms / tau_weight_decay_ms)};
  }
};

}  // namespace hebb
