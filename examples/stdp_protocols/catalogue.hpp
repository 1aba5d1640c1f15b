/// @file
/// Every spiking rule of the library with its published parameters, for the experiments that try
/// them all.
#pragma once

#include <string>

#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/orchestrated.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/reward_stdp.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/rules/triplet.hpp"
#include "hebb/spiking/rules/voltage.hpp"
#include "stdp_protocols/played.hpp"

namespace example {

/// The rule of the published windows of spiking LPL, in the units of its program, and what its
/// postsynaptic neuron did before.
inline const hebb::SpikingLpl<double, hebb::PublishedCode> published_lpl{
    .parameters = {.eta = 5e-3, .transmitter = 0}, .times = {.tau_variance_ms = 300e3}};
inline constexpr double lpl_mean_hz = 20, lpl_variance = 0.1;

/// How far the potential that the voltage rule filters lies behind, as in its authors' fit.
inline constexpr double voltage_delay_ms = 4;

template <typename Depression = hebb::FixedDepression>
hebb::Voltage<double, Depression, hebb::Unbounded> voltage_rule(hebb::VoltageParameters parameters,
                                                                double dt_ms) {
  parameters.delay_updates = Index(std::lround(voltage_delay_ms / dt_ms));
  return {.parameters = parameters};
}

/// What is done with an experiment before its first step, or after each trial.
inline constexpr auto nothing = [](auto& /*experiment*/) {};

/// Calls visit(name, key, rule, prepare, at_end) for every rule; prepare(experiment) is called
/// before the first step, at_end(experiment) after each trial. Rules whose changes do not depend on
/// the weight are unbounded. `dt_ms` is the step of the rules that hear the potential.
void for_each_spiking_rule(double dt_ms, const auto& visit) {
  using namespace hebb;
  const auto reward = [](auto& experiment) {
    experiment.net.for_each_state(experiment.learned,
                                  [](const auto& rule, auto& state) { rule.reward(1, state); });
  };
  const auto plain = [&](const char* name, const char* key, const auto& rule) {
    visit(name, key, rule, nothing, nothing);
  };
  plain("pair, all to all", "pair", PairStdp<double, Additive, AllToAll, Unbounded>{});
  plain("pair, nearest", "pair_nearest", PairStdp<double, Additive, NearestSymmetric, Unbounded>{});
  plain("pair, pre-centred", "pair_pre_centred",
        PairStdp<double, Additive, NearestPreCentred, Unbounded>{});
  plain("pair, reduced", "pair_reduced",
        PairStdp<double, Additive, NearestReducedSymmetric, Unbounded>{});
  plain("pair, multiplicative", "pair_multiplicative", PairStdp<double, Multiplicative>{});
  plain("pair, power law", "pair_power_law", PairStdp<double, PowerLaw>{});
  plain("pair, proportional", "pair_proportional", PairStdp<double, ProportionalDepression>{});
  plain("triplet, cortex", "triplet_cortex",
        Triplet<double, AllToAll, Unbounded>{triplet::visual_cortex_full});
  plain("triplet, cortex, nearest", "triplet_cortex_nearest",
        Triplet<double, NearestSymmetric, Unbounded>{triplet::visual_cortex_nearest_full});
  plain("triplet, hippocampus", "triplet_hippocampus",
        Triplet<double, AllToAll, Unbounded>{triplet::hippocampus_full});
  plain("triplet, hippocampus, nearest", "triplet_hippocampus_nearest",
        Triplet<double, NearestSymmetric, Unbounded>{triplet::hippocampus_nearest_full});
  plain("voltage, visual cortex", "voltage_visual_cortex",
        voltage_rule(voltage::visual_cortex, dt_ms));
  plain("voltage, somatosensory", "voltage_somatosensory",
        voltage_rule(voltage::somatosensory, dt_ms));
  plain("voltage, hippocampus", "voltage_hippocampus", voltage_rule(voltage::hippocampal, dt_ms));
  plain("voltage, homeostatic", "voltage_homeostatic",
        voltage_rule<HomeostaticDepression>(voltage::visual_cortex, dt_ms));
  plain("inhibitory", "inhibitory", Inhibitory<double, Unbounded>{});
  plain("orchestrated", "orchestrated", Orchestrated<double>{});
  plain("orchestrated, rate-dependent", "orchestrated_rate",
        Orchestrated<double, RateDependentDepression>{});
  visit("reward, immediate", "reward_immediate", Mstdp<double, Unbounded>{}, reward, nothing);
  visit("reward, held", "reward_held", Mstdpet<double, Unbounded>{}, reward, nothing);
  visit("reward, dopamine", "reward_dopamine", RewardStdp<double, Dopamine, Unbounded>{}, nothing,
        reward);
  plain("SuperSpike", "super_spike", SuperSpike<double>{});
  visit(
      "spiking LPL", "spiking_lpl", published_lpl,
      [](auto& experiment) {
        experiment.net.for_each_state(experiment.learned, [](const auto&, auto& state) {
          state.set_estimates(0, lpl_mean_hz, lpl_variance);
        });
      },
      nothing);
}

}  // namespace example
