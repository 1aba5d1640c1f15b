/// @file
/// The words everything else is written in: matrices, views, shapes, and what a postsynaptic side
/// says.
#pragma once

#include <Eigen/Core>

#include "hebb/core/error.hpp"

#if defined(_OPENMP) && !defined(EIGEN_DONT_PARALLELIZE)
#error \
    "hebb: with OpenMP, define EIGEN_DONT_PARALLELIZE (hebb::threads does): Eigen's own threads change the bits"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "hebb: -ffast-math removes the checks for non-finite numbers; add -fno-finite-math-only"
#endif

namespace hebb {

using Index = Eigen::Index;

template <typename Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

template <typename Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// A matrix parameter. It lives for one call and is never stored.
template <typename Scalar>
using View = Eigen::Ref<const Matrix<Scalar>>;

/// The shape of a weight matrix: post x pre.
struct Shape {
  Index pre = 0;
  Index post = 0;
};

/// Nothing, where something is optional.
struct None {};

/// What a layer tells its rule about the postsynaptic side. Borrowed for one call.
template <typename Scalar>
struct Response {
  const View<Scalar>& rate;  ///< z = f(a): post x columns
  const View<Scalar>&
      gain;          ///< d rate / d (what the layer's eligibility is linear in): post x columns
  Index places = 1;  ///< columns = places x samples, place fastest

  Response(const View<Scalar>& rate_, const View<Scalar>& gain_, Index places_ = 1)
      : rate(rate_), gain(gain_), places(places_) {}
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  operator const View<Scalar>&() const { return rate; }

  Index rows() const { return rate.rows(); }
  Index cols() const { return rate.cols(); }
};

/// The postsynaptic half of an update, g(post), and the decay that goes with it:
/// None, one number a neuron (Vector), or a post x post matrix (Matrix).
template <typename Scalar, typename Decay = None>
struct Factor {
  Matrix<Scalar> post;  ///< post x columns
  Decay decay = {};
};

/// Room for one update, kept in a rule's state so that nothing is allocated after the first; holds
/// no memory of the past.
template <typename Scalar, typename Decay = None>
struct Workspace {
  Factor<Scalar, Decay> factor;
  Matrix<Scalar> change;  ///< <post_factor * pre^T>: post x pre, or some of its columns
};

template <typename Scalar>
void require_shape(const View<Scalar>& matrix, Index rows, Index cols, const char* what) {
  require<ShapeError>(matrix.rows() == rows && matrix.cols() == cols, what, " must be ", rows,
                      " x ", cols, ", got ", matrix.rows(), " x ", matrix.cols());
}

}  // namespace hebb
