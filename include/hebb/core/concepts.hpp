/// @file
/// What the library asks of rules, optimisers, activations and layers. A type that satisfies its
/// concept works wherever the library takes one.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/core/law.hpp"
#include "hebb/core/optimizer/change.hpp"
#include "hebb/core/response.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// One of the listed types, for policies that a template knows by name.
template <typename T, typename... Types>
concept OneOf = (std::same_as<T, Types> || ...);

/// A state, whose `each` calls a visitor with the name and a reference of every array, number and
/// label that a checkpoint saves. Scratch space is not visited.
template <typename S>
concept Visitable = requires(S state) {
  state.each([](std::string_view, auto&) {});
};

/// A rule is a constant value. `init` makes a state, which holds the weights and everything else
/// that changes; `update` advances it by one step; `forget` clears what belongs to the current
/// sequence.
template <typename R, typename Pre, typename Post>
concept RuleFor = std::copyable<R> && Visitable<typename R::State> &&
    requires(const R rule, typename R::State state, Shape shape, const Pre& pre, const Post& post) {
  { rule.init(shape) } -> std::same_as<typename R::State>;
  { rule.update(pre, post, state) } -> std::same_as<void>;
  rule.forget(state);
};

/// A rule that learns from rates: what a dense layer needs.
template <typename R>
concept RateRule = std::floating_point<typename R::Scalar> &&
    RuleFor<R, View<typename R::Scalar>, Response<typename R::Scalar>> &&
    requires(typename R::State state) {
  { state.weights } -> std::same_as<Matrix<typename R::Scalar>&>;
};

/// A rule that computes the postsynaptic factor of its change apart from the presynaptic one, so
/// that a layer with shared weights, or a network that sums changes over time, can combine them.
///
/// * `post_factor(post, state)` returns a Factor, by value or by reference: the postsynaptic
///   factor, post x columns, and the decay. `post` is a Response, or a View where the rule needs
///   only rates.
/// * `apply(change, decay, state)` changes the weights once, by change - decay * W. It may take the
///   change as a `Change`, which optimisers accept, or as a matrix.
/// * `pre_factor(pre, state)`, if the rule has it, returns the presynaptic factor, pre x columns;
///   else the factor is `pre`. It is called before post_factor.
template <typename R>
concept FactoredRule = RateRule<R> &&
    requires(const R rule, typename R::State state, const Response<typename R::Scalar>& post,
             const Change<typename R::Scalar>& change) {
  { rule.post_factor(post, state).post } -> std::convertible_to<View<typename R::Scalar>>;
  requires DecayOf < std::remove_cvref_t<decltype(rule.post_factor(post, state).decay)>,
  typename R::Scalar > ;
  rule.apply(change, rule.post_factor(post, state).decay, state);
};

/// A factored rule without a decay, for networks that sum its changes over an inference.
template <typename R>
concept DecayFreeRule = FactoredRule<R> &&
    requires(const R rule, typename R::State state, const Response<typename R::Scalar>& post) {
  requires std::same_as<std::remove_cvref_t<decltype(rule.post_factor(post, state).decay)>, None>;
};

/// The name that a compiler's message shows: `Update`, a policy of a network, sums the changes of
/// an inference (`sums_changes`), and a sum has no place for the rule's decay.
template <typename Rule, typename Update>
concept RuleWithoutDecayWhereChangesAreSummed = !Update::sums_changes || DecayFreeRule<Rule>;

/// An optimiser applies a change to weights: `apply(weights, change, decay, eta, state)` changes
/// them by about eta (change - decay * W). `decay` is None, a Vector (one number per neuron) or a
/// post x post Matrix. Its State is a template over the scalar type.
template <typename O, typename Scalar>
concept OptimizerFor = std::copyable<O> && Visitable<typename O::template State<Scalar>> &&
    requires(const O optimizer, typename O::template State<Scalar> state, Shape shape,
             Matrix<Scalar> weights, const Change<Scalar>& change, const Vector<Scalar>& decay) {
  { optimizer.template init<Scalar>(shape) } -> std::same_as<typename O::template State<Scalar>>;
  optimizer.template apply<Scalar>(weights, change, None{}, 0.1, state);
  optimizer.template apply<Scalar>(weights, change, decay, 0.1, state);
  optimizer.template apply<Scalar>(weights, change, weights, 0.1, state);
};

/// An activation function writes rates f(a) and gains f'(a) for a matrix of drives a.
template <typename A, typename Scalar>
concept ActivationFor = requires(const Matrix<Scalar>& drive, Matrix<Scalar>& rate,
                                 Matrix<Scalar>& gain) {
  A::template respond<Scalar>(drive, rate, gain);
};

/// A layer that learns from its own input and response. `forward(x)`, with a matrix or images,
/// keeps its input; `learn()` learns from it; `output()` is the input of the next layer,
/// `response()` the rates as neurons x samples.
template <typename L>
concept LocalLayer = std::movable<L> && Visitable<L> && requires(L layer) {
  layer.learn();
  layer.forget();
  layer.output();
  { layer.response() } -> std::convertible_to<View<typename L::Scalar>>;
};

}  // namespace hebb
