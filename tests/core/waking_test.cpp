#include "hebb/core/waking.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/thread_counts.hpp"

using namespace hebb;

TEST_CASE("waking: with one thread no loop is worth it") {
  const WithThreads one(1);
  CHECK(std::isinf(measured_worth_waking()));
}

#ifdef _OPENMP
TEST_CASE("waking: with several threads the time is finite, at least 30 us, and nothing is set") {
  const WithThreads two(2);
  const double before = worth_waking, measured = measured_worth_waking();
  CHECK(measured >= 30e3);
  CHECK(std::isfinite(measured));
  CHECK(worth_waking == before);
}
#endif
