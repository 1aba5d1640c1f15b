/// @file
/// The results of all runs: the table on the terminal and summary.json.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "arms.hpp"
#include "common/file.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/watch.hpp"
#include "evaluate.hpp"

namespace soft_hebb_deep {

/// One network of one arm.
struct Result {
  Naming naming;
  long blocks = 0;
  Outcome outcome = {};
  Record record = {};
  double seconds_per_update = 0;
  std::string troubles = {};             ///< alarms that were raised while it learned
  double learning = 0, reading_out = 0;  ///< seconds, of this run of the program
  hebb::Matrix<float> filters = {};      ///< of the first block, one column per neuron
  Index kernel = 0, channels = 0;        ///< of these filters
};

inline std::string blocks_of(long blocks) {
  return std::to_string(blocks) + (blocks == 1 ? " block" : " blocks");
}

struct Results {
  std::vector<Result> all;

  const Result* find(Arm arm, long blocks) const {
    for (const Result& result : all)
      if (result.naming.arm == arm && result.blocks == blocks) return &result;
    return nullptr;
  }
  /// The deepest network that learned by SoftHebb, or else the last one.
  const Result& main() const {
    const Result* best = &all.back();
    for (const Result& result : all)
      if (result.naming.arm == Arm::soft &&
          (best->naming.arm != Arm::soft || result.blocks > best->blocks))
        best = &result;
    return *best;
  }
};

inline example::Table table_of(const Results& results, bool published) {
  using example::fixed;
  example::Table table{.head = {"", "blocks", "test, %", "training, %", "learning, s",
                                "ms per update", "readout, s"}};
  if (published) table.head.insert(table.head.begin() + 3, "published, %");
  for (const Result& r : results.all) {
    std::vector<std::string> row{r.naming.title,           std::to_string(r.blocks),
                                 fixed(r.outcome.test, 2), fixed(r.outcome.training, 2),
                                 fixed(r.learning, 0),     fixed(1000 * r.seconds_per_update, 1),
                                 fixed(r.reading_out, 0)};
    if (published)
      row.insert(row.begin() + 3, fixed(r.naming.published[std::size_t(r.blocks - 1)], 2));
    table.add(std::move(row));
  }
  return table;
}

inline std::string alarms_of(const Results& results) {
  example::Alarms alarms;
  for (const Result& r : results.all)
    alarms.add(std::string(r.naming.title) + ", " + blocks_of(r.blocks), r.troubles);
  return alarms.sentence();
}

inline void summarize(const Results& results, example::Summary& summary) {
  for (const Result& r : results.all) {
    const std::string name = std::string(r.naming.name) + "_" + std::to_string(r.blocks);
    summary.set("test_" + name, r.outcome.test);
    summary.set("training_" + name, r.outcome.training);
    summary.set("seconds_learning_" + name, r.learning);
    summary.set("seconds_readout_" + name, r.reading_out);
    summary.set("ms_per_update_" + name, 1000 * r.seconds_per_update);
    if (!r.troubles.empty()) summary.set("troubles_" + name, r.troubles);
  }
}

}  // namespace soft_hebb_deep
