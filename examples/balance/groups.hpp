/// @file
/// Neurons that receive groups of excitatory and inhibitory inputs. The inhibitory synapses learn.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"

namespace example {

using hebb::Index;

/// The neuron of Vogels and others: leak potential -60 mV, threshold -50 mV, excitation through
/// AMPA receptors alone. A spike adds its weight to a conductance.
inline const hebb::ConductanceLif balanced_neuron{
    .rest_mv = -60, .reset_mv = -60, .threshold_mv = -50, .ampa_share = 1, .nmda_share = 0};

/// The rate of a group over time: 5 Hz, plus 30 Hz times the positive part of a noise of unit
/// variance whose correlation decays with 50 ms. One sample per ms.
inline hebb::Rate group_rate(double duration_ms, hebb::Random random) {
  constexpr double tau_signal_ms = 50, interval_ms = 1;
  const double keep = std::exp(-interval_ms / tau_signal_ms);
  hebb::Rate rate{.samples = {}, .interval_ms = interval_ms};
  rate.samples.resize(std::size_t(std::llround(duration_ms / interval_ms)) + 1);
  double signal = random.normal<double>();
  for (double& sample : rate.samples) {
    sample = 5 + 30 * std::max(0.0, signal);
    signal = keep * signal + std::sqrt(1 - keep * keep) * random.normal<double>();
  }
  return rate;
}

/// Poisson inputs in groups of equal size. All inputs of a group have the same rate over time.
struct GroupedInputs {
  std::vector<hebb::Rate> rates;  ///< one per group

  hebb::PoissonInput start(Index neurons, double dt_ms, const hebb::Random& random) const {
    std::vector<hebb::PoissonInput::Population> groups;
    for (const hebb::Rate& rate : rates) groups.push_back({neurons / Index(rates.size()), rate});
    return {std::move(groups), dt_ms, random};
  }
};

/// Eight neurons under eight groups of inputs. Each neuron prefers one group: its excitatory
/// weights, which are fixed, are largest for that group.
class Groups {
 public:
  static constexpr Index groups = 8, excitatory = 100, inhibitory = 25;  // inputs per group
  static constexpr Index neurons = groups;

  /// `duration_ms` is the time for which there are signals; afterwards they repeat.
  Groups(double target_hz, double duration_ms, double eta, std::uint64_t seed)
      : network_({.dt_ms = 0.1, .seed = seed}) {
    GroupedInputs inputs;
    for (Index k = 0; k < groups; ++k)
      inputs.rates.push_back(
          group_rate(duration_ms, hebb::Random{.seed = seed}.stream("signal", std::uint64_t(k))));
    for (Index k = 0; k < groups; ++k) {
      const std::vector<double>& samples = inputs.rates[std::size_t(k)].samples;
      mean_rate_hz_(k) = hebb::Vector<double>::Map(samples.data(), Index(samples.size())).mean();
    }
    hebb::Matrix<double> weights(neurons, groups * excitatory);
    for (Index i = 0; i < neurons; ++i)
      for (Index j = 0; j < weights.cols(); ++j)
        weights(i, j) = excitatory_weight(i, j / excitatory);

    const auto exc = network_.add(inputs, groups * excitatory, "excitatory inputs");
    const auto inh = network_.add(inputs, groups * inhibitory, "inhibitory inputs");
    const auto cells = network_.add(balanced_neuron, neurons, "neurons");
    const hebb::Vector<double> each = weights.reshaped();  // in the order of connections
    network_.connect(exc, cells, hebb::All{}, {.weight = each, .delay_ms = 1});
    learned_ = network_.connect(
        inh, cells, hebb::All{},
        {.weight = 0.02, .delay_ms = 1, .onto = hebb::receptor::inhibitory},
        Rule{.parameters = {.eta = eta, .target_hz = target_hz}, .bounds = {.upper = 5}});
    spikes = network_.record_spikes(cells);
    rates = network_.record_rate(cells, 1000);
  }

  hebb::SpikeRecording spikes{neurons, 0};
  hebb::RateRecording rates{neurons, 0, 1000};

  void run(double duration_ms, const auto& progress) { network_.run(duration_ms, progress); }

  /// Mean current of the excitatory inputs of each group into each neuron at -55 mV, in mV:
  /// neurons x groups.
  hebb::Matrix<double> excitatory_current() const {
    hebb::Matrix<double> weights(neurons, groups);  // sums over the inputs of a group
    for (Index i = 0; i < neurons; ++i)
      for (Index k = 0; k < groups; ++k)
        weights(i, k) = double(excitatory) * excitatory_weight(i, k);
    return 55 * balanced_neuron.tau_ampa_ms / 1000 * weights * mean_rate_hz_.asDiagonal();
  }

  /// The same of the inhibitory inputs, with the sign reversed.
  hebb::Matrix<double> inhibitory_current() {
    const hebb::Vector<double> all = network_.weights(learned_).template cast<double>();
    hebb::Matrix<double> weights(neurons, groups);
    for (Index k = 0; k < groups; ++k)
      weights.col(k) = all.reshaped(neurons, groups * inhibitory)
                           .middleCols(k * inhibitory, inhibitory)
                           .rowwise()
                           .sum();
    return 25 * balanced_neuron.tau_gaba_ms / 1000 * weights * mean_rate_hz_.asDiagonal();
  }

 private:
  using Rule = hebb::Inhibitory<>;

  static double excitatory_weight(Index neuron, Index group) {
    const double distance = double(group - neuron);
    return 0.04 * (0.3 + 1.1 / (1 + distance * distance));
  }

  hebb::SpikingNetwork<> network_;
  hebb::ProjectionRef<Rule> learned_ = {};
  hebb::Vector<double> mean_rate_hz_{groups};
};

}  // namespace example
