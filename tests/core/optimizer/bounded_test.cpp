#include "hebb/core/optimizer/bounded.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace hebb;

TEST_CASE_TEMPLATE(
    "bounded: the optimiser changes the weights, which are clipped at the bounds, by hand", Scalar,
    float, double) {
  const Bounded<> bounded{.lower = -1, .upper = 2};
  auto state = bounded.init<Scalar>({.pre = 3, .post = 1});
  Matrix<Scalar> weights{{0, 0, 0}};
  const Matrix<Scalar> change{{10, -10, 1}};
  bounded.apply(weights, change, None{}, 0.5, state);
  CHECK(weights == Matrix<Scalar>{{2, -1, Scalar(0.5)}});
}

TEST_CASE("bounded: a lower bound that is not below the upper is refused") {
  CHECK_THROWS_AS((Bounded<>{.lower = 1, .upper = 1}.init<float>({.pre = 1, .post = 1})),
                  InvalidParameter);
}

TEST_CASE(
    "bounded: weights that were set outside come to the bounds at the next update; a bound may be "
    "infinite, but not NaN") {
  const double inf = std::numeric_limits<double>::infinity(),
               nan = std::numeric_limits<double>::quiet_NaN();
  Matrix<double> weights{{-3, 0.5, 7}};
  const Matrix<double> none = Matrix<double>::Zero(1, 3);
  const Bounded<> bounded, positive{.upper = inf};
  auto state = bounded.init<double>({3, 1});
  bounded.apply<double>(weights, none, None{}, 1, state);
  CHECK(weights == Matrix<double>{{0, 0.5, 1}});
  weights << -3, 0.5, 7;
  auto other = positive.init<double>({3, 1});
  positive.apply<double>(weights, none, None{}, 1, other);
  CHECK(weights == Matrix<double>{{0, 0.5, 7}});
  CHECK_THROWS_AS(Bounded<>{.upper = nan}.init<double>({3, 1}), InvalidParameter);
}

TEST_CASE("bounded: a divergence is named, although the bounds would hide it") {
  const Bounded<> bounded;
  Matrix<float> weights = Matrix<float>::Zero(1, 1);
  auto state = bounded.init<float>({1, 1});
  CHECK_THROWS_AS(
      bounded.apply<float>(weights, Matrix<float>::Constant(1, 1, 1e30f), None{}, 1e30, state),
      Divergence);
}
