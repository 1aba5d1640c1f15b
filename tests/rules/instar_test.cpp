#include "hebb/rules/instar.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("instar: one update is eta <y (x - w)>, worked by hand", Scalar, float, double) {
  const Instar<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 1, .post = 2});
  state.weights << 1, 2;
  rule.update(Matrix<Scalar>{{4, 6}}, Matrix<Scalar>{{1, 1}, {0, 1}}, state);
  CHECK(state.weights(0, 0) == close_to<Scalar>(1 + 0.5 * ((4 - 1) + (6 - 1)) / 2.0));
  CHECK(state.weights(1, 0) == close_to<Scalar>(2 + 0.5 * (6 - 2) / 2.0));
}

TEST_CASE("instar: the weights become the mean input weighted by activity") {
  Random random{.seed = 1};
  const Matrix<double> x = random.normal<double>(4, 20), y = random.uniform<double>(3, 20);
  const Instar<double> rule{.parameters = {.eta = 0.1}};
  auto state = rule.init({.pre = 4, .post = 3});
  for (int step = 0; step < 2000; ++step) rule.update(x, y, state);
  const Vector<double> total = y.rowwise().sum();
  CHECK((state.weights - Matrix<double>(total.cwiseInverse().asDiagonal() * y * x.transpose()))
            .norm() < 1e-12);
}
