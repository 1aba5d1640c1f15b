// Time per training step of three dense layers of LPL, the batch spread over ranks:
//   mpirun -n 2 data_parallel_mpi [neurons] [samples of the whole batch] [steps] [prefix of CSV]
// Prints the time with changes that are reduced at once, with changes that travel while the layers
// above run, in blocks of the batch (the same bits for any number of ranks), and with all ranks
// working side by side on a whole batch each, which is what the machine's processors can do at
// once; of each the time inside MPI and the bytes that a rank sends. With a prefix, the calls of
// MPI in the last step are written to <prefix><form>-<rank>.csv. One rank also times the rule
// without DataParallel, in turn with DataParallel.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "bench/mpi/recorder.hpp"
#include "hebb/core/activation.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/mpi/data_parallel.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

using Rule = Lpl<float, Symmetric>;

struct Setting {
  Index neurons, samples;
  int steps;
  std::string prefix;
};

double median(std::vector<double> times) {
  const auto middle = times.begin() + std::ptrdiff_t(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

/// Three layers that learn by the rule.
auto stack_of(const auto& rule, const Setting& setting) {
  using Layer = Dense<std::remove_cvref_t<decltype(rule)>, Relu>;
  const Shape shape{.pre = setting.neurons, .post = setting.neurons};
  Stack stack(Layer(rule, shape), Layer(rule, shape), Layer(rule, shape));
  stack.initialize({.seed = 1}, 2.0f);
  return stack;
}

/// Prints medians over steps: the time of the slowest rank, and the times inside MPI of the rank
/// that is there shortest and of the one that is there longest. `ranks` share the batch.
template <typename When>
void measure(const mpi::Communicator& world, const mpi::Communicator& ranks, const Setting& setting,
             const std::string& name, Index block = 0) {
  auto stack = stack_of(mpi::DataParallel<Rule, When>(Rule{}, ranks, mpi::Blocks{block}), setting);
  const mpi::Range own = mpi::shard(setting.samples, ranks, std::max<Index>(1, block));
  const Matrix<float> x =
      Random{.seed = 2}.normal<float>(setting.neurons, 2 * own.count);  // two views of each sample
  std::vector<double> times, longest, shortest;
  for (int t = -3; t < setting.steps; ++t) {
    PMPI_Barrier(world.handle());
    recorder::clear();
    const double begin = MPI_Wtime();
    mpi::train(stack, ranks, x);
    const double in_mpi = recorder::seconds();
    double most[] = {MPI_Wtime() - begin, in_mpi, -in_mpi};
    if (t + 1 == setting.steps && !setting.prefix.empty())
      recorder::write(setting.prefix + name + "-", world.rank(), begin);
    PMPI_Allreduce(MPI_IN_PLACE, most, 3, MPI_DOUBLE, MPI_MAX, world.handle());
    if (t < 0) continue;  // the first steps allocate
    times.push_back(1e3 * most[0]);
    longest.push_back(1e3 * most[1]);
    shortest.push_back(-1e3 * most[2]);
  }
  if (world.rank() == 0)
    std::printf("  %-10s %7.2f ms, in MPI %6.2f to %6.2f ms, sent %5.2f MB\n", name.c_str(),
                median(times), median(shortest), median(longest), recorder::bytes / 1e6);
}

/// Steps of the rule by itself and over one rank, in turn.
void compare_with_rule(const mpi::Communicator& world, const Setting& setting) {
  auto plain = stack_of(Rule{}, setting);
  auto spread = stack_of(mpi::DataParallel<Rule>(Rule{}, world), setting);
  const Matrix<float> x = Random{.seed = 2}.normal<float>(setting.neurons, 2 * setting.samples);
  std::vector<double> of_rule, of_rank;
  for (int t = -3; t < setting.steps; ++t) {
    const double begin = MPI_Wtime();
    plain.train(x);
    const double middle = MPI_Wtime();
    mpi::train(spread, world, x);
    if (t < 0) continue;  // the first steps allocate
    of_rule.push_back(1e3 * (middle - begin));
    of_rank.push_back(1e3 * (MPI_Wtime() - middle));
  }
  std::printf("  the rule alone %8.2f ms, on one rank %8.2f ms\n", median(of_rule),
              median(of_rank));
}

}  // namespace

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world, alone(MPI_COMM_SELF);
  const Setting setting{argc > 1 ? std::atoi(argv[1]) : 1024, argc > 2 ? std::atoi(argv[2]) : 1024,
                        argc > 3 ? std::atoi(argv[3]) : 30, argc > 4 ? argv[4] : ""};
  if (world.rank() == 0)
    std::printf("%d ranks, 3 layers of %td, %td samples in two views, median of %d steps:\n",
                world.size(), setting.neurons, setting.samples, setting.steps);
  measure<mpi::Immediate>(world, world, setting, "at-once");
  measure<mpi::Overlapped>(world, world, setting, "overlapped");
  for (const Index parts : {4, 12})
    measure<mpi::Immediate>(world, world, setting, std::to_string(parts) + "-blocks",
                            (setting.samples + parts - 1) / parts);
  measure<mpi::Immediate>(world, alone, setting, "each-whole");
  if (world.size() == 1) compare_with_rule(world, setting);
  // Per layer: of two views the mean, the variance and the covariances, and the change
  // with its bias. A rank sends each number that it does not complete, and each that it completes
  // to all others.
  const auto n = double(setting.neurons);
  const double numbers = 3 * (2 * (2 * n + n * n) + n * (n + 1)), ranks = world.size();
  if (world.rank() == 0)
    std::printf("  in theory, each rank sends 2 (P - 1) / P of %.2f MB: %.2f MB\n", 4e-6 * numbers,
                8e-6 * numbers * (ranks - 1) / ranks);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
