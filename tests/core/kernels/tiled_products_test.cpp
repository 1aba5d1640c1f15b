#include "hebb/core/kernels/tiled_products.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "hebb/core/random.hpp"

using namespace hebb;

namespace {

template <typename Scalar>
Matrix<Scalar> whole_numbers(Index rows, Index cols, std::uint64_t number) {
  return Random{.seed = 5}
      .stream("whole numbers", number)
      .template uniform<Scalar>(rows, cols, -8, 8)
      .array()
      .floor()
      .matrix();
}

}  // namespace

TEST_CASE_TEMPLATE(
    "tiled products: whole numbers are multiplied exactly, in every shape and layout", Scalar,
    float, double) {
  for (const Index rows : {1, 3, 10, 16, 33, 70})
    for (const Index depth : {1, 7, 70, 300})
      for (const Index columns : {1, 2, 3, 6, 15, 31}) {
        const Matrix<Scalar> left = whole_numbers<Scalar>(rows, depth, 0),
                             right = whole_numbers<Scalar>(depth, columns, 1),
                             old = whole_numbers<Scalar>(rows + 1, columns, 2),
                             left_turned = left.transpose(), right_turned = right.transpose(),
                             product = left * right;
        const auto check = [&](const auto& a, const auto& b) {
          Matrix<Scalar> to = old, more = old, turned = old.transpose();
          tiles::multiply<Scalar>(a, b, to.topRows(rows));
          tiles::multiply<Scalar>(a, b, more.topRows(rows), -2, true);
          tiles::multiply<Scalar>(a, b, turned.leftCols(rows).transpose(), 1, true);
          CHECK(to.topRows(rows) == product);
          CHECK(more.topRows(rows) == old.topRows(rows) - 2 * product);
          CHECK(turned.leftCols(rows).transpose() == old.topRows(rows) + product);
          CHECK(to.bottomRows(1) == old.bottomRows(1));  // nothing is written past the product
        };
        check(left, right);
        check(left_turned.transpose(), right);
        check(left, right_turned.transpose());
        check(left_turned.transpose(), right_turned.transpose());
      }
}

TEST_CASE("tiled products: a product of depth 0 is 0") {
  const Matrix<float> left(20, 0), right(0, 5);
  Matrix<float> to = Matrix<float>::Ones(20, 5);
  tiles::multiply<float>(left, right, to);
  CHECK(to.isZero(0));
}

TEST_CASE(
    "tiled products: factors with large columns, whose panels are packed, give the same product") {
  const Matrix<double> left = whole_numbers<double>(700, 300, 0),
                       right = whole_numbers<double>(300, 40, 1);
  Matrix<double> to(700, 40);
  tiles::multiply<double>(left, right, to);
  CHECK(to == left * right);
}

TEST_CASE(
    "tiled products: infinity and NaN pass into the products that contain them, and into no "
    "others") {
  Matrix<float> left = Matrix<float>::Ones(10, 70), right = Matrix<float>::Ones(70, 9), to(10, 9);
  right(69, 4) = std::numeric_limits<float>::infinity();
  left(3, 69) = std::numeric_limits<float>::quiet_NaN();
  const Matrix<float> rows = left.transpose();
  const auto check = [&](const auto& a) {
    tiles::multiply<float>(a, right, to);
    for (Index i = 0; i < 10; ++i)
      for (Index j = 0; j < 9; ++j) {
        CHECK(std::isnan(to(i, j)) == (i == 3));
        CHECK(std::isinf(to(i, j)) == (i != 3 && j == 4));
      }
  };
  check(left);
  check(rows.transpose());
}
