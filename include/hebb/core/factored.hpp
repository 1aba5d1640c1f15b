/// @file
/// The numerics of "post times pre", once for all factored rules.
#pragma once

#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/optimizer.hpp"
#include "hebb/core/product.hpp"

namespace hebb {

/// One step of a factored rule: lands <post_factor pre^T> - decay W on the weights.
///
/// A single column is fused with the optimiser into one pass over the weights.
/// Throws ShapeError when pre, post and the weights do not fit, NonFinite when pre or post holds NaN or infinity.
template <typename Rule, typename Post>
void factored_update(const Rule& rule, const View<typename Rule::Scalar>& pre, const Post& post, typename Rule::State& state) {
  using Scalar = typename Rule::Scalar;
  const View<Scalar>& rate = post;
  require_shape<Scalar>(pre, state.weights.cols(), rate.cols(), "pre");
  require_shape<Scalar>(rate, state.weights.rows(), pre.cols(), "post");
  require<ShapeError>(pre.cols() > 0, "pre has no columns: a rule learns from at least one sample");
  require_finite<Scalar>(pre, "pre");
  require_finite<Scalar>(rate, "post");
  const auto learn = [&](const View<Scalar>& seen) {
    const auto& factor = rule.post_factor(post, state);
    constexpr Index fewest_rows_fused = 8;  // below, a column is too short for a vector register
    if (seen.cols() == 1 && state.weights.rows() >= fewest_rows_fused) {
      const View<Scalar> g = factor.post;
      rule.apply(RankOne<Scalar>{g, seen}, factor.decay, state);
    } else {
      mean_outer_product<Scalar>(factor.post, seen, state.work.change);
      rule.apply(state.work.change, factor.decay, state);
    }
  };
  if constexpr (requires { rule.pre_factor(pre, state); })
    learn(rule.pre_factor(pre, state));
  else
    learn(pre);
}

}  // namespace hebb
