/// @file
/// Matrix products in tiles. Both factors are read where they lie, or panels of the left factor
/// that were packed before.
///
/// Every number of a product is summed in an order that depends on the shape and the strides of the
/// factors, not on how many columns are computed together.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "hebb/core/kernels/tiles.hpp"

namespace hebb::tiles {

/// Calls body(begin, count) for as few parts of at most `most` as possible, which are nearly equal.
void for_each_part(Index size, Index most, const auto& body) {
  const Index parts = (size + most - 1) / most;
  if (parts == 0) return;
  const Index least = size / parts, longer = size % parts;
  for (Index part = 0, begin = 0, count; part < parts; ++part, begin += count) {
    count = least + (part < longer);
    body(begin, count);
  }
}

/// The kernels of tiles with 1 to `most` columns.
template <int vectors, int most, typename Scalar>
inline constexpr auto tile_table = []<int... j>(std::integer_sequence<int, j...>) {
  return std::array{&multiply_tile<vectors, j + 1, Scalar>...};
}
(std::make_integer_sequence<int, most>{});

/// Panels times columns. Few columns take several panels at once, so that there are enough sums
/// that do not wait for each other.
template <typename Scalar>
void multiply_panels(const Scalar* left, const Scalar* right, Scalar* to, Index rows, Index columns,
                     const Product<Scalar>& p) {
  constexpr Index size = height<Scalar>;
  const Index together = columns == 1 ? 4 : columns <= 3 ? 2 : 1;
  Product<Scalar> q = p;  // for a tile whose columns are scattered afterwards
  q.add = false;
  for (Index row = 0, taken; row < rows; row += taken, left += taken / size * p.panel) {
    const Index rest = rows - row;
    taken = rest >= together * size ? together * size : size;
    q.to = {1, taken};
    for_each_part(columns, most_columns, [&](Index begin, Index count) {
      const std::size_t which = std::size_t(count - 1);
      const auto tile = taken == 4 * size      ? tile_table<8, 1, Scalar>[which]
                        : taken == 2 * size    ? tile_table<4, 3, Scalar>[which]
                        : rest > width<Scalar> ? tile_table<2, most_columns, Scalar>[which]
                                               : tile_table<1, most_columns, Scalar>[which];
      const Scalar* columns_of_part = right + begin * p.right.col;
      Scalar* place = to + p.to.at(row, begin);
      const Index written = std::min(rest, taken);
      if (p.to.row == 1) return tile(left, columns_of_part, place, written, p);
      Scalar sums[std::size_t(most_columns * size)];
      tile(left, columns_of_part, sums, written, q);
      for (Index i = 0; i < written; ++i)
        for (Index j = 0; j < count; ++j) {
          Scalar& one = place[p.to.at(i, j)];
          one = (p.add ? one : 0) + sums[j * taken + i];
        }
    });
  }
}

/// Rows times columns that are contiguous along the depth.
template <typename Scalar>
void multiply_rows(const Scalar* left, const Scalar* right, Scalar* to, Index rows, Index columns,
                   const Product<Scalar>& p) {
  static constexpr auto table = []<int... i>(std::integer_sequence<int, i...>) {
    return std::array{
        &multiply_dots<i / most_dot_columns + 1, i % most_dot_columns + 1, Scalar>...};
  }
  (std::make_integer_sequence<int, most_dot_rows * most_dot_columns>{});
  for_each_part(rows, most_dot_rows, [&](Index row, Index row_count) {
    for_each_part(columns, most_dot_columns, [&](Index column, Index count) {
      table[std::size_t((row_count - 1) * most_dot_columns + count - 1)](
          left + row * p.left.row, right + column * p.right.col, to + p.to.at(row, column), p);
    });
  });
}

/// Whether a left factor suits dot products: the last vector of its panels would hold few rows.
template <typename Scalar>
bool suits_dots(Index rows, Index depth) {
  const Index whole = (rows + width<Scalar> - 1) / width<Scalar> * width<Scalar>;
  return depth >= 4 * width<Scalar> && 4 * whole > 5 * rows;
}

/// Copies `rows` rows to a panel, whose other rows become 0.
template <typename Scalar>
void pack_panel(const Scalar* from, Strides strides, Index rows, Index depth, Scalar* to) {
  constexpr Index size = height<Scalar>;
  for (Index k = 0; k < depth; ++k, from += strides.col, to += size) {
    if (strides.row == 1 && rows >= size)
      std::copy_n(from, size, to);
    else
      for (Index i = 0; i < size; ++i) to[i] = i < rows ? from[i * strides.row] : Scalar(0);
  }
}

/// Any left factor times columns, in blocks of the depth. Panels or rows are packed before they are
/// used where the factor does not have their layout. So are panels of a factor so large that each
/// of its columns lies in another page of memory.
template <typename Scalar>
void multiply_unpacked(const Scalar* left, const Scalar* right, Scalar* to, Index rows,
                       Index columns, Product<Scalar> p) {
  constexpr Index most_depth = 1024, size = height<Scalar>;
  alignas(64) Scalar packed[size * (most_depth + width<Scalar>)];
  const bool dots = p.right.row == 1 && p.to.row == 1 && suits_dots<Scalar>(rows, p.depth),
             near = p.left.col * Index(sizeof(Scalar)) <= 2048 || columns < 8;
  const Index whole = p.left.row == 1 && near && !dots ? rows / size * size : 0;
  Index rest = p.depth;
  do {
    p.depth = std::min(most_depth, rest);
    multiply_panels(left, right, to, whole, columns, p);
    Product<Scalar> with_packed = p;
    // Rows do not lie a power of two apart, where they would share a set of the cache.
    const Index row_stride = p.depth + width<Scalar>;
    with_packed.left = dots ? Strides{row_stride, 1} : Strides{1, size};
    for (Index row = whole; row < rows; row += size) {
      const Index some = std::min(size, rows - row);
      const Scalar* from = left + row * p.left.row;
      Scalar* place = to + row * p.to.row;
      if (dots) {
        for (Index k = 0; k < p.depth; ++k)
          for (Index i = 0; i < some; ++i) packed[i * row_stride + k] = from[p.left.at(i, k)];
        multiply_rows(packed, right, place, some, columns, with_packed);
      } else {
        pack_panel(from, p.left, some, p.depth, packed);
        multiply_panels(packed, right, place, some, columns, with_packed);
      }
    }
    left += p.depth * p.left.col;
    right += p.depth * p.right.row;
    rest -= p.depth;
    p.add = true;
  } while (rest > 0);
}

/// to = scale left right, or to += scale left right, on the calling thread.
template <typename Scalar>
void multiply(const auto& left, const auto& right, auto&& to, Scalar scale = 1, bool add = false) {
  eigen_assert(left.cols() == right.rows() && to.rows() == left.rows() &&
               to.cols() == right.cols());
  if (left.cols() == 0) {  // sums of nothing
    if (!add) to.setZero();
    return;
  }
  const Product<Scalar> p{left.cols(), strides_of(left), strides_of(right), strides_of(to), scale,
                          add};
  if (p.left.col == 1 && p.right.row == 1 && p.depth >= 4 * width<Scalar>)
    multiply_rows<Scalar>(left.data(), right.data(), to.data(), to.rows(), to.cols(), p);
  else if (p.right.col == 1 && (p.left.row != 1 || suits_dots<Scalar>(to.rows(), p.depth)))
    multiply_unpacked<Scalar>(right.data(), left.data(), to.data(), to.cols(), to.rows(),
                              p.transposed());
  else
    multiply_unpacked<Scalar>(left.data(), right.data(), to.data(), to.rows(), to.cols(), p);
}

}  // namespace hebb::tiles
