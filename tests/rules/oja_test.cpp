#include "hebb/rules/oja.hpp"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("oja: one update is eta * <y x' - y^2 w>, worked by hand", Scalar, float,
                   double) {
  const Oja<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 1, 2;
  const Matrix<Scalar> x{{1, 3}, {2, 4}}, y{{1, 2}};  // two columns: <y x'> = (3.5, 5), <y^2> = 2.5

  rule.update(x, y, state);

  CHECK(state.weights(0, 0) == close_to<Scalar>(1 + 0.5 * (3.5 - 2.5 * 1)));
  CHECK(state.weights(0, 1) == close_to<Scalar>(2 + 0.5 * (5.0 - 2.5 * 2)));
}

TEST_CASE("oja: a linear unit finds the first principal component, at unit length") {
  Random random{.seed = 1};
  const Vector<double> spread{{0.3, 1.0, 0.5}};  // so the first component is the second axis
  const Oja<double> rule{.parameters = {.eta = 0.01}};
  auto state = rule.init({.pre = 3, .post = 1});
  state.weights.setConstant(0.1);

  for (int step = 0; step < 3000; ++step) {
    const Matrix<double> x = spread.asDiagonal() * random.normal<double>(3, 16);
    rule.update(x, state.weights * x, state);
  }

  CHECK(state.weights.norm() == doctest::Approx(1).epsilon(0.02));
  CHECK(std::abs(state.weights(0, 1)) > 0.99);
}

/// Columns whose correlation <x x'> is exactly C: a square root of C times axes.
static Matrix<double> samples_of(const Matrix<double>& correlation) {
  const Index n = correlation.rows();
  return std::sqrt(double(n)) * Matrix<double>(correlation.llt().matrixL());
}

TEST_CASE("oja: the averaged flow ends at the first eigenvector, at squared length 1 / alpha") {
  const Matrix<double> C{{2, 0.5, 0.1}, {0.5, 1, 0.2}, {0.1, 0.2, 0.5}};
  const Matrix<double> x = samples_of(C);
  const Vector<double> first =
      Eigen::SelfAdjointEigenSolver<Matrix<double>>(C).eigenvectors().col(2);
  for (const double alpha : {1.0, 4.0}) {
    const Oja<double> rule{.parameters = {.eta = 0.02, .alpha = alpha}};
    auto state = rule.init({.pre = 3, .post = 1});
    state.weights << 0.1, -0.2, 0.3;
    for (int step = 0; step < 3000; ++step) rule.update(x, state.weights * x, state);
    CHECK(state.weights.squaredNorm() == doctest::Approx(1 / alpha).epsilon(1e-9));
    CHECK(std::abs(state.weights.row(0).dot(first)) / state.weights.norm() > 1 - 1e-9);
  }
}

TEST_CASE(
    "oja: the squared norm changes by 2 eta (w' C w) (1 - |w|^2), to the square of the rate") {
  const Matrix<double> C{{2, 0.5}, {0.5, 1}}, x = samples_of(C), w{{0.8, -0.3}};
  const double expected = 2 * (w * C * w.transpose())(0, 0) * (1 - w.squaredNorm());
  const auto error = [&](double eta) {
    const Oja<double> rule{.parameters = {.eta = eta}};
    auto state = rule.init({.pre = 2, .post = 1});
    state.weights = w;
    rule.update(x, w * x, state);
    return (state.weights.squaredNorm() - w.squaredNorm()) / eta - expected;
  };
  CHECK(std::abs(error(1e-6)) < 1e-5);
  CHECK(error(1e-3) / error(5e-4) == doctest::Approx(2).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("oja: a divergence is named in the very step in which a weight overflows",
                   Scalar, float, double) {
  const Oja<Scalar> rule{.parameters = {.eta = Scalar(0.1)}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights.setConstant(Scalar(0.5));
  const Matrix<Scalar> x{{10}, {10}};
  std::int64_t step = 0;
  try {
    for (; step < 50; ++step) {
      const Matrix<Scalar> before = state.weights, y = before * x;
      CHECK(before.allFinite());
      rule.update(x, y, state);
    }
  } catch (const Divergence& error) {
    CHECK(std::string(error.what())
              .find(sentence("Oja: the weight matrix after step ", step, " holds")) == 0);
  }
  CHECK(step > 1);
  CHECK(step < 20);
}
