/// @file
/// The softmax of a vector, without overflow.
#pragma once

#include <cmath>

#include "hebb/core/types.hpp"

namespace hebb {

/// What all shares of a softmax have in common.
template <typename Scalar>
struct SoftmaxTerms {
  Scalar largest;  ///< the largest number
  Scalar sum;      ///< of exp(scale (x_i - largest)), so that softmax_i is one term over the sum
};

/// terms = exp(scale (x - max x)), which never overflows. softmax(scale x) = terms / sum. `terms`
/// may be x.
template <typename Scalar>
SoftmaxTerms<Scalar> softmax_terms(const auto& x, auto&& terms, Scalar scale = 1) {
  const Scalar largest = x.maxCoeff();
  terms = ((x.array() - largest) * scale).exp();
  return {largest, terms.sum()};
}

/// log sum_i exp(x_i).
template <typename Scalar>
Scalar log_sum_exp(const auto& x) {
  const Scalar largest = x.maxCoeff();
  return largest + std::log((x.array() - largest).exp().sum());
}

}  // namespace hebb
