/// @file
/// A table of text, shown with aligned columns on the terminal and in the report.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "hebb/core/error.hpp"

namespace example {

/// Rows of text under a head. Columns of numbers are aligned to the right, columns of words to the
/// left.
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows = {};

  void add(std::vector<std::string> row) {
    hebb::require<hebb::ShapeError>(row.size() == head.size(), "Table: the row has ", row.size(),
                                    " cells, the head ", head.size());
    rows.push_back(std::move(row));
  }

  /// True if no cell of the column begins with a letter.
  bool holds_numbers(std::size_t column) const {
    return std::none_of(rows.begin(), rows.end(), [&](const auto& row) {
      const std::string& cell = row[column];
      return !cell.empty() && (std::isalpha(static_cast<unsigned char>(cell[0])) != 0);
    });
  }

  friend std::ostream& operator<<(std::ostream& stream, const Table& table) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < table.head.size(); ++column) {
      std::size_t width = letters(table.head[column]);
      for (const auto& row : table.rows) width = std::max(width, letters(row[column]));
      widths.push_back(width);
    }
    const auto line = [&](const std::vector<std::string>& row) {
      std::string text;
      for (std::size_t column = 0; column < row.size(); ++column) {
        const std::string gap(widths[column] - letters(row[column]), ' ');
        text += (column ? "  " : "") +
                (table.holds_numbers(column) ? gap + row[column] : row[column] + gap);
      }
      stream << text.substr(0, text.find_last_not_of(' ') + 1) << '\n';
    };
    line(table.head);
    std::vector<std::string> rule;
    for (const std::size_t width : widths) rule.emplace_back(width, '-');
    line(rule);
    for (const auto& row : table.rows) line(row);
    return stream;
  }

 private:
  /// The number of code points of UTF-8 text.
  static std::size_t letters(const std::string& text) {
    return std::size_t(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }
};

}  // namespace example
