/// @file
/// Losses: what an output costs, given its target, and the error that a network learns from.
#pragma once

#include "hebb/core/kernels/softmax.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// A loss of outputs and targets: `error(output, target, error)` writes -dL/d output.
template <typename L>
concept LossFunction = requires(const View<float>& output, Matrix<float>& error) {
  L::template error<float>(output, output, error);
};

/// L = |y - o|^2 / 2, so that -dL/do = y - o.
struct SquaredError {
  /// Writes -dL/do of each column: y - o, outputs x columns.
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    error = target - output;
  }

  /// The mean of L over the columns.
  template <typename Scalar>
  static double loss(const View<Scalar>& output, const View<Scalar>& target) {
    return 0.5 * double((target - output).squaredNorm()) / double(output.cols());
  }
};

/// L = -sum_i y_i log softmax(o)_i, so that -dL/do = y - softmax(o) for targets that sum to 1.
struct CrossEntropy {
  /// Writes -dL/do of each column: y - softmax(o), outputs x columns.
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    for (Index c = 0; c < output.cols(); ++c) {
      const Scalar sum = softmax_terms<Scalar>(output.col(c), error.col(c)).sum;
      error.col(c) = target.col(c) - error.col(c) / sum;
    }
  }

  /// The mean of L over the columns.
  template <typename Scalar>
  static double loss(const View<Scalar>& output, const View<Scalar>& target) {
    double sum = 0;
    for (Index c = 0; c < output.cols(); ++c) {
      const Scalar log_of_sum = log_sum_exp<Scalar>(output.col(c));
      sum += double((target.col(c).array() * (log_of_sum - output.col(c).array())).sum());
    }
    return sum / double(output.cols());
  }
};

}  // namespace hebb
