/// @file
/// Pairing experiments on the spiking LPL rule: one postsynaptic neuron under voltage clamp, many
/// inputs at fixed lags.
#pragma once

#include <algorithm>

#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace example {

using namespace hebb;

/// How well the clamp holds the neuron.
enum class Clamp {
  leaky,  ///< as in the published program: the potential is set once a step and synaptic currents
          ///< move it until the next. With many inputs at once the neuron fires spikes that nobody
          ///< asked for.
  ideal,  ///< no synaptic currents
};

/// Postsynaptic spikes at a rate, each in the middle of a sweep of single presynaptic spikes.
///
/// The neuron is held at -51 mV, at -20 mV for the step before and that of a spike, and released to
/// -60 mV after the last one.
struct PairingProtocol {
  Index inputs = 100;
  double half_width_ms = 50;  ///< lags go from +half_width_ms to -half_width_ms, in even steps
  Index pairings = 100;
  double rate_hz = 10;
  double first_ms = 100;  ///< time of the first pairing
  double duration_ms = 12e3;
  Clamp clamp = Clamp::ideal;
  double weight = 0.5;       ///< before
  double mean_rate_hz = 10;  ///< the rule's estimate before
  double variance = 1e-5;    ///< likewise, in the rule's units

  /// t_post - t_pre of an input; positive: pre before post.
  double lag_ms(Index input) const {
    return half_width_ms * (1 - 2 * double(input) / double(std::max<Index>(inputs - 1, 1)));
  }
};

/// What a pairing experiment changed.
struct PairingOutcome {
  Vector<double> change;              ///< (w - w0) / w0, per input
  Index spikes = 0;                   ///< postsynaptic, all of them
  std::vector<double> variance = {};  ///< of the neuron, every 100 ms
};

/// Runs a pairing experiment. Calls after_step(state, spikes) at the end of every step, with the
/// state of the rule, which may be changed, and the postsynaptic spikes of the step. Throws
/// InvalidParameter for a protocol that makes no sense.
template <typename Rule>
PairingOutcome induce_stdp(const Rule& rule, const PairingProtocol& protocol, auto&& after_step) {
  require(protocol.inputs > 0 && protocol.pairings > 0,
          "PairingProtocol: inputs and pairings must be > 0, got ", protocol.inputs, " and ",
          protocol.pairings);
  constexpr const char* owner = "PairingProtocol";
  require_at_least(owner, "half_width_ms", protocol.half_width_ms, 0);
  require_positive(owner, "rate_hz", protocol.rate_hz);
  require_positive(owner, "first_ms", protocol.first_ms);
  require_at_least(owner, "duration_ms", protocol.duration_ms, 0);
  require_positive(owner, "weight", protocol.weight);
  require_at_least(owner, "mean_rate_hz", protocol.mean_rate_hz, 0);
  require_at_least(owner, "variance", protocol.variance, 0);
  require(protocol.first_ms > protocol.half_width_ms,
          "PairingProtocol: the first pairing must come after half_width_ms, got ",
          protocol.first_ms);
  const double dt_ms = rule.times.dt_ms;
  const auto step_at = [&](double time_ms) { return std::int64_t(std::llround(time_ms / dt_ms)); };
  const std::int64_t steps = step_at(protocol.duration_ms);

  std::vector<Spike> pre;
  std::vector<std::int64_t> post;
  for (Index p = 0; p < protocol.pairings; ++p) {
    const double time_ms = protocol.first_ms + 1000 * double(p) / protocol.rate_hz;
    post.push_back(step_at(time_ms));
    for (Index j = 0; j < protocol.inputs; ++j)
      pre.push_back({step_at(time_ms - protocol.lag_ms(j)), j});
  }
  std::stable_sort(pre.begin(), pre.end(),
                   [](const Spike& a, const Spike& b) { return a.step < b.step; });
  const std::int64_t release = post.back() + step_at(5), ramp = step_at(5);

  ConductanceLif model;
  if (protocol.clamp == Clamp::ideal) model.ampa_share = model.nmda_share = 0;
  auto neuron = model.initial();
  const auto neuron_step = model.step<double>(dt_ms);
  auto state = rule.init({.pre = protocol.inputs, .post = 1});
  state.weights.setConstant(protocol.weight);
  state.mean.setConstant(protocol.mean_rate_hz * rule.times.tau_mean_ms / 1000);
  state.variance.setConstant(protocol.variance);

  neuron.potential = -60;
  PairingOutcome outcome;
  std::vector<Index> arriving, spikes;
  Vector<double> potential(1);
  auto next = pre.begin();
  auto pairing = post.begin();
  const std::int64_t delay = rule.times.steps(rule.times.delay_ms);
  for (std::int64_t n = 0; n < steps; ++n) {
    if (n % step_at(100) == 0) outcome.variance.push_back(state.variance(0));
    spikes.clear();
    if (neuron_step(neuron)) spikes.push_back(0);
    arriving.clear();
    for (; next != pre.end() && next->step + delay == n; ++next) {
      arriving.push_back(next->neuron);
      neuron.ampa += state.weights(next->neuron);
    }
    potential(0) = neuron.potential;
    rule.update(arriving, {spikes, potential}, state);
    outcome.spikes += Index(spikes.size());
    while (pairing != post.end() && *pairing < n) ++pairing;
    const bool pulse = pairing != post.end() && *pairing - n <= 1;
    neuron.potential =
        pulse ? -20 : -51 - 9 * std::clamp(double(n - release) / double(ramp), 0.0, 1.0);
    after_step(state, spikes);
  }
  outcome.change = state.weights.array() / protocol.weight - 1;
  return outcome;
}

template <typename Rule>
PairingOutcome induce_stdp(const Rule& rule, const PairingProtocol& protocol) {
  return induce_stdp(rule, protocol, [](auto&, const auto&) {});
}

}  // namespace example
