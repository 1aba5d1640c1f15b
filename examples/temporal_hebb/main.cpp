/// @file
/// Networks learn to classify images with feedback: balance control, deep feedback control,
/// predictive coding and equilibrium propagation. The last three learn by error-based rules and by
/// the temporal (differential) Hebbian rule, whose postsynaptic factor is the change of the rate.
///
/// P. V. Aceituno, M. Tristany Farinha, R. Loidl & B. F. Grewe, Front. Comput. Neurosci. 17:1136010
/// (2023).
#include <algorithm>
#include <iostream>
#include <set>

#include "common/command_line.hpp"
#include "common/image_data.hpp"
#include "experiment.hpp"
#include "report.hpp"

namespace {

using namespace temporal_hebb;

std::vector<Arm> all_arms() {
  std::vector<Arm> arms;
  for (const auto& some : {sent_back_arms(), control_arms(), coding_arms(), equilibrium_arms(),
                           balance_arms(), control_variants()})
    arms.insert(arms.end(), some.begin(), some.end());
  return arms;
}

/// The values of the command line. Settings that are 0 take a default per framework.
struct Given {
  std::vector<std::string> frameworks, rules, names;
  example::Dataset dataset = example::Dataset::fashion;
  std::string path;
  Settings settings;
  double tolerance = 0.25;
  Index surprise_epochs = 6;
  bool all = false, full = false, resume = false;

  bool includes(const Arm& arm) const {
    const auto chosen = [](const std::vector<std::string>& list, const std::string& name) {
      return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
    };
    if (!names.empty()) return chosen(names, arm.name);
    return (!arm.variant || all) && chosen(frameworks, arm.framework) && chosen(rules, arm.rule);
  }

  Settings settings_of(const Arm& arm) const {
    Settings own = arm.defaults;
    own.images = settings.images;
    own.seed = settings.seed;
    for (const auto field : {&Settings::epochs, &Settings::batch, &Settings::inference})
      if (settings.*field > 0) own.*field = settings.*field;
    if (settings.eta > 0) own.eta = settings.eta;
    hebb::require(own.images >= own.batch, "--images must fill a batch of ", own.batch, ", got ",
                  own.images);
    return own;
  }
};

void add_options(example::Program& program, const std::vector<Arm>& arms, Given& given) {
  const auto some_of = [&](const std::string& option, std::vector<std::string>& list,
                           std::string Arm::*which, const std::string& description) {
    std::set<std::string> known;
    for (const Arm& arm : arms) known.insert(arm.*which);
    program.app.add_option(option, list, description)->delimiter(',')->check(CLI::IsMember(known));
  };
  const auto positive = [&](const std::string& option, auto& value,
                            const std::string& description) {
    program.app.add_option(option, value, description)->check(CLI::PositiveNumber);
  };
  Settings& settings = given.settings;
  program.one_of(
      "--data", given.dataset, "images",
      {{"fashion-mnist", example::Dataset::fashion}, {"mnist", example::Dataset::mnist}});
  program.app.add_option("--path", given.path,
                         "folder with the data set's four idx files, plain or .gz");
  some_of("--framework", given.frameworks, &Arm::framework,
          "frameworks to run, separated by commas (default: all)");
  some_of("--rule", given.rules, &Arm::rule,
          "rules to run, separated by commas (default: all; dh: differential Hebbian)");
  some_of("--arms", given.names, &Arm::name,
          "arms to run by name, including variants, separated by commas");
  program.app.add_flag("--all", given.all, "include the variants of the catalogue");
  program.app.add_flag("--full", given.full, "the published size: all training images, 40 epochs");
  positive("--images", settings.images, "number of images to learn from (default: 10000)");
  positive("--epochs", settings.epochs, "passes over the images (default: per framework)");
  positive("--batch", settings.batch,
           "images per step (default: 128; equilibrium propagation: 20)");
  positive("--eta", settings.eta, "learning rate (default: per framework)");
  positive("--inference", settings.inference, "steps per inference (default: per framework)");
  program
      .option("--tolerance", given.tolerance,
              "error at which the latency is taken, as a fraction of the untrained network's")
      ->check(CLI::Range(1e-6, 1.0));
  program.not_negative("--surprise", given.surprise_epochs,
                       "epochs of the surprise experiment with feedback control; 0: none");
  program.app.add_flag("--resume", given.resume, "continue every arm from its checkpoint in --out");
}

void study(Given given, const std::vector<Arm>& arms, const example::Options& options) {
  example::Summary summary(options);
  Settings& settings = given.settings;
  settings.seed = options.seed;
  if (settings.images == 0) settings.images = options.quick ? 1280 : given.full ? 55'000 : 10'000;
  if (settings.epochs == 0) settings.epochs = options.quick ? 1 : given.full ? 40 : 0;
  if (settings.batch == 0 && options.quick) settings.batch = 16;  // more steps
  if (options.quick) given.surprise_epochs = std::min<Index>(given.surprise_epochs, 2);
  example::Images images = example::load(given.dataset, given.path, 5'000);
  if (options.quick) {
    images.validation = hebb::subset(images.validation, hebb::range(0, 1000));
    images.test = hebb::subset(images.test, hebb::range(0, 1000));
  }
  hebb::require(settings.images <= images.learn.size(), "--images: there are ", images.learn.size(),
                " to learn from, not ", settings.images);
  const Data data{images.learn, images.validation, images.test, example::name_of(given.dataset),
                  example::digest_of({&images.learn, &images.validation, &images.test})};
  Results results{.data = given.dataset == example::Dataset::mnist ? "MNIST" : "Fashion-MNIST"};
  // All arms are made once before any learns, so that errors in their settings appear at once.
  std::vector<std::pair<const Arm*, Settings>> runs;
  for (const Arm& arm : arms) {
    if (!given.includes(arm)) continue;
    runs.emplace_back(&arm, given.settings_of(arm));
    arm.make(arm.model, runs.back().second);
  }
  hebb::require(!runs.empty(), "no arm has this --framework and this --rule");
  for (const auto& [arm, own] : runs) {
    run_arm(*arm, own, arms,
            {data, given.tolerance, given.surprise_epochs, options.directory, given.resume},
            results);
    judge(results, data.validation);
    summarize(results, summary);
    summary.write();
  }
  std::cout << '\n' << table_of(results) << alarms_of(results) << '\n';
  if (!results.verdict.empty()) std::cout << results.verdict << '\n';
  write_report(results, options);
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("temporal_hebb",
                           "Deep feedback control, predictive coding and equilibrium propagation "
                           "learn images from errors and from changes of rates over time");
  const std::vector<Arm> arms = all_arms();
  Given given;
  add_options(program, arms, given);
  return program.run(argc, argv,
                     [&](const example::Options& options) { study(given, arms, options); });
}
