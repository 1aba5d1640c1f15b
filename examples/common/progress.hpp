/// @file
/// Progress of a long loop: a bar with rate and time left on a terminal, otherwise a line every ten
/// seconds.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include "common/file.hpp"

namespace example {

/// Writes to standard error. The destructor finishes the line.
class Progress {
 public:
  Progress(std::string label, std::int64_t total, std::string unit = "steps")
      : label_(std::move(label)),
        unit_(std::move(unit)),
        total_(std::max<std::int64_t>(total, 1)) {}

  /// Counts steps. `note`, e.g. a loss, is shown at the end of the line.
  void advance(std::int64_t steps = 1, const std::string& note = {}) {
    done_ += steps;
    if (!note.empty()) note_ = note;
    const auto now = Clock::now();
    if (now - shown_ <
        (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000)))
      return;
    shown_ = now;
    shown_done_ = done_;
    show();
  }

  ~Progress() {
    if (terminal_ || shown_done_ != done_) show();
    if (terminal_) std::cerr << '\n';
  }

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  void show() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = double(done_) / std::max(seconds, 1e-9);
    const double part = std::min(1.0, double(done_) / double(total_));
    std::string line = label_ + " ";
    if (terminal_) {
      constexpr int width = 24;
      const int full = int(part * width);
      for (int i = 0; i < width; ++i) line += i < full ? "█" : "░";
      line += " ";
    }
    line += fixed(100 * part, 0) + " %  " + fixed(rate, rate < 10 ? 1 : 0) + " " + unit_ + "/s  ";
    line += done_ < total_ ? duration(double(total_ - done_) / rate) + " left" : duration(seconds);
    if (!note_.empty()) line += "  " + note_;
    std::cerr << (terminal_ ? "\r\033[K" + line : line + "\n") << std::flush;
  }

  static std::string duration(double seconds) {
    if (seconds < 100) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
    if (seconds > 1e6) return "long";
    const long whole = long(seconds);
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  }

  std::string label_, unit_, note_;
  std::int64_t total_, done_ = 0, shown_done_ = -1;
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace example
