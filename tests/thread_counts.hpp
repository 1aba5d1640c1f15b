/// @file
/// Runs with several numbers of threads, between which tests compare results.
#pragma once

#ifdef _OPENMP
#include <omp.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "hebb/core/threads.hpp"

/// 1, 2, 3 and 4, or the list in HEBB_TEST_THREADS, as in "1,2,3,4,7,8,16". A list of one's own is
/// printed, so that a script can count.
inline std::vector<int> thread_counts() {
  const char* const text = std::getenv("HEBB_TEST_THREADS");
  if (!text) return {1, 2, 3, 4};
  std::vector<int> counts;
  std::istringstream list(text);
  for (std::string count; std::getline(list, count, ',');) counts.push_back(std::stoi(count));
  std::printf("threads: %zu counts compared\n", counts.size());
  return counts;
}

/// Sets the number of threads, and that they run the shortest loops, too. Restores both at the end
/// of its lifetime.
class WithThreads {
 public:
#ifdef _OPENMP
  explicit WithThreads(int count) : before_(omp_get_max_threads()) {
    omp_set_num_threads(count);
    hebb::worth_waking = 0;
  }
  ~WithThreads() {
    omp_set_num_threads(before_);
    hebb::worth_waking = worth_waking_;
  }
#else
  explicit WithThreads(int) {}
  ~WithThreads() {}
#endif
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  [[maybe_unused]] int before_ = 1;
  [[maybe_unused]] double worth_waking_ = hebb::worth_waking;
};

/// True if run() returns the same digest for every number of threads.
bool same_for_all_thread_counts(const auto& run) {
  std::set<decltype(run())> digests;
  for (const int threads : thread_counts()) {
    const WithThreads guard(threads);
    digests.insert(run());
  }
  return digests.size() == 1;
}
