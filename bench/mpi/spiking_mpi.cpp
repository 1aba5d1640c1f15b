// A spiking network (one of network_bench) over ranks:
//   mpirun -n 2 spiking_mpi isp|brunel-stdp [neurons] [neurons per block] [seconds after warm-up]
// Prints the time per simulated second, the part of it inside MPI, the rate, the memory that a rank
// holds per synapse of its own, and a hash of all spikes, which is the same for any number of
// ranks. With 0 seconds, the network is only made.
#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/mpi/recorder.hpp"
#include "bench/spiking/networks.hpp"
#include "hebb/mpi/spiking_ranks.hpp"

using namespace hebb;

namespace {

struct Setting {
  Index neurons, per_block;
  double seconds;
};

double held_bytes() {
  const struct mallinfo2 held = mallinfo2();
  return double(held.uordblks) + double(held.hblkhd);
}

/// The network has `fan` synapses per neuron.
template <typename Network>
void measure(const mpi::Communicator& world, const Setting& setting, double fan) {
  const double before = held_bytes();
  std::shared_ptr<SpikingRanks> ranks;
  if (world.size() > 1) ranks = std::make_shared<mpi::SpikingRanks>(world);
  SpikingNetwork<float> net({.seed = 1, .neurons_per_block = setting.per_block, .ranks = ranks});
  const Network network;
  const networks::Parts parts = network(net, setting.neurons);
  const double synapses = fan * double(setting.neurons) / world.size();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  double memory[] = {held_bytes() - before, 1024.0 * double(usage.ru_maxrss)};
  PMPI_Allreduce(MPI_IN_PLACE, memory, 2, MPI_DOUBLE, MPI_MAX, world.handle());
  if (world.rank() == 0)
    std::printf(
        "%d ranks, %td neurons in blocks of %td, about %.3g synapses per rank: %.1f MB "
        "held, %.1f bytes per synapse; at most %.1f MB resident while it was made\n",
        world.size(), setting.neurons, setting.per_block, synapses, memory[0] / 1e6,
        memory[0] / synapses, memory[1] / 1e6);
  if (setting.seconds == 0) return;
  net.run(network.warm_up_ms);
  std::vector<SpikeRecording> spikes;
  for (const PopulationRef& population : parts.populations)
    spikes.push_back(net.record_spikes(population));
  PMPI_Barrier(world.handle());
  recorder::clear();
  const double begin = MPI_Wtime();
  net.run(1000 * setting.seconds);
  double times[] = {MPI_Wtime() - begin, recorder::seconds()};
  PMPI_Allreduce(MPI_IN_PLACE, times, 2, MPI_DOUBLE, MPI_MAX, world.handle());
  Index count = 0;
  std::uint64_t hash = fnv1a(nullptr, 0);
  for (const SpikeRecording& recording : spikes) {
    count += recording.size();
    hash = fnv1a(recording.times_ms().data(), recording.times_ms().size() * sizeof(double), hash);
    hash = fnv1a(recording.neurons().data(), recording.neurons().size() * sizeof(Index), hash);
  }
  if (world.rank() == 0)
    std::printf(
        "  %.3f s per simulated second, in MPI %.3f s; %zu exchanges and %.2f MB sent per "
        "simulated second; %.2f Hz, spikes %016llx\n",
        times[0] / setting.seconds, times[1] / setting.seconds,
        std::size_t(double(recorder::calls.size()) / setting.seconds),
        recorder::bytes / 1e6 / setting.seconds,
        double(count) / setting.seconds / double(setting.neurons),
        static_cast<unsigned long long>(hash));
}

}  // namespace

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world;
  const std::string_view name = argc > 1 ? argv[1] : "isp";
  const Setting setting{argc > 2 ? std::atoi(argv[2]) : 10000, argc > 3 ? std::atoi(argv[3]) : 1024,
                        argc > 4 ? std::atof(argv[4]) : 2};
  require(name == "isp" || name == "brunel-stdp",
          "spiking_mpi: the network is isp or brunel-stdp, "
          "not ",
          name);
  if (name == "isp")
    measure<networks::Isp<float>>(world, setting, 200);
  else
    measure<networks::Brunel<float>>(world, setting, 1000);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
