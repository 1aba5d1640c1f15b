// A spiking network over ranks has the spikes and weights of one process, bit for bit.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "hebb/mpi/checkpoint.hpp"
#include "hebb/mpi/spiking_ranks.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "tests/files.hpp"
#include "tests/mpi/ranks.hpp"

using namespace hebb;

namespace {

/// Sources, two populations of several blocks each, delays of many lengths, two rules, noise.
struct Circuit {
  SpikingNetwork<double> net;
  PopulationRef input, exc, inh;
  ProjectionRef<SparsePairStdp<double>> learned;
  ProjectionRef<Inhibitory<double>> balance;
  SpikeRecording exc_spikes, inh_spikes;

  explicit Circuit(std::shared_ptr<SpikingRanks> ranks)
      : net({.seed = 5, .neurons_per_block = 32, .ranks = std::move(ranks)}),
        input(net.add(PoissonNeurons{.rate_hz = 40}, 60, "input")),
        exc(net.add(CurrentLif{}, 200, "exc")),
        inh(net.add(VogelsAbbottLif{}, 70, "inh")),
        learned(net.connect(input, exc, Randomly{0.1},
                            {.weight = Uniform{10, 16}, .delay_ms = Uniform{0.5, 1.2}},
                            SparsePairStdp<double>{.parameters = {.a_plus = 0.3, .a_minus = 0.3},
                                                   .bounds = {.upper = 20}})),
        balance(net.connect(
            inh, exc, Randomly{0.2}, {.weight = 0.5, .delay_ms = 0.5, .onto = receptor::inhibitory},
            Inhibitory<double>{.parameters = {.eta = 0.1}, .bounds = {.upper = 9}})),
        exc_spikes(net.record_spikes(exc)),
        inh_spikes(net.record_spikes(inh)) {
    net.connect(exc, inh, FixedInDegree{100}, {.weight = 0.6, .delay_ms = 0.8});
    net.inject(exc, NoiseCurrent{.mean = 15, .deviation = 4});
    net.inject(inh, PoissonDrive{.rate_hz = 400, .weight = 0.2});
    net.set(exc, "potential", Uniform{-70, -55});
  }
};

/// Weights by presynaptic and postsynaptic neuron.
std::map<std::pair<Index, Index>, double> table(Circuit& circuit, const auto& projection) {
  const Connections pairs = circuit.net.connections(projection);
  const Vector<double> weights = circuit.net.weights(projection);
  std::map<std::pair<Index, Index>, double> result;
  for (Index j = 0; j < pairs.shape.pre; ++j)
    for (Index k = pairs.begin(j); k < pairs.end(j); ++k)
      result[{j, pairs.post[std::size_t(k)]}] = weights(k);
  return result;
}

/// Whether the weights of this rank are those of one process, and all ranks hold all synapses.
bool shares_weights(Circuit& alone, Circuit& shared, const auto& projection) {
  const auto expected = table(alone, projection);
  const auto own = table(
      shared, std::remove_cvref_t<decltype(projection)>{shared.exc.network, projection.index});
  for (const auto& [pair, weight] : own)
    if (!expected.contains(pair) || expected.at(pair) != weight) return false;
  auto count = std::int64_t(own.size());
  mpi::Communicator().sum(&count, 1);
  return count == std::int64_t(expected.size());
}

}  // namespace

TEST_CASE("spiking over ranks: spikes and weights are those of one process, bit for bit") {
  const mpi::Communicator ranks;
  Circuit alone(nullptr), shared(std::make_shared<mpi::SpikingRanks>(ranks));
  for (const double duration_ms : {30.3, 220.0}) {  // the first ends inside a chunk
    alone.net.run(duration_ms);
    shared.net.run(duration_ms);
  }
  CHECK(alone.exc_spikes.size() > 2 * alone.exc.size);
  CHECK(alone.inh_spikes.size() > 50);
  CHECK(shared.exc_spikes.times_ms() == alone.exc_spikes.times_ms());
  CHECK(shared.exc_spikes.neurons() == alone.exc_spikes.neurons());
  CHECK(shared.inh_spikes.times_ms() == alone.inh_spikes.times_ms());
  CHECK(shared.inh_spikes.neurons() == alone.inh_spikes.neurons());
  CHECK(shares_weights(alone, shared, alone.learned));
  CHECK(shares_weights(alone, shared, alone.balance));
  const Index unknown = shared.net.values(shared.exc, "potential").array().isNaN().count();
  CHECK((unknown > 0) == (ranks.size() > 1));
}

