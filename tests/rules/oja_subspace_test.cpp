#include "hebb/rules/oja_subspace.hpp"

#include <doctest/doctest.h>

#include "tests/close_to.hpp"
#include "tests/rules/principal_components.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("oja subspace: one update is eta (y x' - y y' W), worked by hand", Scalar, float,
                   double) {
  const OjaSubspace<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 1, .post = 2});
  state.weights << 1, 2;
  rule.update(Matrix<Scalar>{{5}}, Matrix<Scalar>{{2}, {3}}, state);  // y y' = (4 6; 6 9)
  CHECK(state.weights(0, 0) == close_to<Scalar>(1 + 0.5 * (2 * 5 - 4 * 1 - 6 * 2)));
  CHECK(state.weights(1, 0) == close_to<Scalar>(2 + 0.5 * (3 * 5 - 6 * 1 - 9 * 2)));
}

TEST_CASE(
    "oja subspace: the rows become an orthonormal basis of the first components' span, but not the "
    "components") {
  const PrincipalComponents input(Vector<double>{{3, 2, 1.2, 0.6, 0.2}});
  const Matrix<double> w = learn(OjaSubspace<double>{.parameters = {.eta = 0.02}}, input, 3, 6000);
  const Matrix<double> components = input.vectors.leftCols(3);
  CHECK((w * w.transpose() - Matrix<double>::Identity(3, 3)).norm() < 1e-6);
  CHECK((w.transpose() * w - components * components.transpose()).norm() < 1e-6);
  CHECK((w * input.correlation * w.transpose() -
         Matrix<double>(Vector<double>{{3, 2, 1.2}}.asDiagonal()))
            .norm() > 0.1);
}

TEST_CASE(
    "oja subspace: a decay that overflows is named in its step, however small the change is") {
  const OjaSubspace<float> rule{.parameters = {.eta = 0.1f}};
  auto state = rule.init({.pre = 3, .post = 2});
  state.weights.setConstant(0.5f);
  rule.update(Matrix<float>::Ones(3, 1), Matrix<float>::Ones(2, 1), state);
  const Matrix<float> x = Matrix<float>::Constant(3, 1, 1e-19f),
                      y = Matrix<float>::Constant(2, 1, 3e19f);
  CHECK_THROWS_AS(rule.update(x, y, state), Divergence);
}

TEST_CASE(
    "oja subspace: a change that overflows is named in its step, however small the decay is") {
  const OjaSubspace<float> rule{.parameters = {.eta = 0.1f}};
  auto state = rule.init({.pre = 3, .post = 2});
  state.weights.setConstant(0.5f);
  rule.update(Matrix<float>::Ones(3, 1), Matrix<float>::Ones(2, 1), state);
  const Matrix<float> x = Matrix<float>::Constant(3, 1, 3e37f),
                      y = Matrix<float>::Constant(2, 1, 1e3f);
  CHECK_THROWS_AS(rule.update(x, y, state), Divergence);
}
