// The arm with layer-local labels: the factor of a layer is that of the whole batch.
#include "lpl_deep/arms.hpp"
#include "lpl_deep/train.hpp"
#include "tests/mpi/training/training.hpp"
#include "tests/products.hpp"

namespace training {

namespace {

using namespace ::lpl_deep;

constexpr hebb::Index side = 32, samples = 28;

Job small_job() {
  Job job;
  job.settings.width = 0.05;
  job.settings.images = samples;
  job.settings.batch = 7;
  job.settings.epochs = 2;
  job.curve_points = 0;
  return job;
}

auto training_of(const Job& job) {
  const ByHead<float, Supervision> rule{.parameters = {.eta = float(job.settings.eta)},
                                        .optimizer = job.settings.optimizer(),
                                        .objective = {.classes = 2}};
  return begin_training(make_network<hebb::Pooled>(example::over_ranks(OfWholeBatch(rule)),
                                                   {1, side, side}, job.settings, job.seed),
                        job, {});
}

void learn(const Given& given, const std::filesystem::path& directory) {
  const Job job = small_job();
  const example::Images images{random_images(samples, side, 1), {}, {}, {}};
  const example::Stream stream(example::StreamKind::augment, images, {}, {}, job.seed);
  auto training = training_of(job);
  const auto checkpoint = directory / "supervised.npz";
  resume(given, checkpoint, training);
  fail_at(training.network.step(), given);
  train(training, stream, job, "layer-local labels", checkpoint);
}

hebb::Arrays arrays(const std::filesystem::path& checkpoint) {
  return arrays_in(checkpoint, training_of(small_job()));
}

}  // namespace

const Registered lpl_deep("lpl_deep", {learn, arrays});

}  // namespace training
