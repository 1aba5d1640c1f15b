#include "hebb/analysis/lasso.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE(
    "lasso: for uncorrelated features it is the soft threshold of least squares, worked by hand") {
  // Two features of mean 0 and variance 1, uncorrelated; y = 10 + 3 x1 - 0.05 x2.
  const Matrix<double> x{{1, 1, -1, -1}, {1, -1, 1, -1}};
  const Matrix<double> y = ((Matrix<double>(1, 2) << 3, -0.05).finished() * x).array() + 10;
  const LinearPrediction fit = Lasso{.alpha = 0.1}.fit(x, y);
  CHECK(fit.weights(0, 0) == doctest::Approx(2.9));
  CHECK(fit.weights(0, 1) == 0);
  CHECK(fit.offset(0) == doctest::Approx(10));
  CHECK(fit.predict(x)(0, 0) == doctest::Approx(12.9));
}

TEST_CASE("lasso: a feature of another scale and mean, worked by hand") {
  // One feature of variance 4: w = (cov - alpha) / 4, with cov = 4 * 0.5.
  const Matrix<double> x{{7, 3, 7, 3}};
  const Matrix<double> y = 0.5 * x;
  const LinearPrediction fit = Lasso{.alpha = 1}.fit(x, y);
  CHECK(fit.weights(0, 0) == doctest::Approx(0.25));
  CHECK(fit.offset(0) == doctest::Approx(2.5 - 0.25 * 5));
}

TEST_CASE("lasso: without a penalty it is least squares") {
  Random random{.seed = 1};
  Matrix<double> x = random.normal<double>(6, 80);
  x.row(1) += 0.9 * x.row(0);
  const Matrix<double> y = random.normal<double>(2, 6) * x + random.normal<double>(2, 80);
  const LinearPrediction fit = Lasso{.alpha = 0, .tolerance = 1e-12}.fit(x, y);
  const Matrix<double> residual = y - fit.predict(x);
  CHECK((residual * x.transpose()).cwiseAbs().maxCoeff() < 1e-8);  // the normal equations
  CHECK(residual.rowwise().sum().cwiseAbs().maxCoeff() < 1e-10);
}

TEST_CASE(
    "lasso: correlated features fulfil the conditions of the minimum, and no point nearby is "
    "lower") {
  Random random{.seed = 2};
  const Matrix<double> x = random.normal<double>(20, 20) * random.normal<double>(20, 100);
  const Matrix<double> y = random.normal<double>(1, 20) * x + 5 * random.normal<double>(1, 100);
  const Lasso lasso{.alpha = 3};
  const LinearPrediction fit = lasso.fit(x, y);
  const auto cost = [&](const LinearPrediction& p) {
    return (y - p.predict(x)).squaredNorm() / 200 + lasso.alpha * p.weights.cwiseAbs().sum();
  };
  CHECK((fit.weights.array() == 0).count() > 0);
  CHECK((fit.weights.array() != 0).count() > 0);
  for (Index j = 0; j < 20; ++j)
    for (const double step : {-1e-2, 1e-2}) {
      LinearPrediction other = fit;
      other.weights(0, j) += step;
      CHECK(cost(other) > cost(fit));
    }
}

TEST_CASE("lasso: a large penalty leaves only the mean, and constant features are ignored") {
  Random random{.seed = 3};
  Matrix<double> x = random.normal<double>(3, 50);
  x.row(1).setConstant(4);
  const Matrix<double> y = random.normal<double>(1, 50).array() + 2;
  CHECK(Lasso{.alpha = 10}.fit(x, y).weights.isZero());
  CHECK(Lasso{.alpha = 10}.fit(x, y).offset(0) == doctest::Approx(y.mean()));
  CHECK(Lasso{.alpha = 0.01}.fit(x, y).weights(0, 1) == 0);
}

TEST_CASE(
    "lasso: r squared is 1 for the true values, 0 for their mean, and negative for worse "
    "predictions") {
  const Matrix<double> truth{{1, 2, 3}, {4, 4, 4}};
  CHECK(r_squared(truth, truth) == Vector<double>{{1, 0}});
  CHECK(r_squared(Matrix<double>{{2, 2, 2}, {1, 1, 1}}, truth) == Vector<double>{{0, 0}});
  CHECK(r_squared(Matrix<double>{{3, 2, 1}, {4, 4, 4}}, truth)(0) == doctest::Approx(-3));
}

TEST_CASE("lasso: correlation does not depend on scale and offset") {
  const Matrix<double> a{{1, 2}, {3, 6}};
  CHECK(correlation(a, Matrix<double>(2 * a.array() - 7)) == doctest::Approx(1));
  CHECK(correlation(a, Matrix<double>(-a)) == doctest::Approx(-1));
  CHECK(correlation(a, Matrix<double>::Constant(2, 2, 5)) == 0);
}

TEST_CASE("lasso: wrong shapes and parameters are refused") {
  const Matrix<double> x = Matrix<double>::Ones(2, 3);
  CHECK_THROWS_AS(Lasso{}.fit(x, Matrix<double>::Ones(1, 4)), ShapeError);
  CHECK_THROWS_AS(Lasso{.alpha = -1}.fit(x, Matrix<double>::Ones(1, 3)), InvalidParameter);
  CHECK_THROWS_AS(Lasso{}.fit(Matrix<double>(2, 0), Matrix<double>(1, 0)), ShapeError);
  CHECK_THROWS_AS(
      Lasso{}.fit(x * std::numeric_limits<double>::infinity(), Matrix<double>::Ones(1, 3)),
      NonFinite);
}

TEST_CASE("lasso: measures of non-finite numbers are errors, not 0") {
  const Matrix<double> a{{1, 2}, {3, 6}};
  Matrix<double> b = a;
  b(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(correlation(a, b),
                       "correlation: the second side holds nan at row 1, column 0", NonFinite);
  CHECK_THROWS_AS(correlation(b, a), NonFinite);
  CHECK_THROWS_AS(r_squared(a, b), NonFinite);
  CHECK_THROWS_AS(r_squared(b, a), NonFinite);
  CHECK_THROWS_AS(Lasso{}.fit(Matrix<double>(1e200 * a), a), Divergence);
  CHECK_THROWS_AS(Lasso{.alpha = std::numeric_limits<double>::infinity()}.fit(a, a),
                  InvalidParameter);
  CHECK_THROWS_AS((LinearPrediction{.weights = a, .offset = Vector<double>::Zero(1)}.predict(a)),
                  ShapeError);
}
