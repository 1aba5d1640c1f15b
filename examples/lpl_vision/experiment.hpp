/// @file
/// The comparison: every arm learns from one stream of images and is read out in the same way.
#pragma once

#include <iostream>
#include <utility>

#include "common/verdict.hpp"
#include "results.hpp"

namespace lpl_vision {

using example::Images;

/// The whole comparison, apart from the images.
struct Comparison {
  Job job;
  std::vector<Arm> arms;  ///< LPL first
  example::RunSettings data;
  std::filesystem::path directory;
  bool resume = false;
};

/// Untrained weights, and raw pixels.
template <typename FirstLearning>
void run_controls(const Comparison& comparison, const Stream& stream, const hebb::ImageSet& test,
                  Results& results) {
  const Job& job = comparison.job;
  const hebb::ImageSet& learn = stream.images().learn;
  const hebb::ImageShape input{stream.channels(), stream.side(), stream.side()};
  auto untrained =
      make_network<FirstLearning>(input, job.settings, comparison.arms.front(), job.seed);
  results.arms.push_back(
      {.name = "untrained",
       .title = "untrained",
       .outcome = evaluate(untrained, stream, job.readout_images, test, job.seed)});
  hebb::Matrix<float> train_pixels;
  stream.views(learn, hebb::range(0, std::min(job.readout_images, learn.size())), train_pixels);
  stream.views(test, hebb::range(0, test.size()), results.test_pixels);
  if (example::is_first_rank())
    results.pixels = example::readout(train_pixels, learn, results.test_pixels, test, job.seed);
}

template <typename FirstLearning>
Results run_with(const Comparison& comparison, const Stream& stream, const hebb::ImageSet& test,
                 const hebb::MovingScenes& scenes) {
  const Job& job = comparison.job;
  const Images& images = stream.images();
  const hebb::ImageShape input{stream.channels(), stream.side(), stream.side()};
  {  // Errors of the stream's settings appear before any arm learns.
    hebb::Matrix<float> drawn;
    stream.pairs(hebb::range(0, std::min<Index>(2, stream.samples())), 0, drawn);
  }
  Results results{.settings = job.settings,
                  .classes = images.class_names,
                  .readout_images = job.readout_images};
  run_controls<FirstLearning>(comparison, stream, test, results);
  for (const Arm& arm : comparison.arms) {
    const bool main_arm = arm.name == "lpl";
    Job own = job;
    if (!main_arm) own.curve_points = 0;
    Training<FirstLearning> training{
        .network = make_network<FirstLearning>(input, job.settings, arm, job.seed),
        .batches = hebb::Batches({.samples = stream.samples(),
                                  .batch = job.settings.batch,
                                  .random = {.seed = job.seed}}),
        .settings = settings_of(own, arm, stream.kind(), scenes, comparison.data)};
    const auto checkpoint = comparison.directory / (arm.name + ".npz");
    const bool resumed = comparison.resume && example::can_resume(checkpoint, training.settings);
    if (resumed) hebb::load_checkpoint(checkpoint, training);
    example::Watch watch(comparison.directory, arm.name, arm.title, resumed, job.settings.steps);
    train(training, stream, own, arm.title, checkpoint, watch);
    if (main_arm)
      results.pairs_per_second = double(job.settings.steps * job.settings.batch) / training.seconds;
    results.arms.push_back(
        {.name = arm.name,
         .title = arm.title,
         .outcome = evaluate(training.network, stream, job.readout_images, test, job.seed),
         .record = training.record,
         .troubles = watch.troubles(),
         .seconds = training.seconds});
    if (main_arm) results.filters = example::first_filters(training.network);
  }
  results.verdict = example::nothing_learned(
      comparison.arms.front().title, results.arm("lpl")->outcome.accuracy.back(), test.classes,
      test.size(),
      {{"untrained network", results.arm("untrained")->outcome.accuracy.back()},
       {"raw pixels", results.pixels}});
  return results;
}

inline Results run(const Comparison& comparison, const auto&... input) {
  return comparison.job.settings.first_layer == FirstLayer::place
             ? run_with<hebb::PerPlace>(comparison, input...)
             : run_with<hebb::Pooled>(comparison, input...);
}

}  // namespace lpl_vision
