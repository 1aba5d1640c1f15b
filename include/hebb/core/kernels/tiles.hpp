/// @file
/// Tiles of a matrix product: as many sums as the vector registers hold, over the whole depth.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/types.hpp"

namespace hebb::tiles {

/// Numbers per vector.
template <typename Scalar>
inline constexpr Index width = simd::width<Scalar>;

/// Rows of a panel: two vectors.
template <typename Scalar>
inline constexpr Index height = 2 * width<Scalar>;

/// AVX-512 has 32 vector registers, the other instruction sets have 16.
inline constexpr bool many_registers = simd::vector_bytes == 64;

/// The most columns of a tile.
inline constexpr int most_columns = many_registers ? 14 : 6;
/// The most rows of a tile of dot products.
inline constexpr int most_dot_rows = many_registers ? 5 : 3;
/// The most columns of a tile of dot products.
inline constexpr int most_dot_columns = many_registers ? 5 : 4;

/// Distances in memory between neighbours in a column and in a row of a matrix.
struct Strides {
  Index row, col;  ///< from one element to the next in a column, and in a row

  Strides transposed() const { return {col, row}; }  ///< those of the transposed matrix
  Index at(Index i, Index j) const { return i * row + j * col; }  ///< place of element (i, j)
};

/// The strides of a matrix in either storage order.
Strides strides_of(const auto& m) {
  if (std::remove_cvref_t<decltype(m)>::IsRowMajor) return {m.outerStride(), m.innerStride()};
  return {m.innerStride(), m.outerStride()};
}

/// A product apart from its matrices' places and sizes: to = scale left right, or to += scale left
/// right.
template <typename Scalar>
struct Product {
  Index depth;                   ///< columns of the left factor
  Strides left, right, to;       ///< of the factors and the product
  Scalar scale = 1;              ///< factor of the product
  bool add = false;              ///< adds to `to` instead of replacing it
  Index panel = height<Scalar>;  ///< from a panel of the left factor to the next

  /// The product of the transposed factors, to^T = scale right^T left^T.
  Product transposed() const {
    return {depth, right.transposed(), left.transposed(), to.transposed(), scale, add};
  }
};

/// `vectors` vectors of rows, times `columns` columns. Rows must be contiguous in the panels and in
/// the product. Writes the first `rows` rows.
template <int vectors, int columns, typename Scalar>
void multiply_tile(const Scalar* left, const Scalar* right, Scalar* to, Index rows,
                   const Product<Scalar>& p) {
  using Vec = simd::Vec<Scalar>;
  constexpr Index lanes = width<Scalar>;
  Vec sums[std::size_t(columns)][std::size_t(vectors)] = {};
  // Three pointers and two distances reach all columns by the processor's addressing modes.
  const Index one = p.right.col, three = 3 * one, down = p.right.row, step = p.left.col,
              panel = p.panel;
  const Scalar *right5 = right + 5 * one, *right10 = right5 + 5 * one;
  for (Index k = p.depth; k > 0; --k) {
    Vec a[std::size_t(vectors)];
    simd::unroll<vectors>([&](auto v) __attribute__((always_inline)) {
      a[v] = simd::load(left + v / 2 * panel + v % 2 * lanes);
      if constexpr (columns > 3) __builtin_prefetch(left + 8 * step + v * lanes);
    });
    simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
      const Scalar* base = j < 5 ? right : j < 10 ? right5 : right10;
      const Vec b = simd::splat(base[j % 5 == 3 ? three : j % 5 * one]);
      simd::unroll<vectors>([&](auto v) __attribute__((always_inline)) { sums[j][v] += a[v] * b; });
    });
    left += step;
    right += down;
    right5 += down;
    right10 += down;
  }
  // The compiler cannot know that stores leave these members alone: they are copied.
  const Index col = p.to.col;
  const bool add = p.add;
  const Scalar scale = p.scale;
  const auto for_each_sum = [&](const auto& body) __attribute__((always_inline)) {
    Scalar* place = to;
    simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
      simd::unroll<vectors>([&](auto v) __attribute__((always_inline)) {
        body(place + v * lanes, sums[j][v], std::clamp<Index>(rows - v * lanes, 0, lanes));
      });
      place += col;
    });
  };
  if (scale != 1)
    for_each_sum([&](Scalar*, Vec & sum, Index) __attribute__((always_inline)) { sum *= scale; });
  if (rows < vectors * lanes) {
    for_each_sum([&](Scalar * place, Vec & sum, Index count) __attribute__((always_inline)) {
      if (add) sum += simd::load_part(place, count);
      simd::store_part(place, sum, count);
    });
    return;
  }
  if (add)
    for_each_sum([](Scalar * place, const Vec& sum, Index) __attribute__((always_inline)) {
      simd::store(place, simd::load(place) + sum);
    });
  else
    for_each_sum([](Scalar * place, const Vec& sum, Index)
                     __attribute__((always_inline)) { simd::store(place, sum); });
}

/// `rows` rows times `columns` columns. Both must be contiguous along the depth.
template <int rows, int columns, typename Scalar>
void multiply_dots(const Scalar* left, const Scalar* right, Scalar* to, const Product<Scalar>& p) {
  using Vec = simd::Vec<Scalar>;
  constexpr int lanes = int(width<Scalar>), count = rows * columns,
                groups = (count + lanes - 1) / lanes;
  Vec sums[std::size_t(count)] = {};
  const Index left_row = p.left.row, right_col = p.right.col;
  const auto add = [&](const auto& load) __attribute__((always_inline)) {
    Vec a[std::size_t(rows)];
    simd::unroll<rows>([&](auto i)
                           __attribute__((always_inline)) { a[i] = load(left + i * left_row); });
    simd::unroll<columns>([&](auto j) __attribute__((always_inline)) {
      Vec b = load(right + j * right_col);
      simd::keep_in_register(b);
      simd::unroll<rows>([&](auto i)
                             __attribute__((always_inline)) { sums[j * rows + i] += a[i] * b; });
    });
  };
  Index depth = p.depth;
  for (; depth >= lanes; depth -= lanes, left += lanes, right += lanes)
    add([](const Scalar* from) __attribute__((always_inline)) { return simd::load(from); });
  if (depth > 0)
    add([&](const Scalar* from)
            __attribute__((always_inline)) { return simd::load_part(from, depth); });
  Scalar totals[std::size_t(groups * lanes)];
  simd::unroll<groups>([&](auto group) __attribute__((always_inline)) {
    const auto sum = [&](auto i) __attribute__((always_inline)) {
      if constexpr (group * lanes + i < count)
        return sums[group * lanes + i];
      else
        return Vec{};
    };
    simd::store(totals + group * lanes, simd::lane_sums<Scalar>(sum));
  });
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i) {
      Scalar& place = to[p.to.at(i, j)];
      place = (p.add ? place : 0) + p.scale * totals[j * rows + i];
    }
}

}  // namespace hebb::tiles
