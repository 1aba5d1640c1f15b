/// @file
/// The update of a factored rule, and the checks that rate rules share.
#pragma once

#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/optimizer/change.hpp"

namespace hebb {

/// Throws InvalidCall when the weights of a rule's state were not made by init, ShapeError when
/// pre, post and the weights do not fit each other, NonFinite when pre or post holds NaN or
/// infinity.
template <typename Scalar>
void require_samples(const View<Scalar>& pre, const View<Scalar>& post,
                     const Matrix<Scalar>& weights, std::string_view rule) {
  require_made_by_init(weights, post.rows(), rule);
  require_shape<Scalar>(pre, weights.cols(), post.cols(), "pre");
  require_shape<Scalar>(post, weights.rows(), pre.cols(), "post");
  require<ShapeError>(pre.cols() > 0, "pre has no columns: a rule learns from at least one sample");
  require_finite<Scalar>(pre, "pre");
  require_finite<Scalar>(post, "post");
}

/// Applies change - decay * W with a rule's optimiser, to which `more` is passed on. A Divergence
/// gets the rule's name.
template <typename Rule>
void apply_change(const Rule& rule, const auto& change, const auto& decay,
                  typename Rule::State& state, const auto&... more) {
  const auto apply = [&] {
    rule.optimizer.template apply<typename Rule::Scalar>(
        state.weights, change, decay, double(rule.parameters.eta), state.optimizer, more...);
  };
  name_divergence(apply, name_of<Rule>);
}

/// The presynaptic factor of a rule: its pre_factor, or `pre` where it has none.
template <typename Rule, typename Pre>
decltype(auto) presynaptic_factor(const Rule& rule, const Pre& pre, typename Rule::State& state) {
  if constexpr (requires { rule.pre_factor(pre, state); })
    return rule.pre_factor(pre, state);
  else
    return (pre);
}

/// Applies a sum of a rule's changes, such as a network forms over an inference.
template <DecayFreeRule Rule>
void apply_sum(const Rule& rule, const View<typename Rule::Scalar>& sum,
               typename Rule::State& state) {
  rule.apply(Change<typename Rule::Scalar>(sum), None{}, state);
}

/// One step of a factored rule: changes the weights by <post_factor pre_factor^T> - decay * W.
///
/// Throws InvalidCall when the state was not made by init, ShapeError when pre, post, the weights
/// or another array of the state do not fit each other, NonFinite when pre or post holds NaN or
/// infinity; the weights are as they were then. Throws Divergence, naming the rule and the step of
/// its optimiser, when the step makes a weight or a neuron's memory infinite or NaN; the weights
/// have changed then.
template <FactoredRule Rule>
void factored_update(const Rule& rule, const View<typename Rule::Scalar>& pre, const auto& post,
                     typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  require_samples<Scalar>(pre, post, state.weights, name_of<Rule>);
  const auto& pre_factor = presynaptic_factor(rule, pre, state);
  const auto& factor = rule.post_factor(post, state);
  rule.apply(Change<Scalar>(factor.post, pre_factor), factor.decay, state);
}

}  // namespace hebb
