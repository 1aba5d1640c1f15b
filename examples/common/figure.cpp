#include "common/figure.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <exception>
#include <iostream>
#include <limits>
#include <numeric>

#include "common/gnuplot.hpp"
#include "common/stop.hpp"

namespace example {

namespace {

/// The text in single quotes, where gnuplot interprets no escapes; newlines become spaces.
std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c == '\n' ? ' ' : c);
  return result + "'";
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + "\"";
}

/// A number as a cell of CSV; empty if it is not finite.
std::string csv_cell(double value) { return std::isfinite(value) ? exact(value) : ""; }

template <typename... Cells>
std::string csv_row(const Cells&... cells) {
  std::string row;
  ((row += csv_cell(cells) + ","), ...);
  row.back() = '\n';
  return row;
}

double at_or_nan(const std::vector<double>& values, std::size_t i) {
  return i < values.size() ? values[i] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string colour(std::size_t index) {
  constexpr std::array colours{"0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9",
                               "444444", "999999", "882255", "332288", "999933"};
  return colours[index % colours.size()];
}

namespace {

std::string series_colour(const Series& series, std::size_t place) {
  return colour(series.shade < 0 ? place : std::size_t(series.shade));
}

std::string head(int width, int height, const std::string& x_label, const std::string& y_label) {
  return hebb::sentence("set terminal svg size ", width, ",", height,
                        " dynamic noenhanced font 'Helvetica,16' background '#ffffff'\n",
                        "set encoding utf8\nset border 3 lc rgb '#999999'\nset tics nomirror out "
                        "scale 0.6 textcolor rgb '#333333'\n",
                        "set grid ytics lc rgb '#e4e4e4' lw 1\nset style fill solid noborder\n",
                        "set xlabel ", in_quotes(x_label), " textcolor rgb '#333333'\nset ylabel ",
                        in_quotes(y_label), " textcolor rgb '#333333'\n");
}

/// Labels that fit on the axis: all of up to `most` names, every second one of up to twice as
/// many, and so on.
std::string tic_names(const std::string& axis, const std::vector<std::string>& names,
                      std::size_t most = 16) {
  if (names.empty()) return {};
  std::string tics = "set " + axis + "tics (";
  for (std::size_t i = 0; i < names.size(); i += (names.size() + most - 1) / most)
    tics += (i ? ", " : "") + in_quotes(names[i]) + " " + std::to_string(i);
  return tics + ")\n";
}

/// The numbers of a series as a gnuplot data block: x, y, error.
std::string block(const std::string& name, const Series& series) {
  std::string text = "$" + name + " << END\n";
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (!std::isfinite(series.y[i])) continue;
    text += exact(series.x[i]) + " " + exact(series.y[i]) + " " +
            exact(series.error.empty() ? 0 : series.error[i]) + "\n";
  }
  return text + "END\n";
}

void require_series(const std::vector<Series>& all, const char* chart) {
  hebb::require(!all.empty(), chart, ": nothing to draw");
  for (const Series& series : all) {
    hebb::require<hebb::ShapeError>(series.x.size() == series.y.size(), chart, ": '", series.name,
                                    "' has ", series.x.size(), " x and ", series.y.size(), " y");
    hebb::require<hebb::ShapeError>(series.error.empty() || series.error.size() == series.y.size(),
                                    chart, ": '", series.name, "' has ", series.error.size(),
                                    " errors for ", series.y.size(), " y");
  }
}

/// The least and greatest finite y, errors included, with a margin.
std::array<double, 2> bounds_of(const std::vector<Series>& all) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Series& series : all)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double error = series.error.empty() ? 0 : series.error[i];
      if (!std::isfinite(series.y[i] + error)) continue;
      low = std::min(low, series.y[i] - error);
      high = std::max(high, series.y[i] + error);
    }
  if (!(low <= high)) return {0, 1};
  const double margin = high > low ? 0.05 * (high - low) : 0.5;
  return {low - margin, high + margin};
}

/// The least and greatest x.
std::array<double, 2> x_range(const std::vector<Series>& all) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Series& series : all)
    for (const double x : series.x) low = std::min(low, x), high = std::max(high, x);
  return {low, high};
}

