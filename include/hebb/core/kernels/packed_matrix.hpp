/// @file
/// A matrix in a layout for many products with few columns, such as the weights of a network during
/// relaxation.
#pragma once

#include <algorithm>

#include "hebb/core/kernels/tiled_products.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Copies a matrix once and then multiplies it with few columns many times.
///
/// The copy consists of panels of rows or, where its last panel would be mostly empty, of rows. The
/// right factor is not copied; its rows or its columns must be contiguous. The bits of a product do
/// not depend on how its columns are divided among calls.
template <typename Scalar>
class PackedMatrix {
 public:
  Index rows() const { return rows_; }  ///< of the packed matrix
  Index cols() const { return cols_; }  ///< of the packed matrix

  /// Copies a matrix, a block of a matrix or a transposed matrix. Allocates only when it is larger
  /// than all before.
  void pack(const auto& matrix) {
    rows_ = matrix.rows();
    cols_ = matrix.cols();
    by_rows_ = tiles::suits_dots<Scalar>(rows_, cols_);
    const Index panels = (rows_ + height - 1) / height;
    if (data_.cols() < panels * cols_) data_.resize(height, panels * cols_);
    if (by_rows_) {
      Eigen::Map<Matrix<Scalar>>(data_.data(), cols_, rows_) = matrix.transpose();
      return;
    }
    const tiles::Strides strides = tiles::strides_of(matrix);
    // Panels per block: enough work to pay for a thread.
    const Index chunk = std::max<Index>(1, (1 << 14) / std::max<Index>(1, height * cols_));
    parallel_for((panels + chunk - 1) / chunk,
                 [&](Index block) {
                   for (Index p = block * chunk; p < std::min(panels, (block + 1) * chunk); ++p)
                     tiles::pack_panel(matrix.data() + p * height * strides.row, strides,
                                       std::min(height, rows_ - p * height), cols_,
                                       data_.data() + p * height * cols_);
                 },
                 pass_time(double(rows_) * double(cols_)));
  }

  /// to = this * from.
  void multiply(const auto& from, auto&& to) const { multiply_into(from, to, 1, false); }

  /// to += this * from.
  void add_product(const auto& from, auto&& to) const { multiply_into(from, to, 1, true); }

  /// to -= this * from.
  void subtract_product(const auto& from, auto&& to) const { multiply_into(from, to, -1, true); }

 private:
  static constexpr Index height = tiles::height<Scalar>;

  void multiply_into(const auto& from, auto& to, Scalar scale, bool add) const {
    eigen_assert(from.rows() == cols_ && to.rows() == rows_ && to.cols() == from.cols());
    tiles::Product<Scalar> p{cols_, {}, tiles::strides_of(from), tiles::strides_of(to), scale, add};
    const Scalar* left = data_.data();
    if (!by_rows_) {
      p.left = {1, height};
      p.panel = height * cols_;
      return tiles::multiply_panels<Scalar>(left, from.data(), to.data(), rows_, to.cols(), p);
    }
    p.left = {cols_, 1};
    if (p.right.row == 1)
      tiles::multiply_rows<Scalar>(left, from.data(), to.data(), rows_, to.cols(), p);
    else
      tiles::multiply_unpacked<Scalar>(from.data(), left, to.data(), to.cols(), rows_,
                                       p.transposed());
  }

  Index rows_ = 0, cols_ = 0;
  bool by_rows_ = false;
  Matrix<Scalar> data_;  // at least panels * height * cols
};

}  // namespace hebb
