/// @file
/// The scores of trained weights.
#pragma once

#include <Eigen/Eigenvalues>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "compare_rules/contender.hpp"
#include "hebb/analysis/linear_readout.hpp"

namespace compare_rules {

/// One number per score.
using Scores = Vector<double>;

enum Score : Index {
  readout,
  own_readout,
  explained,
  selective,
  sparse,
  silent,
  late,
  score_count
};

struct ScoreName {
  std::string title, key;
  int digits;
};
inline const std::array<ScoreName, score_count> score_names{{{"readout, %", "readout", 1},
                                                             {"own, %", "own_readout", 1},
                                                             {"variance, %", "explained", 1},
                                                             {"selectivity", "selectivity", 3},
                                                             {"sparseness", "sparseness", 3},
                                                             {"silent", "silent", 1},
                                                             {"late change", "late_change", 3}}};

/// The sparseness of each unit's responses z >= 0 over n samples, (1 - <z>^2 / <z^2>) / (1 - 1/n),
/// averaged over the units that respond: 0 if all responses of a unit are equal, 1 if it responds
/// to one sample. E. T. Rolls & M. J. Tovee, J. Neurophysiol. 73:713-726 (1995); scaled to 1 as by
/// W. E. Vinje & J. L. Gallant, Science 287:1273-1276 (2000).
inline double sparseness(const Matrix<float>& rate) {
  const double samples = double(rate.cols());
  double sum = 0, units = 0;
  for (Index i = 0; i < rate.rows(); ++i) {
    const double mean = rate.row(i).cast<double>().mean(),
                 square = rate.row(i).cast<double>().squaredNorm() / samples;
    if (square > 0) sum += (1 - mean * mean / square) / (1 - 1 / samples), ++units;
  }
  return units > 0 ? sum / units : 0;
}

/// Each unit's selectivity for the class that it is most selective for, averaged over units.
inline double class_selectivity(const Matrix<float>& rate, const std::vector<Index>& labels,
                                Index classes) {
  Vector<double> best = Vector<double>::Zero(rate.rows());
  std::vector<int> is_member(labels.size());
  for (Index kind = 0; kind < classes; ++kind) {
    std::transform(labels.begin(), labels.end(), is_member.begin(),
                   [kind](Index label) { return int(label == kind); });
    const auto members = std::count(is_member.begin(), is_member.end(), 1);
    if (members == 0 || members == std::ptrdiff_t(labels.size())) continue;
    best = best.cwiseMax(selectivity<float>(rate, is_member));
  }
  return best.mean();
}

/// Features of a layer: a function of its inputs.
using Features = std::function<Matrix<float>(const Matrix<float>&)>;

/// The drive max(0, W x).
inline Features rectified(const Matrix<float>& weights) {
  return [weights](const Matrix<float>& x) { return Matrix<float>((weights * x).cwiseMax(0.0f)); };
}

/// Measures trained weights. Everything but the own response is measured on the rectified drive,
/// max(0, W x), of every rule alike.
class Judge {
 public:
  Judge(const Data& data, Index readout_images)
      : data_(data), labelled_(data.learn.first(readout_images)) {
    const Matrix<double> x = data.learn.x.cast<double>();
    covariance_.noalias() = x * x.transpose() / double(x.cols());
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(covariance_);
    components_ = solver.eigenvectors().rowwise().reverse().transpose();
  }

  /// The principal components of the images for learning, one per row, greatest first.
  Matrix<float> components(Index count) const {
    return components_.topRows(std::min(count, components_.rows())).cast<float>();
  }

  /// The share of the variance of the images for learning that lies in the space of the weights'
  /// rows. Directions along which the weights are shorter than a hundredth of their greatest length
  /// do not count.
  double share_of_variance(const Matrix<float>& weights) const {
    const Matrix<double> w = weights.cast<double>();
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(w * w.transpose());
    const Vector<double>& squares = solver.eigenvalues();  // in ascending order
    const Index count = (squares.array() > 1e-4 * squares(squares.size() - 1)).count();
    if (!(squares(squares.size() - 1) > 0)) return 0;
    const Matrix<double> basis = squares.tail(count).cwiseSqrt().cwiseInverse().asDiagonal() *
                                 (solver.eigenvectors().rightCols(count).transpose() * w);
    return (basis * covariance_).cwiseProduct(basis).sum() / covariance_.trace();
  }

  /// The accuracy, in percent, of a linear readout of features(x) on images of another part.
  double percent_right(const Features& features, const Part& part, std::uint64_t seed) const {
    const LinearReadout<> method{.parameters = {.seed = seed}};
    const auto classifier = method.fit(features(labelled_.x), labelled_.labels, data_.classes);
    return 100 * accuracy(classifier.predict(features(part.x)), part.labels);
  }

  /// Of the images as they are.
  double pixels(std::uint64_t seed) const {
    return percent_right([](const Matrix<float>& x) { return x; }, data_.test, seed);
  }

  /// On validation images, on which rates are chosen.
  double validate(const Trained& trained, std::uint64_t seed) const {
    return percent_right(rectified(trained.weights), data_.validation, seed);
  }

  /// On test images; the variance is that of the images for learning.
  Scores measure(const Trained& trained, std::uint64_t seed) const {
    const Matrix<float> rate = rectified(trained.weights)(data_.test.x);
    Scores scores(static_cast<Index>(score_count));
    scores[readout] = percent_right(rectified(trained.weights), data_.test, seed);
    scores[own_readout] = percent_right(trained.respond, data_.test, seed);
    scores[explained] = 100 * share_of_variance(trained.weights);
    scores[selective] = class_selectivity(rate, data_.test.labels, data_.classes);
    scores[sparse] = sparseness(rate);
    scores[silent] = double(dead_units<float>(rate));
    scores[late] = trained.late_change;
    return scores;
  }

 private:
  const Data& data_;
  Part labelled_;
  Matrix<double> covariance_, components_;
};

}  // namespace compare_rules
