/// @file
/// The results of all arms: the table on the terminal and summary.json.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "arms.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/verdict.hpp"
#include "common/watch.hpp"
#include "evaluate.hpp"

namespace lpl_deep {

struct ArmResult {
  Naming naming;
  Outcome outcome = {};
  hebb::Matrix<double> curve = {};  ///< rows: step, validation readout of each layer in percent
  double seconds = 0;               ///< spent learning
  std::string troubles = {};        ///< alarms that were raised while it learned
};

struct Results {
  Settings settings;
  hebb::Index readout_images = 0;
  double pixels = 0;        ///< readout of the raw pixels, percent
  double curve_pixels = 0;  ///< the same on validation images, as the learning curve is read out
  std::vector<ArmResult> arms = {};
  std::string measured_on = "test";  ///< the part of the images that is read out
  std::string verdict = {};          ///< a warning if an arm learned nothing; empty otherwise

  const ArmResult* arm(Arm which) const {
    for (const ArmResult& result : arms)
      if (result.naming.arm == which) return &result;
    return nullptr;
  }
};

/// Sets the verdict on the arms that are expected to learn. Ablations are not.
inline void judge(Results& results, const hebb::ImageSet& test) {
  std::vector<example::Control> controls{{"raw pixels", results.pixels}};
  if (const ArmResult* untrained = results.arm(Arm::untrained))
    controls.push_back({"untrained network", untrained->outcome.readout.back()});
  results.verdict.clear();
  for (const Arm which : {Arm::lpl, Arm::supervised, Arm::negative}) {
    const ArmResult* arm = results.arm(which);
    if (!arm) continue;
    const std::string words = example::nothing_learned(
        arm->naming.title, arm->outcome.readout.back(), test.classes, test.size(), controls);
    if (!words.empty()) results.verdict += (results.verdict.empty() ? "" : " ") + words;
  }
}

inline std::string alarms_of(const Results& results) {
  example::Alarms alarms;
  for (const ArmResult& arm : results.arms) alarms.add(arm.naming.title, arm.troubles);
  return alarms.sentence();
}

inline double pairs_per_second(const Results& results, const ArmResult& arm) {
  return double(results.settings.steps() * results.settings.batch) / arm.seconds;
}

inline void print(const Results& results, std::ostream& out) {
  using example::fixed;
  example::Table table{.head = {results.measured_on + " readout, %", "1", "2", "3", "4", "5", "6",
                                "7", "8", "dimension", "activity", "dead, %", "pairs/s"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.naming.title};
    for (const double percent : arm.outcome.readout) row.push_back(fixed(percent, 1));
    row.push_back(fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(fixed(arm.outcome.dead_units.back(), 1));
    row.push_back(arm.seconds > 0 ? fixed(pairs_per_second(results, arm), 0) : "");
    table.add(std::move(row));
  }
  out << '\n'
      << table << "\nRaw pixels: " << fixed(results.pixels, 1) << " %.\n"
      << alarms_of(results) << '\n';
  if (!results.verdict.empty()) out << results.verdict << '\n';
}

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("measured_on", results.measured_on);
  summary.set("readout_pixels", results.pixels);
  if (!results.verdict.empty()) summary.set("verdict", results.verdict);
  for (const ArmResult& arm : results.arms) {
    const std::string name = arm.naming.name;
    for (std::size_t k = 0; k < depth; ++k) {
      const std::string layer = "_layer" + std::to_string(k + 1);
      summary.set("readout_" + name + layer, arm.outcome.readout[k]);
      summary.set("participation_ratio_" + name + layer, arm.outcome.participation_ratio[k]);
      summary.set("mean_activity_" + name + layer, arm.outcome.mean_activity[k]);
      summary.set("dead_units_" + name + layer, arm.outcome.dead_units[k]);
    }
    summary.set("participation_ratio_" + name, arm.outcome.participation_ratio.back());
    summary.set("mean_activity_" + name, arm.outcome.mean_activity.back());
    if (!arm.troubles.empty()) summary.set("troubles_" + name, arm.troubles);
    if (arm.seconds == 0) continue;
    summary.set("seconds_" + name, arm.seconds);
    if (arm.naming.arm == Arm::lpl) summary.set("pairs_per_second", pairs_per_second(results, arm));
  }
}

}  // namespace lpl_deep
