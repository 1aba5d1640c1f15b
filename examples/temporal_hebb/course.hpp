/// @file
/// The training of an arm, with measurements after every epoch; and the surprise experiment.
#pragma once

#include <chrono>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/network/measures.hpp"
#include "task.hpp"

namespace temporal_hebb {

/// Measurements before learning and after every epoch, one row each.
struct Course {
  /// Columns. From `feedback` on there are four groups with one column per layer: feedback, then
  /// angles in degrees to the gradient, to Gauss-Newton, and to the error form.
  enum Column : Index { validation, test, seconds, latency, error, feedback };

  enum Angle : Index { to_gradient = 1, to_gauss_newton, to_error_form };

  Arm arm;
  Settings settings;
  hebb::Matrix<double> rows;
  std::string troubles = {};  ///< alarms that were raised while it learned

  Index layers() const { return Index(arm.model.sizes.size()) - 1; }
  Index epochs() const { return rows.rows() - 1; }
  bool has_latency() const { return rows(0, latency) >= 0; }
  double feedback_sum(Index epoch) const {
    return rows.row(epoch).segment(feedback, layers() - 1).sum();
  }
  /// One angle per layer: the mean over the measurements before learning and after every epoch.
  hebb::Vector<double> angles(Angle to) const {
    return rows.middleCols(feedback + to * layers(), layers()).colwise().mean();
  }
  bool has_angles(Angle to) const { return rows(0, feedback + to * layers()) >= 0; }

