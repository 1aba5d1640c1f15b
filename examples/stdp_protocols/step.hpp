/// @file
/// One moment of any spiking rule: each rule is given the postsynaptic signal that it asks for.
#pragma once

#include <concepts>
#include <vector>

#include "hebb/core/concepts.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/spikes.hpp"

namespace example {

using hebb::Index, hebb::Matrix, hebb::Vector;

/// A rule that is called at spikes only. Other rules are called at every step.
template <typename Rule>
concept EventDriven = hebb::RuleFor<Rule, hebb::Spikes, hebb::Spikes>;

/// The spikes of one moment, and the potential of the postsynaptic neuron since the last.
struct Moment {
  double time_ms;
  std::vector<Index> pre, post;
  double potential_mv;
};

/// Plays a moment to a rule with one postsynaptic neuron.
///
/// The postsynaptic spikes are forced by an injected current. SuperSpike is a supervised rule: for
/// it they are the target, and the neuron's own output, without that current, is silent at rest.
template <typename Rule>
void step(const Rule& rule, const Moment& now, auto& state) {
  using namespace hebb;
  const Spikes pre{now.time_ms, now.pre}, post{now.time_ms, now.post};
  if constexpr (EventDriven<Rule>) {
    if (!now.pre.empty() || !now.post.empty()) rule.update(pre, post, state);
  } else if constexpr (RuleFor<Rule, Spikes, SpikesAndPotential>) {
    const Matrix<double> potential = Matrix<double>::Constant(1, 1, now.potential_mv);
    rule.update(pre, SpikesAndPotential{post, View<double>(potential)}, state);
  } else if constexpr (RuleFor<Rule, Spikes, SpikesAndTarget>) {
    constexpr double rest_mv = -70.6;
    const Matrix<double> potential = Matrix<double>::Constant(1, 1, rest_mv);
    rule.update(pre, SpikesAndTarget{{now.time_ms, {}}, post, View<double>(potential)}, state);
  } else {
    using Scalar = typename Rule::Scalar;
    const Vector<Scalar> potential = Vector<Scalar>::Constant(1, Scalar(now.potential_mv));
    rule.update(now.pre, SpikingPost<Scalar>{now.post, potential}, state);
  }
}

/// Weights of a given size on the synapses of one postsynaptic neuron. A reference weight, where
/// the rule has one, begins at the same value.
template <typename Rule>
typename Rule::State begin(const Rule& rule, Index inputs, double weight) {
  auto state = rule.init({.pre = inputs, .post = 1});
  state.weights.setConstant(typename Rule::Scalar(weight));
  if constexpr (requires { state.reference; }) state.reference = state.weights;
  return state;
}

void settle(const auto& rule, auto& state) {
  if constexpr (requires { rule.settle(state); }) rule.settle(state);
}

}  // namespace example
