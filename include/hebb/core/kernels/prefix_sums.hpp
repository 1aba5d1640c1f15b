/// @file
/// Prefix sums down the columns of a matrix, several numbers at a time.
#pragma once

#include <cstring>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// before[i] = sum over k < i of a[k] b[k], for several columns b at once, so that their chains of
/// additions overlap. Columns of b are `b_stride` numbers apart, those of `before` are
/// `before_stride` apart.
template <int columns, typename Scalar>
void prefix_dot(const Scalar* a, const Scalar* b, Index b_stride, Scalar* before,
                Index before_stride, Index size) {
  constexpr Index lanes = 64 / sizeof(Scalar);
  using Lanes = simd::Lanes<Scalar, int(lanes)>;
  const Lanes zero{};
  Scalar carry[std::size_t(columns)]{};
  Index i = 0;
  for (; i + lanes <= size; i += lanes)
    for (int c = 0; c < columns; ++c) {
      Lanes factor, product, sum;
      std::memcpy(&factor, a + i, sizeof(Lanes));
      std::memcpy(&product, b + c * b_stride + i, sizeof(Lanes));
      product *= factor;
      // Each lane adds the lane before it, then the sum of two that ends 2 lanes before it, then
      // the sum of four that ends 4 before, then of eight.
      if constexpr (lanes == 16) {
        sum = product + __builtin_shufflevector(zero, product, 0, 16, 17, 18, 19, 20, 21, 22, 23,
                                                24, 25, 26, 27, 28, 29, 30);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
                                       27, 28, 29);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                                       25, 26, 27);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21,
                                       22, 23);
      } else {
        sum = product + __builtin_shufflevector(zero, product, 0, 8, 9, 10, 11, 12, 13, 14);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 8, 9, 10, 11, 12, 13);
        sum += __builtin_shufflevector(zero, sum, 0, 1, 2, 3, 8, 9, 10, 11);
      }
      product = sum - product + carry[c];
      carry[c] += sum[lanes - 1];
      std::memcpy(before + c * before_stride + i, &product, sizeof(Lanes));
    }
  for (int c = 0; c < columns; ++c)
    for (Index k = i; k < size; ++k) {
      before[c * before_stride + k] = carry[c];
      carry[c] += a[k] * b[c * b_stride + k];
    }
}

}  // namespace hebb
