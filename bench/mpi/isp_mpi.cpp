// A network with inhibitory plasticity (that of network_bench) over ranks:
//   mpirun -n 2 isp_mpi [neurons] [neurons per block] [seconds after the warm-up of 5 s]
// Prints the time per simulated second, the rate, and a hash of all spikes, which is the same for
// any number of ranks.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "bench/spiking/networks.hpp"
#include "hebb/mpi/spiking_ranks.hpp"

using namespace hebb;

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world;
  const Index neurons = argc > 1 ? std::atoi(argv[1]) : 10000,
              per_block = argc > 2 ? std::atoi(argv[2]) : 1024;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 2;
  std::shared_ptr<SpikingRanks> ranks;
  if (world.size() > 1) ranks = std::make_shared<mpi::SpikingRanks>(world);
  SpikingNetwork<float> net({.seed = 1, .neurons_per_block = per_block, .ranks = ranks});
  const networks::Isp<float> network;
  const networks::Parts parts = network(net, neurons);
  net.run(network.warm_up_ms);
  std::vector<SpikeRecording> spikes;
  for (const PopulationRef& population : parts.populations)
    spikes.push_back(net.record_spikes(population));
  MPI_Barrier(world.handle());
  const auto begin = std::chrono::steady_clock::now();
  net.run(1000 * seconds);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  Index count = 0;
  std::uint64_t hash = fnv1a(nullptr, 0);
  for (const SpikeRecording& recording : spikes) {
    count += recording.size();
    hash = fnv1a(recording.times_ms().data(), recording.times_ms().size() * sizeof(double), hash);
    hash = fnv1a(recording.neurons().data(), recording.neurons().size() * sizeof(Index), hash);
  }
  if (world.rank() == 0)
    std::printf(
        "%d ranks, %td neurons in blocks of %td: %.3f s per simulated second, %.2f Hz, "
        "spikes %016llx\n",
        world.size(), neurons, per_block, time.count() / seconds,
        double(count) / seconds / double(neurons), static_cast<unsigned long long>(hash));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
