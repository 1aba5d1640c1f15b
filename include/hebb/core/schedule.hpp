/// @file
/// Schedules of the learning rate: constant, or a linear warm-up followed by half a cosine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "hebb/core/parameter.hpp"

namespace hebb {

/// The factor of the learning rate at each step; steps count from 0.
///
/// The first `warmup` steps rise linearly, (step + 1) / warmup; then, if `total` is not 0, half a
/// cosine falls from 1 to `floor` at step `total` and stays there. The default is the constant 1.
struct Schedule {
  std::int64_t warmup = 0;  ///< steps of linear rise; >= 0
  std::int64_t total = 0;   ///< steps until the floor is reached; 0: no fall
  double floor = 0;         ///< factor from step `total` on; >= 0

  /// Throws InvalidParameter for a number of steps below 0, or a floor that is negative or not
  /// finite.
  void check() const {
    require_at_least("Schedule", "warmup", warmup, 0);
    require_at_least("Schedule", "total", total, 0);
    require_at_least("Schedule", "floor", floor, 0);
  }

  /// Throws InvalidParameter for a step below 0 or from 2^62 on.
  double operator()(std::int64_t step) const {
    require_steps("Schedule", step);
    if (step < warmup) return double(step + 1) / double(warmup);
    if (total <= warmup) return 1;
    const double progress = std::min(1.0, double(step - warmup) / double(total - warmup));
    return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }
};

}  // namespace hebb
