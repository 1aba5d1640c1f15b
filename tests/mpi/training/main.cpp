// Small runs of the examples under mpirun: for training.sh, which stops them, kills a rank, and
// lets another number of ranks go on.
#include <csignal>
#include <iostream>

#include "common/command_line.hpp"
#include "tests/mpi/training/training.hpp"

namespace training {

void fail_at(std::int64_t step, const Given& given) {
  if (step != given.at || example::ranks().rank() != given.rank) return;
  if (given.failure == Failure::stop) std::raise(SIGTERM);
  if (given.failure == Failure::kill) std::raise(SIGKILL);
  if (given.failure == Failure::error) throw hebb::Divergence("the error of a test");
}

hebb::ImageSet random_images(hebb::Index count, hebb::Index side, std::uint64_t seed) {
  hebb::ImageSet set;
  set.channels = 1, set.width = set.height = side, set.classes = 2;
  hebb::Random random{.seed = seed};
  for (hebb::Index i = 0; i < count * side * side; ++i)
    set.pixels.push_back(std::uint8_t(random.below(256)));
  for (hebb::Index i = 0; i < count; ++i) set.labels.push_back(int(i % 2));
  return set;
}

}  // namespace training

int main(int argc, char** argv) {
  using namespace training;
  example::Program program("mpi_training", "Trains a small network.");
  Example chosen{};
  Given given;
  std::vector<std::string> compared;
  program.app.add_option_function<std::string>(
      "--example", [&](const std::string& name) { chosen = examples().at(name); }, "what to run");
  program.one_of("--failure", given.failure, "what happens to a rank",
                 {{"none", Failure::none},
                  {"stop", Failure::stop},
                  {"kill", Failure::kill},
                  {"error", Failure::error}});
  program.option("--at", given.at, "at this step");
  program.option("--rank", given.rank, "to this rank");
  program.option("--seconds", given.seconds, "that a spiking network learns");
  program.app.add_flag("--resume", given.resume, "go on");
  program.app.add_option("--compare", compared, "two checkpoints")->expected(2);
  program.run_over_ranks();
  return program.run(argc, argv, [&](const example::Options& options) {
    if (compared.empty()) {
      chosen.learn(given, options.directory);
      std::cout << "trained\n";
    } else {
      std::cout << "difference "
                << hebb::largest_difference(chosen.arrays(compared[0]), chosen.arrays(compared[1]))
                << '\n';
    }
  });
}
