/// @file
/// The numerics of "post times pre", once for all factored rules.
#pragma once

#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/optimizer.hpp"

namespace hebb {

/// Throws ShapeError when pre, post and the weights do not fit, NonFinite when pre or post holds
/// NaN or infinity.
template <typename Scalar>
void require_samples(const View<Scalar>& pre, const View<Scalar>& post,
                     const Matrix<Scalar>& weights) {
  require_shape<Scalar>(pre, weights.cols(), post.cols(), "pre");
  require_shape<Scalar>(post, weights.rows(), pre.cols(), "post");
  require<ShapeError>(pre.cols() > 0, "pre has no columns: a rule learns from at least one sample");
  require_finite<Scalar>(pre, "pre");
  require_finite<Scalar>(post, "post");
}

/// Applies change - decay W through a rule's optimiser; a divergence is named after the rule.
template <typename Rule>
void apply_change(const Rule& rule, const auto& change, const auto& decay,
                  typename Rule::State& state) {
  const auto apply = [&] {
    rule.optimizer.template apply<typename Rule::Scalar>(
        state.weights, change, decay, double(rule.parameters.eta), state.optimizer);
  };
  name_divergence(apply, Rule::name);
}

/// Lands <factor pre^T> - decay W on the weights. A single column is fused with the optimiser into
/// one pass over the weights.
template <typename Rule, typename Decay>
void land(const Rule& rule, const Factor<typename Rule::Scalar, Decay>& factor,
          const View<typename Rule::Scalar>& pre, typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  constexpr Index fewest_rows_fused = 8;  // below, a column is too short for a vector register
  const View<Scalar> g = factor.post;
  if (pre.cols() == 1 && state.weights.rows() >= fewest_rows_fused) {
    rule.apply(RankOne<Scalar>{g, pre}, factor.decay, state);
  } else {
    rule.apply(MeanOuterProduct<Scalar>{g, pre, state.work.change}, factor.decay, state);
  }
}

/// One step of a factored rule: lands <post_factor pre^T> - decay W on the weights.
///
/// Throws ShapeError when pre, post, the weights or another array of the state do not fit each
/// other, NonFinite when pre or post holds NaN or infinity; the weights are as they were then.
/// Throws Divergence, naming the rule and the step of its optimiser, when the step makes a weight
/// or a memory of a neuron infinite or NaN; the weights have changed then.
template <typename Rule, typename Post>
void factored_update(const Rule& rule, const View<typename Rule::Scalar>& pre, const Post& post,
                     typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  require_samples<Scalar>(pre, post, state.weights);
  if constexpr (requires { rule.pre_factor(pre, state); }) {
    const auto& seen = rule.pre_factor(pre, state);
    land(rule, rule.post_factor(post, state), seen, state);
  } else {
    land(rule, rule.post_factor(post, state), pre, state);
  }
}

}  // namespace hebb
