#include "lpl_vision/train.hpp"
#include "tests/mpi/training/training.hpp"
#include "tests/products.hpp"

namespace training {

namespace {

using namespace ::lpl_vision;

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

void learn(const Given& given, const std::filesystem::path& directory) {
  const Job job = small_job();
  const example::Images images{
      random_images(40, 8, 1), random_images(4, 8, 2), random_images(4, 8, 3), {}};
  const Stream stream(StreamKind::moving, images, {.size = 16, .patches = 2, .patch_size = 3}, {},
                      job.seed, job.pixels);
  auto training = training_of(job);
  const auto checkpoint = directory / "lpl.npz";
  resume(given, checkpoint, training);
  example::Watch watch(directory, "lpl", "LPL", given.resume, job.settings.steps);
  watch.monitor.on_step = [&](const hebb::Vitals& vitals, const hebb::View<float>&) {
    if (vitals.layer == "layer 1") fail_at(vitals.step, given);
  };
  train(training, stream, job, "LPL", checkpoint, watch);
}

hebb::Arrays arrays(const std::filesystem::path& checkpoint) {
  return arrays_in(checkpoint, training_of(small_job()));
}

}  // namespace

const Registered lpl_vision("lpl_vision", {learn, arrays});

}  // namespace training
