/// @file
/// Random initial weights: each formula is written once. The caller passes the random stream that
/// the weights are drawn from.
#pragma once

#include <cmath>

#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Uniform in +- scale / sqrt(inputs), where `inputs` counts the inputs of one neuron without its
/// bias. The variance of a neuron's drive then does not depend on how many inputs it has.
template <typename Scalar>
Matrix<Scalar> fan_in_uniform(Shape shape, Index inputs, Random random, Scalar scale = 1) {
  const Scalar bound = scale / std::sqrt(Scalar(inputs));
  require_finite_parameter("initial weights", "the width of their interval", 2 * bound);
  return random.uniform<Scalar>(shape.post, shape.pre, -bound, bound);
}

/// Uniform in +- scale sqrt(6 / (pre + post)), a compromise between the variance of drives in the
/// forward direction and that of errors in the backward direction.
///
/// X. Glorot & Y. Bengio, AISTATS 2010, eq. 16.
template <typename Scalar>
Matrix<Scalar> glorot_uniform(Shape shape, Random random, Scalar scale = 1) {
  const Scalar bound = scale * std::sqrt(Scalar(6) / Scalar(shape.pre + shape.post));
  require_finite_parameter("initial weights", "the width of their interval", 2 * bound);
  return random.uniform<Scalar>(shape.post, shape.pre, -bound, bound);
}

}  // namespace hebb
