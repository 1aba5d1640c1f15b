/// @file
/// One unsupervised epoch, with its records, continued from a checkpoint.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/data/image_set.hpp"
#include "network.hpp"

namespace soft_hebb_deep {

/// A batch of images in the range [0, 1].
inline void to_images(const hebb::ImageSet& set, std::span<const Index> samples,
                      Images<float>& images) {
  hebb::Matrix<float> columns(set.rows(), Index(samples.size()));
  hebb::to_columns(set, samples, columns);
  images.assign({set.channels, set.width, set.height}, columns);
}

/// What is recorded while a network learns: one row per record and one column per block.
struct Record {
  hebb::Matrix<double> updates{0, 1};  ///< at the record
  hebb::Matrix<double> norm{0, 0};     ///< mean length of a neuron's weights
  hebb::Matrix<double> share{0, 0};    ///< mean share of the winner in the softmax

  void each(auto&& visit) {
    visit("record.updates", updates);
    visit("record.norm", norm);
    visit("record.share", share);
  }
};

/// The mean over places of the largest softmax of the drives.
inline double winner_share(const hebb::Matrix<float>& drive, float temperature) {
  double sum = 0;
  hebb::Vector<float> terms;
  for (Index i = 0; i < drive.cols(); ++i)
    sum += 1 / double(hebb::softmax_terms<float>(drive.col(i), terms, 1 / temperature).sum);
  return sum / double(drive.cols());
}

template <typename Rule>
void add_record(const Network<Rule>& network, std::int64_t update, Record& record) {
  const Index row = record.updates.rows(), blocks = Index(network.blocks.size());
  record.updates.conservativeResize(row + 1, 1);
  record.norm.conservativeResize(row + 1, blocks);
  record.share.conservativeResize(row + 1, blocks);
  record.updates(row, 0) = double(update);
  for (Index k = 0; k < blocks; ++k) {
    const auto& layer = network.blocks[std::size_t(k)].layer;
    record.norm(row, k) = double(layer.state.weights.rowwise().norm().mean());
    const double places = double(layer.drive().cols());
    std::array<double, 2> sums{
        places * winner_share(layer.drive(), layer.rule.parameters.temperature), places};
    example::ranks().sum(sums.data(), 2);
    record.share(row, k) = sums[0] / sums[1];
  }
}

struct TrainSettings {
  Index batch = 10;
  std::int64_t updates = 0;  ///< batches of the run
  bool learn = true;         ///< false: only the batch normalisations move
  std::uint64_t seed = 1;
};

/// What a run of the program says of the learning of a network.
struct Trained {
  double seconds_per_update = 0;
  std::string troubles = {};  ///< alarms that were raised
};

/// Runs the remaining updates. Every rank learns its share of each batch.
template <typename Rule>
Trained train(Network<Rule>& network, const hebb::ImageSet& images, const TrainSettings& settings,
              Record& record, const example::Checkpoints& checkpoints, const std::string& name) {
  hebb::Batches batches(
      {.samples = images.size(), .batch = settings.batch, .random = {.seed = settings.seed}});
  example::Saving saving = checkpoints.begin(name, network, record, batches);
  const std::int64_t every = std::max<std::int64_t>(1, settings.updates / 50),
                     todo = settings.updates - batches.step();
  example::Progress progress(name, todo, "updates");
  std::optional<example::Watch> watch;
  if (settings.learn)
    watch.emplace(checkpoints.directory, name, name, batches.step() > 0, settings.updates);
  Images<float> batch;
  hebb::Matrix<float> drive;  // of the whole batch
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  while (batches.step() < settings.updates) {
    const std::int64_t update = batches.step();
    to_images(images, example::own_share(batches.next()), batch);
    network.train(batch, settings.learn);
    if (update % every == 0 || update + 1 == settings.updates) add_record(network, update, record);
    if (watch && watch->monitor.due(update))
      for (std::size_t k = 0; k < network.blocks.size(); ++k) {
        const auto& layer = network.blocks[k].layer;
        example::gather_columns(layer.drive(), 1, drive);
        watch->monitor.observe(update, k, "layer " + std::to_string(k + 1), drive,
                               layer.state.weights);
      }
    saving.after_step();
    progress.advance();
  }
  saving.save();
  const std::chrono::duration<double> seconds = Clock::now() - began;
  return {.seconds_per_update = todo > 0 ? seconds.count() / double(todo) : 0,
          .troubles = watch ? watch->troubles() : ""};
}

}  // namespace soft_hebb_deep
