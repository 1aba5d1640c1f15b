#include "hebb/core/kernels/softmax.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace hebb;

TEST_CASE("softmax: the shares of log 1, log 2 and log 5 are 1/8, 2/8 and 5/8") {
  Vector<double> x(3), y(3);
  x << 0, std::log(2), std::log(5);
  const auto [largest, sum] = softmax_terms<double>(x, y);
  CHECK(largest == std::log(5));
  const Vector<double> share = y / sum;
  for (Index i = 0; i < 3; ++i)
    CHECK(share(i) == doctest::Approx(std::exp(x(i)) / 8).epsilon(1e-14));
  CHECK(log_sum_exp<double>(x) == doctest::Approx(std::log(8)).epsilon(1e-14));
}

TEST_CASE("softmax: a scale of 2 squares the ratios, and the result may replace the argument") {
  Vector<double> x(2);
  x << 0, std::log(3);
  const auto terms = softmax_terms<double>(x, x, 2.0);
  CHECK(x(1) / terms.sum == doctest::Approx(0.9).epsilon(1e-14));
}

TEST_CASE("softmax: the largest numbers of a float do not overflow") {
  const float most = std::numeric_limits<float>::max();
  Vector<float> x(2), y(2);
  x << most, -most / 2;
  CHECK(softmax_terms<float>(x, y).sum == 1);
  CHECK(y(0) == 1);
  CHECK(y(1) == 0);
  CHECK(log_sum_exp<float>(x) == most);
}
