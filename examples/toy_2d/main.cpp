/// @file
/// A linear unit with two inputs, one that persists and one that fluctuates: which input does each
/// rule choose, and do the weights stay bounded away from zero?
///
/// The experiment increases the strength of the fluctuating input (sigma_y) and decreases the
/// persistence of the other (p). Latent predictive learning keeps to the persistent input. Without
/// prediction, and under Oja's rule, the unit follows the variance. Without the Hebbian term its
/// weights collapse. M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), fig. 2.

#include <iostream>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "toy_2d/library.hpp"
#include "toy_2d/report.hpp"

using namespace hebb;
using namespace example;

namespace {

void study(const Options& options, const Experiment& experiment) {
  Summary summary(options);
  const double deviation = largest_deviation_from_library(options.seed);
  const Results results = run(experiment, options.seed);
  std::cout << '\n'
            << results_table(experiment, results) << '\n'
            << switch_table(experiment, results);

  for (std::size_t arm = 0; arm < arms; ++arm) {
    const std::string& key = arm_list[arm].key;
    summary.set(key + "_norm_sigma_1", norm_at_one(results, arm));
    summary.set(key + "_selectivity_below_0.9",
                mean_between(experiment, results.still[arm], 0, 0.9, &Outcome::selectivity));
    summary.set(key + "_selectivity_1.2_to_50",
                mean_between(experiment, results.still[arm], 1.2, 50, &Outcome::selectivity));
    summary.set(key + "_selectivity_100", results.still[arm].back().mean(&Outcome::selectivity));
  }
  const ClosedForm expected{experiment.weight_decay};
  summary.set("lpl_norm_closed_form", expected.lpl());
  summary.set("prediction_off_norm_closed_form", expected.hebbian());
  summary.set("oja_norm_closed_form", expected.oja(1));
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
  write_report(options, experiment, results);
}

}  // namespace

int main(int argc, char** argv) {
  Program program("toy_2d",
                  "Two inputs, one that persists and one that varies: which does a linear unit "
                  "choose, and do its weights collapse or diverge?");
  Experiment experiment;
  program.positive("--repetitions", experiment.repetitions, "independent repetitions");
  program.positive("--steps", experiment.steps, "learning steps");
  program.option("--values", experiment.values, "values of sigma_y and of p in the sweeps")
      ->check(CLI::Range(3, 1000));
  program.option("--batch", experiment.batch, "sequences that are learned from in parallel")
      ->check(CLI::Range(4, 100'000));
  program.positive("--eta", experiment.eta, "learning rate where sigma_y <= 1");
  program.positive("--weight-decay", experiment.weight_decay, "weight decay");
  program
      .option("--flip", experiment.some_flips,
              "probability p of changing cluster in the second sweep over sigma_y")
      ->check(CLI::Range(0.0, 1.0));
  return program.run(argc, argv, [&](const Options& options) {
    if (options.quick) experiment.repetitions = std::min<Index>(experiment.repetitions, 2);
    study(options, experiment);
  });
}
