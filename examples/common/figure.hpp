/// @file
/// Figures: lines, bars, scatter and heat maps, drawn by gnuplot as SVG with a CSV of the numbers
/// beside each.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "hebb/core/types.hpp"

namespace example {

/// Okabe & Ito's eight colours, which are distinct for all kinds of colour vision, strongest first,
/// with grey for their yellow; then three of P. Tol's for reports with more arms.
std::string colour(std::size_t index);

/// How a series of Lines is drawn.
enum class Mark {
  Line,   ///< with a band where there are errors
  Points  ///< dots, with bars where there are errors: measurements beside a theory
};

/// One line, one colour of bars, or one cloud of points.
struct Series {
  std::string name;
  std::vector<double> x = {}, y = {};
  std::vector<double> error = {};  ///< half the height of a band or bar around y; none if empty
  /// In bars: published values, drawn as diamonds; NaN for none.
  std::vector<double> reference = {};
  int shade = -1;  ///< number of the colour; by default the position in the list
  Mark mark = Mark::Line;
};

struct Lines {
  std::string x_label, y_label;
  std::vector<Series> series = {};
  std::vector<std::string> x_names = {};  ///< labels at x = 0, 1, 2, ... instead of numbers
  /// The ends of the axis, for quantities with bounds, e.g. 0 and 100 %; by default those of y.
  std::optional<std::array<double, 2>> y_range = {};
};

struct Bars {
  std::string y_label;
  std::vector<std::string> groups;
  std::vector<Series> series = {};  ///< y has one number per group; x is not used
  std::string x_label = "";
  std::string reference_name = "published";
  std::optional<double> most = {};  ///< the end of the axis, for quantities with a bound
};

struct Scatter {
  std::string x_label, y_label;
  std::vector<Series> series = {};
};

struct Heat {
  std::string x_label, y_label, value_label;
  /// Row 0 on top; zero is white if there are both signs; numbers that are not finite are blank.
  hebb::Matrix<double> values;
  std::vector<std::string> x_names = {}, y_names = {};
};

/// A written figure: <name>.csv and <name>.svg. If it cannot be drawn, e.g. because gnuplot is not
/// installed, the problem is printed to standard error and the run goes on.
struct Drawing {
  std::string name;
  std::string svg;           ///< empty if there is a problem
  std::string problem = {};  ///< why there is no picture
};

/// Lines, each named at its right end, with a band where there are errors.
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Lines& chart);

/// Groups of bars with error bars, and diamonds for published values.
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Bars& chart);

/// Clouds of points.
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Scatter& chart);

/// A matrix as colours.
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Heat& chart);

}  // namespace example
