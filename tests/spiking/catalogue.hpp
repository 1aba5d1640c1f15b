/// @file
/// Every spiking rule, under the name of its header, for the laws to be tried on.
#pragma once

#include <doctest/doctest.h>

#include "hebb/spiking/rule_bundle.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/orchestrated.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/reward_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "hebb/spiking/rules/triplet.hpp"
#include "hebb/spiking/rules/voltage.hpp"
#include "tests/spiking/laws.hpp"

namespace hebb {

/// Tries every law on a rule, which stands in the header of that name. A declared exception is a
/// fact too: the law must be broken.
template <typename Rule>
void try_laws(const std::string& header, const Rule& rule, std::set<std::string>& tried) {
  CAPTURE(header);
  CAPTURE(doctest::toString<Rule>());
  tried.insert(header);
  CHECK(spiking_laws::init_gives_a_weight_a_synapse(rule));
  CHECK(spiking_laws::copies_are_equal_and_independent(rule));
  CHECK(spiking_laws::silent_pre(rule) == !breaks<Rule, law::SilentPre>);
  CHECK(spiking_laws::stays_finite(rule));
  CHECK(spiking_laws::forget_keeps_the_weights(rule));
  CHECK(spiking_laws::forget_clears_the_sequence(rule) == !breaks<Rule, law::SilentPre>);
  CHECK(spiking_laws::each_round_trips(rule));
  CHECK(spiking_laws::locality(rule) == !breaks<Rule, law::Locality>);
  if constexpr (ChangesAtOwnSpikes<Rule>) CHECK(spiking_laws::changes_at_own_spikes(rule));
  CHECK(spiking_laws::settling_is_idempotent(rule));
  CHECK(spiking_laws::all_connections_are_dense(rule));
  CHECK(spiking_laws::missing_synapses_change_nothing(rule));
  CHECK(spiking_laws::forget_begins_anew(rule));
  CHECK(spiking_laws::keeps_its_bounds(rule));
  CHECK(spiking_laws::refuses_neurons_twice(rule));
  CHECK(spiking_laws::refuses_bad_times(rule));
  CHECK(spiking_laws::refuses_another_shape(rule));
  CHECK(spiking_laws::names_a_state_without_init(rule));
  CHECK(spiking_laws::refuses_bad_weights(rule));
}

/// All rules in all forms; returns the names of their headers.
template <typename Scalar>
std::set<std::string> try_laws_on_all() {
  std::set<std::string> tried, labels;
  const auto try_laws = [&](const std::string& header, const auto& rule) {
    hebb::try_laws(header, rule, tried);
    rule.init(spiking_laws::shape).each([&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<decltype(value), const Label&>)
        if (name == "rule")
          CHECK_MESSAGE(labels.insert(std::string(value.text)).second,
                        value.text);  // each form has its own
      // A checkpoint takes what a state begins with.
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (std::floating_point<Value>) CHECK_MESSAGE(std::isfinite(value), name);
      if constexpr (requires { requires std::floating_point<typename Value::Scalar>; })
        CHECK_MESSAGE(value.allFinite(), name);
    });
  };
  try_laws("inhibitory", Inhibitory<Scalar>{});
  try_laws("orchestrated", Orchestrated<Scalar>{});
  try_laws("orchestrated", Orchestrated<Scalar, RateDependentDepression>{});
  try_laws("pair_stdp", PairStdp<Scalar>{});
  try_laws("pair_stdp", PairStdp<Scalar, PowerLaw, NearestPreCentred>{});
  try_laws("pair_stdp", PairStdp<Scalar, Multiplicative, NearestReducedSymmetric>{});
  try_laws("reward_stdp", Mstdp<Scalar>{});
  try_laws("reward_stdp", RewardStdp<Scalar>{.modulation = {.baseline = 0.1}});
  try_laws("sparse_pair_stdp", SparsePairStdp<Scalar>{});
  try_laws("spiking_lpl", SpikingLpl<Scalar>{});
  try_laws("super_spike", SuperSpike<Scalar>{.parameters = {.window_ms = 5}});
  try_laws("triplet", Triplet<Scalar>{triplet::visual_cortex_full});
  try_laws("triplet", Triplet<Scalar, NearestSymmetric>{triplet::hippocampus_nearest_full});
  try_laws("voltage", Voltage<Scalar>{});
  try_laws("voltage", Voltage<Scalar, HomeostaticDepression>{});
  return tried;
}

}  // namespace hebb
