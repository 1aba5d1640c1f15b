/// @file
/// Measures from which time on a loop gains from all threads on this machine.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "hebb/core/threads.hpp"

namespace hebb {

/// The time on one core, in nanoseconds, from which on a loop takes at most 0.95 of it on all
/// threads: a value for `worth_waking`, for programs whose threads sleep while they wait.
///
/// A loop of time \f$w\f$ takes \f$o + s w\f$ on all threads, with \f$o\f$ the price of waking them
/// and \f$s\f$ at least 1 / threads; \f$s\f$ is larger on cores that share their arithmetic units
/// or are busy. Both are measured, with multiply-adds as in a product, after pauses in which the
/// other threads fall asleep. The result is \f$3 o / \max(0.1, 0.95 - s)\f$, at least 30 us: the
/// factor 3 is for loops whose time is estimated too high. It is infinite with one thread. Takes
/// about 30 ms.
inline double measured_worth_waking() {
  using Clock = std::chrono::steady_clock;
  constexpr double never = std::numeric_limits<double>::infinity();
  const int threads = max_threads();
  if (threads == 1) return never;
  const auto time_of = [](const auto& body) {
    const auto start = Clock::now();
    body();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  };
  const auto work = [](double count) {
    std::array<float, 128> sums = {};
    for (Index i = 0; i < Index(count); ++i)
      for (float& sum : sums) sum = sum * 0.5f + 1.0f;
    [[maybe_unused]] const volatile float used = sums[0] + sums[127];
  };
  // The median of seven measurements.
  const auto median = [](const auto& measure) {
    std::array<double, 7> times;
    for (double& time : times) time = measure();
    std::sort(times.begin(), times.end());
    return times[3];
  };
  const double per_count = median([&] { return time_of([&] { work(2000); }); }) / 2000;
  // On all threads, after a pause in which the other threads fall asleep.
  const auto parallel_time = [&](double time) {
    return median([&] {
      work(300e3 / per_count);
      return time_of([&] {
        parallel_for(
            threads, [&](Index) { work(time / per_count / threads); }, never);
      });
    });
  };
  constexpr double shorter = 200e3, longer = 2e6;
  const double first = parallel_time(shorter),
               share = (parallel_time(longer) - first) / (longer - shorter),
               price = first - share * shorter;
  return 3 * std::max(10e3, price / std::max(0.1, 0.95 - share));
}

}  // namespace hebb
