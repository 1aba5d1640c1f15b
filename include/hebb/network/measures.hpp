/// @file
/// Measures of networks with feedback: angles between changes, norms of feedback, and latencies.
#pragma once

#include <cmath>
#include <limits>

#include "hebb/core/error.hpp"
#include "hebb/core/types.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// The cosine of the angle between two changes; 0 when one of them is 0.
template <typename Scalar>
double cosine(const View<Scalar>& a, const View<Scalar>& b) {
  require_shape<Scalar>(b, a.rows(), a.cols(), "cosine: the second change");
  const double norms = double(a.stableNorm()) * double(b.stableNorm());
  return norms > 0 ? a.template cast<double>().cwiseProduct(b.template cast<double>()).sum() / norms
                   : 0;
}

/// The mean over columns of their norms.
template <typename Scalar>
double mean_norm(const View<Scalar>& matrix) {
  double sum = 0;
  for (Index c = 0; c < matrix.cols(); ++c) sum += matrix.col(c).template cast<double>().norm();
  return matrix.cols() > 0 ? sum / double(matrix.cols()) : 0;
}

/// The course of the output's error in an inference: its norm for every sample, before every step
/// and after the last one.
template <typename Scalar>
struct OutputErrors {
  Matrix<Scalar> norms;  ///< columns of the batch x (steps + 1)

  /// All norms are NaN until `watch` has kept them.
  void begin(Index steps, Index batch) {
    norms.setConstant(batch, steps + 1, std::numeric_limits<Scalar>::quiet_NaN());
  }

  /// Keeps the norms of some columns of the output's error at step t. They are formed in double:
  /// squares of large numbers overflow in float.
  void watch(const Columns& columns, Index t, const Matrix<Scalar>& error) {
    for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
      norms(c, t) = Scalar(error.col(c).template cast<double>().norm());
  }

  /// As above, for the error target - output.
  void watch(const Columns& columns, Index t, const Matrix<Scalar>& target,
             const Matrix<Scalar>& output) {
    for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
      norms(c, t) = Scalar((target.col(c) - output.col(c)).template cast<double>().norm());
  }

  /// Exchanges two samples.
  void exchange(Index a, Index b) { norms.row(a).swap(norms.row(b)); }

  /// Where inference stopped early, the last norm is repeated.
  void finish() {
    for (Index t = 1; t < norms.cols(); ++t)
      norms.col(t) = norms.col(t).array().isNaN().select(norms.col(t - 1), norms.col(t));
  }

  /// The mean over samples of the norm before step t.
  double mean(Index t) const {
    require(t >= 0 && t < norms.cols(), "OutputErrors: there is no step ", t,
            ", the steps are 0 to ", norms.cols() - 1);
    return double(norms.col(t).mean());
  }

  /// The number of steps until the mean norm was below the tolerance; one more than all steps where
  /// it never was.
  double latency(double tolerance) const {
    Index t = 0;
    while (t < norms.cols() && mean(t) >= tolerance) ++t;
    return double(t);
  }
};

}  // namespace hebb
