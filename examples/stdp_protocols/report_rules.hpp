/// @file
/// The report's sections on rules beside measurements: pairing at five rates, and voltage clamp.
#pragma once

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "common/summary.hpp"
#include "stdp_protocols/clamp.hpp"
#include "stdp_protocols/contenders.hpp"
#include "stdp_protocols/report_windows.hpp"

namespace example {

/// Some of the rules at one lag, beside the measurements.
inline Lines beside_measurements(const std::vector<Contender>& all,
                                 const std::vector<std::size_t>& shown, bool before) {
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

inline void write_contenders(const std::vector<Contender>& all,
                             const std::filesystem::path& directory, Report& report,
                             Summary& summary) {
  Table scores{{"rule", "mean squared z-error", "expected"}};
  for (const Contender& contender : all) {
    scores.add({contender.name, fixed(score(contender.changes), 3),
                std::isfinite(contender.expected) ? fixed(contender.expected, 3) : ""});
    summary.set("zscore_" + contender.key, score(contender.changes));
  }
  report.section("Rules beside measurements");
  report.paragraph(
      "Sixty pairs in a row at each rate, which is the convention of the models; the experiment "
      "had 15 bursts of five, 10 s apart. No rule is fitted here except the pair rules, whose two "
      "amplitudes are those that fit best.");
  const std::vector<std::size_t> shown{0, 4, 5, 7};
  report.figure(draw(directory, "rules_before", beside_measurements(all, shown, true)),
                {"Presynaptic spike 10 ms before. Bars are one standard error."});
  report.figure(
      draw(directory, "rules_after", beside_measurements(all, shown, false)),
      {"Presynaptic spike 10 ms after. The triplet and the voltage rule weaken up to 20 Hz "
       "and strengthen from 40 Hz on, as measured. The refitted pair rule does not "
       "reach half of the measured change at any rate."});
  report.table(
      scores,
      {"The mean over ten experiments of ((rule - measured) / standard error)². "
       "The voltage rule has its authors' neuron; spiking LPL has the parameters "
       "of their windows and an ideal clamp.",
       "not shown. Expected scores are computed from the published parameters of each rule."});
  std::cout << scores << '\n';
}

/// The voltage rule under clamp: the curves of clamp_studies.
inline void write_clamp(const std::vector<ClampCurve>& curves,
                        const std::filesystem::path& directory, Report& report, Summary& summary) {
  Table thresholds{{"fit", "weakens above, mV", "strengthens above, mV", "deepest at, mV",
                    "change there, per spike"}};
  Lines cortex{.x_label = "clamped potential, mV", .y_label = "change per spike"},
      hippocampus = cortex;
  for (std::size_t study = 0; study < curves.size(); ++study) {
    const ClampStudy& fit = clamp_studies[study];
    const ClampCurve& curve = curves[study];
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
  }
  report.section("Voltage clamp");
  report.figure(
      draw(directory, "clamp_hippocampal", hippocampus),
      {"Presynaptic spikes at 25 Hz for 50 s while the postsynaptic potential is held. "
       "Below -41 mV nothing changes, between -41 and -19 mV the synapse weakens, above "
       "-19 mV it strengthens.",
       "not shown. Artola, Brocher & Singer (1990) and Ngezahayo, Schachner & Artola (2000) "
       "measured this curve. Their raw points were not published, so this is the fit of "
       "Clopath and others (2010) to them."});
  report.figure(draw(directory, "clamp_cortical", cortex),
                {"The same for the two cortical fits, up to -42 mV. Depression begins at rest. "
                 "Potentiation begins less than 2 mV above the potential where depression is "
                 "deepest."});
  report.table(thresholds,
               {"The sign turns at theta_+ + A_LTD / A_LTP: -43.55, -44.6 and -19 mV."});
  std::cout << thresholds;
}

}  // namespace example
