#include "hebb/core/kernels/prefix_sums.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("prefix sums: whole numbers are summed exactly, for every length", Scalar, float,
                   double) {
  Random random{.seed = 5};
  for (const Index size : {0, 1, 7, 8, 15, 16, 17, 40, 100}) {
    const Matrix<Scalar> numbers =
        random.uniform<Scalar>(size + 1, 4, -8, 8).array().floor().matrix();
    Matrix<Scalar> before = Matrix<Scalar>::Constant(size + 1, 3, 99);
    prefix_dot<3>(numbers.col(0).data(), numbers.col(1).data(), size + 1, before.data(), size + 1,
                  size);
    for (Index c = 0; c < 3; ++c) {
      Scalar sum = 0;
      for (Index i = 0; i < size; ++i) {
        CHECK(before(i, c) == sum);
        sum += numbers(i, 0) * numbers(i, 1 + c);
      }
      CHECK(before(size, c) == 99);  // nothing is written past the end
    }
  }
}
