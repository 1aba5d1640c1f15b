/// @file
/// The tables on the terminal, the figures and the report.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "toy_2d/sweep.hpp"

namespace example {

/// The means of cells as a line, and their standard deviations as its band.
inline Series line(const std::string& name, const std::vector<double>& x,
                   const std::vector<Cell>& cells, double Outcome::*what, int shade) {
  Series series{.name = name, .x = x, .shade = shade};
  for (const Cell& cell : cells) {
    const Spread spread = cell.spread(what);
    series.y.push_back(spread.mean);
    series.error.push_back(spread.deviation);
  }
  return series;
}

/// A closed form, in grey.
inline Series reference(const std::string& name, const std::vector<double>& x, const auto& value) {
  Series series{.name = name, .x = x, .shade = 7};
  for (const double at : x) series.y.push_back(value(at));
  return series;
}

inline std::string switch_text(const std::vector<Cell>& cells, const auto& value) {
  const Index i = switch_index(cells);
  if (i == 0 || i == Index(cells.size())) return "none";
  return fixed(value(i - 1), 2) + " to " + fixed(value(i), 2);
}

inline std::string short_number(double value) {
  if (value == 0 || (std::abs(value) > 1e-3 && std::abs(value) < 1e4)) return fixed(value, 3);
  const double exponent = std::floor(std::log10(std::abs(value)));
  return fixed(value / std::pow(10, exponent), 1) + "e" + fixed(exponent, 0);
}

inline Table results_table(const Experiment& experiment, const Results& results) {
  const ClosedForm expected{experiment.weight_decay};
  const std::array<std::string, arms> norms{fixed(expected.lpl()),
                                            fixed(expected.hebbian()),
                                            "0",
                                            fixed(expected.oja(1)),
                                            "grows",
                                            "grows",
                                            fixed(ClosedForm::hinge())};
  const std::array<std::array<std::string, 3>, arms> published{{{"0.73", "0.73", "0.69"},
                                                                {"0.73", "0.00", "0.00"},
                                                                {"-", "-", "-"},
                                                                {"0.73", "0.00", "0.00"},
                                                                {"-", "-", "-"},
                                                                {"NaN", "0.1-0.7", "-"},
                                                                {"0.73", "0.73", "0.55"}}};
  Table table{{"rule", "|w|, σ_y = 1", "closed form", "σ_y < 0.9", "paper", "1.2 to 50", "paper",
               "100", "paper", "weights"}};
  for (std::size_t arm = 0; arm < arms; ++arm) {
    const auto& cells = results.still[arm];
    const double norm = norm_at_one(results, arm);
    table.add(
        {arm_list[arm].name, short_number(norm), norms[arm],
         fixed(mean_between(experiment, cells, 0, 0.9, &Outcome::selectivity)), published[arm][0],
         fixed(mean_between(experiment, cells, 1.2, 50, &Outcome::selectivity)), published[arm][1],
         fixed(cells.back().mean(&Outcome::selectivity)), published[arm][2],
         norm < 1e-2  ? "collapse"
         : norm > 1e6 ? "diverge"
                      : "stable"});
  }
  return table;
}

inline Table switch_table(const Experiment& experiment, const Results& results) {
  const auto sigma_y = [&](Index i) { return experiment.sigma_y(i); };
  const ClosedForm expected{experiment.weight_decay};
  Table table{{"where a unit leaves the persistent input", "found between", "closed form"}};
  table.add({"LPL, growing σ_y", switch_text(results.still[lpl], sigma_y), "never"});
  table.add({"LPL with p = " + significant(experiment.some_flips) + ", growing σ_y",
             switch_text(results.flipping, sigma_y), "never"});
  table.add({"prediction off, growing σ_y", switch_text(results.still[hebbian], sigma_y),
             fixed(ClosedForm::variance_switch())});
  table.add({"Oja, growing σ_y", switch_text(results.still[oja], sigma_y),
             fixed(ClosedForm::variance_switch())});
  table.add({"LPL at σ_y = 1, growing p",
             switch_text(results.by_flip, [&](Index i) { return experiment.flip(i); }),
             fixed(expected.flip_switch())});
  return table;
}

/// Logarithms of the norms at sigma_y = 1 over time.
inline Lines course_chart(const Experiment& experiment, const Results& results) {
  Lines chart{.x_label = "step", .y_label = "log10 |w|"};
  for (const std::size_t arm : {lpl, hebbian, predictive, oja, naive, hinge}) {
    Series series{.name = arm_list[arm].name, .shade = int(arm)};
    for (std::size_t k = 0; k < results.norms[arm].size(); ++k) {
      double sum = 0;
      for (const double norm : results.norms[arm][k]) sum += std::log10(norm);
      series.x.push_back(double(k) * double(experiment.interval));
      series.y.push_back(sum / double(results.norms[arm][k].size()));
    }
    chart.series.push_back(series);
  }
  return chart;
}

inline void write_report(const Options& options, const Experiment& experiment,
                         const Results& results) {
  const ClosedForm expected{experiment.weight_decay};
  std::vector<double> logarithms, flips;
  for (Index i = 0; i < experiment.values; ++i) {
    logarithms.push_back(std::log10(experiment.sigma_y(i)));
    flips.push_back(experiment.flip(i));
  }
  const auto over_sigma = [&](std::initializer_list<std::size_t> shown, double Outcome::*what,
                              const std::string& label) {
    Lines chart{.x_label = "log10 σ_y", .y_label = label};
    for (const std::size_t arm : shown)
      chart.series.push_back(
          line(arm_list[arm].name, logarithms, results.still[arm], what, int(arm)));
    return chart;
  };

  Report report(options, "A persistent input against a variable one",
                "A linear unit has two inputs. The first tells to which of two clusters a point "
                "belongs, and the cluster persists over time. The second is noise of standard "
                "deviation σ_y, drawn anew at every step. Latent predictive learning (LPL) selects "
                "the persistent input for every σ_y. Without prediction, and under Oja's rule, the "
                "unit selects the noise as soon as it varies more than the clusters.",
                halvagal_zenke);
  report.setting("learning",
                 sentence(experiment.steps, " steps of ", experiment.batch, " sequences, ",
                          experiment.repetitions, " repetitions, learning rate ", experiment.eta,
                          " min(1, 1/σ_y), weight decay ", experiment.weight_decay));

  report.section("Increasing noise");
  report.figure(draw(options.directory, "selectivity",
                     over_sigma({lpl, hebbian, oja, hinge}, &Outcome::selectivity,
                                "selectivity for the cluster")),
                {"Selectivity of LPL hardly depends on σ_y. With prediction off and under Oja's "
                 "rule it falls to 0 where the noise begins to vary more than the clusters, at σ_y "
                 "= 1.005. Bands are standard deviations over repetitions.",
                 "0.73 for LPL up to σ_y = 50 and 0.69 at 100; the others fall from 0.73 to 0 "
                 "between 0.9 and 1.1; the hinge ends at 0.55."});
  Lines alignment =
      over_sigma({lpl, hebbian, predictive, oja, hinge}, &Outcome::alignment, "|w_x| / |w|");
  alignment.y_range = {0, 1};
  report.figure(
      draw(options.directory, "alignment", alignment),
      {"Direction of the weights: 1 if the unit uses only the persistent input, 0 if only the "
       "noise. Prediction alone turns to the input that is easiest to predict: the noise while it "
       "is weak, then the clusters. Its weights vanish in both cases."});

  Lines norms = over_sigma({lpl, hebbian, oja, hinge}, &Outcome::norm, "|w|");
  norms.series.insert(
      norms.series.begin(),  // drawn first, below the others
      {reference("LPL, closed form", logarithms, [&](double) { return expected.lpl(); }),
       reference("prediction off, closed form", logarithms,
                 [&](double) { return expected.hebbian(); }),
       reference("Oja, closed form", logarithms,
                 [&](double x) { return expected.oja(std::pow(10, x)); })});
  report.figure(draw(options.directory, "norm", norms),
                {"Norm of the weights; grey lines are the closed forms, partly hidden by the "
                 "curves. Where σ_y is large the learning rate is small, and " +
                     std::to_string(experiment.steps) + " steps do not reach the fixed point.",
                 "Mean responses of LPL of about 3.45."});
  report.figure(
      draw(options.directory, "course", course_chart(experiment, results)),
      {"Norm of the weights over time at σ_y = 1, the mean of logarithms over repetitions. Without "
       "the Hebbian term the weights collapse. "
       "With -σ² in place of -log σ² they grow without bound, because that loss has no minimum.",
       "The same growth, to about 1e20 in 10000 steps; collapse by about step 2000."});
  Lines diverging{.x_label = "log10 σ_y", .y_label = "log10 |w|"};
  for (const std::size_t arm : {naive, naive_weak}) {
    diverging.series.push_back(
        line(arm_list[arm].name, logarithms, results.still[arm], &Outcome::norm, int(arm)));
    for (double& y : diverging.series.back().y) y = std::log10(y);
    diverging.series.back().error.clear();
  }
  diverging.series.push_back(
      reference("single precision ends", logarithms, [](double) { return std::log10(3.4e38); }));
  report.figure(draw(options.directory, "divergence", diverging),
                {"Norm of the last weights under the loss with -σ². Above the grey line a program "
                 "in single precision ends in NaN.",
                 "NaN in the lowest 29 of the 50 values of σ_y, which is where the curve of -σ² "
                 "without the tenfold decay lies above the line."});

  report.section("In numbers");
  report.table(
      results_table(experiment, results),
      {"The norm of the weights at σ_y = 1 and its closed form; then the mean selectivity in three "
       "ranges of σ_y, each with the paper's value. Selectivity does not depend on the scale of "
       "the weights, so only the norm shows that prediction alone has collapsed.",
       "Values read off its fig. 2. Closed forms are the fixed points of the mean dynamics. The "
       "loss with -σ² in place of -log σ² is run with both weight decays that the paper's code has "
       "had, 0.15 and ten times as much."});
  report.table(switch_table(experiment, results),
               {"Two neighbouring points of the sweep between which the unit turns from the "
                "persistent input to the other, and the closed form."});

  report.section("Decreasing persistence");
  Lines by_flip{
      .x_label = "probability p of changing cluster", .y_label = "value", .y_range = {{0, 1}}};
  by_flip.series = {line("selectivity", flips, results.by_flip, &Outcome::selectivity, 0),
                    line("|w_x| / |w|", flips, results.by_flip, &Outcome::alignment, 1)};
  report.figure(draw(options.directory, "flips", by_flip),
                {"LPL at σ_y = 1, where both inputs have nearly the same variance. At p = 0.5 the "
                 "cluster persists no longer than the noise does, and the unit turns to the noise.",
                 "A sharp drop at 0.5."});
  Lines flip_norm{.x_label = "probability p of changing cluster", .y_label = "|w|"};
  flip_norm.series = {
      reference("closed form", flips, [&](double p) { return expected.lpl_at_equal_variance(p); }),
      line("LPL", flips, results.by_flip, &Outcome::norm, 0)};
  report.figure(
      draw(options.directory, "flips_norm", flip_norm),
      {"The norm of the weights, and the closed form in grey: 1/sqrt(0.01 + 2p + half the "
       "weight decay), and constant where the unit has turned to the noise."});
  Lines flipping{.x_label = "log10 σ_y", .y_label = "selectivity for the cluster"};
  flipping.series = {line("p = 0", logarithms, results.still[lpl], &Outcome::selectivity, 0),
                     line("p = " + significant(experiment.some_flips), logarithms, results.flipping,
                          &Outcome::selectivity, 1)};
  report.figure(draw(options.directory, "flips_sigma", flipping),
                {"LPL with clusters that change with probability p per step.",
                 "Fig. 2, p = 0.2: 0.73, degrading to 0.63 ± 0.2 at σ_y = 100."});
  report.write();
}

}  // namespace example
