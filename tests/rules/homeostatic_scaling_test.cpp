#include "hebb/rules/homeostatic_scaling.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("homeostatic scaling: one update, worked by hand", Scalar, float, double) {
  const HomeostaticScaling<Scalar> rule{
      .parameters = {.eta = Scalar(0.5), .target_rate = 2, .tau = 4}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 1, -2;
  rule.update(Matrix<Scalar>{{0, 0}, {0, 0}}, Matrix<Scalar>{{5, 7}},
              state);  // a: 2 -> 2 + (6 - 2) / 4 = 3
  CHECK(state.weights == Matrix<Scalar>{{Scalar(0.5), -1}});
  CHECK(state.activity(0) == 3);

  const HomeostaticScaling<Scalar, ProportionalIntegral> integral{
      .parameters = {.eta = Scalar(0.5), .target_rate = 2, .tau = 4}, .control = {.gain = 0.25}};
  auto other = integral.init({.pre = 2, .post = 1});
  other.weights << 1, -2;
  integral.update(Matrix<Scalar>{{0, 0}, {0, 0}}, Matrix<Scalar>{{5, 7}}, other);
  CHECK(other.weights(0, 0) == close_to<Scalar>(1 + 0.5 * 1 * (-1 + 0.25 * -1)));
}

TEST_CASE(
    "homeostatic scaling: alone it brings the activity to the target, and keeps the ratios of the "
    "weights") {
  const HomeostaticScaling<double> rule{.parameters = {.eta = 0.01, .target_rate = 3, .tau = 5}};
  auto state = rule.init({.pre = 3, .post = 2});
  state.weights << 0.1, 0.2, 0.7, /**/ 2, 1, 4;
  const Matrix<double> before = state.weights, x = Matrix<double>::Constant(3, 1, 2);
  for (int step = 0; step < 3000; ++step) rule.update(x, state.weights * x, state);
  for (Index i = 0; i < 2; ++i) {
    CHECK((state.weights * x)(i, 0) == doctest::Approx(3).epsilon(1e-9));
    for (Index j = 1; j < 3; ++j)
      CHECK(state.weights(i, j) / state.weights(i, 0) ==
            doctest::Approx(before(i, j) / before(i, 0)).epsilon(1e-13));
  }
}

TEST_CASE(
    "homeostatic scaling: against a steady growth the proportional form keeps an error of growth / "
    "(eta w), the integral none") {
  const double growth = 1e-3, eta = 0.01;
  const auto settle = [&](const auto& rule) {
    auto state = rule.init({.pre = 1, .post = 1});
    state.weights(0, 0) = 1;
    for (int step = 0; step < 20000; ++step) {
      rule.update(Matrix<double>{{1}}, state.weights, state);
      state.weights(0, 0) += growth;
    }
    return state.weights(0, 0);  // which is the activity
  };
  const double proportional =
      settle(HomeostaticScaling<double>{.parameters = {.eta = eta, .target_rate = 1, .tau = 1}});
  CHECK(proportional - 1 ==
        doctest::Approx(growth / (eta * (proportional - growth))).epsilon(0.02));
  CHECK(proportional > 1.05);
  const HomeostaticScaling<double, ProportionalIntegral> integral{
      .parameters = {.eta = eta, .target_rate = 1, .tau = 1}, .control = {.gain = 0.02}};
  CHECK(settle(integral) == doctest::Approx(1).epsilon(2e-3));
}
