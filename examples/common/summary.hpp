/// @file
/// summary.json: the results of a run as one flat object.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <type_traits>

#include "common/command_line.hpp"
#include "common/file.hpp"

namespace example {

template <typename Value>
concept Number = std::is_arithmetic_v<Value> && !std::is_same_v<Value, bool>;

/// Numbers and strings by name, in the order in which they were set; always "seconds", "seed",
/// "threads", "ranks", "command", "date", "version", "processor", "instruction_sets" and every
/// option of the command line under its name, e.g. "--eta". Numbers that are not finite are written
/// as null.
class Summary {
 public:
  explicit Summary(const Options& options);
  ~Summary();

  template <Number Value>
  void set(const std::string& name, Value value) {
    if constexpr (std::is_floating_point_v<Value>)
      set_real(name, value);
    else if constexpr (std::is_signed_v<Value>)
      set_integer(name, value);
    else
      set_count(name, value);
  }
  void set(const std::string& name, const std::string& value);

  /// Seconds since the run began.
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  /// Writes the file, on rank 0.
  void write();

 private:
  void set_real(const std::string& name, double value);
  void set_integer(const std::string& name, std::int64_t value);
  void set_count(const std::string& name, std::uint64_t value);

  std::filesystem::path path_;
  std::unique_ptr<nlohmann::ordered_json> values_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace example
