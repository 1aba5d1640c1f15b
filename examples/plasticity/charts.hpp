/// @file
/// The curves of the figures, every point of them one update by the library's rule.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "common/figure.hpp"
#include "hebb/rules/bcm.hpp"
#include "plasticity/curve.hpp"
#include "plasticity/landscape.hpp"

namespace example {

constexpr double drive_step = 0.1, saturating_end = 80, rectified_end = 50;

/// One curve of a panel.
struct Curve {
  std::string name;
  Circumstances now;
};

inline const std::vector<Curve> means{
    {"mean 20", {.mean = 20}}, {"mean 30", {.mean = 30}}, {"mean 40", {.mean = 40}}};
inline const std::vector<Curve> slopes{
    {"dz/dt = -10", {.slope = -10}}, {"dz/dt = 0", {}}, {"dz/dt = 10", {.slope = 10}}};

inline std::vector<Curve> variances(double least) {
  return {{"σ² = " + fixed(least, 2), {.variance = least}},
          {"σ² = 1", {}},
          {"σ² = 2", {.variance = 2}}};
}

/// The curves of the command line: one per value. The published ones where none were given.
struct Wanted {
  std::vector<double> means = {}, variances = {}, slopes = {};
  double drive = 45;  ///< of the maps

  std::vector<Curve> by_mean() const {
    return curves(means, example::means, "mean ", &Circumstances::mean);
  }
  std::vector<Curve> by_variance(double least) const {
    return curves(variances, example::variances(least), "σ² = ", &Circumstances::variance);
  }
  std::vector<Curve> by_slope() const {
    return curves(slopes, example::slopes, "dz/dt = ", &Circumstances::slope);
  }

 private:
  static std::vector<Curve> curves(const std::vector<double>& values,
                                   const std::vector<Curve>& published, const std::string& name,
                                   double Circumstances::*which) {
    if (values.empty()) return published;
    std::vector<Curve> all;
    for (const double value : values) {
      all.push_back({name + significant(value, 4), {}});
      all.back().now.*which = value;
    }
    return all;
  }
};

/// The rates at which the curves cross zero, e.g. "20.0, 30.0, 40.0".
template <typename Neuron>
std::string thresholds_of(const std::vector<Curve>& curves, double end) {
  std::string list;
  for (const Curve& curve : curves)
    list += (list.empty() ? "" : ", ") + fixed(learned_threshold<Neuron>(curve.now, end), 1);
  return list;
}

/// A learned curve: the change against the rate, and its largest difference from the closed form.
struct Learned {
  Series series;
  double deviation = 0;
};

template <typename Neuron>
Learned learn(const Curve& curve, double end) {
  Learned learned{{.name = curve.name}};
  for (Index i = 0; double(i) * drive_step < end - drive_step / 2; ++i) {
    const double drive = double(i) * drive_step, change = learned_change<Neuron>(drive, curve.now);
    learned.series.x.push_back(Neuron::rate(drive));
    learned.series.y.push_back(change);
    learned.deviation = std::max(learned.deviation,
                                 std::abs(change - closed_form_change<Neuron>(drive, curve.now)));
  }
  return learned;
}

/// The change under the rule of Bienenstock, Cooper and Munro with its threshold at the mean. Its
/// learning rate is chosen so that both curves have the same slope there.
inline Series bcm_curve(const Circumstances& now) {
  const double drive_at_threshold =
      Saturating::threshold +
      Saturating::width(30) * std::atanh((now.mean - Saturating::rest) / Saturating::width(30));
  const Bcm<double, LawCooper> rule{
      {.eta = curve_eta * Saturating::gain(drive_at_threshold) / now.variance,
       .initial_threshold = now.mean}};
  Series series{.name = "BCM"};
  for (Index i = 0; double(i) * drive_step < saturating_end - drive_step / 2; ++i) {
    const double drive = double(i) * drive_step;
    const Matrix<double> pre = Matrix<double>::Constant(1, 1, drive),
                         post = Matrix<double>::Constant(1, 1, Saturating::rate(drive));
    auto state = rule.init({.pre = 1, .post = 1});
    rule.update(pre, post, state);
    series.x.push_back(post.value());
    series.y.push_back(state.weights.value());
  }
  return series;
}

/// The change at one drive, as a function of two circumstances.
inline Heat heat_map(double drive, const std::string& x_label, const std::string& y_label,
                     int x_digits, int y_digits, const std::array<double, 2>& x,
                     const std::array<double, 2>& y, const auto& at) {
  constexpr Index cells = 21;
  Heat heat{.x_label = x_label,
            .y_label = y_label,
            .value_label = "change of the weight",
            .values = Matrix<double>(cells, cells)};
  const auto value = [](const std::array<double, 2>& range, Index i) {
    return range[0] + (range[1] - range[0]) * double(i) / (cells - 1);
  };
  for (Index i = 0; i < cells; ++i) {
    heat.x_names.push_back(fixed(value(x, i), x_digits));
    heat.y_names.push_back(fixed(value(y, cells - 1 - i), y_digits));
    for (Index row = 0; row < cells; ++row)
      heat.values(row, i) =
          learned_change<Saturating>(drive, at(value(x, i), value(y, cells - 1 - row)));
  }
  return heat;
}

/// The curves of a landscape, and their largest difference from the closed form.
struct LandscapeChart {
  Lines chart;
  double deviation = 0;
};

inline LandscapeChart landscape_chart(const Clusters& clusters, double end,
                                      double (Landscape::*loss)() const) {
  LandscapeChart result{{.x_label = "distance of the clusters", .y_label = "loss"}};
  Series pull{.name = "predictive"}, push{.name = "Hebbian"}, sum{.name = "sum"};
  constexpr int points = 150;
  for (int i = 0; i < points; ++i) {
    const double distance = 1e-3 + (end - 1e-3) * i / (points - 1);
    const Landscape landscape = clusters.at(distance);
    const double total = (landscape.*loss)();
    result.deviation =
        std::max(result.deviation, std::abs(total - (closed_form_landscape(distance).*loss)()));
    for (Series* series : {&pull, &push, &sum}) series->x.push_back(distance);
    pull.y.push_back(landscape.predictive);
    push.y.push_back(total - landscape.predictive);
    sum.y.push_back(total);
  }
  result.chart.series = {pull, push, sum};
  return result;
}

}  // namespace example
