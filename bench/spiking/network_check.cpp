// Runs a published network and writes what bench/peers/network_check.py compares: the spikes, and
// for the networks that Brian2 runs, too, the connections, the initial state and the drive.
//
// Usage: network_check NAME FILE.npz DURATION_MS
// NAME: sr, ai, si-fast, si-slow (Brunel's states); coba, cuba; cuba-exact and brunel-exact, in
// double, for a comparison spike by spike.
#include <iostream>
#include <string>

#include "bench/spiking/networks.hpp"
#include "hebb/io/npz.hpp"

using namespace hebb;
using namespace networks;

namespace {

constexpr std::uint64_t seed = 1;

/// Spikes as columns of (moment, neuron), in which inhibitory neurons follow the excitatory ones.
Matrix<std::int32_t> columns_of(const std::vector<SpikeRecording>& recordings, Index excitatory,
                                double dt_ms) {
  Index count = 0;
  for (const SpikeRecording& recording : recordings) count += recording.size();
  Matrix<std::int32_t> columns(2, count);
  Index column = 0, first = 0;
  for (const SpikeRecording& recording : recordings) {
    for (Index k = 0; k < recording.size(); ++k)
      columns.col(column++) << std::int32_t(
          std::llround(recording.times_ms()[std::size_t(k)] / dt_ms)),
          std::int32_t(first + recording.neurons()[std::size_t(k)]);
    first += excitatory;
  }
  return columns;
}

/// The number of external spikes per step and neuron, which PoissonDrive draws: neurons x steps.
Matrix<std::uint8_t> draws_of(const PoissonDrive& drive, const auto& sites, Index steps) {
  Index neurons = 0;
  for (const InjectionSite& site : sites) neurons += site.size;
  Matrix<std::uint8_t> counts = Matrix<std::uint8_t>::Zero(neurons, steps);
  Index first = 0;
  for (const InjectionSite& site : sites) {
    PoissonDrive unit = drive;
    unit.weight = 1;
    auto running = unit.start(site);
    for (Index n = 0; n < steps; ++n)
      running.add(0, n + 1, std::span<std::uint8_t>(&counts(first, n), std::size_t(site.size)));
    first += site.size;
  }
  return counts;
}

template <typename Scalar>
void run(const auto& network, Index size, double duration_ms, const std::string& file,
         bool with_network, const PoissonDrive* drive = nullptr) {
  SpikingNetwork<Scalar> net({.dt_ms = 0.1, .seed = seed});
  const Parts parts = network(net, size);
  const Index excitatory = parts.excitatory.size;
  NpzArrays arrays;
  if (with_network) {
    for (const bool inhibitory : {false, true}) {
      std::vector<std::int32_t> pairs;
      for (std::size_t q = inhibitory ? 1 : 0; q < 4; q += 2)
        net.connections(parts.fixed[q]).for_each([&](Index j, Index i, Index) {
          pairs.push_back(std::int32_t(j + (inhibitory ? excitatory : 0)));
          pairs.push_back(std::int32_t(i + (q < 2 ? 0 : excitatory)));
        });
      arrays.emplace(inhibitory ? "inhibitory" : "excitatory",
                     to_npy(Matrix<std::int32_t>(Eigen::Map<const Matrix<std::int32_t>>(
                         pairs.data(), 2, Index(pairs.size()) / 2))));
    }
    for (const char* variable : {"potential", "excitatory", "inhibitory"}) {
      Vector<double> all(size);
      all << net.values(parts.populations[0], variable).template cast<double>(),
          net.values(parts.populations[1], variable).template cast<double>();
      arrays.emplace(std::string("initial_") + variable, to_npy(all));
    }
  }
  if (drive) {
    // As SpikingNetwork starts them: one stream per injection, one site per block of neurons.
    Matrix<std::uint8_t> counts(size, std::llround(duration_ms / 0.1));
    for (std::size_t p = 0; p < 2; ++p) {
      std::vector<InjectionSite> sites;
      const std::vector<Index> first = NetworkPopulation<Scalar>::block_begins(
          parts.populations[p].size, SpikingNetworkSettings{}.neurons_per_block);
      for (std::size_t b = 0; b + 1 < first.size(); ++b)
        sites.push_back({first[b], first[b + 1] - first[b], parts.populations[p].size, 0.1,
                         Random{.seed = seed}.stream("injection", p)});
      counts.middleRows(p == 0 ? 0 : excitatory, parts.populations[p].size) =
          draws_of(*drive, sites, counts.cols());
    }
    arrays.emplace("drive", to_npy(counts));
  }
  std::vector<SpikeRecording> spikes;
  for (const PopulationRef& population : parts.populations)
    spikes.push_back(net.record_spikes(population));
  net.run(duration_ms);
  arrays.emplace("spikes", to_npy(columns_of(spikes, excitatory, net.dt_ms())));
  arrays.emplace(
      "size",
      to_npy(Vector<double>(Vector<double>{{double(excitatory), double(size), duration_ms}})));
  write_npz(file, arrays);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "Usage: network_check NAME FILE.npz DURATION_MS\n";
    return 2;
  }
  const std::string name = argv[1], file = argv[2];
  const double duration_ms = std::stod(argv[3]);
  const auto state = [&](double inhibition, double external) {
    run<float>(BrunelStates{.inhibition = inhibition, .external = external}, 12500, duration_ms,
               file, false);
  };
  if (name == "sr") {
    state(3, 2);
  } else if (name == "ai") {
    state(5, 2);
  } else if (name == "si-fast") {
    state(6, 4);
  } else if (name == "si-slow") {
    state(4.5, 0.9);
  } else if (name == "coba") {
    run<float>(Coba<float>{}, 4000, duration_ms, file, true);
  } else if (name == "cuba") {
    run<float>(Cuba<float>{}, 4000, duration_ms, file, true);
  } else if (name == "cuba-exact") {
    run<double>(Cuba<double>{}, 4000, duration_ms, file, true);
  } else if (name == "brunel-exact") {
    const BrunelStates ai{.weight_mv = 0.25, .in_degree = 400};
    const PoissonDrive drive{.rate_hz = ai.external_hz(), .weight = ai.weight_mv};
    run<double>(ai, 5000, duration_ms, file, true, &drive);
  } else {
    std::cerr << "network_check: there is no network " << name << '\n';
    return 2;
  }
}
