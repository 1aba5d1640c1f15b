/// @file
/// summary.json: what a run found, as one flat object that other programs read.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

#include "common/command_line.hpp"
#include "common/file.hpp"

namespace example {

/// Numbers and strings by name, in the order in which they were set; always "seconds", "seed" and "threads".
/// A number that is not finite is written as null, which is what JSON has for it: a reader sees that there is none.
class Summary {
 public:
  explicit Summary(const Options& options) : path_(options.directory / "summary.json") {
    set("seed", options.seed);
    set("threads", options.threads);
  }

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void set(const std::string& name, Number value) { values_[name] = value; }
  void set(const std::string& name, const std::string& value) { values_[name] = value; }

  /// Seconds since the run began.
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  void write() {
    set("seconds", seconds());
    write_file(path_, values_.dump(2) + "\n");
  }

 private:
  std::filesystem::path path_;
  nlohmann::ordered_json values_ = nlohmann::ordered_json::object();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace example
