#include "hebb/core/finite.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace hebb;

TEST_CASE_TEMPLATE(
    "finite: NaN and both infinities are found wherever they are; every other number passes",
    Scalar, float, double) {
  using Limits = std::numeric_limits<Scalar>;
  Vector<Scalar> values = Vector<Scalar>::Ones(101);
  for (const Scalar good : {Scalar(0), -Scalar(0), Limits::max(), Limits::lowest(), Limits::min(),
                            Limits::denorm_min()}) {
    values.setConstant(good);
    CHECK(all_finite(values.data(), values.size()));
  }
  for (const Scalar bad : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN(),
                           Limits::infinity(), -Limits::infinity()})
    for (const Index place : {0, 1, 50, 99, 100}) {
      values.setOnes();
      values(place) = bad;
      CHECK_FALSE(all_finite(values.data(), values.size()));
    }
  CHECK(all_finite(values.data(), 0));
}

TEST_CASE(
    "finite: the error names the matrix and the first bad element, by column and then by row") {
  Matrix<float> x = Matrix<float>::Zero(3, 4);
  CHECK_NOTHROW(require_finite<float>(x, "pre"));
  x(2, 1) = std::numeric_limits<float>::infinity();
  x(0, 3) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(require_finite<float>(x, "pre"), "pre holds inf at row 2, column 1",
                       NonFinite);
  CHECK_NOTHROW(require_finite<float>(x.topLeftCorner(2, 3),
                                      "pre"));  // a part of a matrix, with gaps between its columns
  CHECK_THROWS_AS(require_finite<float>(x.rightCols(1), "pre"), NonFinite);
}
