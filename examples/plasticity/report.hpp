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

inline void report_saturating(Report& report, const Options& options, Deviations& deviations) {
  const auto curves = [&](const std::string& name, const std::vector<Curve>& shown) {
    return panel<Saturating>(options, name, shown, saturating_end, deviations);
  };
  report.section("A neuron that saturates");
  report.figure(curves("means", means),
                {"The change against the rate for three means of the rate. Each curve crosses zero "
                 "at its mean, which acts as a sliding threshold as in BCM.",
                 "The same curves."});
  report.figure(curves("variances", variances(0.75)),
                {"Three variances of the rate. The change is divided by the variance; the "
                 "threshold stays at the mean, 30.",
                 "The same curves."});
  report.figure(curves("slopes", slopes),
                {"Three slopes of the rate over time. The threshold moves to 20 where the rate "
                 "falls and to 40 where it rises.",
                 "The same curves."});
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

inline void report_heat(Report& report, const Options& options) {
  report.section("Maps at one drive");
  report.figure(draw(options.directory, "heat_slope",
                     heat_map("dz/dt", "σ²", 0, 1, {-10, 10}, {1, 3},
                              [](double slope, double variance) {
                                return Circumstances{.variance = variance, .slope = slope};
                              })),
                {"The change at drive 45, where z = 38.05, with mean 30. It is zero (white) where "
                 "σ² dz/dt = 8.05.",
                 "The same map."});
  report.figure(
      draw(options.directory, "heat_mean",
           heat_map("mean", "σ²", 0, 1, {0, 60}, {1, 3},
                    [](double mean, double variance) {
                      return Circumstances{.mean = mean, .variance = variance};
                    })),
      {"The change at drive 45 with constant activity. It is zero (white) at the mean 38.05 for "
       "every variance.",
       "The axis of the mean was drawn from 0 to 60 over numbers computed from -10 to 10."});
}

inline void report_rectified(Report& report, const Options& options, Deviations& deviations) {
  const auto curves = [&](const std::string& name, const std::vector<Curve>& shown) {
    return panel<Rectified>(options, name, shown, rectified_end, deviations);
  };
  report.section("A neuron that does not saturate");
  report.figure(curves("relu_means", means),
                {"The same as the first figure for a rectifying neuron. Its gain is zero at the "
                 "resting rate of 2, so nothing changes there.",
                 "The same curves."});
  report.figure(curves("relu_variances", variances(0.7)),
                {"Three variances of the rate.", "The same curves."});
  report.figure(curves("relu_slopes", slopes),
                {"Three slopes of the rate over time.", "The same curves."});
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
             "The panel for -log σ² shows the curve of -σ² under that label; this is the curve "
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
                               const std::vector<Check>& checks) {
  Deviations deviations;
  Report report(options, "Plasticity curves and loss landscapes of latent predictive learning",
                "A synapse of a neuron that learns by latent predictive learning weakens below a "
                "threshold of activity and strengthens above it. The threshold is the mean of the "
                "activity, shifted by its slope: z̄ + σ² dz/dt. Every point of every curve is one "
                "update by the library's rule.");
  report.section("Numbers");
  report.table(checks_table(checks),
               {"Expected numbers, and those that the library's rule gives.",
                "Expected values are those of its curves, computed from its formula, and the "
                "closed forms of the threshold and of the minima."});
  report_saturating(report, options, deviations);
  report_heat(report, options);
  report_rectified(report, options, deviations);
  report_landscapes(report, options, clusters, deviations);
  report.write();
  return deviations;
}

}  // namespace example
