/// @file
/// Neurons that hear groups of excitatory and inhibitory inputs, each group with a rhythm of its
/// own; inhibition learns which excitation to meet.
#pragma once

#include <vector>

#include "hebb/spiking/monitor.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/skips.hpp"

namespace example {

using hebb::Index;

/// A neuron of Vogels and others: leak at -60 mV, threshold at -50 mV, excitation through AMPA
/// alone. A spike adds its weight to a conductance.
inline const hebb::ConductanceLif balanced_neuron{
    .rest_mv = -60, .reset_mv = -60, .threshold_mv = -50, .ampa_share = 1, .nmda_share = 0};

inline constexpr double dt_ms = 0.1;

/// One neuron for each group, which it prefers: its excitatory weights are greatest there.
class Groups {
 public:
  static constexpr Index groups = 8, excitatory = 100, inhibitory = 25;  // inputs of a group
  static constexpr Index neurons = groups;

  hebb::Inhibitory<double> rule;
  hebb::Inhibitory<double>::State state;
  hebb::SpikeMonitor spikes;
  hebb::RateMonitor rates{neurons, 1000};

  Groups(double target_hz, hebb::Random random)
      : rule{.parameters = {.eta = 1e-3, .target_hz = target_hz}, .bounds = {.upper = 5}},
        state(rule.init({.pre = groups * inhibitory, .post = neurons})),
        signal_(hebb::Vector<double>::Zero(groups)),
        mean_rate_(hebb::Vector<double>::Zero(groups)),
        cells_(std::size_t(neurons), {balanced_neuron.rest_mv, 0, 0, 0, 0}),
        random_(random) {
    state.weights.setConstant(0.02);
  }

  /// Of an input of a group on a neuron.
  static double excitatory_weight(Index neuron, Index group) {
    const double distance = double(group - neuron) * double(group - neuron);
    return 0.04 * (0.3 + 1.1 / (1 + distance * distance));
  }

  void run(double seconds) {
    const auto step = balanced_neuron.step<double>(dt_ms);
    std::vector<Index> pre, post;
    for (const std::int64_t end = step_ + std::llround(1000 * seconds / dt_ms); step_ < end;
         ++step_) {
      const double time_ms = double(step_) * dt_ms;
      if (step_ % 10 == 0) move_signals(10 * dt_ms);
      post.clear();
      for (Index i = 0; i < neurons; ++i)
        if (step(cells_[std::size_t(i)])) post.push_back(i);
      pre.clear();
      for (Index k = 0; k < groups; ++k) {
        const double probability = rate_hz(k) * dt_ms / 1000;
        hebb::for_each_success(excitatory, probability, random_, [&](Index) {
          for (Index i = 0; i < neurons; ++i)
            cells_[std::size_t(i)].ampa += excitatory_weight(i, k);
        });
        hebb::for_each_success(inhibitory, probability, random_,
                               [&](Index j) { pre.push_back(k * inhibitory + j); });
      }
      for (const Index j : pre)
        for (Index i = 0; i < neurons; ++i) cells_[std::size_t(i)].gaba += state.weights(i, j);
      const hebb::Spikes emitted{time_ms, post};
      if (!pre.empty() || !post.empty()) rule.update({time_ms, pre}, emitted, state);
      spikes.record(emitted);
      rates.record(emitted);
    }
  }

  /// Mean excitatory and inhibitory current of each group into each neuron at -55 mV, in mV:
  /// neurons x groups.
  hebb::Matrix<double> excitatory_current() const {
    hebb::Matrix<double> current(neurons, groups);
    for (Index i = 0; i < neurons; ++i)
      for (Index k = 0; k < groups; ++k)
        current(i, k) = 55 * double(excitatory) * excitatory_weight(i, k) * mean_rate_hz(k) *
                        balanced_neuron.tau_ampa_ms / 1000;
    return current;
  }
  hebb::Matrix<double> inhibitory_current() const {
    hebb::Matrix<double> current(neurons, groups);
    for (Index i = 0; i < neurons; ++i)
      for (Index k = 0; k < groups; ++k)
        current(i, k) = 25 * state.weights.row(i).segment(k * inhibitory, inhibitory).sum() *
                        mean_rate_hz(k) * balanced_neuron.tau_gaba_ms / 1000;
    return current;
  }

 private:
  static constexpr double tau_signal_ms = 50;

  /// Noise with a memory of 50 ms and unit variance.
  void move_signals(double elapsed_ms) {
    const double keep = std::exp(-elapsed_ms / tau_signal_ms);
    signal_ = keep * signal_ + std::sqrt(1 - keep * keep) * random_.normal<double>(groups, 1);
    for (Index k = 0; k < groups; ++k) mean_rate_(k) += rate_hz(k);
    ++moves_;
  }
  double rate_hz(Index group) const { return 5 + 30 * std::max(0.0, signal_(group)); }
  double mean_rate_hz(Index group) const { return mean_rate_(group) / double(moves_); }

  hebb::Vector<double> signal_, mean_rate_;
  std::vector<hebb::ConductanceLif::State<double>> cells_;
  hebb::Random random_;
  std::int64_t step_ = 0, moves_ = 0;
};

}  // namespace example
