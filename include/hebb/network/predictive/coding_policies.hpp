/// @file
/// The policies of predictive coding, with their names.
#pragma once

#include "hebb/network/predictive/coding_inference.hpp"
#include "hebb/network/predictive/coding_updates.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// The policies of PredictiveCoding, each with a default:
///
/// ~~~
///   PredictiveCoding net(layers, CodingPolicies{.inference = ErrorInference{}});
///   PredictiveCoding<Rule, Tanh, CodingPolicies<ErrorInference>> same(layers);
/// ~~~
///
/// The first form needs a compiler that deduces the arguments of aggregates: g++ 11 or clang++ 17.
template <CodingInference Inference = StateInference, CodingUpdate Update = LearnFromErrors,
          StoppingRule Stop = FixedSteps>
struct CodingPolicies {
  Inference inference = {};  ///< what inference moves
  Update update = {};        ///< what a layer learns
  Stop stop = {.most = 50};  ///< when inference stops
};

/// Some CodingPolicies.
template <typename P>
concept CodingPolicySet = requires {
  requires CodingInference<decltype(P::inference)>;
  requires CodingUpdate<decltype(P::update)>;
  requires StoppingRule<decltype(P::stop)>;
};

}  // namespace hebb
