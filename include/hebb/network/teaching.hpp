/// @file
/// How a network that teaches makes changes of what a rule says, without landing them, and measures
/// that all of them share.
#pragma once

#include <cmath>
#include <limits>

#include "hebb/core/concepts.hpp"
#include "hebb/core/kernels/products.hpp"

namespace hebb {

/// What the rule hears of a presynaptic side: all of it, or what its pre_factor makes of it.
template <typename Rule>
const auto& heard(const Rule& rule, const auto& pre, typename Rule::State& state) {
  if constexpr (requires { rule.pre_factor(pre, state); })
    return rule.pre_factor(pre, state);
  else
    return pre;
}

/// sum += scale <post_factor pre_factor^T>: what a rule makes of one presentation, decay aside.
template <typename Rule>
void add_change(const Rule& rule, typename Rule::Scalar scale,
                const View<typename Rule::Scalar>& pre, const View<typename Rule::Scalar>& post,
                typename Rule::State& state, Matrix<typename Rule::Scalar>& sum) {
  using Scalar = typename Rule::Scalar;
  const View<Scalar> seen = heard(rule, pre, state);
  add_mean_outer_product<Scalar>(scale, rule.post_factor(post, state).post, seen, sum);
}

}  // namespace hebb
