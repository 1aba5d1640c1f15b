/// @file
/// Responses of neurons in the inferior temporal cortex of two monkeys during the same exposure.
///
/// N. Li & J. J. DiCarlo, Science 321:1502-1507 (2008), as digitised by M. S. Halvagal & F. Zenke,
/// Nat. Neurosci. 26:1906-1915 (2023).
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace swap_experiment {

/// One measured course over exposures; `error` is half an error bar.
struct Course {
  std::vector<double> exposures, value, error;
};

struct Monkey {
  Course swap, non_swap, control;   ///< P - N, spikes/s
  Course preferred, non_preferred;  ///< normalised responses at the swap place
};

/// The published means, without error bars.
inline Monkey published_means() {
  const std::vector<double> exposures{0, 100, 200, 300, 400};
  return {{exposures, {10.78, 8.85, 8.36, 6.33, 6.11}, {}},
          {exposures, {9.26, 8.29, 8.52, 9.08, 8.41}, {}},
          {exposures, {4.15, 4.94, 3.00, 4.21, 3.76}, {}},
          {exposures, {1.259, 1.181, 1.164, 1.089, 1.048}, {}},
          {exposures, {0.628, 0.673, 0.704, 0.728, 0.732}, {}}};
}

/// Rows of comma-separated numbers; lines that begin with # are comments.
inline std::vector<std::vector<double>> read_numbers(const std::filesystem::path& file,
                                                     std::size_t columns) {
  example::require_data(
      file,
      "point --monkey to the folder of li_dicarlo2008_delta.csv and li_dicarlo2008_responses.csv");
  std::ifstream stream(file);
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream cells(line);
    std::vector<double> row;
    for (std::string cell; std::getline(cells, cell, ',');) {
      std::size_t end = 0;
      try {
        row.push_back(std::stod(cell, &end));
      } catch (const std::logic_error&) {
      }
      hebb::require<hebb::FormatError>(
          end > 0 && cell.find_first_not_of(" \r", end) == std::string::npos, file.string(), ": '",
          cell, "' is not a number");
    }
    hebb::require<hebb::FormatError>(row.size() == columns, file.string(), ": a row has ",
                                     row.size(), " numbers, not ", columns);
    rows.push_back(row);
  }
  hebb::require<hebb::FormatError>(rows.size() > 1, file.string(),
                                   " holds fewer than two rows of numbers");
  return rows;
}

/// Means and error bars from the two tables in a folder: exposures, then value, low and high of
/// each course.
inline Monkey read_monkey(const std::filesystem::path& folder) {
  const auto course = [](const std::vector<std::vector<double>>& rows, std::size_t value) {
    Course result;
    for (const auto& row : rows) {
      result.exposures.push_back(row[0]);
      result.value.push_back(row[value]);
      result.error.push_back((row[value + 2] - row[value + 1]) / 2);
    }
    return result;
  };
  const auto differences = read_numbers(folder / "li_dicarlo2008_delta.csv", 10);
  const auto responses = read_numbers(folder / "li_dicarlo2008_responses.csv", 7);
  return {course(differences, 1), course(differences, 4), course(differences, 7),
          course(responses, 1), course(responses, 4)};
}

}  // namespace swap_experiment
