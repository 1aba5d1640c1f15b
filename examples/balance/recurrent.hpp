/// @file
/// A recurrent network of excitatory and inhibitory neurons. The inhibitory synapses on excitatory
/// neurons learn.
#pragma once

#include "balance/groups.hpp"

namespace example {

/// 1600 excitatory and 400 inhibitory neurons. A pair is connected with probability 0.1. All
/// neurons receive the same Poisson drive, which alone makes them fire.
///
/// Inhibitory neurons inhibit each other weakly (inh_weight 0.3). With strong inhibition among them
/// they fire less, and each of their synapses on excitatory neurons must be so strong that a single
/// spike silences its targets. The spike trains on the two sides of a synapse are then
/// anticorrelated, and the mean weight change vanishes at a rate above the target (6.3 Hz with an
/// inh_weight of 1).
class Recurrent {
 public:
  static constexpr Index excitatory = 1600, inhibitory = 400;

  /// `inh_weight` is that of the inhibitory synapses on inhibitory neurons.
  Recurrent(double target_hz, double eta, double inh_weight, std::uint64_t seed)
      : network_({.dt_ms = 0.1, .seed = seed}) {
    constexpr double exc_weight = 0.1;
    const auto exc = network_.add(balanced_neuron, excitatory, "excitatory");
    const auto inh = network_.add(balanced_neuron, inhibitory, "inhibitory");
    for (const auto& cells : {exc, inh}) {
      network_.set(cells, "potential", hebb::Uniform{-60, -50});
      network_.inject(cells, hebb::PoissonDrive{.rate_hz = 1000, .weight = 0.1});
      network_.connect(exc, cells, hebb::Randomly{0.1}, {.weight = exc_weight});
    }
    network_.connect(inh, inh, hebb::Randomly{0.1},
                     {.weight = inh_weight, .onto = hebb::receptor::inhibitory});
    network_.connect(inh, exc, hebb::Randomly{0.1},
                     {.weight = 0, .onto = hebb::receptor::inhibitory},
                     hebb::Inhibitory<>{.parameters = {.eta = eta, .target_hz = target_hz},
                                        .bounds = {.upper = 5}});
    spikes = network_.record_spikes(exc);
    rates = network_.record_rate(exc, 100);
  }

  /// Of the excitatory neurons.
  hebb::SpikeRecording spikes{excitatory, 0};
  hebb::RateRecording rates{excitatory, 0, 100};

  void run(double duration_ms, const auto& progress) { network_.run(duration_ms, progress); }
  double time_ms() const { return network_.time_ms(); }

 private:
  hebb::SpikingNetwork<> network_;
};

}  // namespace example