Drawing finish(const std::filesystem::path& directory, const std::string& name,
               const std::string& csv, const std::string& script) {
  write_file(directory / (name + ".csv"), csv);
  Drawing drawing{name, gnuplot(script)};
  if (!drawing.svg.empty()) write_file(directory / (name + ".svg"), drawing.svg);
  return drawing;
}

Drawing drawn(const std::filesystem::path& directory, const std::string& name, const Lines& chart) {
  require_series(chart.series, "Lines");
  const auto [low, high] = chart.y_range.value_or(bounds_of(chart.series));
  std::string csv = csv_row("series", chart.x_label, chart.y_label, "error");
  std::size_t longest = 0;
  for (const Series& series : chart.series) {
    longest = std::max(longest, series.name.size());
    for (std::size_t i = 0; i < series.y.size(); ++i)
      csv += csv_row(series.name, series.x[i], series.y[i], at_or_nan(series.error, i));
  }

  // Each name is placed at the height of its line's end. Names that would overlap are moved up.
  const double room = 0.075;
  std::vector<double> heights;
  for (const Series& series : chart.series) {
    double end = low;
    for (const double y : series.y)
      if (std::isfinite(y)) end = y;
    heights.push_back(std::clamp((end - low) / (high - low), 0.0, 1.0));
  }
  std::vector<std::size_t> order(heights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return heights[a] < heights[b]; });
  for (std::size_t i = 1; i < order.size(); ++i)
    heights[order[i]] = std::max(heights[order[i]], heights[order[i - 1]] + room);
  double ceiling = 1;
  for (std::size_t i = order.size(); i-- > 0; ceiling = heights[order[i]] - room)
    heights[order[i]] = std::min(heights[order[i]], ceiling);

  std::string script =
      head(720, 430, chart.x_label, chart.y_label) + tic_names("x", chart.x_names) + "unset key\n";
  script += "set rmargin " + std::to_string(longest + 3) + "\nset yrange [" + exact(low) + ":" +
            exact(high) + "]\n";
  if (!chart.x_names.empty())
    script += "set xrange [-0.15:" + exact(double(chart.x_names.size()) - 0.85) + "]\n";
  // Points of several series at the same x are shifted slightly, so that their error bars do not
  // overlap. The axis is longer than the data, so that they do not reach into the names.
  const auto count = std::count_if(chart.series.begin(), chart.series.end(),
                                   [](const Series& one) { return one.mark == Mark::Points; });
  const auto [first, last] = x_range(chart.series);
  const double apart = 0.012 * (last - first), margin = apart * (0.5 * double(count) + 1.5);
  double aside = 0.5 * apart * (1 - double(count));
  if (chart.x_names.empty()) script += "set autoscale xfix\n";
  if (count > 0)
    script += "set xrange [" + exact(first - margin) + ":" + exact(last + margin) + "]\n";
  std::string bands, lines;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    const std::string data = "s" + std::to_string(i), shade = series_colour(series, i);
    script += block(data, series);
    script += "set label " + in_quotes(series.name) + " at graph 1.03," + exact(heights[i]) +
              " textcolor rgb '#" + shade + "'\n";
    const std::string separator = lines.empty() ? "" : ", ";
    if (series.mark == Mark::Points) {
      lines += separator + "$" + data + " using ($1+(" + exact(aside) +
               ")):2:3 with yerrorbars pt 7 ps 1 lw 1.5 lc rgb '#" + shade + "'";
      aside += apart;
      continue;
    }
    if (!series.error.empty())
      bands +=
          "$" + data + " using 1:($2-$3):($2+$3) with filledcurves fc rgb '#C8" + shade + "', ";
    lines += separator + "$" + data + " using 1:2 with " +
             (series.y.size() <= 20 ? "linespoints pt 7 ps 0.6" : "lines") +
             (series.y.size() <= 100 ? " lw 2.5 lc" : " lw 1.5 lc") + " rgb '#" + shade + "'";
  }
  return finish(directory, name, csv, script + "plot " + bands + lines + "\n");
}

