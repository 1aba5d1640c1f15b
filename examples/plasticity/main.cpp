/// @file
/// Plasticity curves and loss landscapes of latent predictive learning: exact figures, drawn with
/// the library's own rule.
///
/// How a synapse changes with the activity of its neuron, for several means, variances and slopes
/// of that activity; and what two clusters of activity cost, against the distance between them. M.
/// S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), extended data fig. 1 and
/// supplementary fig. S1.

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "hebb/rules/bcm.hpp"
#include "plasticity/curve.hpp"
#include "plasticity/landscape.hpp"

using namespace hebb;
using namespace example;

namespace {

constexpr double drive_step = 0.1, saturating_end = 80, rectified_end = 50;

/// One curve of a panel.
struct Curve {
  std::string name;
  Circumstances now;
};

const std::vector<Curve> means{
    {"mean 20", {.mean = 20}}, {"mean 30", {.mean = 30}}, {"mean 40", {.mean = 40}}};
const std::vector<Curve> slopes{
    {"dz/dt = -10", {.slope = -10}}, {"dz/dt = 0", {}}, {"dz/dt = 10", {.slope = 10}}};

std::vector<Curve> variances(double least) {
  return {{"σ² = " + fixed(least, 2), {.variance = least}},
          {"σ² = 1", {}},
          {"σ² = 2", {.variance = 2}}};
}

/// A curve that has been learned: the change against the rate, and how far it lies from the closed
/// form.
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

/// The change under the rule of Bienenstock, Cooper and Munro, whose threshold stands where the
/// mean is. Its rate is chosen so that the curve has the same slope there.
Series bcm_curve(const Circumstances& now) {
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

/// A map of the change at one drive over two circumstances.
Heat heat_map(const std::string& x_label, const std::string& y_label, int x_digits, int y_digits,
              const std::array<double, 2>& x, const std::array<double, 2>& y, const auto& at) {
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
          learned_change<Saturating>(45, at(value(x, i), value(y, cells - 1 - row)));
  }
  return heat;
}

/// A number of the published curves or of the closed forms, and what the library gives.
struct Check {
  std::string name, key;
  double expected, found;
  int digits = 3;
};

/// The minima of the landscape and their places.
struct Minima {
  double log_variance_at, log_variance, hinge_at, hinge;
};

Minima minima_of(const Clusters& clusters) {
  const auto log_variance = [&](double distance) { return clusters.at(distance).log_variance(); };
  const auto hinge = [&](double distance) { return clusters.at(distance).hinge(); };
  const double first = minimum(log_variance, 1e-3, 10), second = minimum(hinge, 1e-3, 10);
  return {first, log_variance(first), second, hinge(second)};
}

std::vector<Check> checks_of(const Clusters& clusters) {
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

Table checks_table(const std::vector<Check>& checks) {
  Table table{{"number", "expected", "found"}};
  for (const Check& check : checks)
    table.add({check.name, fixed(check.expected, check.digits), fixed(check.found, 4)});
  return table;
}

/// Curves of a landscape, and their greatest distance from the closed form.
struct LandscapeChart {
  Lines chart;
  double deviation = 0;
};

LandscapeChart landscape_chart(const Clusters& clusters, double end,
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

void study(const Options& options) {
  Summary summary(options);
  const Clusters clusters(Random{.seed = options.seed});
  const std::vector<Check> checks = checks_of(clusters);
  std::cout << checks_table(checks);

  double curve_deviation = 0, loss_deviation = 0;
  const auto panel = [&]<typename Neuron>(Neuron, const std::string& name,
                                          const std::vector<Curve>& curves, double end) {
    Lines chart{.x_label = "rate z of the neuron", .y_label = "change of the weight"};
    for (const Curve& curve : curves) {
      const Learned learned = learn<Neuron>(curve, end);
      chart.series.push_back(learned.series);
      curve_deviation = std::max(curve_deviation, learned.deviation);
    }
    return draw(options.directory, name, chart);
  };

  Report report(options, "Where weakening turns into strengthening",
                "A synapse of a neuron that learns by latent predictive learning weakens below a "
                "threshold of activity and strengthens "
                "above it. The threshold is the mean of the activity, moved by its slope: z̄ + σ² "
                "dz/dt. Every point of every curve here "
                "is one update by the library's rule.");
  report.section("In numbers");
  report.table(checks_table(checks), {"Every number is found again.",
                                      "Expected values are those of its curves, computed from its "
                                      "formula, and the closed forms of the "
                                      "threshold and of the minima."});

  report.section("A neuron that saturates");
  report.figure(panel(Saturating{}, "means", means, saturating_end),
                {"All three curves cross zero exactly at the mean: a sliding threshold, as in BCM.",
                 "The same curves."});
  report.figure(
      panel(Saturating{}, "variances", variances(0.75), saturating_end),
      {"The variance divides the whole curve and leaves the threshold alone.", "The same curves."});
  report.figure(panel(Saturating{}, "slopes", slopes, saturating_end),
                {"Falling activity moves the threshold down to 20, rising activity up to 40: the "
                 "neuron resists change.",
                 "The same curves."});

  const Learned lpl = learn<Saturating>({"LPL", {}}, saturating_end);
  report.figure(draw(options.directory, "bcm",
                     Lines{.x_label = "rate z of the neuron",
                           .y_label = "change of the weight",
                           .series = {lpl.series, bcm_curve({})}}),
                {"LPL beside the BCM rule (in Law and Cooper's form) with the same threshold, 30, "
                 "and the same slope there. BCM grows "
                 "with the square of the rate; LPL saturates with the neuron. BCM's threshold "
                 "follows <z²>, LPL's the mean, and only "
                 "LPL's moves with the slope.",
                 "BCM is named as what the Hebbian term resembles."});

  report.section("At one drive");
  report.figure(draw(options.directory, "heat_slope",
                     heat_map("dz/dt", "σ²", 0, 1, {-10, 10}, {1, 3},
                              [](double slope, double variance) {
                                return Circumstances{.variance = variance, .slope = slope};
                              })),
                {"Drive 45, where z = 38.05; mean 30. White is no change, at σ² dz/dt = 8.05.",
                 "The same map."});
  report.figure(
      draw(options.directory, "heat_mean",
           heat_map("mean", "σ²", 0, 1, {0, 60}, {1, 3},
                    [](double mean, double variance) {
                      return Circumstances{.mean = mean, .variance = variance};
                    })),
      {"Drive 45 again, constant activity. White stands at the mean 38.05 for every variance.",
       "The axis of the mean was drawn from 0 to 60 over numbers computed from -10 to 10."});

  report.section("A neuron that does not saturate");
  report.figure(panel(Rectified{}, "relu_means", means, rectified_end),
                {"A rectifying neuron: the same thresholds. Below its own, at the resting rate of "
                 "2, it has no gain and learns nothing.",
                 "The same curves."});
  report.figure(panel(Rectified{}, "relu_variances", variances(0.7), rectified_end),
                {"The same division by the variance.", "The same curves."});
  report.figure(panel(Rectified{}, "relu_slopes", slopes, rectified_end),
                {"The same shift by the slope.", "The same curves."});

  report.section("Why the logarithm");
  const auto landscape = [&](const std::string& name, double end, double (Landscape::*loss)() const,
                             const Caption& caption) {
    const LandscapeChart result = landscape_chart(clusters, end, loss);
    loss_deviation = std::max(loss_deviation, result.deviation);
    report.figure(draw(options.directory, name, result.chart), caption);
  };
  report.paragraph(
      "Two clusters of activity at distance D, each D/4 wide; members of a cluster follow each "
      "other.");
  landscape("landscape_log", 10, &Landscape::log_variance,
            {"With -log σ² the sum has its minimum, 0.084, at distance √8 = 2.828.",
             "The panel for -log σ² shows the curve of -σ² under that label; this is the curve "
             "that belongs there."});
  landscape("landscape_plain", 10, &Landscape::plain_variance,
            {"With -σ² the sum is -0.1875 D²: it falls without bound, and activity explodes.",
             "The same curve."});
  landscape("landscape_hinge", 4, &Landscape::hinge,
            {"With a hinge at σ = 1 the sum has a kink at its minimum, 0.400, at distance 1.789; "
             "beyond, only prediction pulls.",
             "The same curve."});
  report.write();

  for (const Check& check : checks) {
    summary.set(check.key, check.found);
    summary.set(check.key + "_expected", check.expected);
  }
  summary.set("curves_max_deviation", curve_deviation);
  summary.set("landscape_max_deviation", loss_deviation);
  std::cout << "\nLargest deviation from the closed form: curves " << exact(curve_deviation)
            << ", landscapes " << exact(loss_deviation) << '\n';
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("plasticity",
                  "How a synapse changes with the activity of its neuron, and what two clusters of "
                  "activity cost.");
  return program.run(argc, argv, study);
}
