/// @file
/// The results of all arms: the table on the terminal and summary.json.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "common/summary.hpp"
#include "common/table.hpp"
#include "train.hpp"

namespace lpl_vision {

struct ArmResult {
  std::string name, title;
  Outcome outcome;
  Record record = {};
  std::string troubles = {};  ///< alarms that were raised while it learned
  double seconds = 0;
};

struct Results {
  Settings settings;
  std::vector<std::string> classes;
  hebb::Index readout_images = 0;
  std::vector<ArmResult> arms = {};
  double pixels = 0;                     ///< readout of the raw pixels, percent
  double pairs_per_second = 0;           ///< learned by the LPL arm, stream included
  hebb::Matrix<float> filters = {};      ///< weights of the first layer, one neuron per column
  hebb::Matrix<float> test_pixels = {};  ///< the views of the test images
  std::string measured_on = "test";      ///< the part of the images that is read out
  std::string verdict = {};              ///< a warning if LPL learned nothing; empty otherwise

  const ArmResult* arm(const std::string& name) const {
    for (const ArmResult& result : arms)
      if (result.name == name) return &result;
    return nullptr;
  }
};

inline void print(const Results& results, std::ostream& out) {
  example::Table table{.head = {results.measured_on + " readout, %", "layer 1", "layer 2",
                                "layer 3", "layer 4", "dimension", "activity", "seconds"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.title};
    for (const double accuracy : arm.outcome.accuracy) row.push_back(example::fixed(accuracy, 1));
    row.push_back(example::fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(example::fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(example::fixed(arm.seconds, 1));
    table.add(std::move(row));
  }
  table.add({"raw pixels: " + example::fixed(results.pixels, 1), "", "", "", "", "", "", ""});
  out << '\n'
      << table << "\nLPL learned from " << example::fixed(results.pairs_per_second, 0)
      << " pairs/s.\n";
  example::Alarms alarms;
  for (const ArmResult& arm : results.arms) alarms.add(arm.title, arm.troubles);
  out << alarms.sentence() << '\n';
  if (!results.verdict.empty()) out << results.verdict << '\n';
}

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("readout_pixels", results.pixels);
  for (const ArmResult& arm : results.arms) {
    for (std::size_t k = 0; k < Network::depth; ++k) {
      const std::string layer = "_layer" + std::to_string(k + 1);
      summary.set("readout_" + arm.name + layer, arm.outcome.accuracy[k]);
      summary.set("participation_ratio_" + arm.name + layer, arm.outcome.participation_ratio[k]);
      summary.set("mean_activity_" + arm.name + layer, arm.outcome.mean_activity[k]);
    }
    if (!arm.troubles.empty()) summary.set("troubles_" + arm.name, arm.troubles);
    summary.set("participation_ratio_" + arm.name, arm.outcome.participation_ratio.back());
    summary.set("mean_activity_" + arm.name, arm.outcome.mean_activity.back());
  }
  summary.set("measured_on", results.measured_on);
  summary.set("pairs_per_second", results.pairs_per_second);
  if (!results.verdict.empty()) summary.set("verdict", results.verdict);
  summary.set("steps", results.settings.steps);
  summary.set("batch", results.settings.batch);
}

}  // namespace lpl_vision
