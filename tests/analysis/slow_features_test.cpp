#include "hebb/analysis/slow_features.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

namespace {

/// Independent AR(1) sources of unit variance.
Matrix<double> sources(const Vector<double>& rho, Index steps, Random random) {
  Matrix<double> s = random.normal<double>(rho.size(), steps);
  for (Index t = 1; t < steps; ++t)
    s.col(t) = rho.cwiseProduct(s.col(t - 1)) +
               (1 - rho.array().square()).sqrt().matrix().cwiseProduct(s.col(t));
  return s;
}

}  // namespace

TEST_CASE(
    "slow features: from the covariances of mixed AR(1) sources, delta = 2 (1 - rho) and the "
    "mixing is undone") {
  const Vector<double> rho{{0.2, 0.95, 0.6}};  // C_0 = M M^T, C_1 = M rho M^T
  const Matrix<double> mixing = Random{.seed = 1}.normal<double>(3, 3);
  const Matrix<double> c0 = mixing * mixing.transpose(),
                       c1 = mixing * rho.asDiagonal() * mixing.transpose();

  const SlowFeatures slow = slow_features(2 * c0 - c1 - c1.transpose(), c0);

  const Matrix<double> unmixed = (slow.weights * mixing).cwiseAbs(),
                       expected{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}};
  CHECK((unmixed - expected).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((slow.delta - Vector<double>{{0.1, 0.8, 1.6}}).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("slow features: a series gives its sources in the order of their slowness") {
  const Vector<double> rho{{0.2, 0.95, 0.6}};
  const Matrix<double> s = sources(rho, 20000, {.seed = 2}),
                       mixing = Random{.seed = 3}.normal<double>(3, 3);
  const SlowFeatures slow = slow_features((mixing * s).colwise() + Vector<double>{{5, -3, 1}});
  const Matrix<double> unmixed = (slow.weights * mixing).cwiseAbs();
  CHECK(unmixed(0, 1) > 0.99);
  CHECK(unmixed(1, 2) > 0.99);
  CHECK(unmixed(2, 0) > 0.99);
  CHECK(slow.delta(0) == doctest::Approx(0.1).epsilon(0.1));
}

TEST_CASE(
    "slow features: outputs have unit variance, no correlation, and delta is their mean squared "
    "step") {
  const Matrix<double> x = sources(Vector<double>{{0.5, 0.9}}, 500, {.seed = 4});
  const SlowFeatures slow = slow_features(x);
  const Matrix<double> y = slow.weights * (x.colwise() - x.rowwise().mean());
  const Matrix<double> step = y.rightCols(499) - y.leftCols(499);
  CHECK((y * y.transpose() / 500).isIdentity(1e-10));
  CHECK((step * step.transpose() / 499 - Matrix<double>(slow.delta.asDiagonal()))
            .cwiseAbs()
            .maxCoeff() < 1e-10);
  CHECK(slow.delta(0) < slow.delta(1));
  CHECK(slow.weights.rowwise().maxCoeff().minCoeff() > 0);
}

TEST_CASE("slow features: dependent inputs, wrong shapes and NaN are refused") {
  const Matrix<double> dependent{{1, 2, 3, 5}, {2, 4, 6, 10}};
  CHECK_THROWS_AS(slow_features(dependent), InvalidParameter);
  CHECK_THROWS_AS(slow_features(Matrix<double>::Ones(2, 1)), ShapeError);
  CHECK_THROWS_AS(slow_features(Matrix<double>::Identity(2, 2), Matrix<double>::Identity(3, 3)),
                  ShapeError);
  CHECK_THROWS_AS(slow_features(Matrix<double>::Constant(2, 4, std::nan(""))), NonFinite);
}
