/// @file
/// The repository's own files, read by the tests of its structure.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace structure {

namespace fs = std::filesystem;

inline const fs::path root = fs::path(HEBB_ROOT);

inline std::string content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// All headers, as they are included: "hebb/core/types.hpp".
inline std::vector<std::string> headers() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root / "include"))
    if (entry.path().extension() == ".hpp")
      names.push_back(fs::relative(entry.path(), root / "include").generic_string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The names between < > or " " in the include lines of a source text.
inline std::vector<std::string> includes(std::string_view source) {
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = source.find("#include", at)) != std::string_view::npos;) {
    const std::size_t begin = source.find_first_of("<\"", at) + 1;
    at = source.find_first_of(">\"", begin);
    names.emplace_back(source.substr(begin, at - begin));
  }
  return names;
}

/// Everything that a header of ours pulls in, itself not counted.
inline void collect(const std::string& header, std::set<std::string>& seen) {
  for (const std::string& name : includes(content(root / "include" / header)))
    if (seen.insert(name).second && name.starts_with("hebb/")) collect(name, seen);
}

inline std::set<std::string> reach(const std::string& header) {
  std::set<std::string> seen;
  collect(header, seen);
  return seen;
}

/// The text without comments and string literals.
inline std::string code(const std::string& source) {
  std::string result;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source.compare(i, 2, "//") == 0) {
      i = std::min(source.find('\n', i), source.size() - 1);
    } else if (source.compare(i, 2, "/*") == 0) {
      i = source.find("*/", i) + 1;
      continue;
    } else if (source[i] == '"') {
      for (++i; i < source.size() && source[i] != '"'; ++i)
        if (source[i] == '\\') ++i;
      continue;
    }
    result += source[i];
  }
  return result;
}

}  // namespace structure
