/// @file
/// What integrate-and-fire neurons with two receptors and absolute refractoriness have in common.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/neuron.hpp"

namespace hebb::lif {

/// The variables of a neuron, or of a vector of neurons.
template <typename T>
struct State {
  T potential, excitatory, inhibitory;  ///< mV; and the two synaptic variables of the model
  T refractory;                         ///< steps left
};

/// The variables of a neuron, in the order of its state.
inline constexpr std::array<std::string_view, 4> variables{"potential", "excitatory", "inhibitory",
                                                           "refractory"};
/// The receptors, and the variables to which their spikes add.
inline constexpr std::array<ReceptorOf, 2> receptors{{{"excitatory", 1}, {"inhibitory", 2}}};

/// The spike at the end of a step. A neuron whose potential `moved` to the threshold goes to reset;
/// it keeps its potential for the `held` steps of its refractory time. Returns which neurons spike.
template <typename T, typename Scalar>
[[gnu::always_inline]] inline auto spike(State<T>& s, const T& moved, Scalar threshold,
                                         Scalar reset, Scalar held) {
  const T zero{}, still = s.refractory - Scalar(1);
  const T v = still < zero ? moved : s.potential;
  const auto spikes = v >= threshold;
  s.potential = spikes ? reset - zero : v;
  s.refractory = spikes ? held - zero : (still < zero ? zero : still);
  return spikes;
}

/// The least number of steps between two spikes of a neuron.
inline Index shortest_interval(double refractory_ms, double dt_ms) {
  return Index(std::round(refractory_ms / dt_ms)) + 1;
}

/// Throws InvalidParameter unless the refractory time is not negative and reset is below threshold.
inline void require_reset(const char* owner, double refractory_ms, double reset_mv,
                          double threshold_mv) {
  require_at_least(owner, "refractory_ms", refractory_ms, 0);
  require(reset_mv < threshold_mv, owner, ": reset must be below threshold, got ", reset_mv,
          " and ", threshold_mv);
}

}  // namespace hebb::lif
