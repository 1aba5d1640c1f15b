/// @file
/// Two inputs, one that persists and one that fluctuates: which of them does a linear unit choose,
/// and does it stay alive?
///
/// The fluctuating input is made stronger and stronger (sigma_y), and the persistent one less and
/// less persistent (p). Latent predictive learning stays with what persists; without prediction,
/// and under Oja's rule, a unit follows the variance; without the Hebbian term it falls silent. M.
/// S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), fig. 2.

#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/core/threads.hpp"
#include "toy_2d/library.hpp"
#include "toy_2d/toy.hpp"

using namespace hebb;
using namespace example;

namespace {

constexpr Index batch_size = 200;
constexpr double some_flips = 0.2;

/// A rule under study.
struct Arm {
  Rule rule;
  std::string name, key;
  double weight_decay = 0.15;
};

enum Place : std::size_t { lpl, hebbian, predictive, oja, naive, naive_weak, hinge, arms };
const std::array<Arm, arms> arm_list{{{Rule::Lpl, "LPL", "lpl"},
                                      {Rule::Hebbian, "prediction off", "prediction_off"},
                                      {Rule::Predictive, "prediction only", "prediction_only"},
                                      {Rule::Oja, "Oja", "oja"},
                                      {Rule::Naive, "-σ², decay 1.5", "naive", 1.5},
                                      {Rule::Naive, "-σ², decay 0.15", "naive_weak_decay"},
                                      {Rule::Hinge, "variance hinge", "hinge"}}};

struct Experiment {
  Index steps = 10000;  // max(10000, 100 sigma_y), which is the same for every sigma_y of the sweep
  Index repetitions = 10, values = 50, interval = 100;

  double sigma_y(Index i) const { return std::pow(10, -2 + 4 * double(i) / double(values - 1)); }
  double flip(Index i) const { return double(i) / double(values - 1); }
};

/// All units of one repetition. Every rule, sigma_y and p learns from the same noise and from the
/// same weights at first.
class Repetition {
 public:
  /// Sequences, and the units that learn from them.
  struct Bank {
    Sequences sequences;
    std::vector<Unit> units = {};

    explicit Bank(double flip) : sequences(flip, batch_size) {}
  };

  Bank still{0}, flipping{some_flips};  ///< units by arm and sigma_y; LPL by sigma_y
  Bank course{0};                       ///< units by arm, at sigma_y = 1
  std::vector<Bank> by_flip;            ///< one LPL unit each, at sigma_y = 1

  Repetition(const Experiment& experiment, const Random& random) : random_(random) {
    const auto unit = [&](const Arm& arm, double sigma_y, std::uint64_t which) {
      const double bound = std::sqrt(0.5);
      return Unit{arm.rule, sigma_y, arm.weight_decay,
                  random.stream("weights", which).uniform<double>(2, 1, -bound, bound)};
    };
    for (const Arm& arm : arm_list) {
      for (Index i = 0; i < experiment.values; ++i)
        still.units.push_back(unit(arm, experiment.sigma_y(i), std::uint64_t(i)));
      course.units.push_back(unit(arm, 1, std::uint64_t(experiment.values)));
    }
    for (Index i = 0; i < experiment.values; ++i) {
      flipping.units.push_back(unit(arm_list[lpl], experiment.sigma_y(i), std::uint64_t(i)));
      by_flip.emplace_back(experiment.flip(i))
          .units.push_back(unit(arm_list[lpl], 1, std::uint64_t(i)));
    }
    noise_.draw(random_.stream("noise"), batch_size);
    each_bank([&](Bank& bank) { bank.sequences.begin(noise_); });
  }

  void learn(Index steps) {
    for (Index step = 0; step < steps; ++step) {
      noise_.draw(random_.stream("noise").at(++seen_), batch_size);
      each_bank([&](Bank& bank) {
        bank.sequences.advance(noise_);
        const Moments moments = moments_of(bank.sequences.now, bank.sequences.before);
        for (Unit& unit : bank.units) unit.learn(moments);
      });
    }
  }

