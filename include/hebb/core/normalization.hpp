/// @file
/// Normalisation of each neuron's weights, to apply after the updates of a rule that grows without
/// bound.
#pragma once

#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/parameter.hpp"

namespace hebb {

/// Scales every row of W to the same p-norm: w_i *= length / |w_i|_p. Rows of zeros stay zero.
/// Keeps the ratios of a neuron's weights. With p = 2 and small steps Hebb's rule becomes Oja's.
/// Throws InvalidParameter from apply, and NonFinite when a weight is infinite or NaN.
struct MultiplicativeNormalization {
  double p = 2;       ///< >= 1
  double length = 1;  ///< > 0

  /// Scales every row of the weights, post x pre, to the length.
  template <typename Scalar>
  void apply(Matrix<Scalar>& weights) const {
    require_at_least("MultiplicativeNormalization", "p", p, 1);
    require_positive("MultiplicativeNormalization", "length", length);
    require_finite<Scalar>(weights, "MultiplicativeNormalization: the weight matrix");
    // Powers of weights relative to the largest of the row do not overflow, and their sum is >= 1.
    Vector<Scalar> largest = Vector<Scalar>::Zero(weights.rows()), sum = largest;
    for (Index j = 0; j < weights.cols(); ++j)
      largest = largest.cwiseMax(weights.col(j).cwiseAbs());
    largest = (largest.array() > 0).select(largest, Scalar(1));
    for (Index j = 0; j < weights.cols(); ++j) {
      weights.col(j).array() /= largest.array();
      if (p == 2)
        sum += weights.col(j).cwiseAbs2();
      else
        sum.array() += weights.col(j).array().abs().pow(Scalar(p));
    }
    const Vector<Scalar> scale =
        (sum.array() > 0).select(Scalar(length) * sum.array().pow(Scalar(-1 / p)), Scalar(1));
    for (Index j = 0; j < weights.cols(); ++j) weights.col(j).array() *= scale.array();
  }
};

/// Subtracts the same number from every weight of a neuron so that they sum to `sum`. It keeps
/// their differences. With a Hebbian rule the weights separate until they meet bounds.
///
/// Throws from apply: InvalidParameter for a sum that is not finite, NonFinite when a weight is
/// infinite or NaN, Divergence when the sum of a row overflows.
///
/// K. D. Miller & D. J. C. MacKay, Neural Comput. 6:100-126 (1994).
struct SubtractiveNormalization {
  double sum = 1;  ///< of the weights of a neuron; finite

  /// Shifts every row of the weights, post x pre, to the sum.
  template <typename Scalar>
  void apply(Matrix<Scalar>& weights) const {
    require_finite_parameter("SubtractiveNormalization", "sum", sum);
    require_finite<Scalar>(weights, "SubtractiveNormalization: the weight matrix");
    if (weights.size() == 0) return;
    Vector<Scalar> excess = Vector<Scalar>::Constant(weights.rows(), Scalar(-sum));
    for (Index j = 0; j < weights.cols(); ++j) excess += weights.col(j);
    require_finite<Scalar, Divergence>(excess, "SubtractiveNormalization: the sum of a row");
    excess /= Scalar(weights.cols());
    for (Index j = 0; j < weights.cols(); ++j) weights.col(j) -= excess;
  }
};

}  // namespace hebb
