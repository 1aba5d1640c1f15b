// Four networks of spiking neurons, the work of bench/peers/spiking_network.py, and their scaling.
//
// An iteration is 0.1 s of simulated time. Counters: biological seconds per second, mean rate,
// coefficient of variation of the intervals between spikes, and which share of the time two limits
// would take: all neuron updates at the rate of a group that stays in the first cache, and all
// synaptic events at the rate at which memory is read and written.
#include <benchmark/benchmark.h>

#include <chrono>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/delta_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

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

/// The parts of a network.
struct Parts {
  std::vector<PopulationRef> populations;
  PopulationRef excitatory;
  Index neurons = 0;
  double fixed_fan_out = 0, plastic_fan_out = 0;  ///< synapses of an excitatory neuron
};

/// Neurons of Vogels and Abbott, with conductances or with currents.
template <typename Scalar, typename Model>
Parts vogels_abbott(SpikingNetwork<Scalar>& net, const Model& model, Index size, double exc_weight,
                    double inh_weight) {
  const Index exc_size = 4 * size / 5;
  const PopulationRef exc = net.add(model, exc_size, "exc"),
                      inh = net.add(model, size - exc_size, "inh");
  const double probability = 80.0 / double(size);
  for (const PopulationRef& post : {exc, inh}) {
    net.connect(exc, post, Randomly{probability}, {.weight = exc_weight});
    net.connect(inh, post, Randomly{probability},
                {.weight = inh_weight, .onto = receptor::inhibitory});
    net.set(post, "potential", Uniform{-60, -50});
  }
  return {{exc, inh}, exc, size, 80, 0};
}

template <typename Scalar>
struct Coba {
  static constexpr double warm_up_ms = 500;
  VogelsAbbottLif model;
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    Parts parts = vogels_abbott(net, model, size, 0.6, 6.7);
    for (const PopulationRef& population : parts.populations) {
      net.set(population, "potential", Normal{-65, 5});
      net.set(population, "excitatory", Normal{4, 1.5, 0});
      net.set(population, "inhibitory", Normal{20, 12, 0});
    }
    return parts;
  }
};

template <typename Scalar>
struct Cuba {
  static constexpr double warm_up_ms = 500;
  CurrentLif model{.rest_mv = -49, .reset_mv = -60, .refractory_ms = 5};
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    return vogels_abbott(net, model, size, 1.62, 9);
  }
};

/// Inhibitory plasticity; the constant current of 20 mV is part of the resting potential.
template <typename Scalar>
struct Isp {
  static constexpr double warm_up_ms = 5000;
  VogelsAbbottLif model{.rest_mv = -40};
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    const Index exc_size = 4 * size / 5;
    const PopulationRef exc = net.add(model, exc_size, "exc"),
                        inh = net.add(model, size - exc_size, "inh");
    const double probability = 200.0 / double(size);
    for (const PopulationRef& post : {exc, inh}) {
      net.connect(exc, post, Randomly{probability}, {.weight = 0.03});
      net.set(post, "potential", Uniform{-60, -50});
    }
    net.connect(inh, inh, Randomly{probability}, {.weight = 0.3, .onto = receptor::inhibitory});
    net.connect(
        inh, exc, Randomly{probability}, {.weight = 0.1, .onto = receptor::inhibitory},
        Inhibitory<Scalar>{.parameters = {.eta = 1e-3, .target_hz = 3}, .bounds = {.upper = 10}});
    return {{exc, inh}, exc, size, 200, 0};
  }
};

template <typename Scalar>
struct Brunel {
  static constexpr double warm_up_ms = 200;
  DeltaLif model;
  Parts operator()(SpikingNetwork<Scalar>& net, Index size) const {
    const double weight = 0.125, most = 0.25, delay_ms = 1.5;
    const Index exc_size = 4 * size / 5;
    const PopulationRef exc = net.add(model, exc_size, "exc"),
                        inh = net.add(model, size - exc_size, "inh");
    const Randomly tenth{1000.0 / double(size)};
    net.connect(
        exc, exc, tenth, {.weight = weight, .delay_ms = delay_ms},
        SparsePairStdp<Scalar>{.parameters = {.a_plus = 0.005 * most, .a_minus = 0.00525 * most},
                               .bounds = {.upper = most}});
    net.connect(exc, inh, tenth, {.weight = weight, .delay_ms = delay_ms});
    for (const PopulationRef& post : {exc, inh}) {
      net.connect(inh, post, tenth,
                  {.weight = 5 * weight, .delay_ms = delay_ms, .onto = receptor::inhibitory});
      net.inject(post, PoissonDrive{.rate_hz = 800 * 12, .weight = weight});
      net.set(post, "potential", Uniform{0, 20});
    }
    return {{exc, inh}, exc, size, 200, 800};
  }
};

template <typename Network, typename Scalar>
void run(benchmark::State& bench) {
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

void arguments(benchmark::internal::Benchmark* bench, std::vector<std::int64_t> sizes) {
  bench->ArgNames({"neurons"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const std::int64_t size : sizes) bench->Arg(size);
}

template <typename Scalar>
void add(const std::string& scalar) {
  const std::vector<std::int64_t> scaling{4000, 1000, 10000, 30000, 100000};
  arguments(
      benchmark::RegisterBenchmark(("coba<" + scalar + ">").c_str(), run<Coba<Scalar>, Scalar>),
      {4000});
  arguments(
      benchmark::RegisterBenchmark(("cuba<" + scalar + ">").c_str(), run<Cuba<Scalar>, Scalar>),
      {4000});
  arguments(benchmark::RegisterBenchmark(("isp<" + scalar + ">").c_str(), run<Isp<Scalar>, Scalar>),
            {10000});
  arguments(benchmark::RegisterBenchmark(("brunel-stdp<" + scalar + ">").c_str(),
                                         run<Brunel<Scalar>, Scalar>),
            {10000});
  arguments(
      benchmark::RegisterBenchmark(("scaling<" + scalar + ">").c_str(), run<Coba<Scalar>, Scalar>),
      scaling);
}

}  // namespace

int main(int argc, char** argv) {
  add<float>("float");
  add<double>("double");
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
