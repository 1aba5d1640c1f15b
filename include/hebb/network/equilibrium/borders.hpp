/// @file
/// The nonlinearity of equilibrium propagation at the borders of its states' interval.
#pragma once

#include "hebb/network/role.hpp"

namespace hebb {

/// The gain of a state at the borders of its interval: `ClosedClip` or `OpenClip`.
template <typename P>
concept StateBorder = PlaysRole<P, role::Border>;

/// rho(s) = clip(s, 0, 1) of states that are kept in [0, 1], so that rho(s) = s there. rho'(s) = 1
/// on the closed interval: a unit at a border can leave it, so that a network whose states start at
/// 0 can become active.
struct ClosedClip {
  using Role = role::Border;

  /// rho'(s), neurons x columns.
  template <typename State>
  static auto gain(const State& state) {
    return State::PlainObject::Ones(state.rows(), state.cols()).array();
  }
};

/// Like ClosedClip, but rho'(s) = 0 at the borders: no input can move a unit away from 0, or keep
/// it at 1.
struct OpenClip {
  using Role = role::Border;

  /// rho'(s), neurons x columns.
  template <typename State>
  static auto gain(const State& state) {
    return (state.array() > 0 && state.array() < 1).template cast<typename State::Scalar>();
  }
};

}  // namespace hebb
