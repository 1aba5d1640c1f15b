// A spiking network: inhibitory synapses learn until the excitatory neurons fire at a target rate,
// while their input synapses learn by pair STDP.
//
// Populations are added to the network and connected by projections. A projection may have a rule
// for its synapses.
#include <iostream>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

int main() {
  SpikingNetwork network({.dt_ms = 0.1, .seed = 1});
  const auto input = network.add(PoissonNeurons{.rate_hz = 20}, 100);
  const auto exc = network.add(CurrentLif{}, 80);
  const auto inh = network.add(CurrentLif{}, 20);

  const SparsePairStdp<> stdp{.parameters = {.a_plus = 0.02, .a_minus = 0.02},
                              .bounds = {.upper = 12}};
  const auto learned = network.connect(input, exc, Randomly{0.5}, {.weight = 6}, stdp);
  network.connect(input, inh, Randomly{0.5}, {.weight = 6});
  const Inhibitory<> rule{.parameters = {.eta = 0.05, .target_hz = 8}, .bounds = {.upper = 20}};
  const auto plastic =
      network.connect(inh, exc, All{}, {.weight = 0, .onto = receptor::inhibitory}, rule);

  const auto spikes = network.record_spikes(exc);
  network.run(1000_ms);
  const double before_hz = spikes.rate_hz();
  network.run(19000_ms);
  const double after_hz = spikes.rate_hz(15000);
  std::cout << "Rate of the excitatory neurons: " << before_hz << " Hz in the first second, "
            << after_hz << " Hz after learning; target 8 Hz.\nMean weights: inhibitory "
            << network.weights(plastic).mean() << ", from the input "
            << network.weights(learned).mean() << '\n';
  return std::abs(after_hz - 8) < 1.5 && before_hz > 2 * 8 ? 0 : 1;
}
