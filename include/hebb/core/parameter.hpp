/// @file
/// Checks of parameters. A message names the owner and the field, the condition, and the value.
#pragma once

#include <cmath>
#include <cstdint>

#include "hebb/core/error.hpp"

namespace hebb {

/// Throws InvalidParameter unless the value is finite.
void require_finite_parameter(const auto& owner, const char* field, auto value) {
  require(std::isfinite(double(value)), owner, ": ", field, " must be finite, got ", value);
}

/// Throws InvalidParameter unless the value is finite and above 0.
void require_positive(const auto& owner, const char* field, auto value) {
  require(std::isfinite(double(value)) && value > 0, owner, ": ", field,
          " must be finite and > 0, got ", value);
}

/// Throws InvalidParameter unless the value is finite and at least `least`.
void require_at_least(const auto& owner, const char* field, auto value, double least) {
  require(std::isfinite(double(value)) && double(value) >= least, owner, ": ", field,
          " must be finite and >= ", least, ", got ", value);
}

/// Throws InvalidParameter unless the value is above 0. A time constant may be infinite where its
/// equation has a limit; then nothing decays.
void require_time_constant(const auto& owner, const char* field, auto value) {
  require(value > 0, owner, ": ", field, " must be > 0, got ", value);
}

/// Throws InvalidParameter unless least <= value < most.
void require_in(const auto& owner, const char* field, auto value, double least, double most) {
  require(double(value) >= least && double(value) < most, owner, ": ", field, " must be in [",
          least, ", ", most, "), got ", value);
}

/// Throws InvalidParameter unless a number of steps, which a checkpoint may have set, is at least 0
/// and below 2^62: two of them can be added, and a remainder is a place in memory.
inline void require_steps(const auto& owner, std::int64_t step) {
  require(step >= 0 && step < std::int64_t(1) << 62, owner, ": the state is at step ", step);
}

}  // namespace hebb
