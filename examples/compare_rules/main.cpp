/// @file
/// Local rules on the same images: each trains one layer without labels, and one table has their
/// readout, variance, selectivity, sparseness, stability and speed. A rule of your own is one line
/// in catalogue.hpp.

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "compare_rules/catalogue.hpp"
#include "compare_rules/report.hpp"
#include "compare_rules/source.hpp"

namespace {

using namespace compare_rules;

/// All that affects what is learned and measured.
RunSettings settings_of(const Data& data, const Setting& setting,
                        const std::vector<std::string>& names, std::uint64_t seed) {
  RunSettings all;
  std::uint64_t hash = fnv1a(nullptr, 0);
  for (const Part* part : {&data.learn, &data.validation, &data.test})
    hash = fnv1a(part->x.data(), std::size_t(part->x.size()) * sizeof(float), hash);
  all.set("digest of the images", hexadecimal(hash));
  std::string rules, factors;
  for (const std::string& name : names) rules += " " + name;
  for (const double factor : setting.factors) factors += " " + exact(factor);
  all.set("--rules", rules);
  all.set("--factors", factors);
  all.set("--choose", setting.choose ? "yes" : "no");
  all.set("--units", setting.units);
  all.set("--steps", setting.steps);
  all.set("--batch", setting.batch);
  all.set("--seeds", setting.seeds);
  all.set("--seed", seed);
  all.set("--readout-images", setting.readout_images);
  return all;
}

void summarize(const Results& results, const Data& data, const Setting& setting, Summary& summary) {
  for (const Outcome& one : results.outcomes) {
    if (one.learns()) summary.set(one.name + "_eta", one.eta * one.factor(setting));
    for (std::size_t k = 0; k < setting.factors.size() && one.learns(); ++k)
      if (const double right = one.validation(Index(k)); right >= 0)
        summary.set(one.name + "_validation_x" + exact(setting.factors[k]), right);
    for (Index which = 0; which < score_count && one.finished(); ++which) {
      const std::string key = one.name + "_" + score_names[std::size_t(which)].key;
      summary.set(key, one.score(which).mean);
      summary.set(key + "_deviation", one.score(which).deviation);
    }
    if (one.updates_per_second > 0)
      summary.set(one.name + "_updates_per_second", one.updates_per_second);
  }
  summary.set("pixels_readout", spread(results.pixels).mean);
  summary.set("images", data.name);
  if (const std::string words = verdict(results, data); !words.empty())
    summary.set("verdict", words);
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("compare_rules",
                  "Local rules on the same unlabelled images: readout, variance explained, "
                  "selectivity, sparseness, stability and speed of each");
  Source source;
  Setting setting;
  const std::vector<Contender> all = catalogue();
  std::map<std::string, std::string> known;
  std::vector<std::string> chosen;
  for (const Contender& one : all) {
    known[one.name] = one.name;
    chosen.push_back(one.name);
  }
  bool resume = false;
  auto& app = program.app;
  source.choice.add_options(program);
  app.get_option("--path")->description(
      "folder with the data set's files; with own, a folder with one subfolder of pictures per "
      "class, IDX files, or a .npz with the arrays images and labels");
  program.option("--shrink", source.shrink, "images become smaller by this factor, by averaging")
      ->check(CLI::Range(1, 64));
  program.some_of("--rules", chosen, "rules to compare", known);
  program.option("--units", setting.units, "of the layer")->check(CLI::Range(2, 4096));
  program.positive("--steps", setting.steps, "updates");
  program.option("--batch", setting.batch, "images per update")->check(CLI::Range(2, 4096));
  program.positive("--seeds", setting.seeds, "independent repetitions");
  program.positive("--images", setting.learn_images, "at most, that the rules learn from");
  program.positive("--readout-images", setting.readout_images,
                   "of these, whose labels the readout learns from");
  app.add_option("--factors", setting.factors,
                 "factors of each rule's starting rate to try on validation images (default: "
                 "0.1,0.3,1,3,10)")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_flag("--choose", setting.choose,
               "score each rule at the best of these rates instead of its starting rate");
  app.add_flag("--resume", resume, "continue from the checkpoint in --out");

  return program.run(argc, argv, [&](const Options& options) {
    Summary summary(options);
    if (options.quick) {
      setting.steps = std::min<Index>(setting.steps, 300);
      setting.seeds = std::min<Index>(setting.seeds, 2);
      setting.learn_images = std::min<Index>(setting.learn_images, 5000);
      setting.readout_images = std::min<Index>(setting.readout_images, 2000);
      if (!setting.choose && app.count("--factors") == 0) setting.factors.clear();
    }
    const Data data = source.read(setting.learn_images, options.quick);
    std::cout << parts_words(data, setting) << '\n';
    std::vector<Contender> rules;
    for (const Contender& one : all)
      if (std::ranges::find(chosen, one.name) != chosen.end()) rules.push_back(one);
    const Results results =
        compare(rules, data, setting, options.seed,
                {options.directory, resume, settings_of(data, setting, chosen, options.seed)});
    std::cout << '\n' << scores_table(results, setting) << '\n';
    if (!setting.factors.empty()) std::cout << rates_table(results, setting) << '\n';
    if (const std::string words = verdict(results, data); !words.empty())
      std::cout << words << '\n';
    summarize(results, data, setting, summary);
    write_report(options, data, setting, results);
  });
}
