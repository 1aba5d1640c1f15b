/// @file
/// The same images in two orders in time: a unit under latent predictive learning becomes selective
/// for what persists.
///
/// Objects of two classes appear in one of two corners of a canvas. In one order the corner
/// persists from step to step and the class changes, in the other the class persists. One linear
/// unit sees either order under Oja's rule, under latent predictive learning, and under each of its
/// two terms alone: the Hebbian and the predictive one. M. S. Halvagal & F. Zenke, Nat. Neurosci.
/// 26:1906-1915 (2023), supplementary fig. S2.

#include <array>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "order_in_time/report.hpp"

namespace {

using namespace order_in_time;

void study(const Options& options, const Source& source, const Experiment& experiment) {
  Summary summary(options);
  const ImageSet images = read_images(source, experiment.sample);
  const Runs runs = run_seeds(images, source, experiment, options.seed);

  std::cout << '\n'
            << results_table(runs, source) << "\nSelectivity, mean ± standard deviation over "
            << experiment.seeds << " seeds; expected: " << source.expected_from << ".\n";
  if (const std::string words = verdict(runs); !words.empty()) {
    std::cout << words << '\n';
    summary.set("verdict", words);
  }
  for (const Arm& arm : arms) {
    const Result result = result_of(runs, arm);
    summary.set(arm.key + "_place", result.place.mean);
    summary.set(arm.key + "_class", result.kind.mean);
    summary.set(arm.key + "_mean_abs_y", result.magnitude.mean);
  }
  summary.set("data", source.path);
  summary.set("eta", double(experiment.eta));
  summary.set("steps", experiment.steps);
  summary.set("seeds", experiment.seeds);
  summary.write();
  write_report(options, images, source, experiment, runs);
}

}  // namespace

int main(int argc, char** argv) {
  Program program("order_in_time",
                  "Identical images in two orders in time: what does one linear unit become "
                  "selective for?");
  std::string data = "fashion-mnist";
  std::optional<std::string> path;
  std::optional<std::vector<int>> labels;
  Experiment experiment;
  program.app.add_option("--data", data, "images")
      ->check(CLI::IsMember({"fashion-mnist", "mnist"}))
      ->capture_default_str();
  program.app.add_option("--path", path, "directory of the IDX files, plain or .gz");
  program.app.add_option("--classes", labels, "the two classes, by label")->expected(2);
  program.app.add_option("--eta", experiment.eta, "learning rate (default: 2e-3; mnist: 1e-2)")
      ->check(CLI::PositiveNumber);
  program.not_negative("--weight-decay", experiment.weight_decay, "weight decay of LPL and Hebb");
  program.app.add_option("--sample", experiment.sample,
                         "seed of a random sample of each class (default: its first 1000 images)");
  program.positive("--steps", experiment.steps, "updates");
  program.positive("--seeds", experiment.seeds, "independent repetitions");
  return program.run(argc, argv, [&](const Options& options) {
    Source source = source_of(data);
    if (path) source.path = *path;
    if (labels && std::array{(*labels)[0], (*labels)[1]} != source.labels) {
      source.labels = {(*labels)[0], (*labels)[1]};
      source.kinds = sentence("classes ", source.labels[0], " and ", source.labels[1]);
      source.expected = {};
      source.expected_from = "nothing was published for these classes";
    }
    if (experiment.eta == 0) experiment.eta = source.eta;
    if (options.quick) experiment.seeds = std::min<Index>(experiment.seeds, 2);
    study(options, source, experiment);
  });
}
