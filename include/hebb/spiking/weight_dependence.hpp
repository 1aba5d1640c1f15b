/// @file
/// How a change of a weight depends on the weight: factors on potentiation and on depression.
///
/// Factors that depend on the weight are defined for weights in [0, upper], and bounds must lie in
/// this range: below 0, a depression in proportion to the weight would strengthen. Without bounds a
/// large step may leave the range. Outside it the factor is 0, so that it never reverses a change.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "hebb/core/parameter.hpp"

namespace hebb {

/// Throws InvalidParameter unless bounds, where there are any, lie in [0, upper].
void require_bounds_within(double upper, const auto& bounds, const char* dependence) {
  if constexpr (requires { bounds.lower, bounds.upper; })
    require(bounds.lower >= 0 && bounds.upper <= upper, dependence,
            ": bounds on weights must lie in [0, ", upper, "], got [", bounds.lower, ", ",
            bounds.upper, "]");
}

/// Changes do not depend on the weight. S. Song, K. D. Miller & L. F. Abbott, Nat. Neurosci.
/// 3:919-926 (2000).
struct Additive {
  static constexpr std::string_view name = "Additive";
  void check(const auto&) const {}
  static double potentiation(double) { return 1; }
  static double depression(double) { return 1; }
};

/// Depression in proportion to the weight. M. C. W. van Rossum, G. Q. Bi & G. G. Turrigiano, J.
/// Neurosci. 20:8812-8821 (2000).
struct ProportionalDepression {
  static constexpr std::string_view name = "ProportionalDepression";
  void check(const auto& bounds) const {
    require_bounds_within(std::numeric_limits<double>::infinity(), bounds,
                          "ProportionalDepression");
  }
  static double potentiation(double) { return 1; }
  static double depression(double w) { return std::max(0.0, w); }
};

/// Soft bounds: changes are proportional to the distance from the bound. This is the power law with
/// exponent 1.
struct Multiplicative {
  static constexpr std::string_view name = "Multiplicative";
  double upper = 1;  ///< > 0

  void check(const auto& bounds) const {
    require_positive("Multiplicative", "upper", upper);
    require_bounds_within(upper, bounds, "Multiplicative");
  }
  double potentiation(double w) const { return std::max(0.0, 1 - w / upper); }
  double depression(double w) const { return std::max(0.0, w / upper); }
};

/// A power of the distance from the bound: additive at exponent 0, multiplicative at exponent 1. R.
/// Guetig, R. Aharonov, S. Rotter & H. Sompolinsky, J. Neurosci. 23:3697-3714 (2003).
struct PowerLaw {
  static constexpr std::string_view name = "PowerLaw";
  double exponent = 0.02;  ///< >= 0
  double upper = 1;        ///< > 0

  void check(const auto& bounds) const {
    require_at_least("PowerLaw", "exponent", exponent, 0);
    require_positive("PowerLaw", "upper", upper);
    require_bounds_within(upper, bounds, "PowerLaw");
  }
  double potentiation(double w) const { return std::pow(std::max(0.0, 1 - w / upper), exponent); }
  double depression(double w) const { return std::pow(std::max(0.0, w / upper), exponent); }
};

}  // namespace hebb
