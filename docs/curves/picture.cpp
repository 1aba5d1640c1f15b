#include "curves/picture.hpp"

#include <algorithm>
#include <cmath>

#include "common/figure.hpp"
#include "common/gnuplot.hpp"
#include "hebb/core/error.hpp"

namespace curves {

namespace {

using example::exact, example::fixed, example::significant;

constexpr double width = 480, height = 320, letter = 8.2, line = 21;  // in pixels

std::string colour_of(std::size_t curve) { return " lc rgb '#" + example::colour(curve) + "'"; }

std::ptrdiff_t letters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

/// The names of the curves above the figure, in columns, each after a piece of its line; and the
/// space for them.
std::string names(const std::vector<Curve>& curves) {
  std::ptrdiff_t longest = 0;
  for (const Curve& curve : curves) longest = std::max(longest, letters(curve.name));
  const double column = 46 + letter * double(longest), left = 70;
  const int columns = std::max(1, int((width - left) / column));
  std::string script;
  int count = 0;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    if (curves[k].name.empty()) continue;
    const double x = left + column * (count % columns), y = height - 15 - line * (count / columns);
    const auto at = [&](double pixels) {
      return "screen " + exact((x + pixels) / width) + "," + exact(y / height);
    };
    script += "set arrow from " + at(0) + " to " + at(20) + " nohead lw 3" + colour_of(k) +
              "\nset label '" + curves[k].name + "' at " + at(26) + " textcolor rgb '#333333'\n";
    ++count;
  }
  const int rows = (count + columns - 1) / columns;
  return script + "set tmargin at screen " + exact(1 - (line * rows + 12) / height) + "\n";
}

std::string block(const std::string& name, const Curve& curve, std::size_t begin) {
  std::string data = "$" + name + " << END\n";
  for (std::size_t i = begin; i < curve.y.size(); ++i)
    data += std::isfinite(curve.y[i]) ? fixed(curve.x[i]) + " " + significant(curve.y[i], 5) + "\n"
                                      : "\n";
  return data + "END\n";
}

}  // namespace

std::string svg(const Picture& picture) {
  std::string data, plots;
  const auto plot = [&](const std::string& name, const Curve& curve, std::size_t begin,
                        const std::string& how) {
    data += block(name, curve, begin);
    plots += (plots.empty() ? "plot $" : ", $") + name + " using 1:2 with " + how;
  };
  for (std::size_t k = 0; k < picture.curves.size(); ++k) {
    const Curve& curve = picture.curves[k];
    const std::string name = "c" + std::to_string(k);
    if (curve.as == Draw::line || curve.as == Draw::path)
      plot(name, curve, 0, "lines lw 2.5" + colour_of(k));
    if (curve.as == Draw::path)
      plot("end" + name, curve, curve.y.size() - 1, "points pt 7 ps 0.9" + colour_of(k));
    if (curve.as == Draw::dots) plot(name, curve, 0, "points pt 7 ps 0.5" + colour_of(k));
    if (curve.as == Draw::cloud) plot(name, curve, 0, "points pt 7 ps 0.25 lc rgb '#999999'");
  }
  const std::string ranges =
      picture.plane ? hebb::sentence("set size ratio -1\nset xrange [", -*picture.plane, ":",
                                     *picture.plane, "]\nset yrange [", -*picture.plane / 1.5, ":",
                                     *picture.plane / 1.5, "]\n")
                    : "set autoscale xfix\nset offsets 0, 0, graph 0.05, graph 0.05\n";
  return example::gnuplot(
      hebb::sentence("set terminal svg size ", width, ",", height,
                     " fixed noenhanced font 'Helvetica,16' background '#ffffff'\n",
                     "set encoding utf8\nset border 3 lc rgb '#999999'\n"
                     "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
                     "set grid lc rgb '#e4e4e4' lw 1\nset xzeroaxis lt 1 lc rgb '#999999'\n"
                     "set yzeroaxis lt 1 lc rgb '#999999'\nunset key\nset xlabel '",
                     picture.x_label, "' textcolor rgb '#333333'\nset ylabel '", picture.y_label,
                     "' textcolor rgb '#333333'\n") +
      names(picture.curves) + ranges + data + plots + "\n");
}

}  // namespace curves
