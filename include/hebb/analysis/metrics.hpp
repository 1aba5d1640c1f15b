/// @file
/// Measures of a representation: accuracy of a readout, dimensionality, selectivity and similarity.
///
/// Features are units x samples. Labels are any range of integers from 0.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/kernels/products.hpp"

namespace hebb {

/// Labels as Index, one per sample. Throws ShapeError when their number differs, InvalidParameter
/// when one is not in [0, classes).
std::vector<Index> checked_labels(const auto& labels, Index samples, Index classes) {
  require<ShapeError>(std::distance(std::begin(labels), std::end(labels)) == samples, "there are ",
                      std::distance(std::begin(labels), std::end(labels)), " labels for ", samples,
                      " samples");
  std::vector<Index> result;
  result.reserve(std::size_t(samples));
  for (const auto label : labels) {
    require(Index(label) >= 0 && Index(label) < classes, "label ", Index(label), " of sample ",
            result.size(), " is not in [0, ", classes, ")");
    result.push_back(Index(label));
  }
  return result;
}

/// The number of samples of each true class (row) that were assigned to each class (column).
template <typename Count = Index>
Matrix<Count> confusion_matrix(const auto& predicted, const auto& truth, Index classes) {
  const Index samples = std::distance(std::begin(truth), std::end(truth));
  const std::vector<Index> p = checked_labels(predicted, samples, classes),
                           t = checked_labels(truth, samples, classes);
  Matrix<Count> counts = Matrix<Count>::Zero(classes, classes);
  for (std::size_t i = 0; i < t.size(); ++i) ++counts(t[i], p[i]);
  return counts;
}

/// The fraction of correctly predicted samples.
double accuracy(const auto& predicted, const auto& truth) {
  constexpr Index any = std::numeric_limits<Index>::max();
  const Index samples = std::distance(std::begin(truth), std::end(truth));
  require(samples > 0, "accuracy: there are no samples");
  const std::vector<Index> p = checked_labels(predicted, samples, any),
                           t = checked_labels(truth, samples, any);
  return std::transform_reduce(p.begin(), p.end(), t.begin(), 0.0, std::plus<>{},
                               std::equal_to<>{}) /
         double(samples);
}

/// Each unit's mean over samples, summed in double.
template <typename Scalar>
Vector<Scalar> unit_means(const View<Scalar>& features) {
  Vector<double> mean;
  mean_over_columns(
      features.cols(), [&](Index i) { return features.col(i).template cast<double>(); }, mean);
  return mean.cast<Scalar>();
}

/// Features minus each unit's mean over samples.
template <typename Scalar>
Matrix<Scalar> centred(const View<Scalar>& features) {
  return features.colwise() - unit_means<Scalar>(features);
}

/// The effective number of dimensions of the features: tr(C)^2 / |C|_F^2 of their covariance C,
/// between 1 and min(units, samples - 1). It is 0 when the features do not vary; a variance smaller
/// than the rounding error of the means counts as zero.
///
/// Cost: units * samples * min(units, samples) * 2 flops.
template <typename Scalar>
double participation_ratio(const View<Scalar>& features) {
  require<ShapeError>(features.size() > 0, "participation_ratio: there are no features");
  require_finite<Scalar>(features, "features");
  Matrix<Scalar> x = centred<Scalar>(features);
  const double largest = double(x.cwiseAbs().maxCoeff());
  const double rounding =
      std::numeric_limits<Scalar>::epsilon() * double(features.cwiseAbs().maxCoeff());
  if (largest <= rounding) return 0;
  // The measure does not depend on scale; unscaled, fourth powers of small features would
  // underflow.
  x /= Scalar(largest);
  Matrix<Scalar> covariance;
  if (x.rows() > x.cols())
    x = Matrix<Scalar>(x.transpose());  // the Gram matrix has the same spectrum
  mean_outer_product<Scalar>(x, x, covariance);
  const double trace = covariance.diagonal().template cast<double>().sum();
  return trace * trace / covariance.template cast<double>().squaredNorm();
}

/// The number of units that never respond: |z| <= threshold for every sample.
template <typename Scalar>
Index dead_units(const View<Scalar>& features, Scalar threshold = 0) {
  require_finite<Scalar>(features, "features");
  Vector<Scalar> largest = Vector<Scalar>::Zero(features.rows());
  for (Index i = 0; i < features.cols(); ++i)
    largest = largest.cwiseMax(features.col(i).cwiseAbs());
  return (largest.array() <= threshold).count();
}

/// The mean of the features over units and samples.
template <typename Scalar>
double mean_activity(const View<Scalar>& features) {
  require<ShapeError>(features.size() > 0, "mean_activity: there are no features");
  return features.template cast<double>().mean();
}

/// Mean cosines between the features of different samples.
struct ClassCosine {
  double within = 0;   ///< of the same class; 0 when no class has two samples
  double between = 0;  ///< of different classes; 0 when there is only one class
};

/// Mean cosine, within and between classes, of features centred over all samples. A sample equal to
/// the mean has cosine 0 with all others.
///
/// Cost: linear in samples, because the sum over pairs of unit vectors is the squared length of
/// their sum.
template <typename Scalar, typename Double = double>
ClassCosine class_cosine(const View<Scalar>& features, const auto& labels, Index classes) {
  require<ShapeError>(features.size() > 0, "class_cosine: there are no features");
  require_finite<Scalar>(features, "features");
  const std::vector<Index> label = checked_labels(labels, features.cols(), classes);
  const Matrix<Scalar> x = centred<Scalar>(features);
  Matrix<Double> sums = Matrix<Double>::Zero(x.rows(), classes);
  Vector<Double> counts = Vector<Double>::Zero(classes);
  double selves = 0;  // sum of the cosines of samples with themselves, which are not pairs
  for (Index i = 0; i < x.cols(); ++i) {
    const Vector<Double> direction = x.col(i).template cast<Double>().stableNormalized();
    sums.col(label[std::size_t(i)]) += direction;
    counts(label[std::size_t(i)]) += 1;
    selves += direction.squaredNorm();
  }
  const double same = sums.squaredNorm(), all = sums.rowwise().sum().squaredNorm();
  const double same_pairs = counts.squaredNorm() - counts.sum(),
               other_pairs = counts.sum() * counts.sum() - counts.squaredNorm();
  return {same_pairs > 0 ? (same - selves) / same_pairs : 0,
          other_pairs > 0 ? (all - same) / other_pairs : 0};
}

/// Each unit's selectivity for one of two groups (labels 0 and 1): |difference of the groups'
/// means| / (max - min), 0 for a constant unit. The measure does not depend on scale: a unit with
/// negligible activity can be selective, so report the activity as well.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), Methods.
template <typename Scalar, typename Double = double>
Vector<Double> selectivity(const View<Scalar>& features, const auto& labels) {
  require_finite<Scalar>(features, "features");
  const std::vector<Index> label = checked_labels(labels, features.cols(), 2);
  require<ShapeError>(features.size() > 0, "selectivity: there are no features");
  Matrix<Double> sums = Matrix<Double>::Zero(features.rows(), 2);
  Vector<Scalar> highest = features.col(0), lowest = highest;
  for (Index i = 0; i < features.cols(); ++i) {
    sums.col(label[std::size_t(i)]) += features.col(i).template cast<Double>();
    highest = highest.cwiseMax(features.col(i));
    lowest = lowest.cwiseMin(features.col(i));
  }
  const double ones = double(std::count(label.begin(), label.end(), 1)),
               zeros = double(features.cols()) - ones;
  require(ones > 0 && zeros > 0, "selectivity: each of the two groups needs a sample");
  const Vector<Double> difference = (sums.col(1) / ones - sums.col(0) / zeros).cwiseAbs();
  const Vector<Double> range = (highest - lowest).template cast<Double>();
  return (range.array() > 0).select(difference.array() / range.array(), 0.0);
}

/// The k samples nearest to each query by cosine, nearest first: k x queries. Among equal cosines
/// the earlier sample comes first.
template <typename Scalar, typename Count = Index>
Matrix<Count> nearest_neighbours(const View<Scalar>& features, const View<Scalar>& queries,
                                 Index k) {
  require_shape<Scalar>(queries, features.rows(), queries.cols(), "queries");
  require(k > 0 && k <= features.cols(), "nearest_neighbours: k must be in [1, ", features.cols(),
          "], got ", k);
  require_finite<Scalar>(features, "features");
  require_finite<Scalar>(queries, "queries");
  Matrix<Scalar> directions = features;
  for (Index i = 0; i < directions.cols(); ++i) directions.col(i).stableNormalize();
  Matrix<Count> nearest(k, queries.cols());
  parallel_for(
      queries.cols(),
      [&](Index q) {
        // Cosines times the length of the query, which does not change their order.
        const Vector<Scalar> cosine = directions.transpose() * queries.col(q);
        std::vector<Index> order(std::size_t(features.cols()));
        std::iota(order.begin(), order.end(), Index(0));
        const auto nearer = [&](Index a, Index b) {
          return cosine(a) != cosine(b) ? cosine(a) > cosine(b) : a < b;
        };
        std::partial_sort(order.begin(), order.begin() + k, order.end(), nearer);
        std::copy_n(order.begin(), k, nearest.col(q).begin());
      },
      product_time(features.cols(), features.rows(), queries.cols()));
  return nearest;
}

}  // namespace hebb
