/// @file
/// The report's sections on all rules: the temporal contrast protocol and the repetition matrix.
#pragma once

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "common/summary.hpp"
#include "stdp_protocols/contrast.hpp"
#include "stdp_protocols/repetition.hpp"

namespace example {

/// All rules as one map: a row per rule, the measured signs on top, each row divided by its largest
/// change.
inline Heat contrast_map(const std::vector<ContrastOutcome>& all) {
  Heat map{.x_label = "first half - second half",
           .y_label = "",
           .value_label = "change / largest change of the rule",
           .values = Matrix<double>(Index(all.size()) + 1, 4),
           .x_names = {contrasts.begin(), contrasts.end()},
           .y_names = {"measured signs"}};
  for (Index k = 0; k < 4; ++k) map.values(0, k) = measured_contrast[std::size_t(k)];
  for (std::size_t r = 0; r < all.size(); ++r) {
    map.y_names.push_back(all[r].name + "  " + std::to_string(all[r].score()) + "/4");
    const double largest = std::max(all[r].largest(), 1e-300);
    for (Index k = 0; k < 4; ++k)
      map.values(Index(r) + 1, k) = all[r].change[std::size_t(k)] / largest;
  }
  return map;
}

inline Table contrast_table(const std::vector<ContrastOutcome>& all) {
  Table table{{"rule", "low-high", "high-low", "low-low", "high-high", "agree of 4", "cosine"}};
  for (const ContrastOutcome& rule : all) {
    std::vector<std::string> row{rule.name};
    for (std::size_t k = 0; k < 4; ++k) {
      const int sign = rule.signs()[k];
      row.push_back(significant(rule.change[k]) + (sign > 0 ? " +" : sign < 0 ? " -" : " 0"));
    }
    row.push_back(std::to_string(rule.score()));
    row.push_back(fixed(rule.cosine(), 2));
    table.add(row);
  }
  return table;
}

/// Rules with the most signs as measured, by name.
inline std::string best_of(const std::vector<ContrastOutcome>& all) {
  int most = 0;
  for (const ContrastOutcome& rule : all) most = std::max(most, rule.score());
  std::string names;
  int count = 0;
  for (const ContrastOutcome& rule : all)
    if (rule.score() == most) names += (count++ ? ", " : "") + rule.name;
  return std::to_string(count) + " of " + std::to_string(all.size()) + " rows agree in " +
         std::to_string(most) + " of 4 trials: " + names + ".";
}

inline void write_contrast(const std::vector<ContrastOutcome>& all,
                           const ContrastStimulus& stimulus, const std::filesystem::path& directory,
                           Report& report, Summary& summary) {
  report.section("Temporal contrast");
  report.paragraph(
      "A trial has two halves of 100 ms. In a low half the presynaptic neuron spikes at 25 Hz, in "
      "a high half at 50 Hz, and the postsynaptic neuron is depolarised weakly or strongly with "
      "it. In CA1 low-high strengthens the synapse, high-low weakens it, low-low and high-high "
      "leave it unchanged.");
  std::string spikes;
  for (std::size_t k = 0; k < 4; ++k)
    spikes += std::string(k ? ", " : "") + contrasts[k] + " " +
              std::to_string(std::count(stimulus.trials[k].spikes.begin(),
                                        stimulus.trials[k].spikes.end(), true));
  report.paragraph(
      "All parameters are published ones or, for rate rules, the library's defaults; none is "
      "tuned. Sixty trials, one per second. Spiking rules: currents of " +
      fixed(stimulus.current_pa[0], 0) + " and " + fixed(stimulus.current_pa[1], 0) +
      " pA, under which an AdEx neuron comes to 25 and 50 Hz; postsynaptic spikes per trial: " +
      spikes +
      ". The change is the mean over 20 synapses that differ in the phase of their presynaptic "
      "spikes. Rate rules: a trial is a sequence of two updates, with both rates at 0.5 in a low "
      "half and at 1 in a high half.");
  report.figure(
      draw(directory, "temporal_contrast", contrast_map(all)),
      {"Each row is divided by its largest change. Red strengthens, blue weakens. A change below "
       "a quarter of the row's largest counts as no change; the number behind a name says in how "
       "many of the four trials the sign is the measured one. " +
           best_of(all),
       "not shown. The top row: J. Jang, A. Flores, K. Zito & R. C. O'Reilly, bioRxiv "
       "10.64898/2026.06.05.730489 (2026)."});
  const Table table = contrast_table(all);
  report.table(
      table,
      {"The change of the weight over all trials, with the sign that is scored. The cosine between "
       "the four changes and (1, -1, 0, 0) needs no threshold: 1 is the measured pattern. The "
       "differential Hebbian rule agrees because its sequence is the trial alone. With a silent "
       "step before and after the trial (\"silence included\") it also sees the end of the last "
       "half. For SuperSpike the postsynaptic spikes are the target, and its own output is "
       "silent. Weights of lateral and inhibitory rules are those of inhibitory synapses: lateral "
       "ones are negative, and those of the inhibitory rule count as positive."});
  std::cout << table << '\n';
  for (const ContrastOutcome& rule : all) {
    summary.set("contrast_score_" + rule.key, rule.score());
    summary.set("contrast_cosine_" + rule.key, rule.cosine());
  }
}

inline void write_repetition(const std::vector<RepetitionMatrix>& all, int pairs,
                             const std::filesystem::path& directory, Report& report) {
  report.section("Pairing and repetition");
  report.paragraph(
      std::to_string(pairs) +
      " pairs of spikes at seven rates and twenty lags, t_post - t_pre, for every spiking "
      "rule with its published parameters. Colours are relative changes of a weight "
      "of 0.5; each map has its own scale. At rates above 1000 / |lag| a spike also meets the "
      "partners of its neighbours. Rules with reward: a constant reward of 1 (immediate, held), "
      "or one reward of 1 after the last pair and 5 s to act (dopamine).");
  std::vector<std::string> rates, lags;
  for (auto rate = repetition_rates_hz.rbegin(); rate != repetition_rates_hz.rend(); ++rate)
    rates.push_back(fixed(*rate, 0));
  for (const double lag : repetition_lags_ms()) lags.push_back(fixed(lag, 0));
  for (const RepetitionMatrix& rule : all) {
    const Heat map{.x_label = "t_post - t_pre, ms",
                   .y_label = "rate of pairing, Hz",
                   .value_label = "relative change",
                   .values = rule.change.colwise().reverse(),
                   .x_names = lags,
                   .y_names = rates};
    Index row, col;
    rule.change.maxCoeff(&row, &col);
    const double most = rule.change(row, col);
    std::string words = rule.name + ": the largest change is " + significant(most) + ", at " +
                        fixed(repetition_rates_hz[std::size_t(row)], 0) + " Hz and " +
                        lags[std::size_t(col)] + " ms; ";
    rule.change.minCoeff(&row, &col);
    words += "the smallest is " + significant(rule.change(row, col)) + ", at " +
             fixed(repetition_rates_hz[std::size_t(row)], 0) + " Hz and " + lags[std::size_t(col)] +
             " ms.";
    report.figure(draw(directory, "repetition_" + rule.key, map), {words});
  }
}

}  // namespace example
