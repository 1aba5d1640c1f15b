/// @file
/// The classic experiments on spike timing, on every spiking rule: windows, their dependence on
/// rate, and the voltage clamp.
///
/// Spiking latent predictive learning predicts that the window itself learns: it is the classical
/// one while the postsynaptic neuron's variance is small, and turns round where it is large. How
/// far this rule, the triplet rule, the voltage rule and pair rules are from the measurements in
/// visual cortex is one number each, in standard errors. M. S. Halvagal & F. Zenke, Nat. Neurosci.
/// 26:1906-1915 (2023), fig. 6.

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/triplet.hpp"
#include "stdp_protocols/clamp.hpp"
#include "stdp_protocols/pairing.hpp"
#include "stdp_protocols/reference.hpp"
#include "stdp_protocols/sjostrom.hpp"
#include "stdp_protocols/stdp_induction.hpp"

using namespace hebb;
using namespace example;

namespace {

/// The rule of the published experiments, in the units of its program.
const SpikingLpl<double, PublishedCode> lpl{.parameters = {.eta = 5e-3, .transmitter = 0},
                                            .times = {.tau_variance_ms = 300e3}};
constexpr double initial = 0.5, mean_of_rates = 20, variance_of_rates = 0.1;

const std::array<std::string, 2> clamp_names{"leaky", "ideal"};
constexpr std::array clamps{Clamp::leaky, Clamp::ideal};

/// A window of spiking LPL at 10 Hz, as a curve over t_post - t_pre.
Series window(const std::string& name, double mean_hz, double variance, Clamp clamp) {
  const PairingProtocol protocol{.clamp = clamp, .mean_rate = mean_hz, .variance = variance};
  const PairingOutcome outcome = induce_stdp(lpl, protocol);
  Series series{.name = name};
  for (Index j = 0; j < protocol.inputs; ++j) {
    series.x.push_back(1000 * protocol.lag(j));
    series.y.push_back(outcome.change(j));
  }
  return series;
}

/// The greatest distance of the weights behind two curves of relative changes.
double weight_error(const std::vector<double>& found, const std::vector<double>& expected) {
  double greatest = 0;
  for (std::size_t k = 0; k < found.size(); ++k)
    greatest = std::max(greatest, initial * std::abs(found[k] - expected.at(k)));
  return greatest;
}

/// Adds some points of a published curve to the dots beside the lines.
void add_dots(const Series& curve, const std::vector<double>& published, Series& dots) {
  for (std::size_t k = 0; k < curve.x.size(); k += 7) {
    dots.x.push_back(curve.x[k]);
    dots.y.push_back(published.at(k));
  }
}

/// Changes of spiking LPL at about +10 ms and -10 ms over the rate of pairing: the published
/// protocol, with 100 inputs at once.
struct RateDependence {
  std::vector<double> rates, before, after;
  std::vector<Index> spikes;
};

RateDependence rate_dependence(Clamp clamp, const std::vector<double>& rates, Progress& progress) {
  RateDependence result{.rates = rates};
  for (const double rate : rates) {
    const PairingOutcome outcome = induce_stdp(lpl, {.half_width = 20e-3,
                                                     .rate = rate,
                                                     .duration = std::min(200.0, 100 / rate + 3),
                                                     .clamp = clamp,
                                                     .mean_rate = mean_of_rates,
                                                     .variance = variance_of_rates});
    result.before.push_back(outcome.change(25));
    result.after.push_back(outcome.change(75));
    result.spikes.push_back(outcome.spikes);
    stop_if_asked();
    progress.advance();
  }
  return result;
}

/// Its changes at the rates that were measured.
Changes at_measured_rates(const RateDependence& found) {
  Changes result{};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    const auto at =
        std::size_t(std::find(found.rates.begin(), found.rates.end(), sjostrom[k].rate_hz) -
                    found.rates.begin());
    result.before[k] = found.before.at(at);
    result.after[k] = found.after.at(at);
  }
  return result;
}

/// The change by 60 pairs on a single synapse under spiking LPL.
double lpl_change_by_pairs(double rate_hz, double lag_ms) {
  const PairingOutcome outcome = induce_stdp(lpl, {.inputs = 2,
                                                   .half_width = std::abs(lag_ms) / 1000,
                                                   .pairings = pairs,
                                                   .rate = rate_hz,
                                                   .duration = pairs / rate_hz + 1,
                                                   .mean_rate = mean_of_rates,
                                                   .variance = variance_of_rates});
  return outcome.change(lag_ms > 0 ? 0 : 1);
}

/// A rule's changes in the ten experiments, and the number that is expected for its score.
struct Contender {
  std::string name, key;
  Changes changes;
  double expected = std::numeric_limits<double>::quiet_NaN();
};

