// What stale activations do to a readout: dense layers of LPL, one per rank.
//   mpirun -n 3 staleness_mpi [training steps] [seeds]
// Samples have a class, which two views share, and strong nuisances, which they do not. Prints the
// accuracy of a linear readout of the last layer on new samples, for each declared staleness.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/mpi/pipeline.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

constexpr Index inputs = 60, neurons = 80, classes = 10, nuisances = 20, batch = 100;

/// [view 1 | view 2] of samples of random classes.
struct World {
  Matrix<float> centres, mixing;

  explicit World(const Random& random)
      : centres(random.stream("classes").normal<float>(inputs, classes)),
        mixing(random.stream("nuisances").normal<float>(inputs, nuisances)) {}

  Matrix<float> draw(Random random, Index samples, std::vector<Index>& labels) const {
    labels.clear();
    Matrix<float> x = mixing * random.normal<float>(nuisances, 2 * samples) +
                      random.normal<float>(inputs, 2 * samples);
    for (Index i = 0; i < samples; ++i) {
      labels.push_back(random.below(classes));
      for (const Index column : {i, samples + i}) x.col(column) += centres.col(labels.back());
    }
    return x;
  }
};

/// The accuracy of a readout of the last layer; NaN on other ranks.
double accuracy(const mpi::Communicator& ranks, mpi::Staleness staleness, int steps,
                std::uint64_t seed, std::vector<Index>& ages) {
  const Random random{.seed = seed};
  const World world(random);
  const Index pre = ranks.rank() == 0 ? inputs : neurons;
  Stack own(Dense<Lpl<float, Symmetric>, Relu>({.parameters = {.eta = 3e-3f}},
                                               {.pre = pre, .post = neurons}));
  mpi::Pipeline<float> row(ranks, staleness);
  row.initialize(own, std::size_t(ranks.rank()), random, 1.0f);
  std::vector<Index> labels;
  for (int t = 0; t < steps; ++t)
    row.train(own, world.draw(random.stream("batch", std::uint64_t(t)), batch, labels));
  ages = row.ages();
  constexpr Index samples = 2000;
  const auto features = [&](std::string_view purpose) -> Matrix<float> {
    row.forward(own, world.draw(random.stream(purpose), samples, labels));
    return own.template layer<0>().response().leftCols(samples);
  };
  const Matrix<float> train = features("readout training");
  const std::vector<Index> train_labels = labels;
  const Matrix<float> test = features("readout test");
  if (!row.is_last()) return std::nan("");
  const auto predicted = LinearReadout<>{}.fit(train, train_labels, classes).predict(test);
  Index right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += predicted[i] == labels[i];
  return 100.0 * double(right) / double(samples);
}

void report(const mpi::Communicator& ranks, mpi::Staleness staleness, int steps, int seeds) {
  double sum = 0, squares = 0;
  std::vector<Index> ages;
  for (int seed = 1; seed <= seeds; ++seed) {
    const double found = accuracy(ranks, staleness, steps, std::uint64_t(seed), ages);
    sum += found;
    squares += found * found;
  }
  const double mean = sum / seeds, spread = std::sqrt(std::max(0.0, squares / seeds - mean * mean));
  if (ranks.rank() + 1 == ranks.size()) {
    std::printf("  staleness %2td, %s: %.1f %% +- %.1f; ages of the last run:", staleness.batches,
                staleness.delivery == mpi::Delivery::by_number ? "by number    " : "as it arrives",
                mean, spread);
    for (const Index count : ages) std::printf(" %td", count);
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator ranks;
  const int steps = argc > 1 ? std::atoi(argv[1]) : 1000, seeds = argc > 2 ? std::atoi(argv[2]) : 3;
  if (ranks.rank() == 0) std::printf("%d layers, %d steps, %d seeds\n", ranks.size(), steps, seeds);
  report(ranks, {}, 0, seeds);
  for (const Index batches : {0, 1, 3, 7, 15})
    report(ranks, {.batches = batches, .delivery = mpi::Delivery::by_number}, steps, seeds);
  for (const Index batches : {3, 15}) report(ranks, {.batches = batches}, steps, seeds);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