TEST_CASE(
    "spiking over ranks: lists longer than the message arrive whole, as it grows and shrinks") {
  const mpi::Communicator ranks;
  mpi::SpikingRanks exchange(ranks);
  std::vector<int> lengths{0, 63, 64, 1000};
  lengths.insert(lengths.end(), 40, 5);  // until messages are as short as in the beginning
  lengths.insert(lengths.end(), {62, 1000});
  for (const int length : lengths) {
    std::vector<std::int32_t> own(std::size_t(length * ranks.rank()), ranks.rank()), all, expected;
    for (int r = 0; r < ranks.size(); ++r)
      expected.insert(expected.end(), std::size_t(length * r), r);
    exchange.exchange(own, all);
    CHECK(all == expected);
  }
}

namespace {

/// The spikes of the excitatory neurons in the next 30.2 ms.
auto go_on(Circuit& circuit) {
  const auto before = std::size_t(circuit.exc_spikes.size());
  circuit.net.run(30.2);
  std::vector<std::pair<double, Index>> spikes;
  for (std::size_t k = before; k < std::size_t(circuit.exc_spikes.size()); ++k)
    spikes.emplace_back(circuit.exc_spikes.times_ms()[k], circuit.exc_spikes.neurons()[k]);
  return spikes;
}

/// A number with a name, on each rank.
struct Number {
  std::string_view name;
  double value;
  void each(auto&& visit) { visit(name, value); }
};

/// The directory of rank 0.
std::filesystem::path shared_folder(const TemporaryDirectory& own, const mpi::Communicator& ranks) {
  std::array<char, 256> name{};
  own.path.string().copy(name.data(), name.size() - 1);
  MPI_Bcast(name.data(), int(name.size()), MPI_CHAR, 0, ranks.handle());
  return name.data();
}

}  // namespace

TEST_CASE("spiking over ranks: a checkpoint continues on any number of ranks and in one process") {
  const mpi::Communicator ranks;
  MPI_Comm parts;  // rank 0, and the others
  MPI_Comm_split(ranks.handle(), ranks.rank() > 0, ranks.rank(), &parts);
  const mpi::Communicator part(parts);
  const TemporaryDirectory own;
  const std::filesystem::path folder = shared_folder(own, ranks);

  Circuit whole(std::make_shared<mpi::SpikingRanks>(ranks));
  whole.net.run(50.3);  // spikes are on their way
  mpi::save_checkpoint(folder / "all.npz", ranks, whole.net);
  const auto expected = go_on(whole);
  CHECK(expected.size() > 10);

  Circuit alone(nullptr), fewer(std::make_shared<mpi::SpikingRanks>(part)),
      again(std::make_shared<mpi::SpikingRanks>(ranks));
  load_checkpoint(folder / "all.npz", alone.net);
  if (ranks.rank() == 0) save_checkpoint(folder / "one.npz", alone.net);
  MPI_Barrier(ranks.handle());
  mpi::load_checkpoint(folder / "all.npz", part, fewer.net);
  mpi::load_checkpoint(folder / "one.npz", ranks, again.net);
  CHECK(go_on(alone) == expected);
  CHECK(go_on(fewer) == expected);
  CHECK(go_on(again) == expected);
  CHECK(shares_weights(alone, again, alone.learned));
  MPI_Barrier(ranks.handle());  // before rank 0 removes the folder
  MPI_Comm_free(&parts);
}

TEST_CASE("checkpoint over ranks: what fails on one rank ends on all, and nothing has changed") {
  const mpi::Communicator ranks;
  const TemporaryDirectory own;
  const std::filesystem::path folder = shared_folder(own, ranks), file = folder / "number.npz";
  const int last = ranks.size() - 1;
  const auto message = [&](const auto& step) -> std::string {
    try {
      step();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no error";
  };
  // The rank on which it happened has the error itself.
  const auto names = [&](const std::string& found, int culprit, const std::string& cause) {
    const std::string other = sentence("hebb::mpi: rank ", culprit, " could not ");
    return found.find(ranks.rank() == culprit ? cause : other) != found.npos;
  };
  Number number{"value", 1}, stranger{"other", 0};
  mpi::save_checkpoint(file, ranks, number);
  number.value = ranks.rank() == last ? std::nan("") : 2;
  CHECK(names(message([&] { mpi::save_checkpoint(file, ranks, number); }), last,
              "checkpoint: value is nan"));
  CHECK(names(message([&] { mpi::save_checkpoint(folder / "none" / "x.npz", ranks, stranger); }), 0,
              "none"));
  number.value = 2;
  const auto missing = folder / "missing.npz";
  CHECK(names(
      message([&] { mpi::load_checkpoint(ranks.rank() == last ? missing : file, ranks, number); }),
      last, "missing.npz"));
  CHECK(number.value == 2);
  mpi::load_checkpoint(file, ranks, number);
  CHECK(number.value == 1);

  mpi::save_checkpoint(file, ranks, number, stranger);
  number.value = 3;
  CHECK(message([&] {
          mpi::load_checkpoint(file, ranks, number);
        }).ends_with("number.npz has an array that no rank has: other"));
  CHECK(number.value == 3);
  MPI_Barrier(ranks.handle());  // before rank 0 removes the folder
}
