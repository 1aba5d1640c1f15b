#include "hebb/core/kernels/packed_matrix.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE(
    "packed matrix: whole numbers are multiplied, added and subtracted exactly, in every shape",
    Scalar, float, double) {
  Random random{.seed = 3};
  const auto whole = [&](Index rows, Index cols) -> Matrix<Scalar> {
    return random.uniform<Scalar>(rows, cols, -8, 8).array().floor().matrix();
  };
  PackedMatrix<Scalar> packed;  // one after the other, larger and smaller
  for (const Index rows : {70, 1, 10, 16, 33})
    for (const Index cols : {5, 1, 40, 70})
      for (const Index columns : {1, 5, 6, 7, 13, 29}) {
        const Matrix<Scalar> a = whole(rows, cols), b = whole(cols + 2, columns + 1),
                             old = whole(rows + 1, columns);
        const Matrix<Scalar> product = a * b.block(1, 1, cols, columns);
        const auto from = b.block(1, 1, cols, columns);
        packed.pack(a);
        Matrix<Scalar> to = old, more = old, less = old, turned = old;
        packed.multiply(from, to.topRows(rows));
        packed.add_product(from, more.topRows(rows));
        packed.subtract_product(from, less.topRows(rows));
        const Matrix<Scalar> a_turned = a.transpose(), b_turned = from.transpose();
        packed.pack(a_turned.transpose());
        packed.multiply(b_turned.transpose(), turned.topRows(rows));
        CHECK(to.topRows(rows) == product);
        CHECK(more.topRows(rows) == old.topRows(rows) + product);
        CHECK(less.topRows(rows) == old.topRows(rows) - product);
        CHECK(turned == to);
        CHECK(to.bottomRows(1) == old.bottomRows(1));  // nothing is written past the product
      }
}

TEST_CASE(
    "packed matrix: the bits of a product do not depend on how its columns are divided among "
    "calls") {
  Random random{.seed = 4};
  for (const Index rows : {45, 10, 129}) {
    const Matrix<float> a = random.normal<float>(rows, 77), b = random.normal<float>(77, 32);
    PackedMatrix<float> packed;
    packed.pack(a);
    Matrix<float> whole(rows, 32), cut(rows, 32);
    packed.multiply(b, whole);
    for (Index begin = 0, count = 1; begin < 32;
         begin += count, count = std::min<Index>(count + 2, 32 - begin))
      packed.multiply(b.middleCols(begin, count), cut.middleCols(begin, count));
    CHECK(cut == whole);
    CHECK(whole.isApprox(a * b, 1e-5f));
  }
}
