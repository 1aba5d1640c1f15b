/// @file
/// Ranges of parameters: one check and one sentence for all spiking rules, neurons and inputs.
#pragma once

#include <cmath>

#include "hebb/core/error.hpp"

namespace hebb {

/// Throws InvalidParameter, naming the owner and the parameter, for a value outside its range. NaN is
/// outside every range.
struct ParameterCheck {
  const char* owner;

  void finite(double value, const char* name) const {
    require(std::isfinite(value), owner, ": ", name, " must be finite, got ", value);
  }
  void positive(double value, const char* name) const {
    require(value > 0 && std::isfinite(value), owner, ": ", name, " must be finite and > 0, got ", value);
  }
  void not_negative(double value, const char* name) const {
    require(value >= 0 && std::isfinite(value), owner, ": ", name, " must be finite and >= 0, got ",
            value);
  }
  /// A time constant may be infinite where its equation has a limit: nothing decays.
  void time_constant(double value, const char* name) const {
    require(value > 0, owner, ": ", name, " must be > 0, got ", value);
  }
};

}  // namespace hebb
