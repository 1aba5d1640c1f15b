#include "hebb/rules/oja.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("oja: one update is eta * <y x' - y^2 w>, worked by hand", Scalar, float, double) {
  const Oja<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 1, 2;
  const Matrix<Scalar> x{{1, 3}, {2, 4}}, y{{1, 2}};  // two columns: <y x'> = (3.5, 5), <y^2> = 2.5

  rule.update(x, y, state);

  CHECK(state.weights(0, 0) == doctest::Approx(1 + 0.5 * (3.5 - 2.5 * 1)));
  CHECK(state.weights(0, 1) == doctest::Approx(2 + 0.5 * (5.0 - 2.5 * 2)));
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
