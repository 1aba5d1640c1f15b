/// @file
/// How the output of equilibrium propagation is nudged: towards the target, at random, or both
/// ways.
#pragma once

#include <array>

#include "hebb/core/random.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// The directions in which the output is nudged: `PositiveNudge`, `RandomNudge` or
/// `SymmetricNudge`.
template <typename P>
concept Nudging = PlaysRole<P, role::Nudging>;

/// Nudged once, towards the target. The estimate of the gradient has an error of order beta.
struct PositiveNudge {
  using Role = role::Nudging;

  /// The signs of the nudges of a batch; 0: no second nudge.
  static std::array<double, 2> signs(Random&) { return {1, 0}; }
};

/// Nudged once per batch, in a random direction: towards the target or away from it. The error of
/// order beta then averages out.
struct RandomNudge {
  using Role = role::Nudging;

  /// The signs of the nudges of a batch; 0: no second nudge.
  static std::array<double, 2> signs(Random& random) {
    return {random.bernoulli(0.5) ? 1.0 : -1.0, 0};
  }
};

/// Nudged twice from the free state, towards the target and away from it. The error is of order
/// beta^2.
///
/// A. Laborieux et al., Front. Neurosci. 15:633674 (2021).
struct SymmetricNudge {
  using Role = role::Nudging;

  /// The signs of the nudges of a batch.
  static std::array<double, 2> signs(Random&) { return {1, -1}; }
};

}  // namespace hebb
