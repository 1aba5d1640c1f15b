/// @file
/// How the output of a controlled network, linearised at its state, responds to feedback.
#pragma once

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "hebb/network/dense_layers.hpp"

namespace hebb {

/// The responses of the output to the feedback of unit controls.
template <typename Scalar>
struct LinearResponse {
  Matrix<Scalar> responses;  ///< outputs x (outputs * columns): column c * outputs + j is the
                             ///< response of sample c to the unit control e_j in all layers
  /// Of each sample, the squared norm of the feedback of all controls.
  Vector<Wide<Scalar>> squares;
  Matrices<Scalar> sent;  // scratch space: one matrix per layer

  /// Finds the responses for the gains of the hidden layers as they are.
  void find(const auto& layers, const Matrices<Scalar>& gain, const Relaxation& relaxation,
            const auto& path, Index batch) {
    const Index outputs = layers.sizes.back();
    resize_all(sent, layers.neurons(), batch);
    responses.resize(outputs, outputs * batch);
    squares.setZero(batch);
    relaxation.for_each_block(batch, [&](const Columns& columns) {
      for (Index j = 0; j < outputs; ++j) {
        columns.of(sent.back()).setZero();
        columns.of(sent.back()).row(j).setOnes();
        path.send(layers, gain, columns, sent);
        for (std::size_t k = 0; k < sent.size(); ++k)
          squares.segment(columns.begin, columns.count) +=
              columns.of(sent[k]).colwise().squaredNorm().transpose().template cast<Wide<Scalar>>();
        for (std::size_t k = 1; k < sent.size(); ++k) {
          columns.of(sent[k - 1]).array() *= columns.of(gain[k - 1]).array();
          tiles::multiply<Scalar>(layers.weights(k), columns.of(sent[k - 1]), columns.of(sent[k]),
                                  1, true);
        }
        for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
          responses.col(c * outputs + j) = sent.back().col(c);
      }
    });
  }

  /// J Q of sample c: outputs x outputs.
  Matrix<Wide<Scalar>> of(Index c) const {
    return responses.middleCols(c * responses.rows(), responses.rows())
        .template cast<Wide<Scalar>>();
  }
};

/// The mean over samples of |P_J Q| / |Q|, the share of the feedback Q that lies in the row space
/// of the output's Jacobian J: `by_path` is the response J Q, `by_jacobian` is J J^T. Throws
/// Divergence where J has no full rank.
template <typename Scalar>
double share_in_row_space(const LinearResponse<Scalar>& by_path,
                          const LinearResponse<Scalar>& by_jacobian) {
  double sum = 0;
  for (Index c = 0; c < by_path.squares.size(); ++c) {
    // tr (JQ)^T (JJ^T)^-1 JQ = |P_J Q|^2
    const Matrix<Wide<Scalar>> jq = by_path.of(c), jj = by_jacobian.of(c);
    const double share = jq.cwiseProduct(jj.partialPivLu().solve(jq)).sum() / by_path.squares(c);
    require<Divergence>(all_finite(&share, 1), "FeedbackControl: condition2() of sample ", c,
                        " is ", share, ": its Jacobian has no full rank");
    sum += std::sqrt(std::max(0.0, share));
  }
  return sum / double(by_path.squares.size());
}

}  // namespace hebb
