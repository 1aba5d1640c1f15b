/// @file
/// What a run shows: the table on the terminal, summary.json, and the page.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "arms.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "evaluate.hpp"

namespace lpl_deep {

struct ArmResult {
  Naming naming;
  Outcome outcome = {};
  hebb::Matrix<double> curve = {};  ///< rows: step, validation readout of each layer in percent
  double seconds = 0;               ///< spent learning
};

struct Results {
  Settings settings;
  hebb::Index readout_images = 0;
  double pixels = 0;        ///< readout of the raw pixels, percent
  double curve_pixels = 0;  ///< the same on validation images, as the learning curve is read out
  std::vector<ArmResult> arms = {};
};

inline double pairs_per_second(const Results& results, const ArmResult& arm) {
  return double(results.settings.steps() * results.settings.batch) / arm.seconds;
}

inline void print(const Results& results, std::ostream& out) {
  using example::fixed;
  example::Table table{.head = {"test readout, %", "1", "2", "3", "4", "5", "6", "7", "8", "dimension", "activity", "dead, %", "pairs/s"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.naming.title};
    for (const double percent : arm.outcome.readout) row.push_back(fixed(percent, 1));
    row.push_back(fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(fixed(arm.outcome.dead_units.back(), 1));
    row.push_back(arm.seconds > 0 ? fixed(pairs_per_second(results, arm), 0) : "");
    table.add(std::move(row));
  }
  out << '\n' << table << "\nRaw pixels: " << fixed(results.pixels, 1) << " %.\n";
}

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("readout_pixels", results.pixels);
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
    if (arm.seconds == 0) continue;
    summary.set("seconds_" + name, arm.seconds);
    if (arm.naming.arm == Arm::lpl) summary.set("pairs_per_second", pairs_per_second(results, arm));
  }
}

}  // namespace lpl_deep
