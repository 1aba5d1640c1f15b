/// @file
/// Shared by the tests of saving under faults: a state that shows whether it is complete, and
/// settings from the environment.
#pragma once

#include <doctest/doctest.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "hebb/io/checkpoint.hpp"
#include "tests/files.hpp"

namespace faults {

/// All its numbers are equal to the version that was saved.
struct State {
  hebb::Matrix<float> weights = hebb::Matrix<float>::Zero(60, 90);
  hebb::Vector<double> trace = hebb::Vector<double>::Zero(40);
  std::int64_t step = 0;

  void become(std::int64_t version) {
    weights.setConstant(float(version));
    trace.setConstant(double(version));
    step = version;
  }

  bool is(std::int64_t version) const {
    return step == version && (weights.array() == float(version)).all() &&
           (trace.array() == double(version)).all();
  }

  void each(auto&& visit) {
    visit("weights", weights);
    visit("trace", trace);
    visit("step", step);
  }
};

inline State state_of(std::int64_t number) {
  State state;
  state.become(number);
  return state;
}

/// The version in a file, or -1 if the file does not load or mixes versions.
inline std::int64_t version_in(const std::filesystem::path& path) {
  State state;
  try {
    hebb::load_checkpoint(path, state);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return -1;
  }
  return state.is(state.step) ? state.step : -1;
}

/// A number from the environment.
inline long setting(const char* name, long otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

/// Counts cases and failures of one kind of fault, and prints a line at the end.
class Tally {
 public:
  explicit Tally(const char* what, long seed = 0) : what_(what), seed_(seed) {}
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally() {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin_;
    std::printf("%s: %ld cases, %ld failures, seed %ld, %.1f s\n", what_, cases_, failures_, seed_,
                seconds.count());
  }

  void add(bool good) {
    ++cases_;
    failures_ += !good;
  }
  long cases() const { return cases_; }
  long failures() const { return failures_; }

 private:
  const char* what_;
  long seed_, cases_ = 0, failures_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace faults
