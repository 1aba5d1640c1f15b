/// @file
/// Writing files of results, and numbers as text.
#pragma once

#include <array>
#include <charconv>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "hebb/analysis/spread.hpp"
#include "hebb/io/file.hpp"

namespace example {

namespace fs = std::filesystem;

/// Replaces the whole file, and makes its directory if needed. Throws IoError, naming the file.
inline void write_file(const fs::path& path, std::string_view content) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  hebb::require<hebb::IoError>(!error, path.parent_path(), " cannot be made: ", error.message());
  hebb::write_file(path, std::as_bytes(std::span(content)));
}

/// The shortest text that reads back as the same number.
inline std::string exact(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// A number with a fixed number of digits after the point.
inline std::string fixed(double value, int digits = 3) {
  std::array<char, 400> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value,
                                     std::chars_format::fixed, digits)
                           .ptr};
}

/// A number rounded to a number of significant digits.
inline std::string significant(double value, int digits = 3) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value,
                                     std::chars_format::general, digits)
                           .ptr};
}

/// A mean and its standard deviation, e.g. "71.2 ± 0.3"; the mean alone if there is no deviation,
/// as of a single seed.
inline std::string with_deviation(const hebb::Spread& spread, int digits) {
  const std::string mean = fixed(spread.mean, digits);
  return spread.deviation == 0 ? mean : mean + " ± " + fixed(spread.deviation, digits);
}

}  // namespace example
