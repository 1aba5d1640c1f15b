/// @file
/// Measures from which time on a loop gains from all threads on this machine.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "hebb/core/threads.hpp"

namespace hebb {

/// Work in nanoseconds on one core, and the time that it took on all threads.
struct TimedLoop {
  double work = 0, time = 0;  ///< nanoseconds
};

/// The time on one core from which on a loop takes at most 0.95 of it on all threads, from two
/// loops that were timed.
///
/// A loop of time \f$w\f$ takes \f$o + s w\f$ on all threads, with \f$o\f$ the price of waking them
/// and \f$s\f$ at least 1 / threads; \f$s\f$ is larger on cores that share their arithmetic units
/// or are busy. The result is \f$3 o / \max(0.1, 0.95 - s)\f$, at least 30 us: the factor 3 is for
/// loops whose time is estimated too high. A measured \f$s\f$ above 0.9 counts as 0.9, and
/// \f$o\f$ is the larger of both loops: where threads did not pay, the result is long.
inline double pays_from(const TimedLoop& shorter, const TimedLoop& longer, int threads) {
  const double slope = (longer.time - shorter.time) / (longer.work - shorter.work),
               share = std::clamp(slope, 1.0 / threads, 0.9),
               price =
                   std::max(shorter.time - share * shorter.work, longer.time - share * longer.work);
  return 3 * std::max(10e3, price / std::max(0.1, 0.95 - share));
}

/// The time on one core, in nanoseconds, from which on a loop takes at most 0.95 of it on all
/// threads: a value for `worth_waking`, for programs whose threads sleep while they wait.
///
/// It is `pays_from` of two loops of multiply-adds as in a product, each after a pause in which the
/// other threads fall asleep. It is infinite with one thread. Takes about 30 ms.
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
  const auto timed = [&](double time) {
    return TimedLoop{time, median([&] {
                       work(300e3 / per_count);
                       return time_of([&] {
                         parallel_for(
                             threads, [&](Index) { work(time / per_count / threads); }, never);
                       });
                     })};
  };
  const TimedLoop shorter = timed(200e3);
  return pays_from(shorter, timed(2e6), threads);
}

}  // namespace hebb
