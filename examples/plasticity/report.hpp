/// @file
/// The figures and the report.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "plasticity/charts.hpp"
#include "plasticity/checks.hpp"

namespace example {

/// The largest differences between the figures and their closed forms.
struct Deviations {
  double curves = 0, landscapes = 0;
};

/// The changes of a neuron's weight, one curve per circumstance.
template <typename Neuron>
Drawing panel(const Options& options, const std::string& name, const std::vector<Curve>& curves,
              double end, Deviations& deviations) {
  Lines chart{.x_label = "rate z of the neuron", .y_label = "change of the weight"};
  for (const Curve& curve : curves) {
    const Learned learned = learn<Neuron>(curve, end);
    chart.series.push_back(learned.series);
    deviations.curves = std::max(deviations.curves, learned.deviation);
  }
  return draw(options.directory, name, chart);
}

inline void report_saturating(Report& report, const Options& options, const Wanted& wanted,
                              Deviations& deviations) {
  const auto curves = [&](const std::string& name, const std::vector<Curve>& shown) {
    return panel<Saturating>(options, name, shown, saturating_end, deviations);
  };
  report.section("A neuron that saturates");
  const auto zero_at = [](const std::vector<Curve>& shown) {
    return " The curves cross zero at the rates " +
           thresholds_of<Saturating>(shown, saturating_end) + ".";
  };
  const auto same = [](const std::vector<double>& values, const char* panel) {
    return values.empty() ? std::string("The same curves, ") + panel + "." : std::string();
  };
  report.figure(curves("means", wanted.by_mean()),
                {"The change against the rate for several means of the rate, each of which acts "
                 "as a sliding threshold as in BCM." +
                     zero_at(wanted.by_mean()),
                 same(wanted.means, "extended data fig. 1")});
  report.figure(curves("variances", wanted.by_variance(0.75)),
                {"Several variances of the rate. The change is divided by the variance." +
                     zero_at(wanted.by_variance(0.75)),
                 same(wanted.variances, "extended data fig. 1")});
  report.figure(curves("slopes", wanted.by_slope()),
                {"Several slopes of the rate over time. The threshold is the mean plus σ² dz/dt." +
                     zero_at(wanted.by_slope()),
                 same(wanted.slopes, "extended data fig. 1")});
  const Learned lpl = learn<Saturating>({"LPL", {}}, saturating_end);
  report.figure(draw(options.directory, "bcm",
                     Lines{.x_label = "rate z of the neuron",
                           .y_label = "change of the weight",
                           .series = {lpl.series, bcm_curve({})}}),
                {"LPL and the BCM rule (in Law and Cooper's form) with the same threshold, 30, and "
                 "the same slope there. BCM grows with the square of the rate; LPL saturates with "
                 "the neuron. The threshold of BCM follows <z²>, that of LPL the mean and the "
                 "slope of the rate.",
                 "BCM is named as what the Hebbian term resembles."});
}

inline void report_heat(Report& report, const Options& options, double drive) {
  const double rate = Saturating::rate(drive);
  const std::string at =
      "The change at drive " + significant(drive, 4) + ", where z = " + fixed(rate, 2);
  report.section("Maps at one drive");
  report.figure(draw(options.directory, "heat_slope",
                     heat_map(drive, "dz/dt", "σ²", 0, 1, {-10, 10}, {1, 3},
                              [](double slope, double variance) {
                                return Circumstances{.variance = variance, .slope = slope};
                              })),
                {at + ", with mean 30. It is zero where σ² dz/dt = " + fixed(rate - 30, 2) + ".",
                 drive == 45 ? "The same map, extended data fig. 1." : ""});
  report.figure(
      draw(options.directory, "heat_mean",
           heat_map(drive, "mean", "σ²", 0, 1, {0, 60}, {1, 3},
                    [](double mean, double variance) {
                      return Circumstances{.mean = mean, .variance = variance};
                    })),
      {at + ", with constant activity. It is zero at the mean " + fixed(rate, 2) +
           " for every variance.",
       "The axis of the mean was drawn from 0 to 60 over numbers computed from -10 to 10."});
}

inline void report_rectified(Report& report, const Options& options, const Wanted& wanted,
                             Deviations& deviations) {
  const auto curves = [&](const std::string& name, const std::vector<Curve>& shown) {
    return panel<Rectified>(options, name, shown, rectified_end, deviations);
  };
  const auto same = [](const std::vector<double>& values) {
    return values.empty() ? std::string("The same curves.") : std::string();
  };
  report.section("A neuron that does not saturate");
  report.figure(curves("relu_means", wanted.by_mean()),
                {"The same as the first figure for a rectifying neuron. Its gain is zero at the "
                 "resting rate of 2, so nothing changes there.",
                 same(wanted.means)});
  report.figure(curves("relu_variances", wanted.by_variance(0.7)),
                {"Several variances of the rate.", same(wanted.variances)});
  report.figure(curves("relu_slopes", wanted.by_slope()),
                {"Several slopes of the rate over time.", same(wanted.slopes)});
}

inline void report_landscapes(Report& report, const Options& options, const Clusters& clusters,
                              Deviations& deviations) {
  const auto landscape = [&](const std::string& name, double end, double (Landscape::*loss)() const,
                             const Caption& caption) {
    const LandscapeChart result = landscape_chart(clusters, end, loss);
    deviations.landscapes = std::max(deviations.landscapes, result.deviation);
    report.figure(draw(options.directory, name, result.chart), caption);
  };
  report.section("The logarithm of the variance in the loss");
  report.paragraph(
      "The activity forms two clusters at distance D, each of standard deviation D/4. Successive "
      "samples come from the same cluster.");
  landscape("landscape_log", 10, &Landscape::log_variance,
            {"With -log σ² the sum has its minimum, 0.084, at distance √8 = 2.828.",
             "Supplementary fig. S1: the panel for -log σ² shows the curve of -σ² under that "
             "label; this is the curve "
             "that belongs there."});
  landscape("landscape_plain", 10, &Landscape::plain_variance,
            {"With -σ² the sum is -0.1875 D². It has no minimum, so the activity grows without "
             "bound.",
             "The same curve."});
  landscape("landscape_hinge", 4, &Landscape::hinge,
            {"With a hinge at σ = 1 the sum has its minimum, 0.400, at distance 1.789. Beyond it "
             "the Hebbian term is zero.",
             "The same curve."});
}

inline Deviations write_report(const Options& options, const Clusters& clusters,
                               const std::vector<Check>& checks, const Wanted& wanted) {
  Deviations deviations;
  Report report(options, "Plasticity curves and loss landscapes of latent predictive learning",
                "A synapse of a neuron that learns by latent predictive learning weakens below a "
                "threshold of activity and strengthens above it. The threshold is the mean of the "
                "activity, shifted by its slope: z̄ + σ² dz/dt. Every point of every curve is one "
                "update by the library's rule.",
                halvagal_zenke);
  report_saturating(report, options, wanted, deviations);
  report_heat(report, options, wanted.drive);
  report_rectified(report, options, wanted, deviations);
  report_landscapes(report, options, clusters, deviations);
  report.section("Numbers of the published curves");
  report.table(checks_table(checks),
               {"Expected numbers, and those that the library's rule gives.",
                "Expected values are those of its curves, computed from its formula, and the "
                "closed forms of the threshold and of the minima."});
  report.write();
  return deviations;
}

}  // namespace example
