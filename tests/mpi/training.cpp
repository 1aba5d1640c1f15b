// The training of lpl_vision on few small images: for training.sh, which stops it, kills a rank,
// and lets another number of ranks go on. At a step of choice one rank fails.
#include <csignal>
#include <iostream>
#include <map>

#include "lpl_vision/train.hpp"
#include "tests/products.hpp"

using namespace lpl_vision;

namespace {

enum class Failure { none, stop, kill, error };

struct Given {
  Failure failure = Failure::none;
  std::int64_t at = 0;
  int rank = 0;
  std::vector<std::string> compared;
  bool resume = false;
};

Job small_job() {
  Job job;
  job.settings.channels = {8, 8, 8, 8};
  job.settings.batch = 7;
  job.settings.steps = 10;
  job.curve_points = 0;
  return job;
}

Training<hebb::Pooled> training_of(const Job& job) {
  Training<hebb::Pooled> training{
      .network = make_network<hebb::Pooled>({1, 16, 16}, job.settings,
                                            {.name = "lpl", .title = "LPL"}, job.seed),
      .batches =
          hebb::Batches({.samples = 40, .batch = job.settings.batch, .random = {.seed = job.seed}}),
      .settings = {}};
  training.settings.set("--seed", job.seed);
  return training;
}

hebb::ImageSet random_images(Index count, std::uint64_t seed) {
  hebb::ImageSet set;
  set.channels = 1, set.width = set.height = 8, set.classes = 2;
  hebb::Random random{.seed = seed};
  for (Index i = 0; i < count * 64; ++i) set.pixels.push_back(std::uint8_t(random.below(256)));
  for (Index i = 0; i < count; ++i) set.labels.push_back(int(i % 2));
  return set;
}

void fail(Failure failure) {
  if (failure == Failure::stop) std::raise(SIGTERM);
  if (failure == Failure::kill) std::raise(SIGKILL);
  if (failure == Failure::error) throw hebb::Divergence("the error of a test");
}

void learn(const Given& given, const std::filesystem::path& directory) {
  const Job job = small_job();
  const example::Images images{random_images(40, 1), random_images(4, 2), random_images(4, 3), {}};
  const Stream stream(StreamKind::moving, images, {.size = 16, .patches = 2, .patch_size = 3}, {},
                      job.seed, job.pixels);
  auto training = training_of(job);
  const auto checkpoint = directory / "lpl.npz";
  if (given.resume && example::can_resume(checkpoint, training.settings))
    hebb::load_checkpoint(checkpoint, training);
  example::Watch watch(directory, "lpl", "LPL", given.resume, job.settings.steps);
  watch.monitor.on_step = [&](const hebb::Vitals& vitals, const hebb::View<float>&) {
    if (vitals.step == given.at && vitals.layer == "layer 1" &&
        example::ranks().rank() == given.rank)
      fail(given.failure);
  };
  train(training, stream, job, "LPL", checkpoint, watch);
  std::cout << "trained\n";
}

/// The arrays of a checkpoint with which `training` could go on, by name. The time is none of them.
std::map<std::string, hebb::Matrix<double>> arrays_of(const std::string& file) {
  auto training = training_of(small_job());
  hebb::load_checkpoint(file, training);
  std::map<std::string, hebb::Matrix<double>> arrays;
  training.each([&](std::string_view name, auto& value) {
    if constexpr (requires { value.template cast<double>(); })
      arrays[std::string(name)] = value.template cast<double>();
  });
  return arrays;
}

/// The largest difference of an array, relative to its norm.
double difference(const std::string& one, const std::string& other) {
  const auto expected = arrays_of(one), found = arrays_of(other);
  double largest = 0;
  for (const auto& [name, array] : expected)
    if (array.size() > 0)
      largest = std::max(largest, (found.at(name) - array).norm() / array.norm());
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("mpi_training", "Trains a small network.");
  Given given;
  program.one_of("--failure", given.failure, "what happens to a rank",
                 {{"none", Failure::none},
                  {"stop", Failure::stop},
                  {"kill", Failure::kill},
                  {"error", Failure::error}});
  program.option("--at", given.at, "at this step");
  program.option("--rank", given.rank, "to this rank");
  program.app.add_flag("--resume", given.resume, "go on");
  program.app.add_option("--compare", given.compared, "two checkpoints")->expected(2);
  program.run_over_ranks();
  return program.run(argc, argv, [&](const example::Options& options) {
    if (given.compared.empty())
      learn(given, options.directory);
    else
      std::cout << "difference " << difference(given.compared[0], given.compared[1]) << '\n';
  });
}
