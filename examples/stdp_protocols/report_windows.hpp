/// @file
/// The report's sections on spiking LPL: windows, and their dependence on the rate of pairing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/report.hpp"
#include "common/summary.hpp"
#include "stdp_protocols/lpl_windows.hpp"
#include "stdp_protocols/reference.hpp"

namespace example {

/// The measurements at one lag, as dots with bars of one standard error.
inline Series measured(bool before) {
  Series series{.name = "measured", .shade = 6, .mark = Mark::Points};
  for (const Measured& m : sjostrom) {
    series.x.push_back(m.rate_hz);
    series.y.push_back(before ? m.before : m.after);
    series.error.push_back(before ? m.before_error : m.after_error);
  }
  return series;
}

/// Windows, and their distance from those of the published program.
class WindowSection {
 public:
  WindowSection(Report& report, Summary& summary, const std::filesystem::path& directory,
                const std::filesystem::path& reference)
      : report_(report),
        summary_(summary),
        directory_(directory),
        published_(read_columns(reference / "stdp_window_10Hz_pm50ms.csv")) {}

  static constexpr int windows = 8;

  /// Calls done() after each window.
  void write(const auto& done) {
    const std::vector<std::pair<double, double>> by_variance{{10, 0.1}, {10, 1}, {10, 100}},
        by_mean{{0, 0.1}, {20, 0.1}};
    report_.section("Spiking latent predictive learning: the variance sets the window");
    figure("windows_variance", by_variance, false, Clamp::leaky,
           {"Lines: this library. Dots: the authors' program. With a small variance the window is "
            "the classical one: causal pairs strengthen. With a large variance the Hebbian term "
            "is small, the predictive term remains, and the window has the opposite sign.",
            "fig. 6a-c, the same curves."},
           done);
    figure("windows_mean", by_mean, true, Clamp::leaky,
           {"The mean rate before the pairing shifts the window as a whole: up for a neuron that "
            "was silent, down for one that was active. The threshold of BCM slides likewise.",
            "supplement, the same curves."},
           done);
    figure("windows_ideal_clamp", by_variance, false, Clamp::ideal,
           {"The same with an ideal clamp, in which synaptic currents do not move the potential: "
            "the windows are smaller and have the same form."},
           done);
    report_.table(errors_, {"Largest difference from the authors' program, in weights between 0 "
                            "and 1. Their numbers are single precision."});
  }

 private:
  void figure(const std::string& name, const std::vector<std::pair<double, double>>& before,
              bool by_mean, Clamp clamp, const Caption& caption, const auto& done) {
    Lines chart{.x_label = "t_post - t_pre, ms", .y_label = "relative change"};
    Series dots{.name = "their program", .shade = 6, .mark = Mark::Points};
    for (const auto& [mean, variance] : before) {
      const std::string of_variance = fixed(variance, variance < 1 ? 1 : 0),
                        of_mean = fixed(mean, 0);
      const Window window = lpl_window(mean, variance, clamp);
      chart.series.push_back(
          {.name = by_mean ? "mean " + of_mean + " Hz" : "variance " + of_variance,
           .x = window.lags_ms,
           .y = window.changes});
      if (clamp == Clamp::leaky) {
        const std::vector<double>& published =
            published_.at("m" + of_mean + "_s" + fixed(variance, variance < 10 ? 1 : 0));
        for (std::size_t k = 0; k < window.lags_ms.size(); k += 7) {
          dots.x.push_back(window.lags_ms[k]);
          dots.y.push_back(published.at(k));
        }
        const double error = weight_error(window.changes, published);
        errors_.add({"mean " + of_mean + " Hz, variance " + of_variance, significant(error, 2)});
        summary_.set("max_abs_error_window_" + (by_mean ? "m" + of_mean : "s" + of_variance),
                     error);
      }
      done();
    }
    if (!dots.x.empty()) chart.series.push_back(dots);
    report_.figure(draw(directory_, name, chart), caption);
  }

  Report& report_;
  Summary& summary_;
  std::filesystem::path directory_;
  Columns published_;
  Table errors_{{"window", "largest error of a weight"}};
};

/// The dependence on rate under one clamp, beside the published program's and the measurements.
inline void write_rate_dependence(Clamp clamp, const RateDependence& found,
                                  const std::filesystem::path& reference,
                                  const std::filesystem::path& directory, Report& report,
                                  Summary& summary) {
  const bool leaky = clamp == Clamp::leaky;
  const std::string name = leaky ? "leaky" : "ideal";
  const Columns published = read_columns(
      reference / (leaky ? "stdp_rate_dependence.csv" : "stdp_rate_dependence_trueclamp.csv"));
  Series before = measured(true), after = measured(false);
  before.name = "measured, +10 ms", before.shade = 0;
  after.name = "measured, -10 ms", after.shade = 1;
  const Lines chart{
      .x_label = "rate of pairing, Hz",
      .y_label = "relative change",
      .series = {{.name = "+10 ms", .x = found.rates_hz, .y = found.before, .shade = 0},
                 {.name = "-10 ms", .x = found.rates_hz, .y = found.after, .shade = 1},
                 before,
                 after}};
  double error = 0;
  Index most = 0;
  for (std::size_t k = 0; k < found.rates_hz.size(); ++k) {
    most = std::max(most, found.spikes[k]);
    for (std::size_t row = 0; row < published.at("freq_hz").size(); ++row) {
      if (published.at("freq_hz")[row] != found.rates_hz[k] ||
          (leaky && published.at("init_mean_hz")[row] != lpl_mean_hz))
        continue;
      const double plus = published.at(leaky ? "dW_plus10ms_idx25" : "dW_plus10ms")[row],
                   minus = published.at(leaky ? "dW_minus10ms_idx75" : "dW_minus10ms")[row];
      error = std::max(error, weight_error({found.before[k], found.after[k]}, {plus, minus}));
    }
  }
  const double distance = score(at_measured_rates(found));
  summary.set("max_abs_error_rate_" + name, error);
  summary.set("most_spikes_" + name, most);
  summary.set("zscore_spiking_lpl_" + name, distance);
  const std::string measurements =
      "Dots: Sjostrom and others (2001), bars of one standard error; mean squared z-error " +
      fixed(distance, 1) + ".";
  report.figure(
      draw(directory, "rate_" + name, chart),
      leaky ? Caption{"The published clamp sets the potential once per step. A hundred inputs at "
                      "once move it in between: there are up to " +
                          std::to_string(most) + " postsynaptic spikes for 100 pairings. " +
                          measurements,
                      "fig. 6d, the same curve."}
            : Caption{"With an ideal clamp there is one postsynaptic spike per pairing. The causal "
                      "order turns from depression to potentiation between 10 and 20 Hz, the other "
                      "order between 20 and 30 Hz (measured: below 10 Hz, and between 20 and 40 "
                      "Hz), and both continue to grow. " +
                          measurements,
                      "not shown."});
}

}  // namespace example
