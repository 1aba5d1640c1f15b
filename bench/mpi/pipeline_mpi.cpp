// Time per training step of four equal dense layers of SoftHebb, on one or two ranks:
//   mpirun -n 2 pipeline_mpi [neurons] [samples of a batch] [steps]
// Prints the time of a step, and a hash of all weights, which is the same for one and two ranks.
#include <cstdio>
#include <cstdlib>

#include "bench/mpi/recorder.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/mpi/pipeline.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/soft_hebb.hpp"

using namespace hebb;

namespace {

using Layer = Dense<SoftHebb<float>, Relu>;

struct Setting {
  Index neurons, samples;
  int steps;
};

void measure(const mpi::Communicator& world, const Setting& setting, auto stack) {
  mpi::Pipeline<float> row(world);
  row.initialize(stack, std::size_t(2 * world.rank()), Random{.seed = 1}, 2.0f);
  const Matrix<float> x = Random{.seed = 2}.normal<float>(setting.neurons, setting.samples);
  for (int t = 0; t < 3; ++t) row.train(stack, x);  // the first steps allocate
  PMPI_Barrier(world.handle());
  recorder::clear();
  const double begin = MPI_Wtime();
  for (int t = 0; t < setting.steps; ++t) row.train(stack, x);
  const double busy = MPI_Wtime() - begin;
  PMPI_Barrier(world.handle());
  const double each = 1e3 / setting.steps, time = each * (MPI_Wtime() - begin);
  std::uint64_t hash = 0;
  stack.for_each_layer([&](auto& layer, std::size_t) { hash += digest(layer.state); });
  PMPI_Allreduce(MPI_IN_PLACE, &hash, 1, MPI_UINT64_T, MPI_SUM, world.handle());
  if (world.rank() == 0)
    std::printf("%d ranks, 4 layers of %td, %td samples: %.2f ms per step, weights %016llx\n",
                world.size(), setting.neurons, setting.samples, time,
                static_cast<unsigned long long>(hash));
  for (int rank = 0; rank < world.size(); ++rank) {
    PMPI_Barrier(world.handle());
    if (rank == world.rank())
      std::printf("  rank %d: %.2f ms per step, of which %.2f ms in MPI; sent %.2f MB\n", rank,
                  each * busy, each * recorder::seconds(), recorder::bytes / 1e6 / setting.steps);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const mpi::Environment environment(argc, argv);
  const mpi::Communicator world;
  const Setting setting{argc > 1 ? std::atoi(argv[1]) : 1024, argc > 2 ? std::atoi(argv[2]) : 256,
                        argc > 3 ? std::atoi(argv[3]) : 200};
  require(world.size() <= 2, "pipeline_mpi: four layers go over one or two ranks, not ",
          world.size());
  const Layer layer({.parameters = {.eta = 0.01f}},
                    {.pre = setting.neurons, .post = setting.neurons});
  if (world.size() == 1)
    measure(world, setting, Stack(Layer(layer), Layer(layer), Layer(layer), Layer(layer)));
  else
    measure(world, setting, Stack(Layer(layer), Layer(layer)));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
