/// @file
/// Checks for NaN and infinity.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "hebb/core/types.hpp"

namespace hebb {

/// True if no element of a contiguous array is NaN or infinite. Reads the exponent bits, so that
/// compiler flags do not change it.
template <typename Scalar>
bool all_finite(const Scalar* data, Index size) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits exponent = sizeof(Scalar) == 4 ? Bits(0x7f800000u) : Bits(0x7ff0000000000000u);
  Bits bad = 0;
  for (Index i = 0; i < size; ++i)
    bad |= Bits((std::bit_cast<Bits>(data[i]) & exponent) == exponent);
  return bad == 0;
}

/// The largest |element| of a contiguous array; infinity or NaN if one is there. Compares the bits,
/// which are ordered as magnitudes are.
template <typename Scalar>
Scalar largest_magnitude(const Scalar* data, Index size) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  Bits largest = 0;
  for (Index i = 0; i < size; ++i)
    largest = std::max(largest, Bits(std::bit_cast<Bits>(data[i]) & (Bits(-1) >> 1)));
  return std::bit_cast<Scalar>(largest);
}

/// Throws, naming the first bad element, unless all elements are finite.
template <typename Scalar, typename Error = NonFinite>
void require_finite(const View<Scalar>& matrix, const auto& what) {
  for (Index col = 0; col < matrix.cols(); ++col) {
    if (all_finite(matrix.col(col).data(), matrix.rows())) [[likely]]
      continue;
    for (Index row = 0; row < matrix.rows(); ++row) {
      const Scalar value = matrix(row, col);
      require<Error>(all_finite(&value, 1), what, " holds ", value, " at row ", row, ", column ",
                     col);
    }
  }
}

}  // namespace hebb
