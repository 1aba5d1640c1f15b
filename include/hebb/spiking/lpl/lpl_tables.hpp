/// @file
/// The numbers of spiking LPL in blocks of steps: what 0, 1, 2, ... steps do to traces and filters.
#pragma once

#include <cmath>
#include <vector>

#include "hebb/core/types.hpp"
#include "hebb/spiking/lpl/lpl_units.hpp"

namespace hebb {

/// Constants and tables of a rule, for blocks of at most `longest` steps.
///
/// Means and variances decay slowly. Inside a block they are computed as powers of their decay,
/// times a sum over spikes that were divided by these powers. Nothing is then lost to rounding,
/// even in float.
template <typename Scalar>
struct LplTables {
  /// Steps per block, at most. Longer blocks leave the second-level cache; shorter ones pass over
  /// all synapses more often.
  static constexpr Index longest = 1000;

  /// What n steps do.
  struct Powers {
    double mean, variance;                ///< factor of mean and variance
    Scalar rate;                          ///< factor of the mean in the deviation
    Scalar mean_growth, variance_growth;  ///< factor of a spike and of a squared deviation
    Scalar synapse, membrane, fall;       ///< factor of a trace
    Scalar psp;                           ///< of the presynaptic trace, in the trace of the psp
  };
  /// What n steps do to the variance and to a neuron without spikes; and the slope of f', times the
  /// decay of the trace of the psp in n + 1 steps.
  struct Silent {
    /// See above; `error` and `square` are what the decayed mean adds.
    Scalar variance, error, square, slope;
  };
  /// What is left of a drive n steps later in el and, one step less, in elf.
  /// Factor in el, and in elf.
  struct Left {
    Scalar rise, eligibility;  ///< factor in el, and in elf
  };
  /// Of the adjoint filters in step n, which are scaled by decays: what the second takes over from
  /// the first, and the inverse scale of the second.
  struct Adjoint {
    Scalar taken, inverse;  ///< share of the first filter, and 1 / scale of the second
  };

  /// The rule's beta, theta, phi, lambda, xi and delta, the last per step.
  Scalar slope, threshold, predictive, hebbian, epsilon, transmitter;
  /// Per step: shares by which a filter follows its input, and decays.
  Scalar follow_rise, follow_fall, follow_membrane, decay_rise, decay_synapse;
  std::vector<Powers> powers = std::vector<Powers>(longest + 1);  ///< of n steps, from 0
  std::vector<Silent> silent = std::vector<Silent>(longest + 1);  ///< of n steps, from 0
  std::vector<Left> left = std::vector<Left>(longest + 1);        ///< of n steps, from 0
  std::vector<Adjoint> adjoint =
      std::vector<Adjoint>(longest + 1);  ///< of step n in a block, from 0

  /// Throws InvalidParameter as `check` does.
  template <typename Rule>
  explicit LplTables(const Rule& rule) {
    check(rule);
    const SpikingLplTimes& t = rule.times;
    const SpikingLplStep step = rule.parameters.step(t);
    const double dt = t.dt_ms, rate = dt / t.tau_mean_ms;
    slope = Scalar(rule.slope_per_mv);
    threshold = Scalar(rule.threshold_mv);
    predictive = Scalar(step.predictive);
    hebbian = Scalar(step.hebbian);
    epsilon = Scalar(step.epsilon);
    transmitter = Scalar(step.transmitter);
    follow_rise = Scalar(dt / t.tau_rise_ms);
    follow_fall = Scalar(dt / t.tau_fall_ms);
    follow_membrane = Scalar(dt / t.tau_membrane_ms);
    decay_rise = Scalar(std::exp(-dt / t.tau_rise_ms));
    decay_synapse = Scalar(std::exp(-dt / t.tau_synapse_ms));

    const double membrane = dt / t.tau_membrane_ms, fall = dt / t.tau_fall_ms;
    double psp = 0, eligibility = fall;
    for (Index n = 0; n <= longest; ++n) {
      const double time = double(n) * dt, mean = std::exp(-time / t.tau_mean_ms),
                   grown = step.variance_gain * std::exp(time / t.tau_variance_ms),
                   synapse = std::exp(-time / t.tau_synapse_ms);
      Powers& p = powers[std::size_t(n)];
      p.mean = mean;
      p.variance = std::exp(-time / t.tau_variance_ms);
      p.rate = Scalar(rate * mean);
      p.mean_growth = Scalar(1 / mean);
      p.variance_growth = Scalar(grown);
      p.synapse = Scalar(synapse);
      p.membrane = Scalar(std::pow(1 - membrane, double(n)));
      p.fall = Scalar(std::pow(1 - fall, double(n)));
      p.psp = Scalar(psp);
      const double kept = std::pow(1 - membrane, double(n + 1));
      silent[std::size_t(n)] = {Scalar(p.variance), Scalar(-step.hebbian * rate * mean),
                                Scalar(rate * mean * rate * mean * grown),
                                Scalar(rule.slope_per_mv * kept)};
      adjoint[std::size_t(n)] = {Scalar(membrane * synapse / kept), Scalar(1 / synapse)};
      left[std::size_t(n)] = {Scalar(std::exp(-time / t.tau_rise_ms)), Scalar(eligibility)};
      psp = (1 - membrane) * psp + membrane * synapse;
      eligibility = (1 - fall) * eligibility + fall * std::exp(-double(n + 1) * dt / t.tau_rise_ms);
    }
  }

  /// Throws InvalidParameter for a time constant whose powers would leave the range of numbers.
  template <typename Rule>
  static void check(const Rule& rule) {
    const SpikingLplTimes& t = rule.times;
    for (const double tau :
         {t.tau_mean_ms, t.tau_variance_ms, t.tau_synapse_ms, t.tau_membrane_ms, t.tau_rise_ms})
      require(double(longest) * t.dt_ms / tau < 60, "LplBlocks: a time constant of ", tau,
              " ms is too short for blocks of ", longest, " steps");
  }
};

}  // namespace hebb
