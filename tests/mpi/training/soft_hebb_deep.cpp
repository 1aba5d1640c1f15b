#include "soft_hebb_deep/train.hpp"
#include "tests/mpi/training/training.hpp"
#include "tests/products.hpp"

namespace training {

namespace {

using namespace ::soft_hebb_deep;

constexpr Index side = 16;

Network<Soft> small_network() { return {{1, side, side}, published_blocks(2, 1.0 / 12), 1}; }

void learn(const Given& given, const std::filesystem::path& directory) {
  Network<Soft> network = small_network();
  Record record;
  example::Checkpoints checkpoints{directory, given.resume, {}};
  checkpoints.settings.set("--batch", 7);
  fail_at(0, given);
  train(network, random_images(28, side, 1), {.batch = 7, .updates = 8}, record, checkpoints,
        "soft_2");
}

hebb::Arrays arrays(const std::filesystem::path& checkpoint) {
  Network<Soft> network = small_network();
  Record record;
  hebb::Batches batches({.samples = 28, .batch = 7});
  example::RunSettings settings;
  settings.set("--batch", 7);
  hebb::load_checkpoint(checkpoint, network, record, batches, settings);
  return hebb::saved_arrays(network, record);
}

}  // namespace

const Registered soft_hebb_deep("soft_hebb_deep", {learn, arrays});

}  // namespace training
