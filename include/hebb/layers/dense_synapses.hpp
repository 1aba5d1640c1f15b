/// @file
/// The synapses of a fully connected layer: a rule, its state, and the bias.
#pragma once

#include <utility>

#include "hebb/core/concepts.hpp"
#include "hebb/core/factored.hpp"
#include "hebb/core/initialization.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/layers/bias.hpp"

namespace hebb {

/// Plastic synapses from `shape.pre` to `shape.post` neurons, whatever these neurons compute.
///
/// Weights are post x pre, with one more column for a learned bias. They start where the rule
/// starts them (mostly at 0) until `initialize`. `learn` takes both sides of the synapses, so that
/// a network can teach them. The presynaptic side includes the bias' row of ones.
template <RateRule Rule_>
class DenseSynapses {
 public:
  using Rule = Rule_;
  using Scalar = typename Rule::Scalar;

  Rule rule;
  typename Rule::State state;

  /// Synapses whose weights are those of the rule's `init`. Throws InvalidParameter.
  DenseSynapses(Rule rule_, Shape shape, Bias bias)
      : rule(std::move(rule_)),
        state(rule.init({.pre = shape.pre + (bias == Bias::learned ? 1 : 0), .post = shape.post})),
        shape_(shape),
        bias_(bias) {
    require(shape.pre > 0 && shape.post > 0, "Dense: needs at least one neuron on each side, got ",
            shape.post, " x ", shape.pre);
  }

  /// Weights and bias uniform in +- scale / sqrt(pre).
  void initialize(Random random, Scalar scale = 1) {
    require_finite_parameter("Dense", "scale", scale);
    state.weights = fan_in_uniform<Scalar>({.pre = columns(), .post = shape_.post}, shape_.pre,
                                           random.stream("weights"), scale);
  }

  /// Learns from both sides of the synapses, one sample per column. A rule that asks for a Response
  /// gets `post` as the rate, with a gain of 1: the teaching signal of a network contains the gain.
  void learn(const View<Scalar>& pre, const View<Scalar>& post) {
    if constexpr (hears_rates)
      rule.update(pre, post, state);
    else
      rule.update(pre, Response<Scalar>(post, gain_of_one(post)), state);
  }

  /// sum += scale <post_factor pre_factor^T>: the rule's change for some samples, without its
  /// decay.
  void add_change(Scalar scale, const View<Scalar>& pre, const View<Scalar>& post,
                  Matrix<Scalar>& sum) {
    const auto& factor = pre_factor(pre);
    add_mean_outer_product<Scalar>(scale, post_factor(post).post, factor, sum);
  }

  /// The presynaptic side as the rule uses it: unchanged, or transformed by the rule's pre_factor.
  decltype(auto) pre_factor(const auto& pre) { return presynaptic_factor(rule, pre, state); }

  /// The rule's factor of a teaching signal, as the rule's own post_factor returns it.
  decltype(auto) post_factor(const View<Scalar>& post) {
    if constexpr (hears_rates)
      return rule.post_factor(post, state);
    else
      return rule.post_factor(Response<Scalar>(post, gain_of_one(post)), state);
  }

  /// Forgets the current sequence: see the rule's forget.
  void forget() { rule.forget(state); }

  /// Neurons on each side, without the bias.
  Shape shape() const { return shape_; }
  Bias bias() const { return bias_; }  ///< whether there is a column for it
  /// How many columns the weights have, the bias included.
  Index columns() const { return shape_.pre + (bias_ == Bias::learned ? 1 : 0); }
  /// The weights without the bias.
  auto weights() const { return state.weights.leftCols(shape_.pre); }

  void each(auto&& visit) { state.each(visit); }

 private:
  static constexpr bool hears_rates = RuleFor<Rule, View<Scalar>, View<Scalar>>;

  const Matrix<Scalar>& gain_of_one(const View<Scalar>& post) {
    if (gain_.rows() != post.rows() || gain_.cols() != post.cols())
      gain_.setOnes(post.rows(), post.cols());
    return gain_;
  }

  Shape shape_;
  Bias bias_;
  Matrix<Scalar> gain_;  // scratch space
};

}  // namespace hebb