Drawing drawn(const std::filesystem::path& directory, const std::string& name, const Bars& chart) {
  hebb::require(!chart.series.empty() && !chart.groups.empty(), "Bars: nothing to draw");
  const double width = 0.8 / double(chart.series.size());
  std::string csv = csv_row("group", "series", chart.y_label, "error", chart.reference_name);
  std::string script = head(720, 430, chart.x_label, chart.y_label) + tic_names("x", chart.groups) +
                       "set key outside top center horizontal Left reverse textcolor rgb '#333333' "
                       "samplen 1.5\nset boxwidth " +
                       exact(0.92 * width) +
                       "\nset xrange [-0.6:" + exact(double(chart.groups.size()) - 0.4) +
                       "]\nset xzeroaxis lt 1 lc rgb '#999999'\n";
  std::size_t letters = 0;
  for (const std::string& group : chart.groups) letters = std::max(letters, group.size() + 2);
  if (letters * chart.groups.size() > 70)
    script += "set xtics rotate by 30 right\n";  // names that would overlap
  if (!chart.most) script += "set offsets 0, 0, graph 0.05, 0\n";
  double lowest = 0;
  std::string bars, errors, marks;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    Series bar = chart.series[i];
    hebb::require<hebb::ShapeError>(bar.y.size() == chart.groups.size(), "Bars: '", bar.name,
                                    "' has ", bar.y.size(), " bars for ", chart.groups.size(),
                                    " groups");
    Series mark{.name = bar.name};
    bar.x.clear();
    for (std::size_t group = 0; group < bar.y.size(); ++group) {
      bar.x.push_back(double(group) + (double(i) - 0.5 * double(chart.series.size() - 1)) * width);
      const double published = at_or_nan(bar.reference, group);
      csv += csv_row(chart.groups[group], bar.name, bar.y[group], at_or_nan(bar.error, group),
                     published);
      mark.x.push_back(bar.x.back());
      mark.y.push_back(published);
      if (std::isfinite(bar.y[group])) lowest = std::min(lowest, bar.y[group]);
    }
    const std::string data = "s" + std::to_string(i), reference = "r" + std::to_string(i);
    script += block(data, bar);
    bars += (i ? ", $" : "$") + data + " using 1:2 with boxes lc rgb '#" + series_colour(bar, i) +
            "' title " + in_quotes(bar.name);
    if (!bar.error.empty())
      errors += ", $" + data +
                " using 1:($2-$3):(0):(2*$3) with vectors heads size screen 0.008,90 lw 1.5 lc rgb "
                "'#222222' notitle";
    if (!bar.reference.empty()) {
      script += block(reference, mark);
      marks += ", $" + reference + " using 1:2 with points pt 13 ps 1.1 lc rgb '#111111' " +
               (marks.empty() ? "title " + in_quotes(chart.reference_name) : "notitle");
    }
  }
  if (lowest >= 0) script += "set yrange [0:" + (chart.most ? exact(*chart.most) : "*") + "]\n";
  return finish(directory, name, csv, script + "plot " + bars + errors + marks + "\n");
}

Drawing drawn(const std::filesystem::path& directory, const std::string& name,
              const Scatter& chart) {
  require_series(chart.series, "Scatter");
  std::string csv = csv_row("series", chart.x_label, chart.y_label), plots;
  std::string script =
      head(720, 560, chart.x_label, chart.y_label) +
      "set key outside top center horizontal Left reverse textcolor rgb '#333333'\n";
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    for (std::size_t k = 0; k < series.y.size(); ++k)
      csv += csv_row(series.name, series.x[k], series.y[k]);
    const std::string data = "s" + std::to_string(i);
    script += block(data, series);
    plots += (i ? ", $" : "$") + data + " using 1:2 with points pt 7 ps 0.5 lc rgb '#40" +
             series_colour(series, i) + "' title " + in_quotes(series.name);
  }
  return finish(directory, name, csv, script + "plot " + plots + "\n");
}

