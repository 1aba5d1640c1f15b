/// @file
/// A recorder of all steps of a relaxation.
#pragma once

#include <vector>

#include "hebb/network/relaxation.hpp"

namespace hebb {

/// Keeps every step of some matrices, for spike sampling and figures. A recorder of Relaxation::run
/// calls `keep`.
///
/// Memory: (steps + 1) x neurons x columns. Steps after the stopping rule was met are not written.
template <typename Scalar>
class Trajectory {
 public:
  /// Allocates the start and the given number of steps.
  void begin(const std::vector<Matrix<Scalar>>& like, Index steps) {
    kept_.resize(like.size());
    for (std::size_t k = 0; k < kept_.size(); ++k)
      kept_[k].resize(like[k].rows(), like[k].cols() * (steps + 1));
    steps_ = steps;
  }

  /// Keeps some columns of the matrices as step t.
  void keep(const std::vector<Matrix<Scalar>>& now, const Columns& columns, Index t) {
    for (std::size_t k = 0; k < kept_.size(); ++k)
      kept_[k].middleCols(t * now[k].cols() + columns.begin, columns.count) = columns.of(now[k]);
  }

  /// The batch at step t: neurons x columns.
  auto at(std::size_t layer, Index t) const {
    const Index batch = kept_[layer].cols() / (steps_ + 1);
    return kept_[layer].middleCols(t * batch, batch);
  }

  /// One sample over time: neurons x (steps + 1).
  auto sample(std::size_t layer, Index column) const {
    const Index rows = kept_[layer].rows(), batch = kept_[layer].cols() / (steps_ + 1);
    return Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>(
        kept_[layer].data() + column * rows, rows, steps_ + 1, Eigen::OuterStride<>(rows * batch));
  }

  /// All steps of a layer.
  const Matrix<Scalar>& all(std::size_t layer) const { return kept_[layer]; }

 private:
  std::vector<Matrix<Scalar>> kept_;
  Index steps_ = 0;
};

}  // namespace hebb
