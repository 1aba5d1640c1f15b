// States of sparsely connected networks, against their theory and against each other.
#include <doctest/doctest.h>

#include "bench/spiking/networks.hpp"

using namespace hebb;
using namespace networks;

namespace {

/// The rate of independent neurons under white noise, Hz: mean and deviation of the input in mV.
///
/// N. Brunel, J. Comput. Neurosci. 8:183-208 (2000), eq. 21.
double rate_under_noise(const DeltaLif& model, double mean, double deviation) {
  const double low = (model.reset_mv - mean) / deviation,
               high = (model.threshold_mv - mean) / deviation;
  const int steps = 4000;
  double sum = 0;
  for (int k = 0; k < steps; ++k) {
    const double u = low + (high - low) * (k + 0.5) / steps;
    sum += std::exp(u * u) * std::erfc(-u) * (high - low) / steps;
  }
  return 1000 / (model.refractory_ms + model.tau_mem_ms * std::sqrt(std::numbers::pi) * sum);
}

struct Found {
  double rate_hz, irregularity, synchrony;
};

/// A network of 2500 neurons, 0.3 s after the first 0.1 s. Synchrony: variance over mean of the
/// number of spikes in bins of 1 ms; 1 for independent neurons.
Found run(const BrunelStates& network) {
  SpikingNetwork<float> net({.dt_ms = 0.1, .seed = 1});
  const Parts parts = network(net, 2500);
  net.run(100);
  const auto spikes = net.record_spikes(parts.excitatory);
  const auto rate = net.record_rate(parts.excitatory, 1);
  net.run(300);
  double mean = 0, square = 0;
  for (Index bin = 0; bin < rate.bins(); ++bin) {
    const double count = rate.rate_hz(bin) * double(parts.excitatory.size) / 1000;
    mean += count / double(rate.bins()), square += count * count / double(rate.bins());
  }
  return {spikes.rate_hz(), spikes.irregularity(), (square - mean * mean) / mean};
}

}  // namespace

TEST_CASE("states: neurons without connections fire at the rate of the theory, independently") {
  // Synapses of 0.1 mV at 1.1 times the rate that holds a neuron at threshold.
  SpikingNetwork<float> net({.dt_ms = 0.1, .seed = 1});
  const DeltaLif model;
  const auto neurons = net.add(model, 2000);
  const double weight = 0.1, rate_hz = 11000;
  net.inject(neurons, PoissonDrive{.rate_hz = rate_hz, .weight = weight});
  net.set(neurons, "potential", Uniform{0, 20});
  net.run(200);
  const auto spikes = net.record_spikes(neurons);
  net.run(500);
  const double mean = weight * rate_hz * model.tau_mem_ms / 1000;
  const double deviation = std::sqrt(weight * mean);
  CHECK(spikes.rate_hz() ==
        doctest::Approx(rate_under_noise(model, mean, deviation)).epsilon(0.03));
}

TEST_CASE(
    "states: weak inhibition synchronises regular neurons, strong inhibition makes them irregular, "
    "and slow where the drive alone does not reach threshold") {
  const auto state = [](double inhibition, double external) {
    return run(
        {.inhibition = inhibition, .external = external, .weight_mv = 0.5, .in_degree = 200});
  };
  const Found regular = state(3, 2), irregular = state(5, 2), slow = state(4.5, 0.9);
  CHECK(regular.irregularity < 0.2);
  CHECK(regular.rate_hz > 200);
  CHECK(irregular.irregularity > 0.5);
  CHECK(irregular.rate_hz > 25);
  CHECK(irregular.rate_hz < 65);
  CHECK(5 * irregular.synchrony < regular.synchrony);
  CHECK(slow.irregularity > 0.5);
  CHECK(slow.rate_hz > 2);
  CHECK(slow.rate_hz < 20);
}
