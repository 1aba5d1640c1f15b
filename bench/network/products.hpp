// The products of a relaxation with nothing around them: as the networks form them, and as Eigen
// does.
#pragma once

#include "hebb/core/kernels/packed_matrix.hpp"

namespace hebb::bench {

/// Weights laid out once an inference.
struct Packed {
  explicit Packed(const Matrix<float>& matrix_) : matrix(matrix_) {}
  void lay_out() { packed.pack(matrix); }
  void operator()(const auto& from, auto&& to) const { packed.multiply(from, to); }

  Matrix<float> matrix;
  PackedMatrix<float> packed;
};

/// Weights laid out in every product.
struct ByEigen {
  explicit ByEigen(const Matrix<float>& matrix_) : matrix(matrix_) {}
  void lay_out() {}
  void operator()(const auto& from, auto&& to) const { to.noalias() = matrix * from; }

  Matrix<float> matrix;
};

}  // namespace hebb::bench
