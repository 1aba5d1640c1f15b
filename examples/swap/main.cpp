/// @file
/// Objects that are swapped during an eye movement: a network that predicts its next response loses
/// selectivity where they are swapped.
///
/// A network sees an image at the centre of a canvas, then an image at the top or the bottom. At
/// one of these two places it is always the wrong one: P follows N and N follows P. Neurons in the
/// monkey's inferior temporal cortex lose their preference for P at that place within hours of such
/// exposure. N. Li & J. J. DiCarlo, Science 321:1502-1507 (2008); M. S. Halvagal & F. Zenke, Nat.
/// Neurosci. 26:1906-1915 (2023), fig. 4.

#include <iostream>
#include <map>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "report.hpp"

namespace {

using namespace swap_experiment;
using example::Dataset;

example::RunSettings settings_of(const Settings& settings, const example::Options& options,
                                 Dataset dataset, const Source& source) {
  example::RunSettings all;
  all.set("--data", example::name_of(dataset));
  all.set("digest of the images", source.digest());
  all.set("--seed", options.seed);
  all.set("--channels", std::span<const Index>(settings.channels));
  all.set("--units", settings.units);
  all.set("--tiles", settings.tiles);
  all.set("--encoder-steps", settings.encoder_steps);
  all.set("--readout-steps", settings.readout_steps);
  all.set("--exposures", settings.exposures);
  all.set("--pairs", settings.pairs_per_set);
  all.set("--eta", settings.exposed_eta);
  all.set("--eta-convolutions", settings.exposed_encoder_eta);
  all.set("learning rate of the dense layer before exposure",
          settings.readout_eta);  // --quick changes it
  return all;
}

void study(const example::Options& options, Dataset dataset, const std::string& path,
           const std::string& monkey_folder, const Settings& settings, bool resume) {
  example::Summary summary(options);
  const Monkey monkey = monkey_folder.empty() ? published_means() : read_monkey(monkey_folder);
  const Source source(dataset, path);
  const Design design{.pairs_per_set = settings.pairs_per_set};
  hebb::require(settings.tiles % 2 == 1, "--tiles must be odd, got ", settings.tiles);
  hebb::require(source.test_size() >= design.images(), "--pairs: the test set has ",
                source.test_size(), " images, ", design.images(), " are wanted");
  const hebb::Random random{.seed = options.seed};
  const example::Checkpoints checkpoints{options.directory, resume,
                                         settings_of(settings, options, dataset, source)};
  const Results results = run(source, settings, design, random, checkpoints);
  const std::vector<Measurement>& course = results.course;

  const Selectivity &first = course.front().selectivity, &last = course.back().selectivity;
  std::cout << '\n'
            << results_table(course, monkey)
            << "\nSelectivity before exposure at top, centre, bottom: " << fixed(first.at_top.mean)
            << ", " << fixed(first.at_centre.mean) << ", " << fixed(first.at_bottom.mean) << ".\n"
            << results.alarms.sentence() << '\n';
  if (const std::string words = verdict(course); !words.empty()) {
    std::cout << words << '\n';
    summary.set("verdict", words);
  }
  const auto set = [&](const std::string& name, hebb::Spread Selectivity::*what) {
    summary.set(name + "_first", (first.*what).mean);
    summary.set(name + "_last", (last.*what).mean);
  };
  set("swap_selectivity", &Selectivity::swap);
  set("nonswap_selectivity", &Selectivity::non_swap);
  set("control_selectivity", &Selectivity::control);
  set("p", &Selectivity::preferred);
  set("n", &Selectivity::non_preferred);
  summary.set("exposures", settings.exposures);
  summary.write();
  write_report(options, source, settings, results, design, monkey);
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("swap",
                           "Images that are swapped for others during an eye movement: how does "
                           "selectivity change where they are swapped?");
  Dataset dataset = Dataset::fashion;
  std::string path, monkey;
  Settings settings;
  std::vector<Index> channels(settings.channels.begin(), settings.channels.end());
  program.one_of("--data", dataset, "images", example::datasets);
  program.app.add_option("--path", path, "folder of the images");
  program.app.add_option("--monkey", monkey,
                         "folder with the tables of the monkeys' neurons, for their error bars");
  program.app.add_option("--channels", channels, "channels of the three convolutions")
      ->delimiter(',')
      ->expected(depth)
      ->check(CLI::PositiveNumber);
  program.positive("--units", settings.units, "units of the dense layer");
  program.positive("--tiles", settings.tiles, "tiles of the canvas; odd");
  program.positive("--encoder-steps", settings.encoder_steps, "learning steps of the convolutions");
  program.positive("--readout-steps", settings.readout_steps, "learning steps of the dense layer");
  program.positive("--exposures", settings.exposures, "exposures to all pairs");
  program.positive("--pairs", settings.pairs_per_set, "pairs of images in each of the three sets");
  program.positive("--eta", settings.exposed_eta,
                   "learning rate of the dense layer during exposure");
  program.positive("--eta-convolutions", settings.exposed_encoder_eta,
                   "learning rate of the convolutions during exposure");
  bool resume = false;
  program.app.add_flag("--resume", resume, "continue from the checkpoints in --out");
  return program.run(argc, argv, [&](const example::Options& options) {
    std::copy(channels.begin(), channels.end(), settings.channels.begin());
    if (options.quick) {
      settings.encoder_steps = std::min<std::int64_t>(settings.encoder_steps, 400);
      settings.readout_steps = std::min<std::int64_t>(settings.readout_steps, 2000);
      settings.readout_eta *= 4;
      settings.exposures = std::min<std::int64_t>(settings.exposures, 100);
      settings.exposed_eta *= 4;
    }
    study(options, dataset, path, monkey, settings, resume);
  });
}
