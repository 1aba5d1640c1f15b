/// @file
/// Plasticity curves and loss landscapes of latent predictive learning, computed with the library's
/// own rule.
///
/// The curves show the change of a synapse against the activity of its neuron, for several means,
/// variances and slopes of that activity. The landscapes show the loss of two clusters of activity
/// against the distance between them. M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915
/// (2023), extended data fig. 1 and supplementary fig. S1.

#include <iostream>
#include <vector>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "plasticity/report.hpp"

using namespace hebb;
using namespace example;

namespace {

void study(Options options, const Wanted& wanted) {
  options.quick = false;  // the full run takes seconds
  Summary summary(options);
  const Clusters clusters(Random{.seed = options.seed});
  const std::vector<Check> checks = checks_of(clusters);
  std::cout << checks_table(checks);

  for (const Check& check : checks) {
    summary.set(check.key, check.found);
    summary.set(check.key + "_expected", check.expected);
  }
  summary.write();  // a report that fails leaves it
  const Deviations deviations = write_report(options, clusters, checks, wanted);
  summary.set("curves_max_deviation", deviations.curves);
  summary.set("landscape_max_deviation", deviations.landscapes);
  std::cout << "\nLargest deviation from the closed form: curves " << exact(deviations.curves)
            << ", landscapes " << exact(deviations.landscapes) << '\n';
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("plasticity",
                  "The change of a synapse against the activity of its neuron, and the loss of two "
                  "clusters of activity.");
  Wanted wanted;
  const auto list = [&](const char* name, std::vector<double>& values, const char* published,
                        const char* what) {
    return program.app.add_option(name, values, what)->delimiter(',')->default_str(published);
  };
  list("--means", wanted.means, "20,30,40", "means of the rate, one curve each");
  list("--variances", wanted.variances, "0.75,1,2", "variances of the rate, one curve each")
      ->check(CLI::PositiveNumber);
  list("--slopes", wanted.slopes, "-10,0,10", "slopes of the rate per step, one curve each");
  program.option("--drive", wanted.drive, "drive of the neuron in the maps")
      ->check(CLI::Range(0.0, saturating_end));
  return program.run(argc, argv, [&](const Options& options) { study(options, wanted); });
}
