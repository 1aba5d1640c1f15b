/// @file
/// Files that are either whole or not there, and numbers as text.
#pragma once

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "hebb/core/error.hpp"

namespace example {

namespace fs = std::filesystem;

/// Writes to a temporary file beside the target and renames it. Makes the directory. Throws IoError, naming the file.
inline void write_file(const fs::path& path, std::string_view content) {
  fs::path temporary = path;
  temporary += ".tmp";
  try {
    if (path.has_parent_path()) fs::create_directories(path.parent_path());
    std::ofstream file(temporary, std::ios::binary);
    file.write(content.data(), std::streamsize(content.size()));
    file.close();
    hebb::require<hebb::IoError>(bool(file), temporary.string(), " could not be written");
    fs::rename(temporary, path);
  } catch (const fs::filesystem_error& error) {
    throw hebb::IoError(error.what());
  }
}

/// The shortest text that reads back as the same number.
inline std::string exact(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// A number with a fixed count of digits after the point.
inline std::string fixed(double value, int digits = 3) {
  std::array<char, 400> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, digits).ptr};
}

}  // namespace example
