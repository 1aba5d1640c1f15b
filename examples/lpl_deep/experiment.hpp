/// @file
/// Runs one arm of the comparison: it learns, and its layers are read out.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "arms.hpp"
#include "results.hpp"
#include "train.hpp"

namespace lpl_deep {

/// The readout of raw pixels, with as many training images as the arms' readouts; by rank 0 alone.
inline void run_pixels(const Job& job, const example::Stream& stream, const hebb::ImageSet& test,
                       Results& results) {
  if (!example::is_first_rank()) return;
  const hebb::ImageSet& learn = stream.images().learn;
  const auto readout = [&](hebb::Index train_images, const hebb::ImageSet& set) {
    hebb::Matrix<float> train_pixels, pixels;
    stream.views(learn, hebb::range(0, std::min(train_images, learn.size())), train_pixels);
    stream.views(set, hebb::range(0, set.size()), pixels);
    return example::readout(train_pixels, learn, pixels, set, job.seed);
  };
  results.pixels = readout(job.readout_images, test);
  if (job.curve_points > 0)
    results.curve_pixels = readout(job.curve_images, stream.images().validation);
}

/// `data` identifies the images in the arm's checkpoint.
inline ArmResult run_arm(const Naming& arm, const Job& job, const example::RunSettings& data,
                         const example::Stream& stream, const hebb::ImageSet& test,
                         const std::filesystem::path& directory, bool resume) {
  ArmResult result{.naming = arm};
  with_rule(arm.arm, job.settings, job.seed, [&](const auto& rule, auto learning) {
    Job own = job;
    if (arm.arm != Arm::lpl && arm.arm != Arm::shuffled) own.curve_points = 0;
    auto training = begin_training(
        make_network<decltype(learning)>(rule, {stream.channels(), stream.side(), stream.side()},
                                         job.settings, job.seed),
        own, data);
    if (arm.arm != Arm::untrained) {
      const auto checkpoint = directory / (std::string(arm.name) + ".npz");
      if (resume && example::can_resume(checkpoint, training.settings))
        hebb::load_checkpoint(checkpoint, training);
      result.troubles = train(training, stream, own, arm.title, checkpoint);
      result.curve = training.curve;
      result.seconds = training.seconds;
    }
    result.outcome = evaluate(training.network, stream, job.readout_images, test, job.seed);
  });
  return result;
}

}  // namespace lpl_deep
