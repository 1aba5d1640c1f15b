/// @file
/// Comparison with a number worked out by hand, as closely as the scalar allows.
#pragma once

#include <doctest/doctest.h>

#include <limits>

namespace hebb {

/// `value` to some tens of units in the last place of a Scalar. doctest's own tolerance, 1.2e-5, is
/// too wide for double.
template <typename Scalar>
doctest::Approx close_to(double value) {
  return doctest::Approx(value).epsilon(64 * double(std::numeric_limits<Scalar>::epsilon()));
}

}  // namespace hebb
