/// @file
/// Sixty pairs of spikes in a row, on any spiking rule.
#pragma once

#include <set>

#include "hebb/core/concepts.hpp"
#include "hebb/spiking/spikes.hpp"

namespace example {

inline constexpr int repetitions = 60;

/// The change of a weight of 1 by pairs at a rate, with lag = t_post - t_pre, under any rule with
/// update(Spikes, Spikes).
template <hebb::RuleFor<hebb::Spikes, hebb::Spikes> Rule>
double change_by_pairs(const Rule& rule, double rate_hz, double lag_ms) {
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights.setConstant(1);
  const hebb::Index neuron[] = {0};
  const std::span<const hebb::Index> spike = neuron, none;
  std::set<std::pair<double, bool>> moments;  // time, whether it is the postsynaptic neuron
  for (int k = 0; k < repetitions; ++k) {
    moments.emplace(1000 / rate_hz * k, false);
    moments.emplace(1000 / rate_hz * k + lag_ms, true);
  }
  for (const auto& [time, post] : moments)
    rule.update({time, post ? none : spike}, {time, post ? spike : none}, state);
  if constexpr (requires { rule.settle(state); }) rule.settle(state);
  return double(state.weights.value()) - 1;
}

}  // namespace example
