/// @file
/// The pairing-repetition matrix: sixty pairs of spikes, at every rate and every lag.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "hebb/spiking/neuron.hpp"
#include "hebb/spiking/neurons/adex.hpp"
#include "stdp_protocols/catalogue.hpp"
#include "stdp_protocols/pairing.hpp"
#include "stdp_protocols/stdp_induction.hpp"

namespace example {

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

/// The postsynaptic neuron while a strong current of 1 ms makes each of its spikes: steps of 1 ms,
/// as in the fit of the voltage rule.
class PairedNeuron {
 public:
  static constexpr double dt_ms = 1;

  /// The potential after a step, in which the neuron is made to spike or not.
  double step(bool spikes) {
    current_.setConstant(spikes ? 1e6 : 0);
    neuron_.step(current_, spikes_);
    return neuron_["potential"](0);
  }

 private:
  hebb::NeuronGroup<hebb::AdEx, double> neuron_{hebb::AdEx{.b_pa = 0.0805}, 1, dt_ms};
  Matrix<double> current_ = Matrix<double>::Zero(1, 1);
  std::vector<Index> spikes_;
};

/// The moments of sixty pairs: one synapse per lag, all with the same postsynaptic spikes. Rules
/// are given a rest of 100 ms before the first spike and after the last.
template <typename Rule>
hebb::Vector<double> change_by_repetition(const Rule& rule, double rate_hz,
                                          const std::vector<double>& lags_ms, const auto& prepare,
                                          const auto& at_end) {
  constexpr double initial = 0.5, rest_ms = 100;
  const auto step_of = [&](double first_ms, int k) {
    return std::llround((first_ms + 1000 / rate_hz * k) / PairedNeuron::dt_ms);
  };
  const double widest = 50;
  const auto end = step_of(2 * (rest_ms + widest), repetitions);
  std::vector<std::vector<Index>> pre(static_cast<std::size_t>(end));
  std::vector<bool> post(std::size_t(end), false);
  for (int k = 0; k < repetitions; ++k) {
    post[std::size_t(step_of(rest_ms + widest, k))] = true;
    for (std::size_t j = 0; j < lags_ms.size(); ++j)
      pre[std::size_t(step_of(rest_ms + widest - lags_ms[j], k))].push_back(Index(j));
  }
  auto state = begin(rule, Index(lags_ms.size()), initial);
  prepare(state);
  PairedNeuron neuron;
  Moment now{};
  for (std::int64_t n = 0; n < end; ++n) {
    now.time_ms = double(n) * PairedNeuron::dt_ms;
    now.pre = pre[std::size_t(n)];
    now.post.assign(post[std::size_t(n)] ? 1 : 0, 0);
    if constexpr (hebb::RuleFor<Rule, hebb::Spikes, hebb::SpikesAndPotential>)
      now.potential_mv = neuron.step(post[std::size_t(n)]);
    step(rule, now, state);
  }
  at_end(state);
  if constexpr (EventDriven<Rule>)
    rule.update({now.time_ms + 5000, {}}, {now.time_ms + 5000, {}}, state);
  settle(rule, state);
  return state.weights.template cast<double>().reshaped().array() / initial - 1;
}

/// The matrix of every spiking rule. Calls done() after each.
std::vector<RepetitionMatrix> repetition_matrices(const auto& done) {
  std::vector<RepetitionMatrix> all;
  const std::vector<double> lags = repetition_lags_ms();
  for_each_spiking_rule(
      PairedNeuron::dt_ms, [&](const std::string& name, const std::string& key, const auto& rule,
                               const auto& prepare, const auto& at_end) {
        RepetitionMatrix matrix{
            name, key, Matrix<double>(Index(repetition_rates_hz.size()), Index(lags.size()))};
        for (std::size_t r = 0; r < repetition_rates_hz.size(); ++r) {
          const double rate = repetition_rates_hz[r];
          if constexpr (std::same_as<std::remove_cvref_t<decltype(rule)>,
                                     std::remove_cvref_t<decltype(published_lpl)>>) {
            // Its neuron is held as in its authors' experiments; one input per lag, on their grid.
            const PairingOutcome outcome =
                induce_stdp(rule, {.inputs = 21,
                                   .half_width_ms = 50,
                                   .pairings = repetitions,
                                   .rate_hz = rate,
                                   .duration_ms = 1000 * (repetitions / rate + 1),
                                   .mean_rate_hz = lpl_mean_hz,
                                   .variance = lpl_variance});
            for (Index j = 0, col = Index(lags.size()); j < 21; ++j)  // from +50 to -50 ms
              if (j != 10) matrix.change(Index(r), --col) = outcome.change(j);
          } else {
            matrix.change.row(Index(r)) =
                change_by_repetition(rule, rate, lags, prepare, at_end).transpose();
          }
        }
        all.push_back(matrix);
        done();
      });
  return all;
}

}  // namespace example
