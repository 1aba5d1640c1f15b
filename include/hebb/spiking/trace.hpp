/// @file
/// Exponential traces of spikes, in closed form between events.
#pragma once

#include <cmath>
#include <span>

#include "hebb/core/parameter.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// One trace per neuron, all as of the same time: r' = -r / tau. A spike adds to its trace or sets
/// it.
///
/// Traces are double, whatever the type of the weights: in float, the decay factor of a 600 s trace
/// over a step of 0.1 ms is rounded to that of 559 s.
struct Traces {
  Vector<double> value;  ///< one per neuron

  /// As if no neuron had spiked.
  static Traces silent(Index neurons) { return {Vector<double>::Zero(neurons)}; }

  /// Lets a finite time pass. An infinite time constant keeps the trace.
  void decay(double elapsed_ms, double tau_ms) {
    const FlushDenormals guard;
    value *= std::exp(-elapsed_ms / tau_ms);
  }

  /// A spike adds to its trace.
  void add(std::span<const Index> neurons, double amount = 1) {
    for (const Index neuron : neurons) value(neuron) += amount;
  }

  /// A spike sets its trace.
  void set(std::span<const Index> neurons, double level = 1) {
    for (const Index neuron : neurons) value(neuron) = level;
  }

  void clear() { value.setZero(); }  ///< sets all to 0
};

/// Two exponential filters in a row, together of unit area: rise' = (input - rise) / tau_rise,
/// fall' = (rise - fall) / tau_fall.
///
/// A spike adds 1 / tau_rise to `rise`. For a constant input q, advance the deviations rise - q and
/// fall - q.
struct DoubleExponential {
  double tau_rise_ms = 5;   ///< of `rise`; > 0
  double tau_fall_ms = 10;  ///< of `fall`; > 0, unlike the other

  /// `rise` and `fall` are the names that errors use for the two time constants.
  void check(const char* owner, const char* rise = "tau_rise_ms",
             const char* fall = "tau_fall_ms") const {
    require_positive(owner, rise, tau_rise_ms);
    require_positive(owner, fall, tau_fall_ms);
    require(tau_rise_ms != tau_fall_ms, owner, ": ", rise, " and ", fall,
            " must differ, got twice ", tau_rise_ms);
  }

  /// The exact step of both filters over some time: fall = keep_fall * fall + mix * rise, then
  /// rise = keep_rise * rise.
  struct Step {
    double keep_rise, keep_fall, mix;  ///< see above; without unit

    /// Makes the step for one neuron, or for arrays of neurons.
    void advance(auto&& rise, auto&& fall) const {
      fall = keep_fall * fall + mix * rise;
      rise = keep_rise * rise;
    }
  };

  /// The step over some time.
  Step step(double elapsed_ms) const {
    const double rise = std::exp(-elapsed_ms / tau_rise_ms),
                 fall = std::exp(-elapsed_ms / tau_fall_ms);
    return {rise, fall, tau_rise_ms / (tau_rise_ms - tau_fall_ms) * (rise - fall)};
  }
};

}  // namespace hebb
