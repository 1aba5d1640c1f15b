/// @file
/// Pairing experiments on the spiking LPL rule: one postsynaptic neuron under voltage clamp, many
/// inputs at fixed lags.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "hebb/spiking/lpl/lpl_bundle.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"

namespace example {

using namespace hebb;

/// How well the clamp holds the neuron.
enum class Clamp {
  leaky,  ///< as in the published program: the potential is set once a step and synaptic currents
          ///< move it until the next. With many inputs at once the neuron fires spikes that nobody
          ///< asked for.
  ideal,  ///< no synaptic currents
};

/// The neuron under voltage clamp: each step begins at the potential that is commanded, which is
/// the external current, in mV.
struct ClampedLif {
  ConductanceLif neuron = {};

  template <typename T>
  using State = ConductanceLif::State<T>;
  static constexpr auto variables = ConductanceLif::variables;
  static constexpr auto receptors = ConductanceLif::receptors;

  State<double> initial() const { return neuron.initial(); }

  template <typename Scalar>
  auto step(double dt_ms) const {
    return [step = neuron.step<Scalar>(dt_ms)](auto& s, auto command_mv) {
      s.potential = command_mv;
      return step(s);
    };
  }
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
  std::vector<double> variance = {};  ///< that the rule estimates, every 100 ms
};

/// Runs a pairing experiment on SpikingLpl, or on another rule of a network that has `times` and
/// whose state has `set_estimates`. Throws InvalidParameter for a protocol that makes no sense.
template <typename Rule>
PairingOutcome induce_stdp(const Rule& rule, const PairingProtocol& protocol) {
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
  RecordedNeurons inputs;
  for (const Spike& spike : pre) {
    inputs.times_ms.push_back(double(spike.step + 1) * dt_ms);  // the end of the step
    inputs.neurons.push_back(spike.neuron);
  }
  const std::int64_t release = post.back() + step_at(5), ramp = step_at(5);
  const auto command_mv = [&](double time_ms) {
    const std::int64_t step = step_at(time_ms) - 1;
    const auto pairing = std::lower_bound(post.begin(), post.end(), step - 1);
    if (pairing != post.end() && *pairing <= step) return -20.0;
    return -51 - 9 * std::clamp(double(step - 1 - release) / double(ramp), 0.0, 1.0);
  };

  SpikingNetwork<double> net({.dt_ms = dt_ms});
  ClampedLif model;
  if (protocol.clamp == Clamp::ideal) model.neuron.ampa_share = model.neuron.nmda_share = 0;
  const auto sources = net.add(inputs, protocol.inputs, "inputs"), cell = net.add(model, 1, "cell");
  net.inject(cell, command_mv);
  const auto learned = net.connect(
      sources, cell, All{},
      {.weight = protocol.weight, .delay_ms = rule.times.delay_ms, .onto = receptor::ampa}, rule);
  net.for_each_state(learned, [&](const auto&, auto& state) {
    state.set_estimates(0, protocol.mean_rate_hz, protocol.variance);
  });
  const SpikeRecording spikes = net.record_spikes(cell);
  const auto variance = net.record(learned, "variance", 100);
  net.run(double(step_at(protocol.duration_ms)) * dt_ms);

  PairingOutcome outcome{.change = net.weights(learned).array() / protocol.weight - 1,
                         .spikes = spikes.size()};
  for (Index k = 0; k < variance.size(); ++k) outcome.variance.push_back(variance[k](0));
  return outcome;
}

}  // namespace example
