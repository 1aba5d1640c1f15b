/// @file
/// The pairing-repetition matrix: pairs of spikes, at every rate and every lag.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "hebb/spiking/neurons/adex.hpp"
#include "stdp_protocols/catalogue.hpp"
#include "stdp_protocols/stdp_induction.hpp"

namespace example {

inline constexpr int repetitions = 60;

inline const std::vector<double> repetition_rates_hz{1, 5, 10, 20, 30, 40, 50};

/// Lags, t_post - t_pre, from -50 to 50 ms in steps of 5 ms, without 0.
inline std::vector<double> repetition_lags_ms() {
  std::vector<double> lags;
  for (int lag = -50; lag <= 50; lag += 5)
    if (lag != 0) lags.push_back(lag);
  return lags;
}

/// The relative changes of a weight by pairs: rate x lag.
struct RepetitionMatrix {
  std::string name, key;
  Matrix<double> change;
};

/// Pairs at a rate and at some lags, one per synapse, on weights that begin alike.
struct Pairs {
  double rate_hz;
  std::vector<double> lags_ms;  ///< t_post - t_pre, of at most 50 ms
  double weight = 0.5;
  double dt_ms = 1;  ///< as in the fit of the voltage rule; spikes are rounded to steps
  int count = repetitions;
};

/// The potential of a neuron in each step, if a strong current of one step makes each of its
/// spikes.
inline std::vector<double> potential_of_pairs(const std::vector<bool>& post, double dt_ms) {
  hebb::SpikingNetwork<double> net({.dt_ms = dt_ms});
  const auto cell = net.add(hebb::AdEx{.b_pa = 0.0805}, 1);
  net.inject(cell, [&](double time_ms) {
    return post[std::size_t(std::llround(time_ms / dt_ms) - 1)] ? 1e6 : 0;
  });
  const auto potential = net.record(cell, "potential", {0}, dt_ms);
  net.run(dt_ms * double(post.size()));
  std::vector<double> result;
  for (Index n = 1; n < potential.size(); ++n) result.push_back(potential[n](0));
  return result;
}

/// The relative changes by the pairs: one synapse per lag, all with the same postsynaptic spikes.
/// Rules are given a rest of 100 ms before the first spike and after the last.
template <typename Rule>
Vector<double> change_by_repetition(const Rule& rule, const Pairs& pairs, const auto& prepare,
                                    const auto& at_end) {
  constexpr double rest_ms = 100, widest_ms = 50, later_ms = 5000;
  const auto step_of = [&](double first_ms, int k) {
    return std::size_t(std::llround((first_ms + 1000 / pairs.rate_hz * k) / pairs.dt_ms));
  };
  const auto inputs = Index(pairs.lags_ms.size());
  const std::size_t end = step_of(2 * (rest_ms + widest_ms), pairs.count);
  Protocol protocol{.dt_ms = pairs.dt_ms, .pre = {}, .post = std::vector<bool>(end, false)};
  protocol.pre.resize(end);
  for (int k = 0; k < pairs.count; ++k) {
    protocol.post[step_of(rest_ms + widest_ms, k)] = true;
    for (Index j = 0; j < inputs; ++j)
      protocol.pre[step_of(rest_ms + widest_ms - pairs.lags_ms[std::size_t(j)], k)].push_back(j);
  }
  if constexpr (hebb::LearnsFrom<Rule, hebb::SpikesAndPotential>)
    protocol.potential_mv = potential_of_pairs(protocol.post, pairs.dt_ms);
  if constexpr (EventDriven<Rule>) {
    // Such a rule is called at spikes. A further input spikes 5 s later, so that a reward has
    // acted.
    protocol.pre.resize(end + std::size_t(later_ms / pairs.dt_ms));
    protocol.post.resize(protocol.pre.size(), false);
    protocol.pre.back() = {inputs};
  }
  Experiment<Rule> experiment(rule, protocol, inputs + 1, pairs.weight);
  prepare(experiment);
  experiment.net.run(pairs.dt_ms * double(end));
  at_end(experiment);
  experiment.net.run(pairs.dt_ms * double(protocol.pre.size() - end));
  return experiment.weights().head(inputs).array() / pairs.weight - 1;
}

/// The relative change of one synapse. Rates and lags are multiples of 5 ms.
template <typename Rule>
double change_by_pairs(const Rule& rule, double rate_hz, double lag_ms) {
  return change_by_repetition(rule,
                              {.rate_hz = rate_hz, .lags_ms = {lag_ms}, .weight = 1, .dt_ms = 5},
                              nothing, nothing)(0);
}

/// The matrix of every spiking rule, by so many pairs. Calls done() after each.
std::vector<RepetitionMatrix> repetition_matrices(int pairs, const auto& done) {
  std::vector<RepetitionMatrix> all;
  const std::vector<double> lags = repetition_lags_ms();
  for_each_spiking_rule(Pairs{}.dt_ms, [&](const std::string& name, const std::string& key,
                                           const auto& rule, const auto& prepare,
                                           const auto& at_end) {
    RepetitionMatrix matrix{name, key,
                            Matrix<double>(Index(repetition_rates_hz.size()), Index(lags.size()))};
    for (std::size_t r = 0; r < repetition_rates_hz.size(); ++r) {
      const double rate = repetition_rates_hz[r];
      if constexpr (std::same_as<std::remove_cvref_t<decltype(rule)>,
                                 std::remove_cvref_t<decltype(published_lpl)>>) {
        // Its neuron is held as in its authors' experiments; one input per lag, on their grid.
        const PairingOutcome outcome = induce_stdp(rule, {.inputs = 21,
                                                          .half_width_ms = 50,
                                                          .pairings = pairs,
                                                          .rate_hz = rate,
                                                          .duration_ms = 1000 * (pairs / rate + 1),
                                                          .mean_rate_hz = lpl_mean_hz,
                                                          .variance = lpl_variance});
        for (Index j = 0, col = Index(lags.size()); j < 21; ++j)  // from +50 to -50 ms
          if (j != 10) matrix.change(Index(r), --col) = outcome.change(j);
      } else {
        matrix.change.row(Index(r)) =
            change_by_repetition(rule, {.rate_hz = rate, .lags_ms = lags, .count = pairs}, prepare,
                                 at_end)
                .transpose();
      }
    }
    all.push_back(matrix);
    done();
  });
  return all;
}

}  // namespace example
