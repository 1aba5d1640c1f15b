/// @file
/// How each neuron varies with the others: the gradient of squared covariances.
#pragma once

#include "hebb/core/batch.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The covariances of a batch, without the variances, times the deviations they are made of.
template <typename Scalar>
class Decorrelation {
 public:
  /// Adds scale * sum over k != i of S_ik (z_k - mean_k) to the error of every neuron i, with
  /// S the sum over columns of (z - mean) (z - mean)^T. `mean` is neurons x places; its average
  /// over places is taken.
  ///
  /// Cost: 2 neurons * columns * min(neurons, columns) flops, twice; 2 neurons^2 * columns, twice,
  /// where other processes hold a share of the columns, since S alone is a sum over columns.
  void add(const View<Scalar>& rate, const Matrix<Scalar>& mean, Scalar scale,
           Eigen::Ref<Matrix<Scalar>> error, const BatchShare auto& batch) {
    centre_ = mean.rowwise().mean();
    centred_ = rate.colwise() - centre_;
    // S times the deviations, through the smaller of the two products. The diagonal of S is taken
    // off afterwards.
    if (!batch.is_whole || rate.rows() < rate.cols()) {
      batch.sum(rate.cols(), gram_, [&](Index begin, Index count, auto& to) {
        gram_product<Scalar>(centred_.middleCols(begin, count), to);
      });
      multiply<Scalar>(gram_, centred_, mixed_);
    } else {
      gram_product<Scalar>(centred_.transpose(), gram_);
      multiply<Scalar>(centred_, gram_, mixed_);
    }
    batch.sum(rate.cols(), power_, [&](Index begin, Index count, auto& to) {
      to.setZero(rate.rows(), 1);
      for (Index column = begin; column < begin + count; ++column)
        to += centred_.col(column).cwiseAbs2();
    });
    for (Index column = 0; column < rate.cols(); ++column)
      error.col(column).array() +=
          scale * (mixed_.col(column).array() - power_.array() * centred_.col(column).array());
  }

 private:
  Matrix<Scalar> centred_ = {}, gram_ = {}, mixed_ = {};  // scratch space, as the next line
  Vector<Scalar> centre_ = {}, power_ = {};
};

}  // namespace hebb
