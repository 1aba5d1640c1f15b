/// @file
/// The policies of equilibrium propagation, with their names.
#pragma once

#include "hebb/network/equilibrium/borders.hpp"
#include "hebb/network/equilibrium/equilibrium_feedback.hpp"
#include "hebb/network/equilibrium/equilibrium_updates.hpp"
#include "hebb/network/equilibrium/nudging.hpp"
#include "hebb/network/equilibrium/starts.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// The policies of EquilibriumPropagation, each with a default:
///
/// ~~~
///   EquilibriumPropagation net(layers, EquilibriumPolicies{.nudging = SymmetricNudge{}});
///   using Policies = EquilibriumPolicies<LearnFromContrast, SymmetricNudge>;
///   EquilibriumPropagation<Rule, Policies> same(layers);
/// ~~~
///
/// The first form needs a compiler that deduces the arguments of aggregates: g++ 11 or clang++ 17.
template <EquilibriumUpdate Update = LearnFromContrast, Nudging Nudge = RandomNudge,
          FreeStart Start = FreshStates, EnergyFeedback Feedback = TiedFeedback,
          StateBorder AtBorder = ClosedClip, StoppingRule Stop = FixedSteps>
struct EquilibriumPolicies {
  Update update = {};        ///< what a layer learns
  Nudge nudging = {};        ///< the directions of the nudges
  Start start = {};          ///< where a free phase starts
  Feedback feedback = {};    ///< what carries feedback
  AtBorder border = {};      ///< the gain of a state at the borders of its interval
  Stop stop = {.most = 20};  ///< when the free phase stops
};

/// Some EquilibriumPolicies.
template <typename P>
concept EquilibriumPolicySet = requires {
  requires EquilibriumUpdate<decltype(P::update)>;
  requires Nudging<decltype(P::nudging)>;
  requires FreeStart<decltype(P::start)>;
  requires EnergyFeedback<decltype(P::feedback)>;
  requires StateBorder<decltype(P::border)>;
  requires StoppingRule<decltype(P::stop)>;
};

}  // namespace hebb
