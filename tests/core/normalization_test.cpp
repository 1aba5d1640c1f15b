#include "hebb/core/normalization.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("multiplicative normalisation gives every row its p-norm and keeps its ratios",
                   Scalar, float, double) {
  for (const double p : {1.0, 2.0, 3.0}) {
    Matrix<Scalar> w = Random{.seed = 1}.normal<Scalar>(3, 5);
    const Matrix<Scalar> before = w;
    MultiplicativeNormalization{.p = p, .length = 2}.apply(w);
    for (Index i = 0; i < 3; ++i) {
      CHECK(std::pow(double(w.row(i).array().abs().pow(Scalar(p)).sum()), 1 / p) ==
            close_to<Scalar>(2));
      for (Index j = 1; j < 5; ++j)
        CHECK(w(i, j) / w(i, 0) == doctest::Approx(before(i, j) / before(i, 0)).epsilon(1e-5));
    }
  }
}

TEST_CASE("multiplicative normalisation leaves a row of zeros alone") {
  Matrix<double> w = Matrix<double>::Zero(2, 3);
  w.row(1).setConstant(5);
  MultiplicativeNormalization{}.apply(w);
  CHECK(w.row(0).norm() == 0);
  CHECK(w.row(1).norm() == close_to<double>(1));
}

TEST_CASE("subtractive normalisation conserves the sum and every difference, by hand") {
  Matrix<double> w{{1, 2, 3}, {0, 0, 4}};
  SubtractiveNormalization{.sum = 3}.apply(w);
  CHECK(w == Matrix<double>{{0, 1, 2}, {-1.0 / 3, -1.0 / 3, 4 - 1.0 / 3}});
}

TEST_CASE("a norm below 1 and a length of 0 are refused") {
  Matrix<double> w = Matrix<double>::Ones(1, 1);
  CHECK_THROWS_AS(MultiplicativeNormalization{.p = 0.5}.apply(w), InvalidParameter);
  CHECK_THROWS_AS(MultiplicativeNormalization{.length = 0}.apply(w), InvalidParameter);
}

TEST_CASE_TEMPLATE(
    "multiplicative normalisation reaches rows of any size, be they near the largest number or the "
    "smallest",
    Scalar, float, double) {
  using Limits = std::numeric_limits<Scalar>;
  for (const double p : {1.0, 2.0, 3.0})
    for (const Scalar size : {Limits::max() / 4, std::sqrt(Limits::max()) * 100, Scalar(3e25),
                              Scalar(3e-30), Limits::min() * 8}) {
      Matrix<Scalar> w{{size, -2 * size}, {1, 1}};
      MultiplicativeNormalization{.p = p}.apply(w);
      CHECK(w(0, 0) == doctest::Approx(std::pow(1 + std::pow(2, p), -1 / p)).epsilon(1e-6));
      CHECK(w(0, 1) / w(0, 0) == doctest::Approx(-2).epsilon(1e-6));
    }
}

TEST_CASE("normalisation: weights, lengths and sums that are not finite are refused") {
  const double inf = std::numeric_limits<double>::infinity();
  Matrix<double> w = Matrix<double>::Ones(1, 2);
  CHECK_THROWS_AS(MultiplicativeNormalization{.length = inf}.apply(w), InvalidParameter);
  CHECK_THROWS_AS(MultiplicativeNormalization{.p = inf}.apply(w), InvalidParameter);
  CHECK_THROWS_AS(SubtractiveNormalization{.sum = std::nan("")}.apply(w), InvalidParameter);
  w(0, 1) = inf;
  CHECK_THROWS_AS(MultiplicativeNormalization{}.apply(w), NonFinite);
  CHECK_THROWS_AS(SubtractiveNormalization{}.apply(w), NonFinite);
  w.setConstant(1e308);
  CHECK_THROWS_AS(SubtractiveNormalization{}.apply(w), Divergence);
  CHECK(w == Matrix<double>::Constant(1, 2, 1e308));
}
