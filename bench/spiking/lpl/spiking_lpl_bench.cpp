// Spiking LPL on one core. A step of the standard network (500 inputs, 100 excitatory and 25
// inhibitory neurons, about 5000 plastic synapses) that learns. Then learning alone: by the rule's
// update step by step, and in blocks of steps, over sizes, sparse and dense.
#include <benchmark/benchmark.h>

#include "hebb/spiking/lpl/lpl_populations.hpp"

using namespace hebb;

namespace {

template <typename Scalar>
using Rule = SpikingLpl<Scalar>;

/// Fast learning, so that the network soon has the final rates of the published one.
template <typename Scalar>
auto circuit(Index scale) {
  const Rule<Scalar> rule{.parameters = {.eta = 20}, .times = {.tau_mean_ms = 10e3}};
  return standard_lpl_circuit(rule, {.seed = 1}, 500 * scale, 100 * scale, 25 * scale);
}

/// Two populations whose rates vary slowly, and one with a constant rate.
PoissonInput input(Index neurons) {
  std::vector<double> slow, fast;
  for (int k = 0; k <= 300; ++k) {
    slow.push_back(5 + 4 * std::sin(2 * std::numbers::pi * k / 300));
    fast.push_back(5 + 4 * std::sin(10 * std::numbers::pi * k / 300));
  }
  return PoissonInput({{neurons / 5, Rate::constant(5)},
                       {2 * neurons / 5, {slow, 10}},
                       {2 * neurons / 5, {fast, 10}}},
                      0.1, {.seed = 2});
}

/// The same as a population of a network.
struct Source {
  PoissonInput start(Index neurons, double, const Random&) const { return input(neurons); }
};

template <typename Scalar>
void standard_network(benchmark::State& bench) {
  const Index scale = bench.range(0), steps = 10000 / scale;
  SpikingNetwork<Scalar> network({.dt_ms = 0.1});
  const auto added = add_lpl_circuit(network, circuit<Scalar>(scale), Source{});
  network.run(0.1 * (scale == 1 ? 600000 : 50000));
  std::int64_t made = 0, exc = 0, inh = 0;
  network.listen(added.exc, [&](const Spikes& spikes) { exc += Index(spikes.neurons.size()); });
  network.listen(*added.inh, [&](const Spikes& spikes) { inh += Index(spikes.neurons.size()); });
  for (auto _ : bench) {
    network.run(0.1 * double(steps));
    made += steps;
  }
  bench.counters["s/step"] =
      benchmark::Counter(double(made), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  bench.counters["exc Hz"] = double(exc) / double(made) * 1e4 / double(100 * scale);
  bench.counters["inh Hz"] = double(inh) / double(made) * 1e4 / double(25 * scale);
}
BENCHMARK(standard_network<double>)
    ->ArgName("scale")
    ->Arg(1)
    ->Arg(10)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(standard_network<float>)
    ->ArgName("scale")
    ->Arg(1)
    ->Arg(10)
    ->Unit(benchmark::kMillisecond);

/// Learning step by step, as the rule's equations are written: every synapse in every step.
void step_form(benchmark::State& bench) {
  const auto standard = circuit<double>(1);
  auto state = standard.rule.init(standard.input_to_exc);
  const PoissonInput source = input(500);
  SpikeList spikes;
  for (std::int64_t slice = 0; slice < 100; ++slice) source.emit(slice, spikes);
  const Vector<double> potential = Vector<double>::LinSpaced(100, -70, -50);
  std::vector<Index> now;
  Index next = 0;
  for (auto _ : bench) {
    now.clear();
    if (state.step % 10000 == 0) next = 0;
    for (; next < spikes.size() && spikes[next].step <= state.step % 10000; ++next)
      now.push_back(spikes[next].neuron);
    standard.rule.update(now, {{}, potential}, state);
  }
  bench.counters["s/step"] = benchmark::Counter(
      1, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(step_form)->Unit(benchmark::kMicrosecond);

/// Learning in blocks, with spikes at 5 Hz on both sides and potentials that vary.
template <typename Scalar>
void engine(benchmark::State& bench) {
  const Index pre = bench.range(0), post = bench.range(1), percent = bench.range(2),
              length = LplBlocks<Scalar>::longest;
  const Connections connections =
      connect_randomly({.pre = pre, .post = post}, double(percent) / 100, {.seed = 1});
  LplBlocks<Scalar> blocks(Rule<Scalar>{}, connections);
  for (Index tile = 0; tile < blocks.tiles(); ++tile)
    for (Index k = 0; k < length * blocks.lanes; ++k)
      blocks.potentials(tile, 1)[k] = Scalar(-55 + 5 * std::sin(0.01 * double(k)));
  SpikeList before, after;
  const PoissonInput source({{pre, Rate::constant(5)}}, 0.1, {.seed = 2}),
      target({{post, Rate::constant(5)}}, 0.1, {.seed = 3});
  for (std::int64_t slice = 0; slice < 13; ++slice) {
    source.emit(slice, before);
    target.emit(slice, after);
  }
  for (auto _ : bench) blocks.close(1000 - 1 - 700, length, before, after);
  bench.counters["s/step"] = benchmark::Counter(
      double(length), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  bench.counters["synapse-steps/s"] = benchmark::Counter(
      double(connections.size()) * double(length), benchmark::Counter::kIsIterationInvariantRate);
  bench.counters["synapses"] = double(connections.size());
}
BENCHMARK(engine<float>)
    ->ArgNames({"pre", "post", "percent"})
    ->Args({500, 100, 10})
    ->Args({500, 100, 100})
    ->Args({5000, 1000, 10})
    ->Args({5000, 1000, 100})
    ->Args({50000, 1000, 10});
BENCHMARK(engine<double>)
    ->ArgNames({"pre", "post", "percent"})
    ->Args({500, 100, 10})
    ->Args({5000, 1000, 10})
    ->Args({5000, 1000, 100});

}  // namespace