Drawing drawn(const std::filesystem::path& directory, const std::string& name, const Heat& chart) {
  hebb::require(chart.values.size() > 0, "Heat: nothing to draw");
  const auto named = [](const std::vector<std::string>& names, hebb::Index i) {
    return std::size_t(i) < names.size() ? names[std::size_t(i)] : std::to_string(i);
  };
  std::string csv = csv_row(chart.y_label, chart.x_label, chart.value_label),
              data = "$values << END\n";
  double low = std::numeric_limits<double>::infinity(), magnitude = 1e-30;
  for (hebb::Index row = 0; row < chart.values.rows(); ++row)
    for (hebb::Index col = 0; col < chart.values.cols(); ++col) {
      csv += csv_row(named(chart.y_names, row), named(chart.x_names, col), chart.values(row, col));
      const double value = chart.values(row, col);
      data += (std::isfinite(value) ? exact(value) : "NaN") +
              (col + 1 < chart.values.cols() ? " " : "\n");
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      magnitude = std::max(magnitude, std::abs(value));
    }
  // Rows that are named by words are all named, in a taller figure with space for the names of rows
  // on the left and of columns side by side.
  std::size_t letters = 0, below = 0;
  for (const std::string& row : chart.y_names)
    if (std::any_of(row.begin(), row.end(), [](unsigned char c) { return std::isalpha(c) != 0; }))
      letters = std::max(letters, row.size());
  for (const std::string& col : chart.x_names) below = std::max(below, col.size());
  const int left = 40 + 9 * int(letters), right = 170,
            wide = int(10 * (below + 2)) * int(chart.values.cols());
  const bool slanted = letters > 0 && left + wide + right > 900;  // or its letters become small
  const int columns = std::max(300, slanted ? 40 * int(chart.values.cols()) : wide),
            height = letters > 0 ? std::max(560, 110 + 20 * int(chart.values.rows())) : 560,
            width = letters > 0 ? left + columns + right : 720;
  std::string script = head(width, height, chart.x_label, chart.y_label) +
                       tic_names("x", chart.x_names) +
                       tic_names("y", chart.y_names, letters > 0 ? chart.y_names.size() : 16) +
                       (slanted ? "set xtics rotate by 40 right\n" : "") + data;
  if (letters > 0)
    script = hebb::sentence("set lmargin at screen ", double(left) / width,
                            "\nset rmargin at screen ", 1 - double(right) / width, "\n") +
             script;
  script += "END\nunset grid\nunset key\nset border 0\nset xrange [-0.5:" +
            exact(double(chart.values.cols()) - 0.5) + "]\nset yrange [" +
            exact(double(chart.values.rows()) - 0.5) + ":-0.5]\nset cblabel " +
            in_quotes(chart.value_label) + " textcolor rgb '#333333'\n";
  script += low < 0
                ? "set palette defined (0 '#054C94', 0.5 '#FFFFFF', 1 '#B3171F')\nset cbrange [" +
                      exact(-magnitude) + ":" + exact(magnitude) + "]\n"
                : "set palette defined (0 '#00224E', 0.25 '#434E6C', 0.5 '#7D7C78', 0.75 "
                  "'#BCAF6F', 1 '#FEE838')\n";
  return finish(directory, name, csv, script + "plot $values matrix with image pixels\n");
}

/// The drawing, or why there is none.
Drawing attempt(const std::filesystem::path& directory, const std::string& name,
                const auto& chart) {
  try {
    return drawn(directory, name, chart);
  } catch (const Stopped&) {
    throw;
  } catch (const std::exception& error) {
    std::cerr << "The figure " << name << " is left out: " << error.what() << '\n';
    return {name, "", error.what()};
  }
}

}  // namespace

Drawing draw(const std::filesystem::path& directory, const std::string& name, const Lines& chart) {
  return attempt(directory, name, chart);
}
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Bars& chart) {
  return attempt(directory, name, chart);
}
Drawing draw(const std::filesystem::path& directory, const std::string& name,
             const Scatter& chart) {
  return attempt(directory, name, chart);
}
Drawing draw(const std::filesystem::path& directory, const std::string& name, const Heat& chart) {
  return attempt(directory, name, chart);
}

}  // namespace example
