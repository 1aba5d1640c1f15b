/// @file
/// Exponential traces of spikes, in closed form between events.
#pragma once

#include <cmath>
#include <span>

#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// One trace a neuron, all at the same time: r' = -r / tau, and spikes add to it or set it.
///
/// In double whatever the weights are: in float a step of 0.1 ms rounds the decay factor of a 600 s trace to that of 559 s.
struct Traces {
  Vector<double> value;

  static Traces silent(Index neurons) { return {Vector<double>::Zero(neurons)}; }

  /// Lets time pass.
  void decay(double elapsed_ms, double tau_ms) {
    const FlushDenormals guard;
    value *= std::exp(-elapsed_ms / tau_ms);
  }

  void add(std::span<const Index> neurons, double amount = 1) {
    for (const Index neuron : neurons) value(neuron) += amount;
  }

  void set(std::span<const Index> neurons, double level = 1) {
    for (const Index neuron : neurons) value(neuron) = level;
  }

  void clear() { value.setZero(); }
};

}  // namespace hebb
