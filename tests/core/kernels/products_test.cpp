#include "hebb/core/kernels/products.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE("products: blocks of columns or rows agree with sums in plain loops") {
  Random random{.seed = 2};
  const Index k = 3;
  const Matrix<double> post = random.normal<double>(5, k), pre = random.normal<double>(600, k);
  Matrix<double> mean, product, rest = Matrix<double>::Zero(600, 600);
  mean_outer_product<double>(post, pre, mean);
  REQUIRE(mean.rows() == 5);
  REQUIRE(mean.cols() == 600);
  multiply<double>(post, pre.transpose(), product);
  subtract_transposed_product<double>(pre.transpose(), pre.transpose(), rest);
  double mean_error = 0, product_error = 0, rest_error = 0;
  for (Index j = 0; j < 600; ++j)
    for (Index i = 0; i < 5; ++i) {
      double sum = 0, other = 0;
      for (Index c = 0; c < k; ++c) {
        sum += post(i, c) * pre(j, c);
        other += pre(i, c) * pre(j, c);
      }
      mean_error = std::max(mean_error, std::abs(mean(i, j) - sum / double(k)));
      product_error = std::max(product_error, std::abs(product(i, j) - sum));
      rest_error = std::max(rest_error, std::abs(rest(i, j) + other));
    }
  CHECK(mean_error < 1e-14);
  CHECK(product_error < 1e-14);
  CHECK(rest_error < 1e-14);
}

TEST_CASE("products: a mean outer product adds to what is there, with a scale") {
  Random random{.seed = 3};
  const Matrix<double> post = random.normal<double>(5, 4), pre = random.normal<double>(600, 4),
                       old = random.normal<double>(5, 600);
  Matrix<double> mean = old;
  add_mean_outer_product<double>(3, post, pre, mean);
  CHECK((mean - old - 3.0 / 4 * post * pre.transpose()).cwiseAbs().maxCoeff() < 1e-13);
}

TEST_CASE("products: a Gram matrix is symmetric, bit by bit, and agrees with the whole product") {
  const Matrix<double> m = Random{.seed = 4}.normal<double>(150, 70);
  const auto check = [](const auto& factor) {
    Matrix<double> gram(factor.rows(), factor.rows());
    gram_product<double>(factor, gram);
    const Matrix<double> product = factor * factor.transpose();
    CHECK(gram == gram.transpose());
    CHECK((gram - product).cwiseAbs().maxCoeff() < 1e-12);
  };
  check(m);
  check(m.transpose());
}

TEST_CASE("products: factors that do not fit the sum are refused before it changes") {
  const Matrix<double> post = Matrix<double>::Ones(2, 3), pre = Matrix<double>::Ones(4, 3);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{3, 4}, {2, 5}}) {
    Matrix<double> sum = Matrix<double>::Zero(rows, cols);
    CHECK_THROWS_AS(add_mean_outer_product<double>(1, post, pre, sum), ShapeError);
    CHECK(sum.isZero(0));
  }
}
