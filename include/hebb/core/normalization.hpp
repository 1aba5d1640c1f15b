/// @file
/// Normalisation of weights, a neuron at a time: what a rule that grows without bound is followed by.
#pragma once

#include "hebb/core/mean.hpp"

namespace hebb {

/// Scales every row of W to the same p-norm: w_i *= length / |w_i|_p. Rows of zeros stay zero. Keeps the ratios of a
/// neuron's weights. With p = 2 and small steps Hebb's rule becomes Oja's.
struct MultiplicativeNormalization {
  double p = 2;       ///< >= 1
  double length = 1;  ///< > 0

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights) const {
    require(p >= 1, "MultiplicativeNormalization: p must be >= 1, got ", p);
    require(length > 0, "MultiplicativeNormalization: the length must be > 0, got ", length);
    Vector<Scalar> scale;
    if (p == 2) {
      row_squares(weights, scale);
    } else {
      scale.setZero(weights.rows());
      for (Index j = 0; j < weights.cols(); ++j) scale.array() += weights.col(j).array().abs().pow(Scalar(p));
    }
    scale = (scale.array() > 0).select(Scalar(length) * scale.array().pow(Scalar(-1 / p)), Scalar(1));
    for (Index j = 0; j < weights.cols(); ++j) weights.col(j).array() *= scale.array();
  }
};

/// Takes the same amount off every weight of a neuron so that they sum to `sum`. Keeps their differences, and so drives
/// them apart until bounds stop them.
///
/// K. D. Miller & D. J. C. MacKay, Neural Comput. 6:100-126 (1994).
struct SubtractiveNormalization {
  double sum = 1;

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights) const {
    if (weights.size() == 0) return;
    Vector<Scalar> excess = Vector<Scalar>::Constant(weights.rows(), Scalar(-sum));
    for (Index j = 0; j < weights.cols(); ++j) excess += weights.col(j);
    excess /= Scalar(weights.cols());
    for (Index j = 0; j < weights.cols(); ++j) weights.col(j) -= excess;
  }
};

}  // namespace hebb
