/// @file
/// The time of a call on one and on two threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace hebb::bench {

/// Seconds of the fastest call on one thread and on two. The two are timed in turn.
inline std::pair<double, double> fastest(const std::function<void()>& step, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  double best[2] = {1e9, 1e9};
  int calls = 1;
  const auto run = [&](int threads) {
    omp_set_num_threads(threads);
    step();  // wakes the threads, or lets them sleep
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) step();
    best[threads - 1] = std::min(best[threads - 1], seconds_since(start) / calls);
  };
  for (run(1); best[0] * calls < 1e-3; run(1)) calls *= 2;
  const auto start = Clock::now();
  do {
    run(1);
    run(2);
  } while (seconds_since(start) < seconds);
  return {best[0], best[1]};
}

}  // namespace hebb::bench
