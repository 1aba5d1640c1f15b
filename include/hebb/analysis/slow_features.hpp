/// @file
/// Linear slow feature analysis: the exact solution that slowness rules approximate.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "hebb/core/finite.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Directions of unit variance, uncorrelated with each other, slowest first.
struct SlowFeatures {
  Matrix<double> weights;  ///< features x inputs
  Vector<double> delta;    ///< <(dy/dt)^2> of each, ascending; 2 (1 - rho) where rho is its lag-1
                           ///< autocorrelation
};

/// Linear slow feature analysis from covariances: A w = delta B w with w^T B w = 1.
///
/// | symbol       | code         | shape           | unit               |
/// |--------------|--------------|-----------------|--------------------|
/// | \f$A\f$      | `difference` | inputs x inputs | <dx dx^T> per step |
/// | \f$B\f$      | `covariance` | inputs x inputs | <x x^T>, centred   |
/// | \f$\delta\f$ | `delta`      | features        | per step^2         |
///
/// With lag-k covariances C_k of a stationary series, A = 2 C_0 - C_1 - C_1^T and B = C_0.
/// Signs: the largest weight of each feature is positive. Cost: about 10 inputs^3 flops.
/// Throws ShapeError, NonFinite, and InvalidParameter when B is not positive definite: linearly
/// dependent inputs have no unique slow features.
///
/// L. Wiskott & T. J. Sejnowski, Neural Comput. 14:715-770 (2002), section 2.
template <typename Scalar = double>
SlowFeatures slow_features(const ViewOf<Scalar>& difference, const ViewOf<Scalar>& covariance) {
  const Index n = covariance.rows();
  require<ShapeError>(n > 0, "slow_features: the covariance is empty");
  require_shape<Scalar>(covariance, n, n, "covariance");
  require_shape<Scalar>(difference, n, n, "difference");
  require_finite<Scalar>(difference, "difference");
  require_finite<Scalar>(covariance, "covariance");
  const Eigen::LLT<Matrix<Scalar>> cholesky(covariance);
  require(cholesky.info() == Eigen::Success && cholesky.rcond() > 1e-14,
          "slow_features: the covariance is not positive definite");
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix<Scalar>> solver(difference, covariance);
  require<Divergence>(solver.info() == Eigen::Success,
                      "slow_features: the eigenvalue iteration did not converge");
  SlowFeatures result{solver.eigenvectors().transpose(), solver.eigenvalues()};
  for (Index i = 0; i < n; ++i) {
    Index largest = 0;
    result.weights.row(i).cwiseAbs().maxCoeff(&largest);
    if (result.weights(i, largest) < 0) result.weights.row(i) *= -1;
  }
  return result;
}

/// Linear slow feature analysis of a series, inputs x time steps.
template <typename Scalar = double>
SlowFeatures slow_features(const ViewOf<Scalar>& series) {
  const Index steps = series.cols();
  require<ShapeError>(steps > 1, "slow_features: a series needs at least two time steps, got ",
                      steps);
  require_finite<Scalar>(series, "series");
  const Vector<Scalar> mean = series.rowwise().mean();
  const Matrix<Scalar> x = series.colwise() - mean,
                       change = x.rightCols(steps - 1) - x.leftCols(steps - 1);
  const Matrix<Scalar> difference = change * change.transpose() / double(steps - 1),
                       covariance = x * x.transpose() / double(steps);
  return slow_features<Scalar>(difference, covariance);
}

}  // namespace hebb
