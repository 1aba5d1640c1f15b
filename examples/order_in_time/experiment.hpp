/// @file
/// One linear unit per rule gets a sequence of images, in either order, and its selectivity is
/// measured while it learns.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "common/stop.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/data/sequence.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "order_in_time/source.hpp"

namespace order_in_time {

/// Measures a unit's responses to the images that it learns from, each once at each place.
class Probe {
 public:
  Probe(const ImageSet& images, const std::array<int, 2>& labels, Index images_per_class)
      : width_(images.width),
        height_(images.height),
        class_size_(images_per_class),
        pixels_(images.rows(), 2 * images_per_class) {
    for (Index kind = 0; kind < 2; ++kind) {
      const std::vector<Index> members = samples_of(images, labels[std::size_t(kind)]);
      require(Index(members.size()) >= images_per_class, "class ", labels[std::size_t(kind)],
              " has ", members.size(), " images, not ", images_per_class);
      to_columns(images, std::span(members).first(std::size_t(images_per_class)),
                 pixels_.middleCols(kind * images_per_class, images_per_class));
    }
  }

  /// The mean of all images at both places.
  Vector<float> mean_canvas() const {
    Matrix<float> canvas = Matrix<float>::Zero(2 * width_, 2 * height_);
    const Vector<float> mean = pixels_.rowwise().mean();
    for (Index place = 0; place < 2; ++place)
      canvas.block(place * width_, place * height_, width_, height_) =
          0.5f * Eigen::Map<const Matrix<float>>(mean.data(), width_, height_);
    return canvas.reshaped();
  }

  /// The unit's inputs are centred on `origin`.
  Selectivity measure(const Matrix<float>& weights, const Vector<float>& origin) const {
    const Eigen::Map<const Matrix<float>> map(weights.data(), 2 * width_, 2 * height_);
    const float offset = (weights * origin).value();
    Matrix<float> response(2, pixels_.cols());  // place x image
    for (Index place = 0; place < 2; ++place) {
      const Vector<float> seen =
          map.block(place * width_, place * height_, width_, height_).reshaped();
      response.row(place) = (seen.transpose() * pixels_).array() - offset;
    }
    const double range = double(response.maxCoeff() - response.minCoeff());
    const double places = double(response.row(0).mean() - response.row(1).mean());
    const double kinds =
        double(response.leftCols(class_size_).mean() - response.rightCols(class_size_).mean());
    return {std::abs(places) / range, std::abs(kinds) / range, double(response.cwiseAbs().mean())};
  }

 private:
  Index width_, height_, class_size_;
  Matrix<float> pixels_;  // one image per column; the first class, then the second
};

/// One linear unit, and its selectivity while it learns.
template <typename R>
struct Unit {
  R rule;
  typename R::State state;
  std::vector<Selectivity> course = {};
  Matrix<float> rate = {}, gain = {};

  Unit(const R& rule_, const Matrix<float>& weights)
      : rule(rule_), state(rule.init({.pre = weights.cols(), .post = 1})) {
    state.weights = weights;
  }

  void see(const Matrix<float>& x, const std::string& name, Index step) {
    rate.noalias() = state.weights * x;
    require<Divergence>(all_finite(rate.data(), rate.size()), name,
                        ": the response is not finite at step ", step);
    gain.setOnes(1, x.cols());
    rule.update(x, Response<float>(rate, gain), state);
  }
};

struct Experiment {
  float eta = 0;  ///< 0: the learning rate of the data set
  double weight_decay = 0.15;
  Index steps = 1000, batch = 200, images_per_class = 1000, interval = 20;
  Index seeds = 5;
  std::optional<std::uint64_t> sample;  ///< seed of a random sample of each class; without it the
                                        ///< first images are used
};

/// The course of each rule's selectivity, and its last weights.
struct Outcome {
  std::array<std::vector<Selectivity>, rules> course;
  std::array<Vector<float>, rules> weights;
};

template <Kept kept>
Outcome run(const ImageSet& images, const Probe& probe, const std::array<int, 2>& labels,
            const Experiment& experiment, std::uint64_t seed) {
  const Random random{.seed = seed};
  const ObjectSequence<kept> sequence(
      images, {labels, experiment.batch, experiment.images_per_class, random});
  const float bound = 1 / std::sqrt(float(sequence.rows()));
  const Matrix<float> weights =
      random.stream("weights").uniform<float>(1, sequence.rows(), -bound, bound);
  const Vector<float> mean = probe.mean_canvas(), zero = Vector<float>::Zero(sequence.rows());

  // Weight decay bounds the norm of the last three. Oja's rule bounds its own norm, and needs
  // centred inputs.
  const Plain decay{.weight_decay = experiment.weight_decay};
  Unit unit_oja(Oja<float>{.parameters = {.eta = experiment.eta}}, weights);
  Unit unit_hebbian(
      Lpl<float>{{.eta = experiment.eta, .predictive = 0, .decorrelation = 0, .epsilon = 1e-8f},
                 decay},
      weights);
  Unit unit_predictive(
      Lpl<float>{{.eta = experiment.eta, .hebbian = 0, .decorrelation = 0, .epsilon = 1e-8f},
                 decay},
      weights);
  Unit unit_lpl(Lpl<float>{{.eta = experiment.eta, .decorrelation = 0, .epsilon = 1e-8f}, decay},
                weights);

  SequenceStep seen;
  Matrix<float> centred;
  for (Index step = 0;; ++step) {
    if (step % experiment.interval == 0 || step == experiment.steps) {
      unit_oja.course.push_back(probe.measure(unit_oja.state.weights, mean));
      unit_hebbian.course.push_back(probe.measure(unit_hebbian.state.weights, zero));
      unit_predictive.course.push_back(probe.measure(unit_predictive.state.weights, zero));
      unit_lpl.course.push_back(probe.measure(unit_lpl.state.weights, zero));
    }
    if (step == experiment.steps) break;
    example::stop_if_asked();
    sequence.draw(std::uint64_t(step), seen);
    centred = seen.canvas.colwise() - mean;
    unit_oja.see(centred, rule_names[oja], step);
    unit_hebbian.see(seen.canvas, rule_names[hebbian], step);
    unit_predictive.see(seen.canvas, rule_names[predictive], step);
    unit_lpl.see(seen.canvas, rule_names[lpl], step);
  }
  const std::vector<Selectivity> constant(unit_lpl.course.size(), unit_lpl.course.front());
  return {{constant, unit_oja.course, unit_hebbian.course, unit_predictive.course, unit_lpl.course},
          {weights.transpose(), unit_oja.state.weights.transpose(),
           unit_hebbian.state.weights.transpose(), unit_predictive.state.weights.transpose(),
           unit_lpl.state.weights.transpose()}};
}

using Runs = std::vector<std::array<Outcome, 2>>;  // by seed and order

inline Runs run_seeds(const ImageSet& images, const Source& source, const Experiment& experiment,
                      std::uint64_t first_seed) {
  const Probe probe(images, source.labels, experiment.images_per_class);
  Runs runs(static_cast<std::size_t>(experiment.seeds));
  example::Progress progress("learning", experiment.seeds, "seeds");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    parallel_for(2, [&](Index order) {
      const auto run_order = order == 0 ? run<Kept::position> : run<Kept::identity>;
      runs[i][std::size_t(order)] =
          run_order(images, probe, source.labels, experiment, first_seed + i);
    });
    progress.advance();
  }
  return runs;
}

}  // namespace order_in_time
