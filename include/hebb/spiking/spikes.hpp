/// @file
/// How spikes are passed to a rule: who spiked at one moment, and what an update makes of time.
///
/// One call of `update(pre, post, state)` is one moment: pre and post carry the same time, and the next call must be later. An event-driven
/// rule is called when there is a spike, a rule that integrates potentials at every step of the simulation.
///
/// * Delays. `pre` are the spikes that *arrive* at the synapse at this moment, `post` those that the postsynaptic neuron *emits* at
///   this moment. An axonal delay is thus over before a rule hears of the spike; for a dendritic delay, pass `post` later by it.
/// * Ties. A presynaptic and a postsynaptic spike at the same moment do not see each other: every trace is read as it stood
///   just before the moment, and counts the moment's spikes afterwards. Changes at postsynaptic spikes land first, which matters
///   only where a weight meets a bound or where its change depends on it.
#pragma once

#include <limits>
#include <span>

#include "hebb/core/finite.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The neurons of a group that spike at one moment, each once. Borrowed for one call.
struct Spikes {
  double time_ms = 0;
  std::span<const Index> neurons = {};
};

/// What a voltage-dependent rule asks of the postsynaptic side. Borrowed for one call.
struct SpikesAndPotential {
  Spikes spikes;
  const View<double>& potential_mv;  ///< post x 1: constant since the previous moment
};

/// The time of a state that has seen nothing yet.
inline constexpr double before_the_first = -std::numeric_limits<double>::infinity();

/// Throws ShapeError unless all spikes come from neurons 0 ... size - 1.
inline void require_spikes(const Spikes& spikes, Index size, const char* what) {
  for (const Index neuron : spikes.neurons)
    require<ShapeError>(neuron >= 0 && neuron < size, what, ": a spike of neuron ", neuron, " in a group of ", size);
}

/// Throws unless there is one finite potential a neuron.
inline void require_potential(const View<double>& potential_mv, Index neurons) {
  require_shape<double>(potential_mv, neurons, 1, "potential_mv");
  require_finite<double>(potential_mv, "potential_mv");
}

/// Moves a state's clock to the moment of pre and post, and returns the time that has passed, infinite at the first moment.
///
/// Throws InvalidParameter unless pre and post are at one moment, later than the last; ShapeError when a neuron is not there.
inline double advance_clock(double& time_ms, const Spikes& pre, const Spikes& post, Shape shape) {
  require(pre.time_ms == post.time_ms, "pre is at ", pre.time_ms, " ms and post at ", post.time_ms, " ms: an update is one moment");
  require(pre.time_ms > time_ms, "an update at ", pre.time_ms, " ms after one at ", time_ms, " ms: time must advance");
  require_spikes(pre, shape.pre, "pre");
  require_spikes(post, shape.post, "post");
  const double elapsed = pre.time_ms - time_ms;
  time_ms = pre.time_ms;
  return elapsed;
}

}  // namespace hebb
