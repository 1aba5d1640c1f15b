/// @file
/// Training of one arm: it records a learning curve, and is continued from a checkpoint.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "evaluate.hpp"

namespace lpl_deep {

struct Job {
  Settings settings;
  std::uint64_t seed = 1;
  hebb::Index readout_images = 25'000;
  hebb::Index curve_images = 10'000;  ///< for training the readouts of the curve
  std::int64_t curve_points = 10;     ///< besides the first, before learning
};

/// The content of an arm's checkpoint: the network and the measurements so far.
template <typename Network>
struct Training {
  Network network;
  hebb::Batches batches;
  example::RunSettings settings;
  hebb::Matrix<double> curve{
      0, 1 + hebb::Index(depth)};  ///< rows: step, validation readout of each layer in percent
  double seconds = 0;              ///< spent learning, views included

  void each(auto&& visit) {
    network.each(visit);
    batches.each(
        [&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    visit("curve", curve);
    visit("seconds", seconds);
    settings.each(visit);
  }
};

/// All settings that affect what an arm learns and records; `data` identifies the images.
inline example::RunSettings settings_of(const Job& job, const example::RunSettings& data) {
  const Settings& s = job.settings;
  example::RunSettings all = data;
  all.set("--seed", job.seed);
  all.set("--width", s.width);
  all.set("--images", s.images);
  all.set("--epochs", s.epochs);
  all.set("--batch", s.batch);
  all.set("--eta", s.eta);
  all.set("--weight-scale", s.weight_scale);
  all.set("--weight-decay", s.weight_decay);
  all.set("--curve", job.curve_points);
  if (job.curve_points > 0) all.set("--curve-images", job.curve_images);
  return all;
}

template <typename Network>
Training<Network> begin_training(Network network, const Job& job,
                                 const example::RunSettings& data) {
  const Settings& s = job.settings;
  return {.network = std::move(network),
          .batches =
              hebb::Batches({.samples = s.images, .batch = s.batch, .random = {.seed = job.seed}}),
          .settings = settings_of(job, data)};
}

/// Sets the labels of the next step's samples, those of all ranks, in layers that use labels.
void set_labels(auto& network, const example::Stream& stream,
                std::span<const hebb::Index> samples) {
  network.for_each_layer([&](auto& layer, std::size_t) {
    if constexpr (requires { layer.state.labels; }) layer.state.labels = stream.labels(samples);
  });
}

/// Trains for the remaining steps. Writes a checkpoint every few minutes, after the last step, and
/// when the program is stopped. Every rank makes and learns its share of each batch. Returns the
/// alarms that were raised.
std::string train(auto& training, const example::Stream& stream, const Job& job,
                  const std::string& title, const std::filesystem::path& checkpoint) {
  using Clock = std::chrono::steady_clock;
  const std::int64_t steps = job.settings.steps(),
                     every = std::max<std::int64_t>(
                         1, steps / std::max<std::int64_t>(1, job.curve_points));
  auto& network = training.network;
  hebb::Matrix<float> views;
  std::string note;
  const auto measure = [&] {
    const hebb::ImageSet& validation = stream.images().validation;
    const Features responses = example::features(network, stream, validation, validation.size());
    const PerLayer now =
        readouts(network, stream, job.curve_images, responses, validation, job.seed);
    const hebb::Index row = training.curve.rows();
    training.curve.conservativeResize(row + 1, Eigen::NoChange);
    training.curve(row, 0) = double(network.step());
    for (std::size_t k = 0; k < depth; ++k) training.curve(row, 1 + hebb::Index(k)) = now[k];
    note = "validation " + example::fixed(now.front(), 1) + " to " + example::fixed(now.back(), 1) +
           " %";
  };
  const auto measured = [&] {
    return training.curve.rows() > 0 &&
           training.curve.bottomRows(1)(0, 0) == double(network.step());
  };
  example::Saving saving(checkpoint,
                         [&](const auto& file) { hebb::save_checkpoint(file, training); });
  example::Watch watch(checkpoint.parent_path(), checkpoint.stem().string(), title,
                       network.step() > 0, steps);
  example::Progress progress(title, steps - network.step());
  while (true) {
    if (job.curve_points > 0 && (network.step() % every == 0 || network.step() == steps) &&
        !measured()) {
      saving.save();  // an interrupted measurement is repeated on resuming
      measure();
    }
    if (network.step() >= steps) break;
    const auto began = Clock::now();
    const std::span<const hebb::Index> chosen = training.batches.next();
    stream.pairs(example::own_share(chosen), network.step(), views);
    set_labels(network, stream, chosen);
    network.train(views);
    training.seconds += std::chrono::duration<double>(Clock::now() - began).count();
    if (watch.monitor.due(network.step())) {
      example::WholeResponses whole(network, 2);
      watch.monitor.step(network.step(), whole);
    }
    saving.after_step();
    progress.advance(1, note);
  }
  saving.save();
  return watch.troubles();
}

}  // namespace lpl_deep
