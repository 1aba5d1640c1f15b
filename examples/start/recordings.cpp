// Recordings of a spiking network: spikes, rates, potentials and weights, and a file for NumPy.
//
// A recording is asked for before the run and read after it. It is a handle: its copies share what
// is recorded.
#include <filesystem>
#include <iostream>

#include "hebb/io/npz.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"

using namespace hebb;

int main() {
  SpikingNetwork network({.dt_ms = 0.1, .seed = 1});
  const auto input = network.add(PoissonNeurons{.rate_hz = 20}, 100);
  const auto neurons = network.add(CurrentLif{}, 10);
  const PairStdp<float> stdp{.parameters = {.a_plus = 0.02, .a_minus = 0.022},
                             .bounds = {.upper = 12}};
  const auto synapses = network.connect(input, neurons, Randomly{0.5}, {.weight = 6}, stdp);

  const auto spikes = network.record_spikes(neurons);
  const auto rates = network.record_rate(neurons, 100);                    // bins of 100 ms
  const auto weights = network.record_weights(synapses, 500);              // every 500 ms
  const auto potential = network.record(neurons, "potential", {0, 1}, 1);  // of two, every ms
  network.run(2000_ms);

  // For NumPy: spike times with the neurons, and one column of weights per sample.
  Matrix<double> times(2, spikes.size());
  for (Index k = 0; k < spikes.size(); ++k)
    times.col(k) << spikes.times_ms()[std::size_t(k)], double(spikes.neurons()[std::size_t(k)]);
  Matrix<float> courses(weights[0].size(), weights.size());
  for (Index k = 0; k < weights.size(); ++k) courses.col(k) = weights[k];
  const auto file = std::filesystem::temp_directory_path() / "hebb_start_recordings.npz";
  write_npz(file, {{"spikes", to_npy(times)}, {"weights", to_npy(courses)}});
  std::filesystem::remove(file);

  std::cout << spikes.size() << " spikes, " << spikes.rate_hz() << " Hz; first bin "
            << rates.rate_hz(0) << " Hz; potential of neuron 0 at the end "
            << potential[potential.size() - 1](0) << " mV; mean weight " << weights[0].mean()
            << " at first, " << weights[weights.size() - 1].mean() << " at the end\n";
  return spikes.size() > 0 && rates.bins() == 20 && weights.size() >= 4 ? 0 : 1;
}
