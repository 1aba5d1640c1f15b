// The matrix products of a relaxation alone: with packed weights, as in the networks, and with
// Eigen.
#pragma once

#include "hebb/core/kernels/packed_matrix.hpp"

namespace hebb::bench {

/// Weights that are packed once per inference.
struct Packed {
  explicit Packed(const Matrix<float>& matrix_) : matrix(matrix_) {}
  void lay_out() { packed.pack(matrix); }
  void operator()(const auto& from, auto&& to) const { packed.multiply(from, to); }

  Matrix<float> matrix;
  PackedMatrix<float> packed;
};

/// Weights that Eigen packs in every product.
struct ByEigen {
  explicit ByEigen(const Matrix<float>& matrix_) : matrix(matrix_) {}
  void lay_out() {}
  void operator()(const auto& from, auto&& to) const { to.noalias() = matrix * from; }

  Matrix<float> matrix;
};

}  // namespace hebb::bench