template <typename Pairing>
Contender triplet_contender(const std::string& name, const std::string& key,
                            const TripletParameters<Pairing>& parameters, double expected) {
  const Triplet<double, Pairing, Unbounded> rule{.parameters = parameters};
  return {name, key,
          measure([&](double rate, double lag) { return change_by_pairs(rule, rate, lag); }),
          expected};
}

/// The pair rule with the amplitudes that fit the measurements best.
template <typename Pairing>
Contender pair_contender(const std::string& name, const std::string& key, double expected) {
  using Rule = PairStdp<double, Additive, Pairing, Unbounded>;
  constexpr double nothing = 1e-300;
  const Rule grows{
      .parameters = {.a_plus = 1, .a_minus = nothing, .tau_plus_ms = 16.8, .tau_minus_ms = 33.7}};
  const Rule shrinks{
      .parameters = {.a_plus = nothing, .a_minus = 1, .tau_plus_ms = 16.8, .tau_minus_ms = 33.7}};
  const Changes plus =
      measure([&](double rate, double lag) { return change_by_pairs(grows, rate, lag); });
  const Changes minus =
      measure([&](double rate, double lag) { return change_by_pairs(shrinks, rate, lag); });
  const auto [a, b] = best_mixture(plus, minus);
  Contender contender{name, key, {}, expected};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    contender.changes.before[k] = a * plus.before[k] + b * minus.before[k];
    contender.changes.after[k] = a * plus.after[k] + b * minus.after[k];
  }
  return contender;
}

std::vector<Contender> contenders(Progress& progress) {
  std::vector<Contender> all;
  const auto add = [&](const Contender& contender) {
    all.push_back(contender);
    stop_if_asked();
    progress.advance();
  };
  add(triplet_contender("triplet", "triplet", triplet::visual_cortex_full, 0.342));
  add(triplet_contender("triplet, minimal", "triplet_minimal", triplet::visual_cortex_minimal,
                        0.356));
  add(triplet_contender("triplet, nearest", "triplet_nearest", triplet::visual_cortex_nearest_full,
                        0.232));
  add(triplet_contender("triplet, nearest, minimal", "triplet_nearest_minimal",
                        triplet::visual_cortex_nearest_minimal, 0.348));
  const VoltageExperiment voltage;
  add({"voltage", "voltage",
       measure([&](double rate, double lag) { return voltage.change_by_pairs(rate, lag); })});
  add(pair_contender<AllToAll>("pair, all to all, refitted", "pair", 7.58));
  add(pair_contender<NearestSymmetric>("pair, nearest, refitted", "pair_nearest", 7.47));
  add({"spiking LPL", "spiking_lpl", measure(lpl_change_by_pairs)});
  return all;
}

/// The measurements at one lag, as dots with bars of one standard error.
Series measured(bool before) {
  Series series{.name = "measured", .shade = 6, .mark = Mark::Points};
  for (const Measured& m : sjostrom) {
    series.x.push_back(m.rate_hz);
    series.y.push_back(before ? m.before : m.after);
    series.error.push_back(before ? m.before_error : m.after_error);
  }
  return series;
}

Lines beside_measurements(const std::vector<Contender>& all, const std::vector<std::size_t>& shown,
                          bool before) {
  Lines chart{
      .x_label = "rate of pairing, Hz", .y_label = "relative change", .series = {measured(before)}};
  for (const std::size_t which : shown) {
    Series series{.name = all[which].name, .shade = int(chart.series.size()) - 1};
    for (std::size_t k = 0; k < sjostrom.size(); ++k) {
      series.x.push_back(sjostrom[k].rate_hz);
      series.y.push_back(before ? all[which].changes.before[k] : all[which].changes.after[k]);
    }
    chart.series.push_back(series);
  }
  return chart;
}

std::string number(double value, int digits) {
  return std::isfinite(value) ? fixed(value, digits) : "";
}

