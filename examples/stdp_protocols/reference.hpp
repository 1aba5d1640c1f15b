/// @file
/// Columns of the published program's results, which are kept with the tests.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace example {

using Columns = std::map<std::string, std::vector<double>>;

/// The columns of a CSV file, by the names in its first line.
inline Columns read_columns(const std::filesystem::path& path) {
  require_data(path, "point to the directory with the reference tables with --reference");
  std::ifstream file(path);
  std::string line, cell;
  std::vector<std::string> names;
  std::getline(file, line);
  for (std::istringstream cells(line); std::getline(cells, cell, ',');) names.push_back(cell);
  Columns columns;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    for (const std::string& name : names) {
      hebb::require<hebb::FormatError>(bool(std::getline(cells, cell, ',')), path.string(),
                                       ": a line has no cell for ", name);
      columns[name].push_back(std::stod(cell));
    }
  }
  return columns;
}

}  // namespace example
