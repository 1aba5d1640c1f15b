/// @file
/// The basic types: matrices, views of matrices, shapes, and the postsynaptic factor of an update.
#pragma once

#include <Eigen/Core>
#include <concepts>
#include <type_traits>

#include "hebb/core/error.hpp"

#if defined(_OPENMP) && !defined(EIGEN_DONT_PARALLELIZE)
#error "hebb: with OpenMP, define EIGEN_DONT_PARALLELIZE, as hebb::threads does"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "hebb: -ffast-math removes the checks for non-finite numbers; add -fno-finite-math-only"
#endif

namespace hebb {

/// Counts, sizes and positions; signed.
using Index = Eigen::Index;

/// A matrix, stored by columns. A column is a sample, or all synapses of a presynaptic neuron.
template <typename Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// A column vector.
template <typename Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// An Eigen matrix, vector or expression of the given scalar type.
template <typename M, typename Scalar>
concept MatrixOf =
    std::derived_from<M, Eigen::DenseBase<M>> && std::same_as<typename M::Scalar, Scalar>;

/// The name that a compiler's message shows: convert the matrix with `.cast<float>()` or
/// `.cast<double>()`.
template <typename M, typename Scalar>
concept MatrixHasAnotherScalarType =
    std::derived_from<M, Eigen::DenseBase<M>> && !std::same_as<typename M::Scalar, Scalar>;

/// A matrix parameter: refers to the caller's matrix, or holds the value of an expression. It lives
/// for one call and is never stored. A matrix of another scalar type is refused at compile time.
template <typename Scalar_>
class View : public Eigen::Ref<const Matrix<Scalar_>> {
 public:
  /// Refers to a matrix, or evaluates an expression.
  template <typename M>
  View(const Eigen::DenseBase<M>& matrix) requires MatrixOf<M, Scalar_>
      : Eigen::Ref<const Matrix<Scalar_>>(matrix.derived()) {}

  template <typename M>
  View(const Eigen::DenseBase<M>&) requires MatrixHasAnotherScalarType<M, Scalar_>
  = delete;
};

/// The wider of a scalar type and double, for small systems and sums that need the precision. In a
/// template it depends on the scalar type, so that its matrices are compiled only where the
/// template is used.
template <typename Scalar>
using Wide = std::common_type_t<Scalar, double>;

/// A View whose scalar type is not deduced. A function template with a default scalar type takes
/// any matrix of that type by it, and is compiled only in the programs that call it.
template <typename Scalar>
using ViewOf = std::type_identity_t<View<Scalar>>;

/// The shape of a weight matrix: post x pre.
struct Shape {
  Index pre = 0;   ///< presynaptic neurons: columns of the weights
  Index post = 0;  ///< postsynaptic neurons: rows of the weights
};

/// Nothing, where something is optional.
struct None {};

/// A decay of the weights, -decay * W: none, one number per neuron, or a post x post matrix.
template <typename D, typename Scalar>
concept DecayOf =
    std::same_as<D, None> || std::same_as<D, Vector<Scalar>> || std::same_as<D, Matrix<Scalar>>;

/// The postsynaptic factor of an update, g(post), and the decay of the weights.
template <typename Scalar, DecayOf<Scalar> Decay = None>
struct Factor {
  Matrix<Scalar> post;  ///< post x columns
  Decay decay = {};     ///< factor or matrix of -decay * W; None: no decay
};

/// Throws ShapeError unless a matrix is rows x cols.
template <typename Scalar>
void require_shape(const View<Scalar>& matrix, Index rows, Index cols, const char* what) {
  require<ShapeError>(matrix.rows() == rows && matrix.cols() == cols, what, " must be ", rows,
                      " x ", cols, ", got ", matrix.rows(), " x ", matrix.cols());
}

/// Throws InvalidCall when an array of a state is empty although there are neurons.
void require_made_by_init(const auto& array, Index neurons, const auto& owner) {
  require<InvalidCall>(array.rows() > 0 || neurons == 0, owner, ": the state was not made by init");
}

/// Throws InvalidCall for a state that was not made by init, ShapeError unless its array is rows x
/// cols.
void require_state(const auto& array, Index rows, Index cols, const auto& owner,
                   const char* member) {
  require_made_by_init(array, rows, owner);
  require<ShapeError>(array.rows() == rows && array.cols() == cols, owner, ": ", member,
                      " must be ", rows, " x ", cols, ", got ", array.rows(), " x ", array.cols());
}

}  // namespace hebb
