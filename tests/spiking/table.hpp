/// @file
/// Tables of numbers from tests/data/spiking.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

/// The columns of a CSV file, by the names in its first line.
inline std::map<std::string, std::vector<double>> read_table(const std::string& name) {
  std::ifstream file(std::string(HEBB_ROOT) + "/tests/data/spiking/" + name);
  REQUIRE_MESSAGE(file.is_open(), name);
  std::string line, cell;
  std::vector<std::string> names;
  std::getline(file, line);
  for (std::istringstream cells(line); std::getline(cells, cell, ',');) names.push_back(cell);
  std::map<std::string, std::vector<double>> table;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    for (const std::string& column : names) {
      REQUIRE(std::getline(cells, cell, ','));
      table[column].push_back(std::stod(cell));
    }
  }
  return table;
}
