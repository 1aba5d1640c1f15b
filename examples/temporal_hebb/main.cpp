/// @file
/// Hierarchies learn to classify by local rules that hear what feedback does to them: Deep Feedback
/// Control, Predictive Coding and Equilibrium Propagation, each from its errors and from how its
/// rates change, the temporal (differential) Hebbian form.
///
/// P. V. Aceituno, M. Tristany Farinha, R. Loidl & B. F. Grewe, Front. Comput. Neurosci. 17:1136010
/// (2023).
#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "common/command_line.hpp"
#include "common/image_data.hpp"
#include "report.hpp"

namespace {

using namespace temporal_hebb;

std::vector<Arm> all_arms() {
  std::vector<Arm> arms;
  for (const auto& some :
       {sent_back_arms(), control_arms(), coding_arms(), equilibrium_arms(), control_variants()})
    arms.insert(arms.end(), some.begin(), some.end());
  return arms;
}

std::set<std::string> names_of(const std::vector<Arm>& arms, std::string Arm::*which) {
  std::set<std::string> names;
  for (const Arm& arm : arms) names.insert(arm.*which);
  return names;
}

bool chosen(const std::vector<std::string>& list, const std::string& name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("temporal_hebb",
                           "Deep Feedback Control, Predictive Coding and Equilibrium Propagation "
                           "learn images from errors and from temporal "
                           "changes of rates");
  const std::vector<Arm> arms = all_arms();
  std::vector<std::string> frameworks, rules, names;
  example::Dataset dataset = example::Dataset::fashion;
  std::string path;
  Settings settings;
  double tolerance = 0.25;
  Index surprise_epochs = 6;
  bool all = false, full = false, resume = false;
  const std::map<std::string, example::Dataset> datasets{{"fashion", example::Dataset::fashion},
                                                         {"mnist", example::Dataset::mnist}};
  auto& app = program.app;
  app.add_option("--data", dataset, "images: fashion (default) or mnist")
      ->transform(CLI::CheckedTransformer(datasets));
  app.add_option("--path", path, "folder with the data set's four idx files, plain or .gz");
  app.add_option(
         "--framework", frameworks,
         "which to run, separated by commas: bp, fa, dfa, dfc, pc, ep, dendritic (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(names_of(arms, &Arm::framework)));
  app.add_option(
         "--rule", rules,
         "which to run, separated by commas: error, dh (differential Hebbian), stdp (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(names_of(arms, &Arm::rule)));
  app.add_option("--arms", names, "which to run by name, variants too, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(names_of(arms, &Arm::name)));
  app.add_flag("--all", all, "the variants of the catalogue, too");
  app.add_flag("--full", full, "the published size: all training images, 40 epochs");
  app.add_option("--images", settings.images, "images to learn from (default: 10000)")
      ->check(CLI::PositiveNumber);
  app.add_option("--epochs", settings.epochs,
                 "passes over the images (default: as suits the framework)")
      ->check(CLI::PositiveNumber);
  app.add_option("--batch", settings.batch,
                 "images in a step (default: 128; equilibrium propagation: 20)")
      ->check(CLI::PositiveNumber);
  app.add_option("--eta", settings.eta, "learning rate (default: as suits the framework)")
      ->check(CLI::PositiveNumber);
  app.add_option("--inference", settings.inference,
                 "steps of an inference (default: as suits the framework)")
      ->check(CLI::PositiveNumber);
  app.add_option("--tolerance", tolerance,
                 "of the latency, as a part of the untrained network's error")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--surprise", surprise_epochs,
                 "epochs of the surprise experiment, with feedback control; 0: none")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--resume", resume, "continue every arm from its checkpoint in --out");

  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    if (settings.images == 0) settings.images = options.quick ? 1280 : full ? 55'000 : 10'000;
    if (settings.epochs == 0) settings.epochs = options.quick ? 1 : full ? 40 : 0;
    if (options.quick) surprise_epochs = std::min<Index>(surprise_epochs, 2);
    example::Images images = example::load(dataset, path, 5'000);
    if (options.quick) {
      images.validation = hebb::subset(images.validation, hebb::range(0, 1000));
      images.test = hebb::subset(images.test, hebb::range(0, 1000));
    }
    hebb::require(settings.images <= images.learn.size(), "--images: there are ",
                  images.learn.size(), " to learn from, not ", settings.images);
    const Data data{images.learn, images.validation, images.test, example::name_of(dataset),
                    example::digest_of({&images.learn, &images.validation, &images.test})};
    const auto for_arm = [&](const Arm& arm) {
      Settings own = arm.defaults;
      own.images = settings.images;
      own.seed = options.seed;
      for (const auto field : {&Settings::epochs, &Settings::batch, &Settings::inference})
        if (settings.*field > 0) own.*field = settings.*field;
      if (settings.eta > 0) own.eta = settings.eta;
      hebb::require(own.images >= own.batch, "--images must fill a batch of ", own.batch, ", got ",
                    own.images);
      return own;
    };
    Results results{.data = dataset == example::Dataset::mnist ? "MNIST" : "Fashion-MNIST"};
    // All arms are made once before any learns: what one refuses is known at once.
    std::vector<std::pair<const Arm*, Settings>> runs;
    for (const Arm& arm : arms) {
      if (!names.empty() ? !chosen(names, arm.name)
                         : (arm.variant && !all) || !chosen(frameworks, arm.framework) ||
                               !chosen(rules, arm.rule))
        continue;
      runs.emplace_back(&arm, for_arm(arm));
      arm.make(arm.model, runs.back().second);
    }
    hebb::require(!runs.empty(), "no arm has this --framework and this --rule");
    for (const auto& [chosen_arm, own] : runs) {
      const Arm& arm = *chosen_arm;
      const auto error_form = std::find_if(
          arms.begin(), arms.end(), [&](const Arm& other) { return other.name == arm.error_form; });
      results.courses.push_back(run(arm, error_form == arms.end() ? nullptr : &*error_form, own,
                                    data, tolerance, options.directory / (arm.name + ".npz"),
                                    resume));
      if (arm.framework == "dfc" && !arm.variant && arm.rule != "stdp" && surprise_epochs > 0) {
        Settings few = own;
        few.epochs = surprise_epochs;
        few.images = std::min<Index>(few.images, 10'000);
        results.surprises.push_back(
            {arm.title,
             surprise(arm, few, data, options.directory / (arm.name + "_surprise.npz"), resume)});
      }
      judge(results, data.validation);
      summarize(results, summary);
      summary.write();
    }
    std::cout << '\n' << table_of(results);
    if (!results.verdict.empty()) std::cout << results.verdict << '\n';
    write_report(results, options);
  });
}