  /// The epoch with the best accuracy on validation images.
  Index best() const {
    Index epoch = 0;
    rows.col(validation).maxCoeff(&epoch);
    return epoch;
  }
  double seconds_per_epoch() const { return rows(epochs(), seconds) / double(epochs()); }
  double seconds_per_batch() const {
    return seconds_per_epoch() / double(settings.images / settings.batch);
  }
};

/// The model's targets; `shift` is added to every label.
inline hebb::Matrix<float> targets(const Model& model, std::span<const int> labels, int shift = 0) {
  const Index classes = model.sizes.back();
  hebb::Matrix<float> result =
      hebb::Matrix<float>::Constant(classes, Index(labels.size()), float(model.other));
  for (std::size_t c = 0; c < labels.size(); ++c)
    result((labels[c] + shift) % classes, Index(c)) = float(model.correct);
  return result;
}

/// The inputs of some samples, as columns.
inline void inputs(const hebb::ImageSet& images, std::span<const Index> samples,
                   hebb::Matrix<float>& x) {
  x.resize(images.rows(), Index(samples.size()));
  hebb::to_columns(images, samples, x);
}

/// Accuracy in percent; the largest output is the network's answer.
inline double percent_right(Learner& learner, const hebb::ImageSet& images) {
  constexpr Index batch = 500;
  hebb::Matrix<float> x;
  Index right = 0;
  for (Index begin = 0; begin < images.size(); begin += batch) {
    example::stop_if_asked();
    const std::vector<Index> samples = hebb::range(begin, std::min(begin + batch, images.size()));
    inputs(images, samples, x);
    const hebb::Matrix<float>& output = learner.predict(x);
    for (Index c = 0; c < output.cols(); ++c) {
      Index winner = 0;
      output.col(c).maxCoeff(&winner);
      right += winner == images.labels[std::size_t(begin + c)];
    }
  }
  return 100 * double(right) / double(images.size());
}

/// The angle between two changes.
inline double degrees(const hebb::Matrix<float>& a, const hebb::Matrix<float>& b) {
  return std::acos(std::clamp(hebb::cosine<float>(a, b), -1.0, 1.0)) * 180 / std::numbers::pi;
}

/// All settings that affect what an arm learns. Checkpoints of other settings are refused.
inline example::RunSettings settings_of(const Arm& arm, const Settings& settings,
                                        const Data& data) {
  example::RunSettings all;
  all.set("--arms", arm.name);
  all.set("--data", data.name);
  all.set("digest of the images", data.digest);
  all.set("--seed", settings.seed);
  all.set("--images", settings.images);
  all.set("--epochs", settings.epochs);
  all.set("--batch", settings.batch);
  all.set("--eta", settings.eta);
  all.set("--inference", settings.inference);
  return all;
}

/// Trains for all epochs, or continues from the checkpoint. Accuracy on test images is measured
/// only at epochs whose accuracy on validation images is the best so far. The latency is the time
/// until the output's error is below `tolerance` times that of the untrained network.
inline Course run(const Arm& arm, const Arm* error_form, const Settings& settings, const Data& data,
                  double tolerance, const std::filesystem::path& checkpoint, bool resume) {
  using Clock = std::chrono::steady_clock;
  Course course{.arm = arm, .settings = settings, .rows = {}};
  const auto learner = arm.make(arm.model, settings);
  const Index layers = course.layers();
  course.rows.resize(0, Course::feedback + 4 * layers);
  double seconds = 0;
  hebb::Batches batches(
      {.samples = settings.images, .batch = settings.batch, .random = {.seed = settings.seed}});
  example::RunSettings identity = settings_of(arm, settings, data);
  identity.set("--tolerance", tolerance);
  const Measured measured{course.rows, seconds, batches, identity};
  if (resume && example::can_resume(checkpoint, identity)) learner->load(checkpoint, measured);

  hebb::Matrix<float> probe_x, x;
  inputs(data.validation, hebb::range(0, probe_images), probe_x);
  const hebb::Matrix<float> probe_y =
      targets(arm.model, std::span(data.validation.labels).first(probe_images));
  const auto measure = [&] {
    const Learner::Probe probe = learner->probe(probe_x, probe_y);
    example::stop_if_asked();
    const Changes weights = learner->weights(),
                  steepest = gradient(arm.model, weights, probe_x, probe_y);
    example::stop_if_asked();
    const Changes newton = gauss_newton(arm.model, weights, probe_x, probe_y);
    example::stop_if_asked();
    Changes told;
    if (error_form) {
      const auto other = error_form->make(arm.model, settings);
      other->take(weights);
      told = other->probe(probe_x, probe_y).changes;
    }
    const Index row = course.rows.rows();
    course.rows.conservativeResize(row + 1, Eigen::NoChange);
    auto now = course.rows.row(row);
    now.setConstant(-1);  // -1 marks what an arm does not have; checkpoints hold finite numbers
    now(Course::validation) = percent_right(*learner, data.validation);
    now(Course::test) = course.best() == row ? percent_right(*learner, data.test)
                                             : course.rows(course.best(), Course::test);
    now(Course::seconds) = seconds;
    now(Course::error) = probe.error;
    if (probe.latency)
      now(Course::latency) = probe.latency(tolerance * course.rows(0, Course::error));
    for (Index k = 0; k < layers; ++k) {
      const auto layer = std::size_t(k);
      now(Course::feedback + k) = probe.feedback[layer];
      for (const auto& [to, others] : {std::pair{Course::to_gradient, &steepest},
                                       {Course::to_gauss_newton, &newton},
                                       {Course::to_error_form, &told}})
        if (!others->empty())
          now(Course::feedback + to * layers + k) = degrees(probe.changes[layer], (*others)[layer]);
    }
  };

  example::Saving saving(checkpoint, [&](const auto& file) { learner->save(file, measured); });
  example::Watch watch(checkpoint.parent_path(), arm.name, arm.title, batches.step() > 0,
                       settings.steps());
  example::Progress progress(arm.title, settings.steps() - batches.step(), "batches");
  while (true) {
    if (batches.step() ==
        course.rows.rows() *
            batches.per_epoch()) {  // one row before the first epoch, one after each
      saving.save();                // an interrupted measurement is repeated on resuming
      measure();
    }
    if (course.epochs() == settings.epochs) break;
    const std::span<const Index> samples = batches.next();
    const auto began = Clock::now();
    inputs(data.learn, samples, x);
    learner->train(x, targets(arm.model, hebb::labels_of(data.learn, samples)), samples);
    seconds += std::chrono::duration<double>(Clock::now() - began).count();
    if (watch.monitor.due(batches.step())) learner->watch(watch.monitor, batches.step(), probe_x);
    saving.after_step();
    progress.advance(
        1,
        "validation " + example::fixed(course.rows(course.epochs(), Course::validation), 2) + " %");
  }
  saving.save();
  course.troubles = watch.troubles();
  return course;
}

/// The summed feedback to all hidden layers, per batch. In the first half of the epochs every label
/// is shifted by one class.
inline std::vector<double> surprise(const Arm& arm, const Settings& settings, const Data& data,
                                    const std::filesystem::path& checkpoint, bool resume) {
  Settings constant = settings;
  constant.epochs *= 1000;  // keeps the learning rate constant in effect
  const auto learner = arm.make(arm.model, constant);
  hebb::Batches batches({.samples = settings.images,
                         .batch = settings.batch,
                         .random = hebb::Random{.seed = settings.seed}.stream("surprise")});
  hebb::Matrix<double> feedback = hebb::Matrix<double>::Zero(settings.steps(), 1);
  double seconds = 0;
  example::RunSettings identity = settings_of(arm, settings, data);
  const Measured measured{feedback, seconds, batches, identity};
  if (resume && example::can_resume(checkpoint, identity)) learner->load(checkpoint, measured);
  example::Saving saving(checkpoint, [&](const auto& file) { learner->save(file, measured); });
  example::Progress progress(arm.title + ", surprised", settings.steps() - batches.step(),
                             "batches");
  hebb::Matrix<float> x;
  while (batches.step() < settings.steps()) {
    const Index step = batches.step();
    const int shift = step < settings.steps() / 2 ? 1 : 0;
    const std::span<const Index> samples = batches.next();
    inputs(data.learn, samples, x);
    learner->train(x, targets(arm.model, hebb::labels_of(data.learn, samples), shift), samples);
    for (std::size_t k = 0; k + 2 < arm.model.sizes.size(); ++k)
      feedback(step) += learner->feedback(k);
    saving.after_step();
    progress.advance();
  }
  saving.save();
  return {feedback.data(), feedback.data() + feedback.size()};
}

}  // namespace temporal_hebb
