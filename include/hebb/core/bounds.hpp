/// @file
/// Bounds on weights, for rules that change one weight at a time. For optimisers see
/// core/optimizer/bounded.hpp.
#pragma once

#include <algorithm>
#include <string_view>

#include "hebb/core/error.hpp"

namespace hebb {

/// Hard bounds on one weight; either may be infinite. A changed weight is clipped at them. A weight
/// that a user set out of bounds is refused by the spiking rules at the first update of a state.
struct HardBounds {
  static constexpr std::string_view name = "HardBounds";
  double lower = 0;  ///< smallest weight; may be -infinity
  double upper = 1;  ///< largest weight; may be infinity

  void check() const {
    require(lower < upper, "HardBounds: lower must be below upper, got ", lower, " and ", upper);
  }

  /// The weight, moved to the nearer bound where it is out of bounds.
  template <typename Scalar>
  Scalar cut(Scalar weight) const {
    return std::clamp(weight, Scalar(lower), Scalar(upper));
  }
};

/// No bounds.
struct Unbounded {
  static constexpr std::string_view name = "Unbounded";
  void check() const {}

  /// The weight itself.
  template <typename Scalar>
  Scalar cut(Scalar weight) const {
    return weight;
  }
};

}  // namespace hebb
