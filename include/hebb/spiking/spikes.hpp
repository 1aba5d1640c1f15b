/// @file
/// How spikes are passed to a rule: which neurons spike at one moment, and how time advances.
///
/// One call of `update(pre, post, state)` is one moment: pre and post carry the same time, and the
/// next call must be later. An event-driven rule is called when there is a spike. A rule that
/// integrates potentials is called at every step of the simulation.
///
/// Delays: `pre` are the spikes that *arrive* at the synapse at this moment, `post` those that the
/// postsynaptic neuron *emits* at this moment. The caller applies an axonal delay before it passes
/// the presynaptic spike. For a dendritic delay, pass the postsynaptic spike later by that delay.
///
/// Ties: a presynaptic and a postsynaptic spike at the same moment do not affect each other. Every
/// trace is read as it was just before the moment, and counts the moment's spikes afterwards.
/// Changes at postsynaptic spikes are applied first. The order matters only where a weight meets a
/// bound or where its change depends on it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The neurons of a group that spike at one moment, each once. Borrowed for one call.
struct Spikes {
  double time_ms = 0;                   ///< time of the moment
  std::span<const Index> neurons = {};  ///< numbers in the group, in any order
};

/// The postsynaptic signal of a voltage-dependent rule. Borrowed for one call.
struct SpikesAndPotential {
  Spikes spikes;              ///< of the postsynaptic neurons
  View<double> potential_mv;  ///< post x 1: constant since the previous moment
};

/// The postsynaptic signal of a supervised rule. Borrowed for one call.
struct SpikesAndTarget {
  Spikes spikes;              ///< of the postsynaptic neurons
  Spikes target;              ///< teaching signal: the desired spikes, at the same time
  View<double> potential_mv;  ///< post x 1: constant since the previous moment
};

/// The time of a state that has seen nothing yet. It is finite, so that a checkpoint takes it.
inline constexpr double before_the_first = std::numeric_limits<double>::lowest();

/// Throws ShapeError unless all spikes come from neurons 0 ... size - 1, InvalidParameter when a
/// neuron is listed twice. Lists may have any order; increasing ones are checked in one pass.
inline void require_spikes(std::span<const Index> neurons, Index size, const char* what) {
  Index last = -1;
  bool increasing = true;
  for (const Index neuron : neurons) {
    require<ShapeError>(neuron >= 0 && neuron < size, what, ": a spike of neuron ", neuron,
                        " in a group of ", size);
    increasing = increasing && neuron > last;
    last = neuron;
  }
  if (increasing) [[likely]]
    return;
  thread_local std::vector<Index> sorted;  // reused, so that a moment allocates nothing
  sorted.assign(neurons.begin(), neurons.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    require(false, what, ": neuron ", *twice, " is listed twice in one moment");
}

/// Throws InvalidCall when the state has no neurons, for it was not made by init; ShapeError or
/// NonFinite unless there is one finite potential per neuron.
inline void require_potential(const View<double>& potential_mv, Index neurons, const char* rule) {
  require<InvalidCall>(neurons > 0 || potential_mv.rows() == 0, rule,
                       ": the state was not made by init");
  require_shape<double>(potential_mv, neurons, 1, "potential_mv");
  require_finite<double>(potential_mv, "potential_mv");
}

/// Throws InvalidCall when an array of a state is empty although the rest of the state is not,
/// ShapeError when its size does not fit the rest of the state.
void require_size(const auto& array, Index rows, Index cols, const char* owner, const char* name) {
  const bool fits = array.rows() == rows && array.cols() == cols;
  require<InvalidCall>(fits || array.size() > 0, owner, ": the state was not made by init");
  require<ShapeError>(fits, owner, ": state.", name, " must be ", rows, " x ", cols, ", got ",
                      array.rows(), " x ", array.cols());
}

/// Throws InvalidParameter, naming the synapse by its place in memory, for a weight that is not
/// finite or out of bounds.
void require_weights(const auto& weights, const auto& bounds, const char* rule) {
  for (Index k = 0; k < weights.size(); ++k) {
    const auto w = weights.data()[k];
    require(std::isfinite(w) && bounds.cut(w) == w, rule, ": the weight of synapse ", k, ", ", w,
            ", is out of bounds");
  }
}

/// Begins an update of a spiking rule: checks its arguments before the state changes, then advances
/// the state's clock to the moment of pre and post. Returns the time since the last moment. It is 0
/// at the first moment of a sequence, where all traces are 0.
///
/// Throws InvalidCall for a state that init did not make; InvalidParameter unless pre and post are
/// at one finite moment, later than the last, and list each neuron once; ShapeError for a neuron
/// outside `shape`. At the first update of a state it also throws InvalidParameter for a weight
/// that was set out of bounds.
double begin_moment(const Spikes& pre, const Spikes& post, Shape shape, const auto& bounds,
                    const char* rule, auto& state) {
  require<InvalidCall>(shape.pre > 0 || shape.post > 0, rule, ": the state was not made by init");
  require(pre.time_ms == post.time_ms, "pre is at ", pre.time_ms, " ms and post at ", post.time_ms,
          " ms: an update is one moment");
  require(std::isfinite(pre.time_ms), "an update at ", pre.time_ms, " ms: time must be finite");
  require(pre.time_ms > state.time_ms, "an update at ", pre.time_ms, " ms after one at ",
          state.time_ms, " ms: time must advance");
  require_spikes(pre.neurons, shape.pre, "pre");
  require_spikes(post.neurons, shape.post, "post");
  if (!state.begun) require_weights(state.weights, bounds, rule);
  const double elapsed = state.time_ms == before_the_first ? 0 : pre.time_ms - state.time_ms;
  require(std::isfinite(elapsed), "an update at ", pre.time_ms, " ms after one at ", state.time_ms,
          " ms: the time between them is not finite");
  state.time_ms = pre.time_ms;
  state.begun = true;
  return elapsed;
}

}  // namespace hebb