 private:
  void each_bank(const auto& visit) {
    for (Bank* bank : {&still, &flipping, &course}) visit(*bank);
    for (Bank& bank : by_flip) visit(bank);
  }

  Random random_;
  Noise noise_;
  std::uint64_t seen_ = 0;
};

/// Outcomes over repetitions.
struct Cell {
  std::vector<Outcome> outcomes = {};

  double mean(double Outcome::*what) const {
    double sum = 0;
    for (const Outcome& outcome : outcomes) sum += outcome.*what;
    return sum / double(outcomes.size());
  }
  double deviation(double Outcome::*what) const {
    double sum = 0;
    for (const Outcome& outcome : outcomes) sum += std::pow(outcome.*what - mean(what), 2);
    return std::sqrt(sum / std::max(1.0, double(outcomes.size()) - 1));
  }
};

struct Results {
  std::array<std::vector<Cell>, arms> still;  // by sigma_y
  std::array<Cell, arms> unity;               // sigma_y = 1
  std::vector<Cell> flipping;                 // by sigma_y
  std::vector<Cell> by_flip;                  // by p
  std::array<std::vector<std::vector<double>>, arms>
      norms;  // by time and repetition, at sigma_y = 1
};

Results run(const Experiment& experiment, std::uint64_t seed) {
  const auto at = [](Index i) { return std::size_t(i); };
  std::vector<Repetition> repetitions;
  for (Index i = 0; i < experiment.repetitions; ++i)
    repetitions.emplace_back(experiment, Random{.seed = seed + std::uint64_t(i)});

  Results results;
  Progress progress("learning", experiment.steps);
  for (Index step = 0;; step += experiment.interval) {
    for (std::size_t arm = 0; arm < arms; ++arm) {
      results.norms[arm].emplace_back();
      for (const Repetition& one : repetitions)
        results.norms[arm].back().push_back(one.course.units[arm].w.norm());
    }
    if (step >= experiment.steps) break;
    stop_if_asked();
    parallel_for(experiment.repetitions,
                 [&](Index i) { repetitions[at(i)].learn(experiment.interval); });
    progress.advance(experiment.interval);
  }

  for (auto& row : results.still) row.resize(at(experiment.values));
  results.flipping.resize(at(experiment.values));
  results.by_flip.resize(at(experiment.values));
  for (Index i = 0; i < experiment.repetitions; ++i) {
    const Repetition& one = repetitions[at(i)];
    const Points points = fresh_points(Random{.seed = seed + std::uint64_t(i)}.stream("points"));
    for (std::size_t arm = 0; arm < arms; ++arm) {
      for (std::size_t k = 0; k < at(experiment.values); ++k)
        results.still[arm][k].outcomes.push_back(
            measure(one.still.units[arm * at(experiment.values) + k], points));
      results.unity[arm].outcomes.push_back(measure(one.course.units[arm], points));
    }
    for (std::size_t k = 0; k < at(experiment.values); ++k) {
      results.flipping[k].outcomes.push_back(measure(one.flipping.units[k], points));
      results.by_flip[k].outcomes.push_back(measure(one.by_flip[k].units[0], points));
    }
  }
  return results;
}

/// A line through cells, and its band.
Series line(const std::string& name, const std::vector<double>& x, const std::vector<Cell>& cells,
            double Outcome::*what, int shade) {
  Series series{.name = name, .x = x, .shade = shade};
  for (const Cell& cell : cells) {
    series.y.push_back(cell.mean(what));
    series.error.push_back(cell.deviation(what));
  }
  return series;
}

/// A closed form, in grey.
Series reference(const std::string& name, const std::vector<double>& x, const auto& value) {
  Series series{.name = name, .x = x, .shade = 7};
  for (const double at : x) series.y.push_back(value(at));
  return series;
}

/// The mean over those sigma_y that lie between two.
double mean_between(const Experiment& experiment, const std::vector<Cell>& cells, double low,
                    double high, double Outcome::*what) {
  double sum = 0, count = 0;
  for (Index i = 0; i < experiment.values; ++i) {
    if (experiment.sigma_y(i) < low || experiment.sigma_y(i) > high) continue;
    sum += cells[std::size_t(i)].mean(what);
    ++count;
  }
  return sum / count;
}

/// The first value from which on the mean alignment is below that of the diagonal.
Index switch_index(const std::vector<Cell>& cells) {
  const auto leaves = [](const Cell& cell) {
    return cell.mean(&Outcome::alignment) < std::sqrt(0.5);
  };
  return std::find_if(cells.begin(), cells.end(), leaves) - cells.begin();
}

std::string switch_text(const std::vector<Cell>& cells, const auto& value) {
  const Index i = switch_index(cells);
  if (i == 0 || i == Index(cells.size())) return "none";
  return fixed(value(i - 1), 2) + " to " + fixed(value(i), 2);
}

std::string short_number(double value) {
  if (value == 0 || (std::abs(value) > 1e-3 && std::abs(value) < 1e4)) return fixed(value, 3);
  const double exponent = std::floor(std::log10(std::abs(value)));
  return fixed(value / std::pow(10, exponent), 1) + "e" + fixed(exponent, 0);
}

/// How many sigma_y, from below, end with a weight that single precision cannot hold.
Index beyond_single_precision(const std::vector<Cell>& cells) {
  return std::count_if(cells.begin(), cells.end(), [](const Cell& cell) {
    return !(cell.mean(&Outcome::norm) < double(std::numeric_limits<float>::max()));
  });
}

/// The geometric mean of the norms at the end, at sigma_y = 1: norms of growing and dying units lie
/// decades apart.
double norm_at_one(const Results& results, std::size_t arm) {
  double sum = 0;
  for (const double norm : results.norms[arm].back()) sum += std::log(norm);
  return std::exp(sum / double(results.norms[arm].back().size()));
}

Table results_table(const Experiment& experiment, const Results& results) {
  const std::array<std::string, arms> norms{fixed(ClosedForm::lpl()),
                                            fixed(ClosedForm::hebbian()),
                                            "0",
                                            fixed(ClosedForm::oja(1)),
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
               "100", "paper", "alive"}};
  for (std::size_t arm = 0; arm < arms; ++arm) {
    const auto& cells = results.still[arm];
    const double norm = norm_at_one(results, arm);
    table.add(
        {arm_list[arm].name, short_number(norm), norms[arm],
         fixed(mean_between(experiment, cells, 0, 0.9, &Outcome::selectivity)), published[arm][0],
         fixed(mean_between(experiment, cells, 1.2, 50, &Outcome::selectivity)), published[arm][1],
         fixed(cells.back().mean(&Outcome::selectivity)), published[arm][2],
         norm < 1e-2  ? "collapsed"
         : norm > 1e6 ? "diverges"
                      : "yes"});
  }
  return table;
}

