/// @file
/// Small matrix products for convolutions: the left factor in blocks of 16 channels, the right
/// factor in panels of 32 columns.
#pragma once

#include <array>

#include "hebb/core/types.hpp"
#include "hebb/layers/convolution/channel_vector.hpp"

namespace hebb::convolution {

inline constexpr Index block_channels = 16;  ///< channels per block of Images
inline constexpr Index panel = 32;           ///< output channels per product

/// Rows whose sums fit the registers, for two vectors of columns.
inline constexpr int most_rows = vector_bytes == 64 ? 14 : 6;

/// One term of a sum of products.
struct Term {
  const float* left;   ///< [block of channels][row][16]
  const float* right;  ///< [channel][panel]
};

/// sum[row][panel] = sum over terms and channels of left * right, or += with `add`, for `rows` rows
/// and two vectors of columns. Blocks of channels that are added by several calls give the bits of
/// one call.
template <int rows>
void multiply_rows(const Term* terms, Index term_count, Index row, Index column, Index blocks,
                   Index left_stride, bool add, float* sum) {
  Vec acc[std::size_t(rows)][2] = {};
  float* to = sum + row * panel + column;
  if (add)
    unroll<rows>([&](auto r) __attribute__((always_inline)) {
      acc[r][0] = load(to + r * panel);
      acc[r][1] = load(to + r * panel + vector_width);
    });
  for (Index block = 0; block < blocks; ++block)
    for (Index term = 0; term < term_count; ++term) {
      const float* left = terms[term].left + row * block_channels + block * left_stride;
      const float* right = terms[term].right + column + block * block_channels * panel;
      for (Index channel = 0; channel < block_channels; ++channel, right += panel) {
        const Vec b0 = load(right), b1 = load(right + vector_width);
        __builtin_prefetch(left + left_stride + channel * block_channels);  // next block
        unroll<rows>([&](auto r) __attribute__((always_inline)) {
          const Vec a = splat(left[r * block_channels + channel]);
          acc[r][0] += a * b0;
          acc[r][1] += a * b1;
        });
      }
    }
  unroll<rows>([&](auto r) __attribute__((always_inline)) {
    store(to + r * panel, acc[r][0]);
    store(to + r * panel + vector_width, acc[r][1]);
  });
}

/// A kernel for a fixed number of rows.
using MultiplyRows = void (*)(const Term*, Index, Index, Index, Index, Index, bool, float*);

/// The kernels for 1 to most_rows rows.
inline constexpr auto multiply_rows_table = []<int... i>(std::integer_sequence<int, i...>) {
  return std::array<MultiplyRows, sizeof...(i)>{multiply_rows<i + 1>...};
}
(std::make_integer_sequence<int, most_rows>{});

/// sum[row][panel] = sum over terms of left * right, or += with `add`. The rows are divided evenly
/// into parts that fit the registers.
inline void multiply_panel(const Term* terms, Index term_count, Index rows, Index blocks,
                           Index left_stride, bool add, float* sum) {
  const Index parts = (rows + most_rows - 1) / most_rows;
  for (Index column = 0; column < panel; column += 2 * vector_width)
    for (Index part = 0; part < parts; ++part) {
      const Index begin = part * rows / parts, end = (part + 1) * rows / parts;
      multiply_rows_table[std::size_t(end - begin - 1)](terms, term_count, begin, column, blocks,
                                                        left_stride, add, sum);
    }
}

/// sum[channel of a block][panel] = sum over rows of left[row][channel] * right[row][panel], or +=
/// with `add`.
inline void multiply_transposed(const float* left, const float* right, Index rows, bool add,
                                float* sum) {
  constexpr int channels = vector_bytes == 64 ? 8 : 4;
  for (Index channel = 0; channel < block_channels; channel += channels)
    for (Index column = 0; column < panel; column += 2 * vector_width) {
      Vec acc[channels][2] = {};
      float* to = sum + channel * panel + column;
      if (add)
        unroll<channels>([&](auto c) __attribute__((always_inline)) {
          acc[c][0] = load(to + c * panel);
          acc[c][1] = load(to + c * panel + vector_width);
        });
      const float* a = left + channel;
      const float* b = right + column;
      for (Index row = 0; row < rows; ++row, a += block_channels, b += panel) {
        const Vec b0 = load(b), b1 = load(b + vector_width);
        unroll<channels>([&](auto c) __attribute__((always_inline)) {
          const Vec s = splat(a[c]);
          acc[c][0] += s * b0;
          acc[c][1] += s * b1;
        });
      }
      unroll<channels>([&](auto c) __attribute__((always_inline)) {
        store(to + c * panel, acc[c][0]);
        store(to + c * panel + vector_width, acc[c][1]);
      });
    }
}

}  // namespace hebb::convolution
