/// @file
/// How each neuron varies with the others: the gradient of squared covariances.
#pragma once

#include "hebb/core/batch.hpp"
#include "hebb/core/kernels/moments.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The covariances of a batch, without the variances, times the deviations they are made of.
template <typename Scalar>
class Decorrelation {
 public:
  /// Adds scale * sum over k != i of S_ik (z_k - mean_k) to the error of every neuron i, with S
  /// the sum over the columns of a view of (z - mean) (z - mean)^T. `mean` is neurons x (views *
  /// places); its average over the places of a view is taken.
  ///
  /// Cost per view: 2 neurons * columns * min(neurons, columns) flops, twice; 2 neurons^2 *
  /// columns, twice, where other processes hold a share of the columns, since S alone is a sum over
  /// columns. All views are one sum there.
  void add(const View<Scalar>& rate, const ColumnLayout& n, const Matrix<Scalar>& mean,
           Scalar scale, Matrix<Scalar>& error, const BatchShare auto& batch) {
    const Index neurons = rate.rows();
    centred_.resize(neurons, rate.cols());
    for (Index view = 0; view < n.views; ++view) {
      centre_ = mean.middleCols(view * n.places, n.places).rowwise().mean();
      centred_.middleCols(view * n.columns, n.columns) =
          rate.middleCols(view * n.columns, n.columns).colwise() - centre_;
    }
    // S times the deviations, through the smaller of the two products. The diagonal of S is taken
    // off afterwards.
    const bool by_neurons = !batch.is_whole || neurons < n.columns;
    if (by_neurons)
      batch.sum(n.columns, grams_, [&](Index begin, Index count, auto& to) {
        to.resize(neurons, n.views * neurons);
        for (Index view = 0; view < n.views; ++view)
          gram_product<Scalar>(centred_.middleCols(view * n.columns + begin, count),
                               to.middleCols(view * neurons, neurons));
      });
    for (Index view = 0; view < n.views; ++view) {
      const auto centred = centred_.middleCols(view * n.columns, n.columns);
      if (batch.is_whole) {
        power_.setZero(neurons);
        for (Index column = 0; column < n.columns; ++column)
          power_ += centred.col(column).cwiseAbs2();
      } else {
        power_ = grams_.middleCols(view * neurons, neurons).diagonal();
      }
      if (by_neurons) {
        multiply<Scalar>(grams_.middleCols(view * neurons, neurons), centred, mixed_);
      } else {
        grams_.resize(n.columns, n.columns);
        gram_product<Scalar>(centred.transpose(), grams_);
        multiply<Scalar>(centred, grams_, mixed_);
      }
      for (Index column = 0; column < n.columns; ++column)
        error.col(view * n.columns + column).array() +=
            scale * (mixed_.col(column).array() - power_.array() * centred.col(column).array());
    }
  }

 private:
  Matrix<Scalar> centred_ = {}, grams_ = {}, mixed_ = {};  // scratch space, as the next line
  Vector<Scalar> centre_ = {}, power_ = {};
};

}  // namespace hebb
