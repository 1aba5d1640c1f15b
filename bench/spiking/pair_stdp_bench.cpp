// Pair STDP on a sparse network of Poisson neurons: the work of bench/peers/stdp.py.
#include <benchmark/benchmark.h>

#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

namespace {

/// Who spikes in each step of 1 ms.
std::vector<std::vector<Index>> poisson_steps(Index neurons, double rate_hz, Index steps,
                                              Random random) {
  std::vector<std::vector<Index>> result(static_cast<std::size_t>(steps));
  for (auto& spikes : result)
    for_each_success(neurons, rate_hz / 1000, random,
                     [&](Index neuron) { spikes.push_back(neuron); });
  return result;
}

/// Neurons on either side, synapses per presynaptic neuron, rate on both sides. An event is a
/// presynaptic spike at a synapse: it moves the weight by all spikes since the last one and adds it
/// to a conductance.
void sparse_pair_stdp(benchmark::State& bench) {
  const Index neurons = bench.range(0), fan_out = bench.range(1), steps = 1000;
  const double rate = double(bench.range(2));
  const Random random{.seed = 1};
  const SparsePairStdp<float> rule;
  auto state = rule.init(connect_randomly({.pre = neurons, .post = neurons},
                                          double(fan_out) / double(neurons), random));
  state.weights.setConstant(0.5f);
  const auto pre = poisson_steps(neurons, rate, steps, random.stream("pre")),
             post = poisson_steps(neurons, rate, steps, random.stream("post"));
  Vector<float> conductance = Vector<float>::Zero(neurons);
  std::int64_t events = 0;
  Index step = 0;
  for (auto _ : bench) {
    const auto& arrivals = pre[std::size_t(step % steps)];
    const auto& spikes = post[std::size_t(step % steps)];
    rule.update({double(step), arrivals}, {double(step), spikes}, state,
                [&](Index i, float weight) { conductance(i) += weight; });
    for (const Index j : arrivals) events += state.connections.end(j) - state.connections.begin(j);
    ++step;
  }
  benchmark::DoNotOptimize(conductance.data());
  bench.counters["events/s"] = benchmark::Counter(double(events), benchmark::Counter::kIsRate);
  bench.counters["mean_weight"] = double(state.weights.mean());
}

}  // namespace

BENCHMARK(sparse_pair_stdp)
    ->ArgNames({"neurons", "fan_out", "rate_hz"})
    ->Args({10000, 1000, 10})
    ->Args({10000, 1000, 2})
    ->Args({10000, 1000, 50})
    ->Args({1000, 100, 10})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
