/// @file
/// The table on the terminal, the report and the summary, beside the published values.
#pragma once

#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "spiking_lpl/charts.hpp"

namespace recurrent {

/// What the authors' notebooks show after 100,000 s: R² of the five populations, correlation, rates
/// and dimension. Values with fewer digits are read off their figures.
const std::array<std::array<std::string, 9>, conditions> published{
    {{"-0.000", "0.807", "0.002", "0.837", "-0.007", "0.773", "5.5", "18", "30"},
     {"-", "0.45", "0.2", "0.45", "0.2", "-", "9.5", "40", "85"},
     {"0", "0", "0", "0", "0", "-", "0.008", "-", "20"},
     {"0.016", "0.777", "0.180", "0.823", "0.192", "0.790", "35", "-", "8"},
     {"0.016", "0.585", "0.143", "0.644", "0.206", "-", "10", "41", "39"}}};
const std::array<std::string, conditions> published_weights{
    "P1 and P2 bimodal up to 0.17, all else near 0.", "All populations alike, broad around 0.1.",
    "All tiny, 0.01 to 0.02, P1 and P2 slightly below their controls.",
    "P2 dominates, and the others are not all 0.", "Bimodal and unselective."};
constexpr double published_start = 0.227;

/// A warning if LPL learned nothing; empty otherwise.
inline std::string verdict(const Job& job, const std::vector<Outcome>& outcomes) {
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const auto of_signals = [](const Reconstruction& found) {
      return (found.r2(1) + found.r2(3)) / 2;
    };
    const double before = of_signals(outcomes[k].before), after = of_signals(outcomes[k].after);
    if (job.chosen[k] == lpl && !(after > std::max(0.0, before)))
      return "LPL learned nothing: R² of P1 and P2 is " + fixed(after, 3) +
             " in the mean, before learning " + fixed(before, 3) + ".";
  }
  return {};
}

/// How well the spikes tell P1, P2 and their controls after LPL, as a sentence; empty if it did not
/// run.
inline std::string found_by_lpl(const Job& job, const std::vector<Outcome>& outcomes) {
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    if (job.chosen[k] != lpl) continue;
    const auto& r2 = outcomes[k].after.r2;
    return " R² of reconstructing the inputs from their spikes: P1 " + fixed(r2(1), 2) + ", P2 " +
           fixed(r2(3), 2) + "; their controls " + fixed(r2(2), 2) + " and " + fixed(r2(4), 2) +
           ".";
  }
  return {};
}

inline Table results_table(const Job& job, const std::vector<Outcome>& outcomes) {
  Table table{{"condition", "", "R² P0", "P1", "P1ctl", "P2", "P2ctl", "correlation", "exc. Hz",
               "inh. Hz", "dimension"}};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Condition condition = job.chosen[k];
    const Outcome& found = outcomes[k];
    std::vector<std::string> row{condition_names[condition], "found"}, expected{"", "paper"};
    for (Index p = 0; p < populations; ++p) row.push_back(fixed(found.after.r2(p), 3));
    row.push_back(fixed(found.after.correlation, 3));
    row.push_back(fixed(found.exc_hz, 2));
    row.push_back(condition == no_inhibition ? "-" : fixed(found.inh_hz, 2));
    row.push_back(fixed(found.participation_ratio, 1));
    expected.insert(expected.end(), published[condition].begin(), published[condition].end());
    table.add(row);
    table.add(expected);
  }
  return table;
}

