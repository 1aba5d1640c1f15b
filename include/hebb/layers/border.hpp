/// @file
/// What lies beyond the border of an image.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "hebb/core/types.hpp"

namespace hebb {

/// The values beyond the border of an image.
enum class Border {
  zero,    ///< zeros
  reflect  ///< the image, mirrored at its outermost places: -1 is 1, n is n - 2
};

/// The place along one axis of an image of that length where the value for the place `at` is read,
/// or a negative number for a zero. To reflect, `at` must be less than `length` places beyond the
/// border.
inline Index source_of(Index at, Index length, Border border) {
  if (border == Border::reflect) {
    at = std::abs(at);
    at = std::min(at, 2 * (length - 1) - at);
  }
  return at < length ? at : -1;
}

}  // namespace hebb
