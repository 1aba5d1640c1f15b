/// @file
/// Training of one arm: it records losses and a learning curve, and is continued from a checkpoint.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "evaluate.hpp"

namespace lpl_vision {

using example::Stream;
using example::StreamKind;
using hebb::Index;

/// Measurements made while an arm learns.
struct Record {
  /// Rows: step, predictive, Hebbian, decorrelation (means over layers).
  hebb::Matrix<double> losses{0, 4};
  /// Rows: step, validation readout of each layer in percent.
  hebb::Matrix<double> curve{0, 1 + hebb::Index(Network::depth)};
};

struct Job {
  Settings settings;
  Index readout_images = 20'000, curve_images = 5'000;
  std::int64_t curve_points = 5;
  example::Pixels pixels = example::Pixels::standardised;
  std::uint64_t seed = 1;
};

/// The content of an arm's checkpoint: the network and the measurements so far.
template <typename FirstLearning>
struct Training {
  NetworkOf<FirstLearning> network;
  hebb::Batches batches;
  example::RunSettings settings;
  Record record = {};
  double seconds = 0;  ///< spent learning, views included

  void each(auto&& visit) {
    network.each(visit);
    batches.each(
        [&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    visit("losses", record.losses);
    visit("curve", record.curve);
    visit("seconds", seconds);
    settings.each(visit);
  }
};

inline void append_row(hebb::Matrix<double>& table, const hebb::Vector<double>& row) {
  table.conservativeResize(table.rows() + 1, row.size());
  table.row(table.rows() - 1) = row;
}

/// The current step and the three loss terms of the current responses, as means over layers.
hebb::Vector<double> losses_now(auto& network) {
  hebb::Vector<double> row = hebb::Vector<double>::Zero(4);
  row(0) = double(network.step());
  network.for_each_layer([&](auto& layer, std::size_t) {
    const hebb::Matrix<float>& z = layer.response();
    const auto loss = layer.rule.loss(hebb::Response<float>(z, z));
    row(1) += loss.predictive / double(Network::depth);
    row(2) += loss.hebbian / double(Network::depth);
    row(3) += loss.decorrelation / double(Network::depth);
  });
  return row;
}

/// All settings that affect what an arm learns and records; `data` identifies the images.
inline example::RunSettings settings_of(const Job& job, const Arm& arm, StreamKind kind,
                                        const hebb::MovingScenes& scenes,
                                        const example::RunSettings& data) {
  const Settings& s = job.settings;
  example::RunSettings all = data;
  all.set("--seed", job.seed);
  all.set("--stream", example::name_of(kind, example::streams));
  if (kind == StreamKind::moving) {
    all.set("--pixels", example::name_of(job.pixels, example::pixel_scales));
    all.set("--scene", scenes.size);
    all.set("--patches", scenes.patches);
    all.set("--patch-size", scenes.patch_size);
  }
  all.set("--steps", s.steps);
  all.set("--first-layer", example::name_of(s.first_layer, first_layers));
  all.set("--batch", s.batch);
  all.set("--eta", s.eta);
  all.set("--weight-scale", s.weight_scale);
  all.set("--weight-decay", s.weight_decay);
  all.set("--bias", s.bias == hebb::Bias::learned ? "learned" : "none");
  all.set("--channels", std::span<const Index>(s.channels));
  arm.add_to(all);
  all.set("--curve", job.curve_points);
  return all;
}

/// Trains one arm for the remaining steps, with readouts on validation images in between. Every
/// rank makes and learns its share of each batch.
void train(auto& training, const Stream& stream, const Job& job, const std::string& title,
           const std::filesystem::path& checkpoint, example::Watch& watch) {
  const std::int64_t steps = job.settings.steps,
                     every = std::max<std::int64_t>(
                         1, steps / std::max<std::int64_t>(1, job.curve_points));
  const hebb::ImageSet& learn = stream.images().learn;
  const hebb::ImageSet& validation = stream.images().validation;
  auto& network = training.network;
  hebb::Matrix<double>& curve = training.record.curve;
  hebb::Matrix<float> views;
  const auto measure = [&] {
    const Index count = std::min(job.curve_images, validation.size());
    const Features train_features =
        example::features(network, stream, learn, std::min(2 * count, learn.size()));
    const Features test_features = example::features(network, stream, validation, count);
    hebb::Vector<double> row(1 + Index(Network::depth));
    row(0) = double(network.step());
    const auto readouts = example::measure_layers<Network::depth>([&](std::size_t k) {
      return example::readout(train_features[k], learn, test_features[k], validation, job.seed);
    });
    row.tail(Index(Network::depth)) =
        Eigen::Map<const hebb::Vector<double>>(readouts.data(), Index(Network::depth));
    append_row(curve, row);
  };
  const auto measured = [&] {
    return curve.rows() > 0 && curve(curve.rows() - 1, 0) == double(network.step());
  };
  example::Saving saving(checkpoint,
                         [&](const auto& file) { hebb::save_checkpoint(file, training); });
  example::Progress progress(title, steps - network.step());
  while (true) {
    const bool due = network.step() > 0 && (network.step() % every == 0 || network.step() == steps);
    if (job.curve_points > 0 && due && !measured()) {
      saving.save();  // an interrupted measurement is repeated on resuming
      measure();
    }
    if (network.step() >= steps) break;
    const auto began = std::chrono::steady_clock::now();
    stream.pairs(example::own_share(training.batches.next()), network.step(), views);
    network.train(views);
    training.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (watch.monitor.due(network.step())) {
      example::WholeResponses whole(network, 2);
      watch.monitor.step(network.step(), whole);
      append_row(training.record.losses, losses_now(whole));
    }
    saving.after_step();
    progress.advance();
  }
  saving.save();
}

}  // namespace lpl_vision
