/// @file
/// Sparse linear regression, and measures of a prediction.
#pragma once

#include <algorithm>
#include <cmath>

#include "hebb/core/finite.hpp"
#include "hebb/core/parameter.hpp"

namespace hebb {

/// y = W x + b: targets x features.
struct LinearPrediction {
  Matrix<double> weights;  ///< W: targets x features
  Vector<double> offset;   ///< b: one per target

  /// Features are units x samples; the result is targets x samples.
  template <typename Scalar = double>
  Matrix<Scalar> predict(const ViewOf<Scalar>& features) const {
    require_shape<double>(features, weights.cols(), features.cols(), "features");
    require_shape<double>(offset, weights.rows(), 1, "LinearPrediction: offset");
    return (weights * features).colwise() + offset;
  }
};

/// The least absolute shrinkage and selection operator, separately for each target:
///
/// \f[ \min_{w, b} \; \frac{1}{2n} \sum_{s=1}^{n} (y_s - b - w \cdot x_s)^2 + \alpha \, |w|_1 \f]
///
/// Solved by cyclic coordinate descent on the covariance of the features, until every coordinate
/// fulfils the condition of the minimum: the covariance of its feature with the residual is
/// alpha sign(w), or at most alpha in magnitude where w = 0.
///
/// Cost: units^2 * samples flops, then units^2 flops per target and sweep. With alpha = 0 it is
/// least squares. R. Tibshirani, J. R. Stat. Soc. B 58:267-288 (1996); J. Friedman, T. Hastie & R.
/// Tibshirani, J. Stat. Softw. 33(1) (2010).
struct Lasso {
  double alpha = 0.1;  ///< >= 0
  /// Largest violation of the condition, relative to the largest covariance with the target.
  double tolerance = 1e-6;
  Index sweeps = 100000;  ///< at most

  /// Features are units x samples, targets are targets x samples. Throws ShapeError, NonFinite,
  /// InvalidParameter; Divergence when `sweeps` sweeps are too few.
  template <typename Scalar = double>
  LinearPrediction fit(const ViewOf<Scalar>& features, const ViewOf<Scalar>& targets) const {
    require_at_least("Lasso", "alpha", alpha, 0);
    require_at_least("Lasso", "tolerance", tolerance, 0);
    require<ShapeError>(features.cols() > 0, "Lasso: there are no samples");
    require_shape<Scalar>(targets, targets.rows(), features.cols(), "Lasso: targets");
    require_finite<Scalar>(features, "Lasso: features");
    require_finite<Scalar>(targets, "Lasso: targets");
    const double n = double(features.cols());
    const Vector<Scalar> feature_mean = features.rowwise().mean(),
                         target_mean = targets.rowwise().mean();
    const Matrix<Scalar> x = features.colwise() - feature_mean, y = targets.colwise() - target_mean;
    const Matrix<Scalar> covariance = x * x.transpose() / n, with_target = x * y.transpose() / n;
    require_finite<Scalar, Divergence>(covariance, "Lasso: the covariance of the features");
    require_finite<Scalar, Divergence>(with_target,
                                       "Lasso: the covariance of features and targets");
    LinearPrediction result{Matrix<Scalar>::Zero(y.rows(), x.rows()), target_mean};
    for (Index t = 0; t < y.rows(); ++t) {
      Vector<Scalar> w = Vector<Scalar>::Zero(x.rows()),
                     residual = with_target.col(t);  // covariances of features and residual
      const double scale = residual.size() > 0 ? residual.cwiseAbs().maxCoeff() : 0;
      for (Index sweep = 0; violation(w, residual, covariance) > tolerance * scale; ++sweep) {
        require<Divergence>(sweep < sweeps, "Lasso: target ", t, " has not converged after ",
                            sweeps, " sweeps");
        for (Index j = 0; j < w.size(); ++j) {
          const double variance = covariance(j, j);
          if (variance <= 0) continue;  // a constant feature
          const double wanted = residual(j) + variance * w(j);
          const double next =
              std::copysign(std::max(std::abs(wanted) - alpha, 0.0), wanted) / variance;
          if (next != w(j)) residual -= (next - w(j)) * covariance.col(j);
          w(j) = next;
        }
      }
      result.weights.row(t) = w.transpose();
      result.offset(t) -= w.dot(feature_mean);
    }
    return result;
  }

 private:
  double violation(const Vector<double>& w, const Vector<double>& residual,
                   const Matrix<double>& covariance) const {
    double worst = 0;
    for (Index j = 0; j < w.size(); ++j) {
      if (covariance(j, j) <= 0) continue;
      const double off = w(j) != 0 ? std::abs(residual(j) - std::copysign(alpha, w(j)))
                                   : std::max(std::abs(residual(j)) - alpha, 0.0);
      worst = std::max(worst, off);
    }
    return worst;
  }
};

/// The fraction of each target's variance that is explained: 1 - squared error / squared deviation
/// from its mean. Negative when the mean is the better prediction; 0 for a constant target.
template <typename Scalar = double>
Vector<Scalar> r_squared(const ViewOf<Scalar>& predicted, const ViewOf<Scalar>& truth) {
  require_shape<Scalar>(predicted, truth.rows(), truth.cols(), "predicted");
  require<ShapeError>(truth.cols() > 0, "r_squared: there are no samples");
  require_finite<Scalar>(predicted, "r_squared: the prediction");
  require_finite<Scalar>(truth, "r_squared: the truth");
  const Vector<Scalar> mean = truth.rowwise().mean();
  const Vector<Scalar> error = (predicted - truth).rowwise().squaredNorm(),
                       spread = (truth.colwise() - mean).rowwise().squaredNorm();
  return (spread.array() > 0).select(1 - error.array() / spread.array(), Scalar(0));
}

/// Pearson's correlation over all elements; 0 when one side is constant.
template <typename Scalar = double>
double correlation(const ViewOf<Scalar>& a, const ViewOf<Scalar>& b) {
  require_shape<Scalar>(a, b.rows(), b.cols(), "correlation: the first side");
  require<ShapeError>(a.size() > 0, "correlation: there are no samples");
  require_finite<Scalar>(a, "correlation: the first side");
  require_finite<Scalar>(b, "correlation: the second side");
  const Matrix<Scalar> x = a.array() - a.mean(), y = b.array() - b.mean();
  const double scale = x.norm() * y.norm();
  return scale > 0 ? x.cwiseProduct(y).sum() / scale : 0;
}

}  // namespace hebb
