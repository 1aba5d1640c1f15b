/// @file
/// A small figure of curves for the catalogue of rules. Its size is fixed, so that a page shows it
/// small, and its letters can be read on a telephone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace curves {

enum class Draw {
  line,
  path,   ///< a line with a dot at its end
  dots,   ///< measurements beside a line
  cloud,  ///< small grey dots
};

/// One curve. A number that is not finite interrupts its line.
struct Curve {
  std::string name;  ///< above the figure; empty: it is not named
  std::vector<double> x = {}, y = {};
  Draw as = Draw::line;

  void add(double at, double value) {
    x.push_back(at);
    y.push_back(value);
  }
};

struct Picture {
  std::string x_label, y_label;
  std::vector<Curve> curves;
  /// Both axes from -range to range, with units of one length; by default those of the numbers.
  std::optional<double> plane = {};
};

/// The picture as SVG, drawn by gnuplot.
std::string svg(const Picture& picture);

}  // namespace curves
