#include "hebb/layers/images.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("images: canonical order goes in and comes out, whatever the blocks inside",
                   Scalar, float, double) {
  for (const Index channels : {1, 3, 4, 5, 16, 20, 32}) {
    const ImageShape shape{channels, 3, 2};
    const Matrix<Scalar> canonical = Random{.seed = 1}.normal<Scalar>(shape.size(), 5);
    Images<Scalar> images;
    images.assign(shape, canonical);
    CHECK(images.matrix() == canonical);
    const Index channel = channels - 1, x = 2, y = 1, sample = 3;
    CHECK(images(channel, x, y, sample) == canonical(channel + channels * (x + 3 * y), sample));
  }
}

TEST_CASE("images: padding is zero, also after another shape used the memory") {
  Images<float> images;
  images.assign({16, 2, 2}, Matrix<float>::Constant(64, 2, 7));
  images.assign({5, 4, 4}, Matrix<float>::Constant(80, 2, 1));
  float filling = 0;
  for (Index place = 0; place < 16; ++place)
    for (Index lane = 5; lane < 16; ++lane) filling += images.data(1)[place * 16 + lane];
  CHECK(filling == 0);
}

TEST_CASE("images: a wrong number of rows and a non-finite number are refused") {
  Images<float> images;
  CHECK_THROWS_AS(images.assign({3, 2, 2}, Matrix<float>::Zero(11, 2)), ShapeError);
  Matrix<float> bad = Matrix<float>::Zero(12, 2);
  bad(3, 1) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(images.assign({3, 2, 2}, bad), NonFinite);
}
