/// @file
/// A matrix in a layout for many products with few columns, such as the weights of a network during
/// relaxation.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Copies a matrix once, in panels of rows, and then multiplies it with few columns many times.
///
/// Eigen copies both factors into such panels in every product. With 64 columns this costs a third
/// of the speed, with 10 columns half or more. Here the right factor is not copied; it may be
/// strided. The bits of a product do not depend on how its columns are divided among calls.
template <typename Scalar>
class PackedMatrix {
 public:
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// Copies a matrix, a block of a matrix or a transposed matrix. Allocates only when it is larger
  /// than all before.
  void pack(const auto& matrix) {
    using Source = std::remove_cvref_t<decltype(matrix)>;
    rows_ = matrix.rows();
    cols_ = matrix.cols();
    if (data_.cols() < panels() * cols_) data_.resize(height, panels() * cols_);
    const Index row_stride = Source::IsRowMajor ? matrix.rowStride() : 1,
                col_stride = matrix.colStride();
    const Index full = rows_ / height, rest = rows_ % height;
    // Columns per block: enough work to pay for a thread.
    const Index chunk = std::max<Index>(1, (1 << 14) / std::max<Index>(1, rows_));
    parallel_for((cols_ + chunk - 1) / chunk, [&](Index block) {
      for (Index k = block * chunk; k < std::min(cols_, (block + 1) * chunk); ++k) {
        const Scalar* from = matrix.data() + k * col_stride;
        Scalar* to = data_.data() + k * height;
        for (Index p = 0; p < full; ++p, from += height * row_stride, to += cols_ * height)
          for (Index i = 0; i < height; ++i) to[i] = from[i * row_stride];
        for (Index i = 0; rest > 0 && i < height; ++i)
          to[i] = i < rest ? from[i * row_stride] : Scalar(0);
      }
    });
  }

  /// to = this * from.
  void multiply(const auto& from, auto&& to) const {
    multiply_into(from, to, [](auto, auto product) { return product; });
  }

  /// to += this * from.
  void add_product(const auto& from, auto&& to) const {
    multiply_into(from, to, [](auto old, auto product) { return old + product; });
  }

  /// to -= this * from.
  void subtract_product(const auto& from, auto&& to) const {
    multiply_into(from, to, [](auto old, auto product) { return old - product; });
  }

 private:
  using Vec = simd::Vec<Scalar>;
  // The number of columns whose sums fit the registers.
  static constexpr int most = simd::vector_bytes == 64 ? 14 : 6;
  // Numbers per vector, and rows per panel.
  static constexpr Index width = simd::width<Scalar>, height = 2 * width;

  Index panels() const { return (rows_ + height - 1) / height; }

  /// One panel times `columns` columns. Their sums stay in registers until they are combined with
  /// `to`.
  template <int columns, typename Combine>
  static void multiply_panel(const Scalar* left, Index depth, const Scalar* right, Index row_stride,
                             Index col_stride, Scalar* to, Index to_stride, Index rows) {
    Vec sums[columns][2] = {};
    for (Index k = 0; k < depth; ++k, left += height, right += row_stride) {
      const Vec a0 = simd::load(left), a1 = simd::load(left + width);
      simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
        const Vec b = simd::splat(right[j * col_stride]);
        sums[j][0] += a0 * b;
        sums[j][1] += a1 * b;
      });
    }
    const Combine combine;
    if (rows >= height) {
      simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
        Scalar* column = to + j * to_stride;
        simd::store(column, combine(simd::load(column), sums[j][0]));
        simd::store(column + width, combine(simd::load(column + width), sums[j][1]));
      });
    } else {
      Scalar part[columns][height];
      simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
        simd::store(part[j], sums[j][0]);
        simd::store(part[j] + width, sums[j][1]);
      });
      for (int j = 0; j < columns; ++j)
        for (Index i = 0; i < rows; ++i)
          to[j * to_stride + i] = combine(to[j * to_stride + i], part[j][i]);
    }
  }

  template <typename Combine>
  void multiply_into(const auto& from, auto& to, const Combine&) const {
    eigen_assert(from.rows() == cols_ && to.rows() == rows_ && to.cols() == from.cols() &&
                 to.innerStride() == 1);
    constexpr auto table = []<int... i>(std::integer_sequence<int, i...>) {
      return std::array{&multiply_panel<i + 1, Combine>...};
    }
    (std::make_integer_sequence<int, most>{});
    const Index columns = from.cols(), parts = (columns + most - 1) / most;
    for (Index p = 0; p < panels(); ++p)
      for (Index part = 0; part < parts; ++part) {
        const Index begin = part * columns / parts, end = (part + 1) * columns / parts;
        table[std::size_t(end - begin - 1)](
            data_.data() + p * cols_ * height, cols_, from.data() + begin * from.colStride(),
            from.rowStride(), from.colStride(), to.data() + begin * to.outerStride() + p * height,
            to.outerStride(), rows_ - p * height);
      }
  }

  Index rows_ = 0, cols_ = 0;
  Matrix<Scalar> data_;  // height x (panels * cols)
};

}  // namespace hebb
