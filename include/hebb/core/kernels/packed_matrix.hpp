/// @file
/// A matrix laid out for many products with it, such as the weights of a network whose states
/// relax.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Copies a matrix once, in panels of rows that a processor multiplies at its full speed; then
/// multiplies it with few columns many times.
///
/// Eigen lays both factors out anew in every product: beside 64 columns that costs it a third of
/// its speed, beside 10 a half or more. Here the right factor is read where it lies, strided or
/// not. A product's bits do not depend on how its columns are cut.
template <typename Scalar>
class PackedMatrix {
 public:
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// Copies a matrix, a block of one or the transpose of one. Allocates when there is more of it
  /// than ever before.
  void pack(const auto& matrix) {
    using Source = std::remove_cvref_t<decltype(matrix)>;
    rows_ = matrix.rows();
    cols_ = matrix.cols();
    if (data_.cols() < panels() * cols_) data_.resize(height, panels() * cols_);
    const Index row_stride = Source::IsRowMajor ? matrix.rowStride() : 1,
                col_stride = matrix.colStride();
    const Index full = rows_ / height, rest = rows_ % height;
    const Index chunk = std::max<Index>(
        1, (1 << 14) / std::max<Index>(1, rows_));  // columns: long enough to pay for a thread
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
    land(from, to, [](auto, auto product) { return product; });
  }

  /// to += this * from.
  void add_product(const auto& from, auto&& to) const {
    land(from, to, [](auto old, auto product) { return old + product; });
  }

  /// to -= this * from.
  void subtract_product(const auto& from, auto&& to) const {
    land(from, to, [](auto old, auto product) { return old - product; });
  }

 private:
  using Vec = simd::Vec<Scalar>;
  static constexpr int most =
      simd::vector_bytes == 64 ? 14 : 6;  // columns whose sums fit the registers
  static constexpr Index width = simd::width<Scalar>,
                         height = 2 * width;  // of a vector, of a panel

  Index panels() const { return (rows_ + height - 1) / height; }

  /// One panel times `columns` columns; their sums stay in registers until they land.
  template <int columns, typename Land>
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
    const Land combine;
    if (rows >= height) {
      simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
        Scalar* column = to + j * to_stride;
        simd::store(column, combine(simd::load(column), sums[j][0]));
        simd::store(column + width, combine(simd::load(column + width), sums[j][1]));
      });
    } else {
      Scalar room[columns][height];
      simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
        simd::store(room[j], sums[j][0]);
        simd::store(room[j] + width, sums[j][1]);
      });
      for (int j = 0; j < columns; ++j)
        for (Index i = 0; i < rows; ++i)
          to[j * to_stride + i] = combine(to[j * to_stride + i], room[j][i]);
    }
  }

  template <typename Land>
  void land(const auto& from, auto& to, const Land&) const {
    eigen_assert(from.rows() == cols_ && to.rows() == rows_ && to.cols() == from.cols() &&
                 to.innerStride() == 1);
    constexpr auto table = []<int... i>(std::integer_sequence<int, i...>) {
      return std::array{&multiply_panel<i + 1, Land>...};
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
