#include "hebb/core/kernels/vectors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace hebb;

TEST_CASE_TEMPLATE("vectors: what is loaded is stored, from an address that is not aligned", Scalar,
                   float, double) {
  constexpr int width = simd::width<Scalar>;
  Scalar from[width + 1], to[width + 2] = {};
  for (int i = 0; i <= width; ++i) from[i] = Scalar(i);
  simd::store(to + 1, simd::load(from + 1) * simd::splat(Scalar(2)));
  CHECK(to[0] == 0);
  for (int i = 1; i <= width; ++i) CHECK(to[i] == Scalar(2 * i));
  CHECK(to[width + 1] == 0);
}

TEST_CASE_TEMPLATE("vectors: reciprocals are exact but for two bits, over twenty powers of ten",
                   Scalar, float, double) {
  for (int power = -10; power <= 10; ++power)
    for (const double digit : {1.0, 1.7, 3.0, 9.9}) {
      const Scalar x = Scalar(digit * std::pow(10.0, power));
      const Scalar r = simd::reciprocal(simd::splat(x))[simd::width<Scalar> - 1];
      CHECK(std::abs(r * x - 1) <= 4 * std::numeric_limits<Scalar>::epsilon());
    }
}

TEST_CASE_TEMPLATE("vectors: magnitude, rectify and any_of in every lane", Scalar, float, double) {
  constexpr int width = simd::width<Scalar>;
  CHECK_FALSE(simd::any_of(simd::Vec<Scalar>{}));
  for (int i = 0; i < width; ++i) {
    simd::Vec<Scalar> x = {};
    x[i] = -3;
    CHECK(simd::any_of(x));
    for (int j = 0; j < width; ++j) {
      CHECK(simd::magnitude(x)[j] == (i == j ? 3 : 0));
      CHECK(simd::rectify(x)[j] == 0);
    }
    x[i] = std::numeric_limits<Scalar>::quiet_NaN();
    CHECK(std::isnan(simd::rectify(x)[i]));
  }
}