Table switch_table(const Experiment& experiment, const Results& results) {
  const auto sigma_y = [&](Index i) { return experiment.sigma_y(i); };
  Table table{{"where a unit leaves the persistent input", "found between", "closed form"}};
  table.add({"LPL, growing σ_y", switch_text(results.still[lpl], sigma_y), "never"});
  table.add({"LPL with p = 0.2, growing σ_y", switch_text(results.flipping, sigma_y), "never"});
  table.add({"prediction off, growing σ_y", switch_text(results.still[hebbian], sigma_y),
             fixed(ClosedForm::variance_switch())});
  table.add({"Oja, growing σ_y", switch_text(results.still[oja], sigma_y),
             fixed(ClosedForm::variance_switch())});
  table.add({"LPL at σ_y = 1, growing p",
             switch_text(results.by_flip, [&](Index i) { return experiment.flip(i); }),
             fixed(ClosedForm::flip_switch())});
  return table;
}

/// Logarithms of the norms at sigma_y = 1 over time.
Lines course_chart(const Experiment& experiment, const Results& results) {
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

void write_report(const Options& options, const Experiment& experiment, const Results& results) {
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

  Report report(options, "What persists against what varies",
                "A linear unit has two inputs. One says in which of two clusters a point lies, and "
                "the clusters last. The other is noise, "
                "drawn anew at every step, of standard deviation σ_y. Latent predictive learning "
                "(LPL) chooses what lasts, however strong "
                "the noise. Rules that follow variance change sides when the noise becomes the "
                "stronger one.");
  report.setting("learning", sentence(experiment.steps, " steps of ", batch_size, " sequences, ",
                                      experiment.repetitions,
                                      " repetitions, rate min(0.01, 0.01/σ_y), weight decay 0.15"));

  report.section("In numbers");
  report.table(results_table(experiment, results),
               {"After the norms: selectivity in three ranges of σ_y, each beside the paper's. LPL "
                "keeps it over four decades of noise. "
                "Prediction alone keeps the direction while the weights vanish: "
                "selectivity and direction are free of scale, so that only the norm tells a living "
                "unit from a dead one.",
                "Values read off its figure. Closed forms are the fixed points of the mean "
                "dynamics. The paper's undamped variance "
                "loss is shown at both weight decays that its code has had."});
  report.table(switch_table(experiment, results),
               {"The grid of the sweep brackets every switch that the closed forms predict."});

  report.section("More and more noise");
  report.figure(draw(options.directory, "selectivity",
                     over_sigma({lpl, hebbian, oja, hinge}, &Outcome::selectivity,
                                "selectivity for the cluster")),
                {"LPL is flat; prediction off and Oja fall to nothing where the noise overtakes "
                 "the clusters, at σ_y = 1.005. Bands are "
                 "standard deviations over repetitions.",
                 "0.73 for LPL up to σ_y = 50 and 0.69 at 100; the others fall from 0.73 to 0 "
                 "between 0.9 and 1.1; the hinge ends at 0.55."});
  report.figure(
      draw(options.directory, "alignment",
           over_sigma({lpl, hebbian, predictive, oja, hinge}, &Outcome::alignment, "|w_x| / |w|")),
      {"1 is a unit that listens to the persistent input alone, 0 one that listens to the noise. "
       "Prediction alone points "
       "where predicting is cheapest: to the noise while it is weak, then to the clusters, where "
       "it looks perfect while its weights "
       "vanish."});

  Lines norms = over_sigma({lpl, hebbian, oja, hinge}, &Outcome::norm, "|w|");
  norms.series.insert(
      norms.series.begin(),  // under the others
      {reference("3.430, closed form", logarithms, [](double) { return ClosedForm::lpl(); }),
       reference("3.651, closed form", logarithms, [](double) { return ClosedForm::hebbian(); }),
       reference("Oja, closed form", logarithms,
                 [](double x) { return ClosedForm::oja(std::pow(10, x)); })});
  report.figure(draw(options.directory, "norm", norms),
                {"Norms lie on the grey lines, and hide them. Where σ_y is large the rate is "
                 "small, 0.01/σ_y, and 10000 steps are too few to arrive.",
                 "Mean responses of LPL of about 3.45."});
  report.figure(draw(options.directory, "course", course_chart(experiment, results)),
                {"σ_y = 1. Without the Hebbian term the weights vanish by decades. With a variance "
                 "in place of its logarithm they "
                 "grow without bound: the loss has no minimum.",
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
                {"The weights at the end under the undamped variance loss. Where the lower decay "
                 "crosses the grey line a program in single "
                 "precision ends in NaN.",
                 "NaN in the lowest 29 of the 50 values of σ_y, which is where the curve of decay "
                 "0.15 lies above the line."});

  report.section("Less and less persistence");
  Lines by_flip{.x_label = "probability p of changing cluster", .y_label = "value"};
  by_flip.series = {line("selectivity", flips, results.by_flip, &Outcome::selectivity, 0),
                    line("|w_x| / |w|", flips, results.by_flip, &Outcome::alignment, 1)};
  report.figure(draw(options.directory, "flips", by_flip),
                {"LPL at σ_y = 1, where both inputs vary alike. It leaves the clusters at p = 0.5, "
                 "where they no longer last any longer "
                 "than the noise.",
                 "A sharp drop at 0.5."});
  Lines flip_norm{.x_label = "probability p of changing cluster", .y_label = "|w|"};
  flip_norm.series = {reference("closed form", flips, ClosedForm::lpl_at_equal_variance),
                      line("LPL", flips, results.by_flip, &Outcome::norm, 0)};
  report.figure(draw(options.directory, "flips_norm", flip_norm),
                {"The norm falls as 1/sqrt(0.085 + 2p), on the grey line that it hides, and stays "
                 "where the noise takes over."});
  Lines flipping{.x_label = "log10 σ_y", .y_label = "selectivity for the cluster"};
  flipping.series = {line("p = 0", logarithms, results.still[lpl], &Outcome::selectivity, 0),
                     line("p = 0.2", logarithms, results.flipping, &Outcome::selectivity, 1)};
  report.figure(draw(options.directory, "flips_sigma", flipping),
                {"LPL again, with clusters that change in every fifth step: it stays with them.",
                 "0.73, degrading to 0.63 ± 0.2 at σ_y = 100."});
  report.write();
}

void study(const Options& options, const Experiment& experiment) {
  Summary summary(options);
  const double deviation = largest_deviation_from_library(options.seed);
  const Results results = run(experiment, options.seed);
  std::cout << '\n'
            << results_table(experiment, results) << '\n'
            << switch_table(experiment, results);
  write_report(options, experiment, results);

  for (std::size_t arm = 0; arm < arms; ++arm) {
    const std::string& key = arm_list[arm].key;
    summary.set(key + "_norm_sigma_1", norm_at_one(results, arm));
    summary.set(key + "_selectivity_below_0.9",
                mean_between(experiment, results.still[arm], 0, 0.9, &Outcome::selectivity));
    summary.set(key + "_selectivity_1.2_to_50",
                mean_between(experiment, results.still[arm], 1.2, 50, &Outcome::selectivity));
    summary.set(key + "_selectivity_100", results.still[arm].back().mean(&Outcome::selectivity));
  }
  summary.set("lpl_norm_closed_form", ClosedForm::lpl());
  summary.set("prediction_off_norm_closed_form", ClosedForm::hebbian());
  summary.set("oja_norm_closed_form", ClosedForm::oja(1));
  summary.set("lpl_flips_selectivity_100", results.flipping.back().mean(&Outcome::selectivity));
  const auto set_switch = [&](const std::string& key, const std::vector<Cell>& cells,
                              const auto& value) {
    const Index i = switch_index(cells);
    if (i == 0 || i == Index(cells.size())) return;
    summary.set(key + "_switch_after", value(i - 1));
    summary.set(key + "_switch_before", value(i));
  };
  const auto sigma_y = [&](Index i) { return experiment.sigma_y(i); };
  set_switch("prediction_off", results.still[hebbian], sigma_y);
  set_switch("oja", results.still[oja], sigma_y);
  set_switch("lpl_flip", results.by_flip, [&](Index i) { return experiment.flip(i); });
  summary.set("naive_weak_decay_beyond_single_precision",
              beyond_single_precision(results.still[naive_weak]));
  summary.set("max_deviation_from_library", deviation);
  summary.set("repetitions", experiment.repetitions);
  summary.set("steps", experiment.steps);
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("toy_2d",
                  "Two inputs, one that persists and one that varies: which does a linear unit "
                  "choose, and does it stay alive?");
  Experiment experiment;
  program.app.add_option("--repetitions", experiment.repetitions, "independent repetitions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return program.run(argc, argv, [&](const Options& options) {
    if (options.quick) experiment.repetitions = std::min<Index>(experiment.repetitions, 2);
    study(options, experiment);
  });
}
