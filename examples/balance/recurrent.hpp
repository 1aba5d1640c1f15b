/// @file
/// A recurrent network of excitatory and inhibitory neurons, whose inhibitory synapses on
/// excitatory neurons learn.
#pragma once

#include "balance/groups.hpp"
#include "hebb/spiking/connectivity.hpp"

namespace example {

/// 1600 excitatory and 400 inhibitory neurons, one pair in ten connected, all under the same
/// external Poisson drive, which alone would make them fire.
///
/// Inhibitory neurons hold each other back only a little. Where they fire less, single synapses
/// must be so strong that each spike silences its targets; the two trains are then anticorrelated,
/// and the rule's drift is zero above the target (6.3 Hz with an inh_weight of 1).
class Recurrent {
 public:
  static constexpr Index excitatory = 1600, inhibitory = 400, neurons = excitatory + inhibitory;
  static constexpr double exc_weight = 0.1, inh_weight = 0.3, external_weight = 0.1,
                          external_hz = 1000;

  hebb::Inhibitory<double> rule;
  hebb::Inhibitory<double>::State
      state;  ///< inhibitory to excitatory; pairs that are not connected transmit nothing
  hebb::SpikeMonitor spikes;  ///< of excitatory neurons
  hebb::RateMonitor rates{excitatory, 100};

  Recurrent(double target_hz, hebb::Random random)
      : rule{.parameters = {.eta = 1e-2, .target_hz = target_hz}, .bounds = {.upper = 5}},
        state(rule.init({.pre = inhibitory, .post = excitatory})),
        from_exc_(hebb::connect_randomly({.pre = excitatory, .post = neurons}, 0.1,
                                         random.stream("exc"))),
        inh_to_exc_(hebb::connect_randomly({.pre = inhibitory, .post = excitatory}, 0.1,
                                           random.stream("inh to exc"))),
        inh_to_inh_(hebb::connect_randomly({.pre = inhibitory, .post = inhibitory}, 0.1,
                                           random.stream("inh to inh"))),
        random_(random.stream("state")) {
    for (Index i = 0; i < neurons; ++i)
      cells_.push_back({random_.uniform(-60.0, -50.0), 0, 0, 0, 0});
  }

  /// Calls progress() once a tenth of a second.
  void run(double seconds, const auto& progress) {
    const auto step = balanced_neuron.step<double>(dt_ms);
    std::vector<Index> exc, inh;
    for (const std::int64_t end = step_ + std::llround(1000 * seconds / dt_ms); step_ < end;
         ++step_) {
      const double time_ms = double(step_) * dt_ms;
      exc.clear(), inh.clear();
      for (Index i = 0; i < neurons; ++i)
        if (step(cell(i))) i < excitatory ? exc.push_back(i) : inh.push_back(i - excitatory);
      hebb::for_each_success(neurons, external_hz * dt_ms / 1000, random_,
                             [&](Index i) { cell(i).ampa += external_weight; });
      for (const Index j : exc)
        for_each_target(from_exc_, j, [&](Index i) { cell(i).ampa += exc_weight; });
      for (const Index j : inh) {
        for_each_target(inh_to_exc_, j, [&](Index i) { cell(i).gaba += state.weights(i, j); });
        for_each_target(inh_to_inh_, j, [&](Index i) { cell(excitatory + i).gaba += inh_weight; });
      }
      const hebb::Spikes emitted{time_ms, exc};
      if (!exc.empty() || !inh.empty()) rule.update({time_ms, inh}, emitted, state);
      spikes.record(emitted);
      rates.record(emitted);
      if (step_ % 1000 == 999) progress();
    }
  }

  double time_ms() const { return double(step_) * dt_ms; }

 private:
  hebb::ConductanceLif::State<double>& cell(Index i) { return cells_[std::size_t(i)]; }

  static void for_each_target(const hebb::Connections& connections, Index j, const auto& visit) {
    for (Index k = connections.begin(j); k < connections.end(j); ++k)
      visit(Index(connections.post[std::size_t(k)]));
  }

  hebb::Connections from_exc_, inh_to_exc_, inh_to_inh_;
  hebb::Random random_;
  std::vector<hebb::ConductanceLif::State<double>> cells_;
  std::int64_t step_ = 0;
};

/// The mean over neurons of the coefficient of variation of their intervals between spikes, from a
/// time on; 1 for Poisson spikes.
inline double irregularity(const hebb::SpikeMonitor& monitor, Index neurons, double begin_ms) {
  std::vector<double> last(std::size_t(neurons), -1), sum(last.size()), square(last.size()),
      count(last.size());
  for (std::size_t k = 0; k < monitor.neurons().size(); ++k) {
    const auto i = std::size_t(monitor.neurons()[k]);
    const double time = monitor.times_ms()[k];
    if (time < begin_ms) continue;
    if (last[i] >= 0) {
      const double interval = time - last[i];
      sum[i] += interval, square[i] += interval * interval, count[i] += 1;
    }
    last[i] = time;
  }
  double total = 0, counted = 0;
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (count[i] < 5) continue;
    const double mean = sum[i] / count[i];
    total += std::sqrt(std::max(0.0, square[i] / count[i] - mean * mean)) / mean;
    counted += 1;
  }
  return total / counted;
}

}  // namespace example
