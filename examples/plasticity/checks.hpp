/// @file
/// Numbers of the published curves and of closed forms beside those of the library.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "common/table.hpp"
#include "plasticity/charts.hpp"

namespace example {

/// A number of the published curves or of the closed forms, and that of the library.
struct Check {
  std::string name, key;
  double expected, found;
  int digits = 3;
};

/// The minima of the landscapes, and the distances at which they lie.
struct Minima {
  double log_variance_at, log_variance, hinge_at, hinge;
};

inline Minima minima_of(const Clusters& clusters) {
  const auto log_variance = [&](double distance) { return clusters.at(distance).log_variance(); };
  const auto hinge = [&](double distance) { return clusters.at(distance).hinge(); };
  const double first = minimum(log_variance, 1e-3, 10), second = minimum(hinge, 1e-3, 10);
  return {first, log_variance(first), second, hinge(second)};
}

inline std::vector<Check> checks_of(const Clusters& clusters) {
  std::vector<Check> checks;
  const auto least = [](const Series& series) {
    return std::min_element(series.y.begin(), series.y.end()) - series.y.begin();
  };
  const std::array expected_minimum{-0.143, -0.285, -0.469}, expected_place{7.9, 12.6, 17.1},
      expected_end{1.438, 1.075, 0.712};
  for (std::size_t i = 0; i < means.size(); ++i) {
    const Series series = learn<Saturating>(means[i], saturating_end).series;
    const auto lowest = std::size_t(least(series));
    const std::string key = "mean_" + fixed(means[i].now.mean, 0);
    checks.push_back(
        {means[i].name + ": least change", key + "_least", expected_minimum[i], series.y[lowest]});
    checks.push_back({means[i].name + ": at the rate", key + "_least_at", expected_place[i],
                      series.x[lowest], 1});
    checks.push_back(
        {means[i].name + ": change at drive 79.9", key + "_end", expected_end[i], series.y.back()});
    checks.push_back({means[i].name + ": threshold", key + "_threshold", threshold_of(means[i].now),
                      learned_threshold<Saturating>(means[i].now, saturating_end), 4});
  }
  const std::array expected_by_variance{1.434, 1.075, 0.538};
  const auto by_variance = variances(0.75);
  for (std::size_t i = 0; i < by_variance.size(); ++i) {
    const std::string key = "variance_" + fixed(by_variance[i].now.variance, 2);
    checks.push_back({by_variance[i].name + ": change at drive 79.9", key + "_end",
                      expected_by_variance[i],
                      learned_change<Saturating>(79.9, by_variance[i].now)});
    checks.push_back({by_variance[i].name + ": threshold", key + "_threshold", 30,
                      learned_threshold<Saturating>(by_variance[i].now, saturating_end), 4});
  }
  for (const Curve& curve : slopes)
    checks.push_back({curve.name + ": threshold",
                      "slope_" + fixed(curve.now.slope, 0) + "_threshold", threshold_of(curve.now),
                      learned_threshold<Saturating>(curve.now, saturating_end), 4});
  const Circumstances rising{.variance = 2, .slope = 5};
  checks.push_back({"σ² = 2, dz/dt = 5: threshold", "variance_2_slope_5_threshold",
                    threshold_of(rising), learned_threshold<Saturating>(rising, saturating_end),
                    4});

  const Minima minima = minima_of(clusters);
  checks.push_back({"log variance: least loss", "log_variance_minimum", 1 - std::log(2.5),
                    minima.log_variance, 4});
  checks.push_back({"log variance: at distance", "log_variance_minimum_at", std::sqrt(8.0),
                    minima.log_variance_at, 4});
  checks.push_back({"hinge: least loss", "hinge_minimum", 0.4, minima.hinge, 4});
  checks.push_back(
      {"hinge: at distance", "hinge_minimum_at", 1 / std::sqrt(0.3125), minima.hinge_at, 4});
  checks.push_back({"plain variance: loss / distance²", "plain_variance_slope", -0.1875,
                    clusters.at(10).plain_variance() / 100, 4});
  return checks;
}

inline Table checks_table(const std::vector<Check>& checks) {
  Table table{{"number", "expected", "found"}};
  for (const Check& check : checks)
    table.add({check.name, fixed(check.expected, check.digits), fixed(check.found, 4)});
  return table;
}

}  // namespace example
