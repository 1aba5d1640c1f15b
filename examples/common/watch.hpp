/// @file
/// Watches an arm of an experiment while it learns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "common/ranks.hpp"
#include "hebb/analysis/monitor.hpp"

namespace example {

/// Writes the observations of an arm's layers to <name>.jsonl, one line each, and to standard error
/// the first alarm of every trouble of a layer. A resumed run appends to the file.
class Watch {
 public:
  /// The arm learns for `steps` steps.
  Watch(const std::filesystem::path& directory, const std::string& name, const std::string& title,
        bool resumed, std::int64_t steps)
      : monitor({.interval = std::max<std::int64_t>(1, steps / 200), .first_step = steps / 4}),
        file_(is_first_rank() ? directory / (name + ".jsonl") : "/dev/null",
              resumed ? std::ios::app : std::ios::out) {
    monitor.on_step = [this](const hebb::Vitals& vitals, const hebb::View<float>&) {
      file_ << hebb::json_line(vitals) << std::endl;  // also of a run that is killed
    };
    monitor.on_alarm = [this, title](const hebb::Alarm& alarm) {
      const auto same = [&](const hebb::Alarm& other) {
        return other.trouble == alarm.trouble && other.layer == alarm.layer;
      };
      if (std::none_of(alarms.begin(), alarms.end(), same))
        std::cerr << '\n' << title << ", " << alarm.sentence() << '\n';
      alarms.push_back(alarm);
    };
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  hebb::Monitor<float> monitor;
  std::vector<hebb::Alarm> alarms = {};

  /// The troubles that were raised, each once, with their layers, e.g. "collapse (layer 3, 4)".
  std::string troubles() const {
    std::string text;
    for (std::size_t k = 0; k < alarms.size(); ++k) {
      const auto same = [&](const hebb::Alarm& other) {
        return other.trouble == alarms[k].trouble;
      };
      if (std::any_of(alarms.begin(), alarms.begin() + std::ptrdiff_t(k), same)) continue;
      std::string layers;
      for (const hebb::Alarm& alarm : alarms) {
        const std::string number = alarm.layer.substr(alarm.layer.find_last_of(' ') + 1);
        if (same(alarm) && (", " + layers + ",").find(", " + number + ",") == std::string::npos)
          layers += (layers.empty() ? "" : ", ") + number;
      }
      text += (text.empty() ? "" : "; ") + std::string(hebb::trouble_name(alarms[k].trouble)) +
              " (layer " + layers + ")";
    }
    return text;
  }

 private:
  std::ofstream file_;
};

/// The alarms of all arms of an experiment.
class Alarms {
 public:
  /// `troubles` as in Watch; nothing is added if it is empty.
  void add(const std::string& title, const std::string& troubles) {
    if (!troubles.empty()) list_ += (list_.empty() ? "" : "; ") + title + ": " + troubles;
  }

  /// E.g. "Alarms while learning: LPL: collapse (layer 3)."
  std::string sentence() const {
    return "Alarms while learning: " + (list_.empty() ? "none" : list_) + ".";
  }

 private:
  std::string list_;
};

}  // namespace example
