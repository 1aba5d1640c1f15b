// Pair STDP on a sparse network of Poisson neurons: the work of bench/peers/stdp.py.
#include <benchmark/benchmark.h>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

namespace {

/// A neuron that spikes in the step after a spike has arrived at `drive`, and sums up what arrives
/// at the plastic synapses.
struct DrivenNeuron {
  template <typename T>
  struct State {
    T potential, drive, conductance;
  };
  static constexpr std::array<std::string_view, 3> variables{"potential", "drive", "conductance"};
  static constexpr std::array<ReceptorOf, 2> receptors{{{"drive", 1}, {"excitatory", 2}}};

  State<double> initial() const { return {}; }

  template <typename Scalar>
  auto step(double) const {
    return [](auto& s, auto current) {
      const auto spikes = s.drive > Scalar(0);
      s.drive = decltype(current){};
      return spikes;
    };
  }
};

/// Neurons on either side, synapses per presynaptic neuron, rate on both sides. An event is a
/// presynaptic spike at a synapse: it moves the weight by all spikes since the last one and adds it
/// to a conductance. An iteration is a step of 1 ms.
template <typename Scalar>
void sparse_pair_stdp(benchmark::State& bench) {
  const Index neurons = bench.range(0), fan_out = bench.range(1);
  const double rate_hz = double(bench.range(2));
  SpikingNetwork<Scalar> net({.dt_ms = 1, .seed = 1});
  const auto pre = net.add(PoissonNeurons{.rate_hz = rate_hz}, neurons),
             post = net.add(DrivenNeuron{}, neurons);
  net.inject(post, PoissonDrive{.rate_hz = rate_hz, .onto = Receptor{"drive"}});
  const auto learned = net.connect(pre, post, Randomly{double(fan_out) / double(neurons)},
                                   {.weight = 0.5, .delay_ms = 1}, SparsePairStdp<Scalar>{});
  net.run(1);
  const auto spikes = net.record_spikes(pre);
  for (auto _ : bench) net.run(1);
  const Connections connections = net.connections(learned);
  Index events = 0;
  for (const Index j : spikes.neurons()) events += connections.end(j) - connections.begin(j);
  bench.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
  bench.counters["mean_weight"] = double(net.weights(learned).mean());
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"neurons", "fan_out", "rate_hz"})
      ->Args({10000, 1000, 10})
      ->Args({10000, 1000, 2})
      ->Args({10000, 1000, 50})
      ->Args({1000, 100, 10})
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

BENCHMARK(sparse_pair_stdp<float>)->Apply(arguments);
BENCHMARK(sparse_pair_stdp<double>)->Apply(arguments);

}  // namespace