inline void write_report(const Options& options, const Job& job,
                         const std::vector<Outcome>& outcomes, const std::string& precision) {
  Report report(options, "A spiking network that follows what can be predicted",
                "100 excitatory and 25 inhibitory neurons see 500 inputs: one population fires at "
                "a constant rate, P1 and P2 follow two slow signals, and their controls fire at "
                "the same rates in shuffled order. Do neurons come to follow P1 or P2, and drop "
                "the rest, by latent predictive learning (LPL) with inhibitory plasticity?" +
                    found_by_lpl(job, outcomes),
                halvagal_zenke);
  report.warning(verdict(job, outcomes));
  report.setting("time", sentence(job.setting.total(), " s, of which ", job.setting.priming(),
                                  " s without learning"));
  report.setting("learning", sentence("eta ", job.setting.eta, " mV ms; running mean over ",
                                      job.setting.tau_mean, " s"));
  report.setting("precision", precision);
  report.setting("measured", sentence("the last ", job.setting.window,
                                      " s, in bins of 25 ms; lasso with alpha 0.1"));

  report.section("The five conditions");
  report.table(
      results_table(job, outcomes),
      {"R² of reconstructing a population's input from the excitatory neurons' spikes, on "
       "bins that the readout has not seen; "
       "the correlation over all populations; mean rates; and how many dimensions the "
       "activity fills.",
       "Fig. 5; values of the authors' notebooks after 100,000 s of learning; those with fewer "
       "digits are read off their figures."});
  report.section("Spikes");
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Outcome& outcome = outcomes[k];
    if (outcome.recording.raster_exc.size() == 0 && outcome.recording.raster_inh.size() == 0)
      continue;
    report.figure(draw(options.directory, "raster_" + condition_keys[job.chosen[k]],
                       raster(outcome, job.setting.total() - Recording::raster_seconds)),
                  {condition_names[job.chosen[k]] +
                   ": spikes of the last 3 s. Excitatory neurons are ordered by whether P1 or P2 "
                   "reaches them with more weight."});
  }

  report.section("What the spikes tell about P1");
  report.figure(draw(options.directory, "p1", reconstruction_chart(job, outcomes, 1)),
                {"The signal of P1, and what the readout makes of the excitatory spikes in every "
                 "condition."});

  report.section("Weights");
  const auto weights = [&](const std::string& name, Index population, Index other,
                           const std::string& words) {
    Lines chart{.x_label = "mean weight from a population (0.1: all connections at 1)",
                .y_label = "share of neurons"};
    for (std::size_t k = 0; k < outcomes.size(); ++k) {
      Vector<double> both(2 * excitatory);
      both << outcomes[k].mean_weight.row(population).transpose(),
          outcomes[k].mean_weight.row(other).transpose();
      chart.series.push_back(histogram(condition_names[job.chosen[k]], both, 0, 0.2, 20));
      chart.series.back().shade = int(job.chosen[k]);
    }
    report.figure(draw(options.directory, name, chart), {words});
  };
  weights("weights_signals", 1, 3,
          "How much weight P1 and P2, which carry the signals, have on a neuron: the sum over the "
          "100 inputs of a population, divided by 100.");
  weights("weights_controls", 2, 4, "The same of their shuffled controls.");
  Table described{{"condition", "weights after 100,000 s"}};
  for (const Condition condition : job.chosen)
    described.add({condition_names[condition], published_weights[condition]});
  report.table(described, {"What the authors' notebooks show of these weights."});

  report.section("Selectivity");
  Lines signal{.x_label = "(signal - control) / (signal + control)",
               .y_label = "share of neurons, P1 and P2"};
  Lines relative{.x_label = "(P2 - P1) / (P2 + P1)", .y_label = "share of neurons"};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Condition condition = job.chosen[k];
    Vector<double> both(2 * excitatory);
    both << outcomes[k].selectivity(1, 2), outcomes[k].selectivity(3, 4);
    signal.series.push_back(histogram(condition_names[condition], both, -1, 1, 20));
    relative.series.push_back(
        histogram(condition_names[condition], outcomes[k].selectivity(3, 1), -1, 1, 20));
    signal.series.back().shade = relative.series.back().shade = int(condition);
  }
  report.figure(draw(options.directory, "selectivity", signal),
                {"Whether the weights prefer a signal to its shuffled control.",
                 "LPL: most neurons near +1. Prediction or Hebbian term off: around 0. Inhibition "
                 "fixed: around 0."});
  report.figure(draw(options.directory, "preference", relative),
                {"Which of the two signals a neuron prefers.",
                 "LPL: the neurons split, a third to two fifths for P1 and the rest for P2. "
                 "Prediction off: one peak at 0."});

  report.section("Rates over time");
  report.figure(draw(options.directory, "excitatory_rates",
                     course_chart(job, outcomes, 0, "excitatory rate, Hz")),
                {sentence("Learning begins at ", job.setting.priming(), " s."),
                 "LPL rises over 20,000 s to about 5.5 Hz; without its Hebbian term the network "
                 "falls silent."});
  if (Lines chart = course_chart(job, outcomes, 1, "inhibitory rate, Hz"); !chart.series.empty())
    report.figure(draw(options.directory, "inhibitory_rates", chart),
                  {"Inhibitory neurons follow the excitatory ones."});
  report.write();
}

inline void write_summary(Summary& summary, const Job& job, const std::vector<Outcome>& outcomes,
                          const std::string& precision) {
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Outcome& o = outcomes[k];
    const std::string suffix = job.chosen[k] == lpl ? "" : "_" + condition_keys[job.chosen[k]];
    for (Index p = 0; p < populations; ++p)
      summary.set("r2_" + population_names[std::size_t(p)] + suffix, o.after.r2(p));
    summary.set("reconstruction_correlation" + suffix, o.after.correlation);
    summary.set("reconstruction_correlation_start" + suffix, o.before.correlation);
    summary.set("participation_ratio" + suffix, o.participation_ratio);
    summary.set("rate_exc_hz" + suffix, o.exc_hz);
    summary.set("rate_inh_hz" + suffix, job.chosen[k] == no_inhibition
                                            ? std::numeric_limits<double>::quiet_NaN()
                                            : o.inh_hz);
    const Vector<double> p1 = o.selectivity(1, 2), p2 = o.selectivity(3, 4);
    summary.set("selectivity" + suffix, (p1.mean() + p2.mean()) / 2);
    summary.set("us_per_step" + suffix, o.us_per_step);
    summary.set("times_real_time" + suffix, 1e6 * dt / o.us_per_step);
  }
  if (const std::string words = verdict(job, outcomes); !words.empty())
    summary.set("verdict", words);
  summary.set("precision", precision);
  summary.set("biological_seconds", job.setting.total());
  summary.write();
}

}  // namespace recurrent
