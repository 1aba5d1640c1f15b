#include "hebb/core/loss.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "hebb/core/targets.hpp"

using namespace hebb;

TEST_CASE(
    "loss: the cross entropy of huge outputs is that of their differences, without overflow") {
  const Matrix<double> output{{1000.0, -2000.0}, {999.0, -1999.0}}, y{{1.0, 0.25}, {0.0, 0.75}};
  const double p = 1 / (1 + std::exp(-1.0));  // of the larger one
  Matrix<double> error(2, 2);
  CrossEntropy::error<double>(output, y, error);
  CHECK((error - Matrix<double>{{1 - p, 0.25 - (1 - p)}, {-(1 - p), 0.75 - p}}).norm() < 1e-14);
  const double expected = (-std::log(p) - 0.25 * std::log(1 - p) - 0.75 * std::log(p)) / 2;
  CHECK(CrossEntropy::loss<double>(output, y) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("targets: the other classes share the rest of the probability equally, worked by hand") {
  const Matrix<double> targets = soft_targets<double>(std::vector<int>{2, 0}, 4, 0.7);
  const Matrix<double> expected{{0.1, 0.7}, {0.1, 0.1}, {0.7, 0.1}, {0.1, 0.1}};
  CHECK((targets - expected).norm() < 1e-15);
  CHECK_THROWS_AS(soft_targets<double>(std::vector<int>{0, 3}, 3), InvalidParameter);
}