void study(const Options& options, const std::filesystem::path& reference) {
  Summary summary(options);
  const std::vector<double> rates{0.1, 1, 5, 10, 20, 30, 40, 50};
  Report report(options, "Windows that learn",
                "A pair of spikes strengthens or weakens a synapse: how much depends on their "
                "order, on the rate of pairing, on the potential, and "
                "in latent predictive learning on what the postsynaptic neuron did before.");
  Progress progress("Experiments", std::int64_t(3 * 2 + 2 + 2 * rates.size() + 8 + 3),
                    "experiments");

  // Windows.
  const Columns published = read_columns(reference / "stdp_window_10Hz_pm50ms.csv");
  Table errors{{"window", "largest error of a weight"}};
  const auto panel = [&](const std::vector<std::pair<double, double>>& before, bool by_mean,
                         Clamp clamp) {
    Lines chart{.x_label = "t_post - t_pre, ms", .y_label = "relative change"};
    Series dots{.name = "their program", .shade = 6, .mark = Mark::Points};
    for (const auto& [mean, variance] : before) {
      Series curve = window(by_mean ? "mean " + fixed(mean, 0) + " Hz"
                                    : "variance " + fixed(variance, variance < 1 ? 1 : 0),
                            mean, variance, clamp);
      const std::string column =
          "m" + fixed(mean, 0) + "_s" + fixed(variance, variance < 10 ? 1 : 0);
      chart.series.push_back(curve);
      if (clamp == Clamp::leaky) {
        add_dots(curve, published.at(column), dots);
        const double error = weight_error(curve.y, published.at(column));
        errors.add(
            {"mean " + fixed(mean, 0) + " Hz, variance " + fixed(variance, variance < 1 ? 1 : 0),
             significant(error, 2)});
        summary.set("max_abs_error_window_" +
                        std::string(by_mean ? "m" + fixed(mean, 0)
                                            : "s" + fixed(variance, variance < 10 ? 1 : 0)),
                    error);
      }
      stop_if_asked();
      progress.advance();
    }
    if (!dots.x.empty()) chart.series.push_back(dots);
    return chart;
  };
  report.section("Spiking latent predictive learning: the variance sets the window");
  const std::vector<std::pair<double, double>> by_variance{{10, 0.1}, {10, 1}, {10, 100}},
      by_mean{{0, 0.1}, {20, 0.1}};
  report.figure(
      draw(options.directory, "windows_variance", panel(by_variance, false, Clamp::leaky)),
      {"Lines: this library. Dots: the authors' program. Small variance: the classical window, "
       "causal pairs strengthen. Large "
       "variance: the Hebbian "
       "term fades, prediction remains, and the window turns round.",
       "The same curves (fig. 6a-c)."});
  report.figure(draw(options.directory, "windows_mean", panel(by_mean, true, Clamp::leaky)),
                {"The mean rate before shifts the window as a whole, as the threshold of BCM "
                 "slides: up for a neuron that was silent, down "
                 "for one that "
                 "was active.",
                 "The same curves (supplement)."});
  report.figure(
      draw(options.directory, "windows_ideal_clamp", panel(by_variance, false, Clamp::ideal)),
      {"The same with an ideal clamp, in which synaptic currents do not move the potential: "
       "smaller, and of the same form."});
  report.table(errors, {"Largest distance from the authors' program, in weights between 0 and 1; "
                        "theirs are single precision."});

  // Rate dependence.
  report.section("Rate");
  const std::array files{read_columns(reference / "stdp_rate_dependence.csv"),
                         read_columns(reference / "stdp_rate_dependence_trueclamp.csv")};
  for (std::size_t c = 0; c < clamps.size(); ++c) {
    const RateDependence found = rate_dependence(clamps[c], rates, progress);
    Series before = measured(true), after = measured(false);
    before.name = "measured, +10 ms", before.shade = 0, after.name = "measured, -10 ms",
    after.shade = 1;
    const Lines chart{.x_label = "rate of pairing, Hz",
                      .y_label = "relative change",
                      .series = {{.name = "+10 ms", .x = rates, .y = found.before, .shade = 0},
                                 {.name = "-10 ms", .x = rates, .y = found.after, .shade = 1},
                                 before,
                                 after}};
    double error = 0;
    const bool leaky = clamps[c] == Clamp::leaky;
    for (std::size_t k = 0; k < rates.size(); ++k)
      for (std::size_t row = 0; row < files[c].at("freq_hz").size(); ++row) {
        if (files[c].at("freq_hz")[row] != rates[k] ||
            (leaky && files[c].at("init_mean_hz")[row] != mean_of_rates))
          continue;
        const double plus = files[c].at(leaky ? "dW_plus10ms_idx25" : "dW_plus10ms")[row];
        const double minus = files[c].at(leaky ? "dW_minus10ms_idx75" : "dW_minus10ms")[row];
        error = std::max(error, weight_error({found.before[k], found.after[k]}, {plus, minus}));
      }
    summary.set("max_abs_error_rate_" + clamp_names[c], error);
    Index most = 0;
    for (const Index spikes : found.spikes) most = std::max(most, spikes);
    summary.set("most_spikes_" + clamp_names[c], most);
    const double distance = score(at_measured_rates(found));
    summary.set("zscore_spiking_lpl_" + clamp_names[c], distance);
    const std::string measurements =
        "Dots: Sjostrom and others (2001), bars of one standard error; mean squared z-error " +
        fixed(distance, 1) + ".";
    report.figure(draw(options.directory, "rate_" + clamp_names[c], chart),
                  leaky ? Caption{"The published clamp sets the potential once a step, and a "
                                  "hundred inputs at once move it in between: up to " +
                                      std::to_string(most) +
                                      " postsynaptic spikes for 100 pairings. " + measurements,
                                  "The same curve (fig. 6d)."}
                        : Caption{"With a clamp that holds there is one postsynaptic spike a "
                                  "pairing. The causal order turns from depression to "
                                  "potentiation between 10 and 20 Hz, the other between 20 and 30 "
                                  "Hz (measured: below 10, and between 20 and 40), and "
                                  "both go on growing. " +
                                      measurements,
                                  "Not shown."});
  }

  // Rules on the same measurements.
  const std::vector<Contender> all = contenders(progress);
  Table scores{{"rule", "mean squared z-error", "expected"}};
  for (const Contender& contender : all) {
    scores.add({contender.name, fixed(score(contender.changes), 3), number(contender.expected, 3)});
    summary.set("zscore_" + contender.key, score(contender.changes));
  }
  report.section("Rules beside measurements");
  report.paragraph(
      "Sixty pairs in a row at each rate, which is the convention of the models; the experiment "
      "had 15 bursts of five, 10 s apart. No rule "
      "is fitted here but the pair rules, whose two amplitudes are the best there are.");
  const std::vector<std::size_t> shown{0, 4, 5, 7};
  report.figure(draw(options.directory, "rules_before", beside_measurements(all, shown, true)),
                {"Presynaptic spike 10 ms before. Bars are one standard error.", ""});
  report.figure(draw(options.directory, "rules_after", beside_measurements(all, shown, false)),
                {"Presynaptic spike 10 ms after. No pair rule can turn depression into "
                 "potentiation at high rates; triplets and the voltage can.",
                 ""});
  report.table(scores, {"The mean over ten experiments of ((rule - measured) / standard error)². "
                        "The voltage rule has its authors' neuron; spiking LPL "
                        "the parameters of their windows, with an ideal clamp.",
                        "Expected: computed from the published parameters."});
  std::cout << scores << '\n';

  // Clamp.
  report.section("Voltage clamp");
  Table thresholds{{"fit", "weakens above, mV", "strengthens above, mV", "deepest at, mV",
                    "change there, per spike"}};
  Lines cortex{.x_label = "clamped potential, mV", .y_label = "change per spike"},
      hippocampus = cortex;
  for (const ClampStudy& fit : clamp_studies) {
    const ClampCurve curve = clamp_curve(fit);
    const bool cortical = fit.key != "hippocampal";
    Series line{.name = fit.name};
    for (std::size_t k = 0;
         k < curve.changes.size() && (!cortical || curve.potentials_mv[k] <= -42); ++k) {
      line.x.push_back(curve.potentials_mv[k]);
      line.y.push_back(curve.changes[k]);
    }
    (cortical ? cortex : hippocampus).series.push_back(line);
    if (!cortical)
      hippocampus.series.push_back({.name = "thresholds",
                                    .x = {curve.weakens_above_mv, curve.strengthens_above_mv},
                                    .y = {0, 0},
                                    .shade = 6,
                                    .mark = Mark::Points});
    thresholds.add({fit.name, fixed(curve.weakens_above_mv, 2),
                    fixed(curve.strengthens_above_mv, 2), fixed(curve.deepest_mv, 1),
                    significant(curve.deepest)});
    summary.set("clamp_" + fit.key + "_weakens_above_mv", curve.weakens_above_mv);
    summary.set("clamp_" + fit.key + "_strengthens_above_mv", curve.strengthens_above_mv);
    stop_if_asked();
    progress.advance();
  }
  report.figure(draw(options.directory, "clamp_hippocampal", hippocampus),
                {"Presynaptic spikes at 25 Hz for 50 s while the postsynaptic potential is held. "
                 "Nothing below -41 mV, depression between, "
                 "potentiation above -19 mV: two thresholds on one axis, the classic evidence that "
                 "the sign depends on how strongly the "
                 "neuron is driven.",
                 "Artola, Brocher & Singer (1990) and Ngezahayo, Schachner & Artola (2000) "
                 "measured this curve; the raw points were not "
                 "published, so this is the fit of Clopath and others (2010) to them."});
  report.figure(draw(options.directory, "clamp_cortical", cortex),
                {"The same for the two cortical fits, up to -42 mV. Depression begins at rest, and "
                 "potentiation less than 2 mV above where "
                 "depression is deepest."});
  report.table(thresholds,
               {"The sign turns at theta_+ + A_LTD / A_LTP: -43.55, -44.6 and -19 mV."});
  std::cout << thresholds;

  report.write();
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("stdp_protocols",
                  "Windows of spike timing, their dependence on rate, and the voltage clamp, on "
                  "every spiking rule.");
  std::filesystem::path reference =
      std::filesystem::path(__FILE__).parent_path() / "../../tests/data/spiking";
  program.app
      .add_option("--reference", reference, "directory with the published program's results")
      ->capture_default_str();
  return program.run(argc, argv, [&](const Options& options) { study(options, reference); });
}
