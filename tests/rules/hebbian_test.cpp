#include "hebb/rules/hebbian.hpp"

#include <doctest/doctest.h>

#include "hebb/core/normalization.hpp"
#include "hebb/core/optimizer/bounded.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("hebbian: one update is eta * <y x'>, worked by hand", Scalar, float, double) {
  const Hebbian<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 1, 2;
  const Matrix<Scalar> x{{1, 3}, {2, 4}}, y{{1, 2}};  // <y x'> = (3.5, 5)

  rule.update(x, y, state);

  CHECK(state.weights(0, 0) == close_to<Scalar>(1 + 0.5 * 3.5));
  CHECK(state.weights(0, 1) == close_to<Scalar>(2 + 0.5 * 5.0));
}

/// Two columns per axis, at +-sqrt(2 * lambda): their correlation <x x'> is diag(lambda).
static Matrix<double> axes(const Vector<double>& lambda) {
  const Index n = lambda.size();
  Matrix<double> x = Matrix<double>::Zero(n, 2 * n);
  for (Index k = 0; k < n; ++k) {
    x(k, 2 * k) = std::sqrt(double(n) * lambda(k));
    x(k, 2 * k + 1) = -x(k, 2 * k);
  }
  return x;
}

TEST_CASE(
    "hebbian: along the k-th eigenvector a linear unit grows by 1 + eta lambda_k per update, "
    "without bound") {
  const Vector<double> lambda{{2.0, 1.0, 0.5}};
  const Matrix<double> x = axes(lambda);
  const Hebbian<double> rule{.parameters = {.eta = 0.1}};
  auto state = rule.init({.pre = 3, .post = 1});
  state.weights << 0.1, 0.2, -0.3;
  const Matrix<double> start = state.weights;

  for (int step = 0; step < 200; ++step) rule.update(x, state.weights * x, state);

  for (Index k = 0; k < 3; ++k)
    CHECK(state.weights(0, k) ==
          doctest::Approx(start(0, k) * std::pow(1 + 0.1 * lambda(k), 200)).epsilon(1e-10));
  CHECK(state.weights.norm() > 1e14);
  CHECK(state.weights(0, 0) / state.weights.norm() >
        1 - 1e-12);  // and the direction becomes the first component's
}

TEST_CASE("hebbian: with L2 normalisation one small step is that of Oja's rule, up to eta^2") {
  Random random{.seed = 5};
  const Matrix<double> x = random.normal<double>(4, 50);
  Matrix<double> w = random.normal<double>(1, 4);
  w /= w.norm();
  const auto difference = [&](double eta) {
    const Hebbian<double> hebbian{.parameters = {.eta = eta}};
    const Oja<double> oja{.parameters = {.eta = eta}};
    auto a = hebbian.init({.pre = 4, .post = 1});
    auto b = oja.init({.pre = 4, .post = 1});
    a.weights = b.weights = w;
    hebbian.update(x, w * x, a);
    MultiplicativeNormalization{}.apply(a.weights);
    oja.update(x, w * x, b);
    return (a.weights - b.weights).norm();
  };
  CHECK(difference(1e-3) / difference(5e-4) == doctest::Approx(4).epsilon(0.01));
}

TEST_CASE(
    "hebbian: with subtractive normalisation the sum is constant, and the weights diverge up to "
    "the bounds") {
  Matrix<double> x(3, 4);  // the first input is on its own, the others are correlated
  x << 1, 0, 0, 0, /**/ 0, 1, 1, 0, /**/ 0, 1, 1, 1;
  const Hebbian<double, Bounded<>> rule{.parameters = {.eta = 0.01}};
  auto state = rule.init({.pre = 3, .post = 1});
  state.weights << 0.5, 0.5, 0.5;
  for (int step = 0; step < 5000; ++step) {
    rule.update(x, state.weights * x, state);
    SubtractiveNormalization{.sum = 1.5}.apply(state.weights);
  }
  CHECK(state.weights(0, 2) >= 1 - 0.02);
  CHECK(state.weights(0, 0) <= 0.02);
}
