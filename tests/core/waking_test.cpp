#include "hebb/core/waking.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/thread_counts.hpp"

using namespace hebb;

TEST_CASE("waking: with one thread no loop is worth it") {
  const WithThreads one(1);
  CHECK(std::isinf(measured_worth_waking()));
}

TEST_CASE("waking: a loop pays from three times the length at which it gains a twentieth") {
  // On two free cores a loop of w takes 50 us + w / 2: at 50 / 0.45 us it takes 0.95 w.
  CHECK(pays_from({200e3, 150e3}, {2e6, 1050e3}, 2) == doctest::Approx(3 * 50e3 / 0.45));
  CHECK(pays_from({200e3, 100e3}, {2e6, 1e6}, 2) == 30e3);  // waking costs nothing
}

TEST_CASE("waking: where the timed loops took longer on all threads, only longer ones pay") {
  CHECK(pays_from({200e3, 300e3}, {2e6, 8e6}, 2) > 2e6);    // two busy cores
  CHECK(pays_from({200e3, 4e6}, {2e6, 2.1e6}, 2) > 2e6);    // an interruption of the shorter loop
  CHECK(pays_from({200e3, 100e3}, {2e6, 2.1e6}, 2) > 2e6);  // and of the longer one
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
