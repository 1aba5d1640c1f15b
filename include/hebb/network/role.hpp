/// @file
/// The role of a policy: which part of a network it can be.
#pragma once

#include <concepts>

#include "hebb/core/language.hpp"

namespace hebb {

/// The parts of networks that are policies. A policy names its own, `using Role = role::Nudging;`,
/// so that the compiler refuses it, by name, in the place of another part.
namespace role {
struct ErrorPath;          ///< how an error travels back
struct ControlUpdate;      ///< what a layer learns from an inference under control
struct ControlFeedback;    ///< the path from the controller to the layers
struct ControlTarget;      ///< what the controller aims at
struct ControlNoise;       ///< noise on the states
struct CodingInference;    ///< what inference of predictive coding moves
struct CodingUpdate;       ///< what a layer learns from predictive coding
struct Nudging;            ///< in which directions an output is nudged
struct FreeStart;          ///< where a free phase starts
struct EnergyFeedback;     ///< what carries feedback in equilibrium propagation
struct EquilibriumUpdate;  ///< what a layer learns from free and nudged phases
struct Border;             ///< the gain of a state at the borders of its interval
}  // namespace role

/// True for a policy that names this role.
template <typename Policy, typename Role>
concept PlaysRole = std::copyable<Policy> && std::same_as<typename Policy::Role, Role>;

}  // namespace hebb
