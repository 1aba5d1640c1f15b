/// @file
/// Rules beside the measurements in visual cortex: pairs, triplets, the voltage, spiking LPL.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "stdp_protocols/repetition.hpp"
#include "stdp_protocols/sjostrom.hpp"

namespace example {

/// The relative change by 60 pairs under the voltage rule as its authors fitted it. Their program
/// integrates the neuron by Euler steps; integrated inside the steps, as here, its score is 0.638
/// instead of 0.614.
inline double voltage_change_by_pairs(double rate_hz, double lag_ms) {
  const Pairs pairs{.rate_hz = rate_hz, .lags_ms = {lag_ms}};
  return change_by_repetition(voltage_rule(voltage::visual_cortex, pairs.dt_ms), pairs, nothing,
                              nothing)(0);
}

/// The relative change by 60 pairs on a single synapse under spiking LPL.
inline double lpl_change_by_pairs(double rate_hz, double lag_ms) {
  const PairingOutcome outcome =
      induce_stdp(published_lpl, {.inputs = 2,
                                  .half_width_ms = std::abs(lag_ms),
                                  .pairings = repetitions,
                                  .rate_hz = rate_hz,
                                  .duration_ms = 1000 * (repetitions / rate_hz + 1),
                                  .mean_rate_hz = lpl_mean_hz,
                                  .variance = lpl_variance});
  return outcome.change(lag_ms > 0 ? 0 : 1);
}

/// A rule's changes in the ten experiments, and the number that is expected for its score.
struct Contender {
  std::string name, key;
  Changes changes;
  double expected = std::numeric_limits<double>::quiet_NaN();
};

template <typename Pairing>
Contender triplet_contender(const std::string& name, const std::string& key,
                            const TripletParameters<Pairing>& parameters, double expected) {
  const Triplet<double, Pairing, Unbounded> rule{.parameters = parameters};
  return {name, key,
          measure([&](double rate, double lag) { return change_by_pairs(rule, rate, lag); }),
          expected};
}

/// The pair rule with the two amplitudes that fit the measurements best.
template <typename Pairing>
Contender pair_contender(const std::string& name, const std::string& key, double expected) {
  using Rule = PairStdp<double, Additive, Pairing, Unbounded>;
  constexpr double none = 1e-300;
  const Rule grows{
      .parameters = {.a_plus = 1, .a_minus = none, .tau_plus_ms = 16.8, .tau_minus_ms = 33.7}};
  const Rule shrinks{
      .parameters = {.a_plus = none, .a_minus = 1, .tau_plus_ms = 16.8, .tau_minus_ms = 33.7}};
  const Changes plus =
      measure([&](double rate, double lag) { return change_by_pairs(grows, rate, lag); });
  const Changes minus =
      measure([&](double rate, double lag) { return change_by_pairs(shrinks, rate, lag); });
  const auto [a, b] = best_mixture(plus, minus);
  Contender contender{name, key, {}, expected};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    contender.changes.before[k] = a * plus.before[k] + b * minus.before[k];
    contender.changes.after[k] = a * plus.after[k] + b * minus.after[k];
  }
  return contender;
}

/// Calls done() after each.
inline std::vector<Contender> contenders(const auto& done) {
  std::vector<Contender> all;
  const auto add = [&](const Contender& contender) {
    all.push_back(contender);
    done();
  };
  add(triplet_contender("triplet", "triplet", triplet::visual_cortex_full, 0.342));
  add(triplet_contender("triplet, minimal", "triplet_minimal", triplet::visual_cortex_minimal,
                        0.356));
  add(triplet_contender("triplet, nearest", "triplet_nearest", triplet::visual_cortex_nearest_full,
                        0.232));
  add(triplet_contender("triplet, nearest, minimal", "triplet_nearest_minimal",
                        triplet::visual_cortex_nearest_minimal, 0.348));
  add({"voltage", "voltage", measure(voltage_change_by_pairs)});
  add(pair_contender<AllToAll>("pair, all to all, refitted", "pair", 7.58));
  add(pair_contender<NearestSymmetric>("pair, nearest, refitted", "pair_nearest", 7.47));
  add({"spiking LPL", "spiking_lpl", measure(lpl_change_by_pairs)});
  return all;
}

}  // namespace example
