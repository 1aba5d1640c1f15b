/// @file
/// The numbers of threads between which tests compare results.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

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
