#include "hebb/analysis/spread.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE("spread: mean, standard deviation and standard error, worked by hand") {
  const std::vector<double> numbers{2, 4, 4, 10};  // squares of differences: 9, 1, 1, 25
  const Spread found = spread(numbers);
  CHECK(found.mean == 5);
  CHECK(found.deviation == close_to<double>(std::sqrt(12)));
  CHECK(found.standard_error == close_to<double>(std::sqrt(3)));
}

TEST_CASE("spread: a member or a function selects the number of each element") {
  struct Run {
    int seed;
    float result;
  };
  const std::vector<Run> runs{{7, 1.0f}, {8, 3.0f}};
  CHECK(spread(runs, &Run::result).mean == 2);
  CHECK(spread(runs, [](const Run& run) { return 10 * run.result; }).mean == 20);
}

TEST_CASE("spread: one number has no deviation, and no number is an error") {
  CHECK(spread(std::vector<int>{3}).mean == 3);
  CHECK(spread(std::vector<int>{3}).deviation == 0);
  CHECK_THROWS_WITH_AS(spread(std::vector<double>{}), "spread: there are no numbers",
                       InvalidParameter);
}
