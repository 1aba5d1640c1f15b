#include "hebb/core/bounds.hpp"

#include <doctest/doctest.h>

using namespace hebb;

TEST_CASE_TEMPLATE("bounded: weights land with the optimiser and are cut off at the bounds, by hand", Scalar, float, double) {
  const Bounded<> bounded{.lower = -1, .upper = 2};
  auto state = bounded.init<Scalar>({.pre = 3, .post = 1});
  Matrix<Scalar> weights{{0, 0, 0}};
  const Matrix<Scalar> change{{10, -10, 1}};
  bounded.apply(weights, change, None{}, 0.5, state);
  CHECK(weights == Matrix<Scalar>{{2, -1, Scalar(0.5)}});
}

TEST_CASE("bounded: a lower bound that is not below the upper is refused") {
  CHECK_THROWS_AS((Bounded<>{.lower = 1, .upper = 1}.init<float>({.pre = 1, .post = 1})), InvalidParameter);
}
