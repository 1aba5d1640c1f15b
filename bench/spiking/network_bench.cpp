// Four networks of spiking neurons, the work of bench/peers/spiking_network.py, and their scaling.
//
// An iteration is 0.1 s of simulated time. Counters: biological seconds per second, mean rate,
// coefficient of variation of the intervals between spikes, and which share of the time two limits
// would take: all neuron updates at the rate of a group that stays in the first cache, and all
// synaptic events at the rate at which memory is read and written. Both limits are those of one
// core. The scaling is measured with one thread and with two.
#include <benchmark/benchmark.h>
#include <omp.h>

#include <chrono>

#include "bench/spiking/networks.hpp"

using namespace hebb;
using namespace networks;

namespace {

double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds per update of a neuron whose group stays in the first cache.
template <typename Scalar>
double update_limit(const auto& model) {
  NeuronGroup<std::remove_cvref_t<decltype(model)>, Scalar> group(model, 512, 0.1);
  std::vector<Index> spikes;
  const auto work = [&] {
    for (int n = 0; n < 4000; ++n) {
      spikes.clear();
      group.advance(nullptr, spikes);
    }
    benchmark::DoNotOptimize(group.state.data());
  };
  work();
  double least = seconds_of(work);
  for (int n = 0; n < 4; ++n) least = std::min(least, seconds_of(work));
  return least / (512 * 4000);
}

/// Seconds per byte that is read, or read and written, in order.
double byte_limit() {
  static Vector<float> numbers = Vector<float>::Ones(Index(1) << 25);
  const auto work = [&] {
    numbers.array() += 1.0f;
    benchmark::DoNotOptimize(numbers.data());
  };
  work();
  return std::min(seconds_of(work), seconds_of(work)) / (double(numbers.size()) * 8);
}

template <typename Network, typename Scalar>
void run(benchmark::State& bench) {
  omp_set_num_threads(int(bench.range(1)));
  const Network network;
  SpikingNetwork<Scalar> net({.dt_ms = 0.1, .seed = 1});
  const Parts parts = network(net, bench.range(0));
  net.run(Network::warm_up_ms);
  std::vector<SpikeRecording> spikes;
  for (const PopulationRef& population : parts.populations)
    spikes.push_back(net.record_spikes(population));
  double simulated = 0;
  for (auto _ : bench) {
    net.run(100);
    simulated += 0.1;
  }
  Index count = 0;
  for (const SpikeRecording& recording : spikes) count += recording.size();
  const double rate = double(count) / simulated / double(parts.neurons), bytes = byte_limit(),
               spikes_per_s = double(count) / simulated;
  // Fixed synapses: the postsynaptic neuron, 2 bytes. Plastic ones: neuron and weight, which is
  // written, too.
  const double per_spike =
      parts.fixed_fan_out * 2 + parts.plastic_fan_out * (4 + 2 * sizeof(Scalar));
  bench.counters["biological_s/s"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
  bench.counters["rate_hz"] = rate;
  bench.counters["cv"] = spikes[0].irregularity();
  bench.counters["events/s"] = benchmark::Counter(
      double(count) * (parts.fixed_fan_out + parts.plastic_fan_out), benchmark::Counter::kIsRate);
  bench.counters["updates_share"] = benchmark::Counter(
      simulated * double(parts.neurons) * 1e4 * update_limit<Scalar>(network.model),
      benchmark::Counter::kIsRate);
  bench.counters["memory_share"] =
      benchmark::Counter(simulated * spikes_per_s * per_spike * bytes, benchmark::Counter::kIsRate);
}

template <typename Network, typename Scalar>
void add(const std::string& name, const std::vector<std::int64_t>& neurons,
         const std::vector<std::int64_t>& threads) {
  const char* const scalar = std::is_same_v<Scalar, float> ? "<float>" : "<double>";
  benchmark::RegisterBenchmark((name + scalar).c_str(), run<Network, Scalar>)
      ->ArgNames({"neurons", "threads"})
      ->ArgsProduct({neurons, threads})
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

template <typename Scalar>
void add() {
  add<Coba<Scalar>, Scalar>("coba", {4000}, {1});
  add<Cuba<Scalar>, Scalar>("cuba", {4000}, {1});
  add<Isp<Scalar>, Scalar>("isp", {10000}, {1});
  add<Brunel<Scalar>, Scalar>("brunel-stdp", {10000}, {1});
  add<Coba<Scalar>, Scalar>("scaling", {1000, 4000, 10000, 30000, 100000}, {1, 2});
}

}  // namespace

int main(int argc, char** argv) {
  add<float>();
  add<double>();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
