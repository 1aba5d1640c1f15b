/// @file
/// Running sums down the columns of a matrix, several lanes at a time.
#pragma once

#include <cstring>

#include "hebb/core/types.hpp"

namespace hebb {

/// before[i] = sum over k < i of a[k] b[k], for some columns b side by side, so that their chains
/// of additions overlap. The next column begins b_stride, or before_stride, further on.
template <int columns, typename Scalar>
void running_dot(const Scalar* a, const Scalar* b, Index b_stride, Scalar* before,
                 Index before_stride, Index size) {
  constexpr Index lanes = 64 / sizeof(Scalar);
  typedef Scalar Lanes [[gnu::vector_size(64)]];
  const Lanes zero{};
  Scalar carry[columns]{};
  Index i = 0;
  for (; i + lanes <= size; i += lanes)
    for (int c = 0; c < columns; ++c) {
      Lanes factor, product, sum;
      std::memcpy(&factor, a + i, sizeof(Lanes));
      std::memcpy(&product, b + c * b_stride + i, sizeof(Lanes));
      product *= factor;
      // Every lane adds the lane before it; then the lane 2 before, which holds the sum of two;
      // then 4, and 8.
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
