/// @file
/// How an arm learns, measures itself on the way, and is continued from a checkpoint.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>

#include "common/progress.hpp"
#include "evaluate.hpp"
#include "hebb/io/checkpoint.hpp"

namespace lpl_deep {

struct Job {
  Settings settings;
  std::uint64_t seed = 1;
  hebb::Index readout_images = 25'000;
  hebb::Index curve_images = 10'000;  ///< that readouts of the learning curve are trained on
  std::int64_t curve_points = 10;     ///< after the first, before learning
};

/// All that a checkpoint keeps: the network, and what was measured on the way.
template <typename Network>
struct Training {
  Network network;
  hebb::Batches batches;
  hebb::Matrix<double> curve{0, 1 + hebb::Index(depth)};  ///< rows: step, validation readout of each layer in percent
  double seconds = 0;                                     ///< spent learning, views included
  hebb::Vector<double> settings = {};                     ///< so that a run is not continued with others

  void each(auto&& visit) {
    network.each(visit);
    batches.each([&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    visit("curve", curve);
    visit("seconds", seconds);
    visit("settings", settings);
  }
};

template <typename Network>
Training<Network> begin_training(Network network, const Job& job) {
  constexpr std::uint32_t batch_stream = 12;
  const Settings& s = job.settings;
  Training<Network> training{
      .network = std::move(network),
      .batches = hebb::Batches({.samples = s.images, .batch = s.batch, .random = {.seed = job.seed, .stream = batch_stream}})};
  training.settings = hebb::Vector<double>{
      {double(job.seed), double(s.epochs), double(s.images), double(s.batch), s.width, s.eta, s.weight_scale, s.weight_decay}};
  return training;
}

/// Takes up the run of a checkpoint. Throws InvalidParameter where that had other settings.
void continue_from(const std::filesystem::path& checkpoint, auto& training) {
  const hebb::Vector<double> expected = training.settings;
  hebb::load_checkpoint(checkpoint, training);
  hebb::require(training.settings == expected, checkpoint.string(), " was written with other settings; run it with those");
}

/// Says the labels of the next step's samples to layers that hear them.
void tell(auto& network, const hebb::ImageSet& images, std::span<const hebb::Index> samples) {
  network.for_each_layer([&](auto& layer, std::size_t) {
    if constexpr (requires { layer.state.labels; }) layer.state.labels = hebb::labels_of(images, samples);
  });
}

/// Learns until all steps are done. Writes a checkpoint now and then, and after the last step.
void train(auto& training, const example::Stream& stream, const Job& job, const std::string& title,
           const std::filesystem::path& checkpoint) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::minutes between_checkpoints{3};
  const std::int64_t steps = job.settings.steps(), every = std::max<std::int64_t>(1, steps / std::max<std::int64_t>(1, job.curve_points));
  auto& network = training.network;
  hebb::Matrix<float> views;
  std::string note;
  const auto measure = [&] {
    const hebb::ImageSet& validation = stream.images().validation;
    const Features responses = example::features(network, stream, validation, validation.size());
    const PerLayer now = readouts(network, stream, job.curve_images, responses, validation, job.seed);
    const hebb::Index row = training.curve.rows();
    training.curve.conservativeResize(row + 1, Eigen::NoChange);
    training.curve(row, 0) = double(network.step());
    for (std::size_t k = 0; k < depth; ++k) training.curve(row, 1 + hebb::Index(k)) = now[k];
    note = "validation " + example::fixed(now.front(), 1) + " to " + example::fixed(now.back(), 1) + " %";
  };
  if (job.curve_points > 0 && training.curve.rows() == 0) measure();
  auto saved = Clock::now();
  example::Progress progress(title, steps - network.step());
  while (network.step() < steps) {
    const auto began = Clock::now();
    const std::span<const hebb::Index> chosen = training.batches.next();
    stream.pairs(chosen, network.step(), views);
    tell(network, stream.images().learn, chosen);
    network.train(views);
    training.seconds += std::chrono::duration<double>(Clock::now() - began).count();
    const bool last = network.step() == steps;
    if (job.curve_points > 0 && (network.step() % every == 0 || last)) measure();
    if (last || Clock::now() - saved > between_checkpoints) {
      hebb::save_checkpoint(checkpoint, training);
      saved = Clock::now();
    }
    progress.advance(1, note);
  }
}

}  // namespace lpl_deep
