/// @file
/// How a change of a weight depends on the weight: factors on potentiation and on depression.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "hebb/core/error.hpp"

namespace hebb {

/// Not at all. S. Song, K. D. Miller & L. F. Abbott, Nat. Neurosci. 3:919-926 (2000).
struct Additive {
  static constexpr std::string_view name = "Additive";
  void check() const {}
  static double potentiation(double) { return 1; }
  static double depression(double) { return 1; }
};

/// Depression in proportion to the weight. M. C. W. van Rossum, G. Q. Bi & G. G. Turrigiano, J. Neurosci. 20:8812-8821 (2000).
struct ProportionalDepression {
  static constexpr std::string_view name = "ProportionalDepression";
  void check() const {}
  static double potentiation(double) { return 1; }
  static double depression(double w) { return w; }
};

/// Soft bounds: the more room there is, the larger the change. The power law with exponent 1.
struct Multiplicative {
  static constexpr std::string_view name = "Multiplicative";
  double upper = 1;

  void check() const { require(upper > 0, "Multiplicative: upper must be > 0, got ", upper); }
  double potentiation(double w) const { return 1 - w / upper; }
  double depression(double w) const { return w / upper; }
};

/// Between additive, exponent 0, and multiplicative, exponent 1. R. Guetig, R. Aharonov, S. Rotter & H. Sompolinsky, J. Neurosci.
/// 23:3697-3714 (2003).
struct PowerLaw {
  static constexpr std::string_view name = "PowerLaw";
  double exponent = 0.02;
  double upper = 1;

  void check() const {
    require(exponent >= 0, "PowerLaw: exponent must be >= 0, got ", exponent);
    require(upper > 0, "PowerLaw: upper must be > 0, got ", upper);
  }
  double potentiation(double w) const { return std::pow(std::max(0.0, 1 - w / upper), exponent); }
  double depression(double w) const { return std::pow(std::max(0.0, w / upper), exponent); }
};

}  // namespace hebb
