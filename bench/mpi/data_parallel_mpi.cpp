// Time per training step of three dense layers of LPL, the batch spread over ranks:
//   mpirun -n 2 data_parallel_mpi [neurons] [samples of the whole batch] [steps]
// Prints the time with changes that are reduced at once, with changes that travel while the layers
// above run, and of the same shard without any communication.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "hebb/core/activation.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/mpi/data_parallel.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

using Rule = Lpl<float, Symmetric>;

/// The median time of a step in milliseconds, of the slowest rank. `ranks` share the batch.
template <typename When>
double step_ms(const mpi::Communicator& world, const mpi::Communicator& ranks, Index neurons,
               Index samples, int steps) {
  using Layer = Dense<mpi::DataParallel<Rule, When>, Relu>;
  const Shape shape{.pre = neurons, .post = neurons};
  Stack stack(Layer({Rule{}, ranks}, shape), Layer({Rule{}, ranks}, shape),
              Layer({Rule{}, ranks}, shape));
  stack.initialize({.seed = 1}, 2.0f);
  const mpi::Range own = mpi::shard(samples, world);  // two views of each sample
  const Matrix<float> x = Random{.seed = 2}.normal<float>(neurons, 2 * own.count);
  std::vector<double> times;
  for (int t = -3; t < steps; ++t) {
    MPI_Barrier(world.handle());
    const auto begin = std::chrono::steady_clock::now();
    mpi::train(stack, ranks, x);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    double slowest = time.count();
    MPI_Allreduce(MPI_IN_PLACE, &slowest, 1, MPI_DOUBLE, MPI_MAX, world.handle());
    if (t >= 0) times.push_back(slowest);  // the first steps allocate
  }
  std::nth_element(times.begin(), times.begin() + steps / 2, times.end());
  return times[std::size_t(steps / 2)];
}

}  // namespace

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world, alone(MPI_COMM_SELF);
  const Index neurons = argc > 1 ? std::atoi(argv[1]) : 1024,
              samples = argc > 2 ? std::atoi(argv[2]) : 1024;
  const int steps = argc > 3 ? std::atoi(argv[3]) : 30;
  const double at_once = step_ms<mpi::Immediate>(world, world, neurons, samples, steps),
               overlapped = step_ms<mpi::Overlapped>(world, world, neurons, samples, steps),
               silent = step_ms<mpi::Immediate>(world, alone, neurons, samples, steps);
  // Per layer: means and variances of two views, covariances of two views, and the change.
  const double sums =
      3.0 * 4 *
      (2 * 3 * double(neurons) + 2 * double(neurons * neurons) + double(neurons * (neurons + 1)));
  if (world.rank() == 0)
    std::printf(
        "%d ranks, 3 layers of %td, %td samples in two views, median of %d steps:\n"
        "  reduced at once   %8.2f ms\n  overlapped        %8.2f ms\n"
        "  no communication  %8.2f ms\n  sums per step     %8.2f MB per rank\n",
        world.size(), neurons, samples, steps, at_once, overlapped, silent, sums / 1e6);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
