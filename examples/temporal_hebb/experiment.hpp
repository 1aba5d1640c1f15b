/// @file
/// Runs one arm: its course over epochs and, for feedback control, the surprise experiment.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "common/verdict.hpp"
#include "course.hpp"

namespace temporal_hebb {

struct Surprise {
  Arm arm;
  std::vector<double> feedback;  ///< one number per batch
};

struct Results {
  std::string data;
  std::vector<Course> courses = {};
  std::vector<Surprise> surprises = {};
  std::string verdict = {};  ///< a warning if an arm learned nothing; empty otherwise
};

/// Sets the verdict, from the accuracy after the last epoch. (The table shows the best epoch.)
inline void judge(Results& results, const hebb::ImageSet& validation) {
  results.verdict.clear();
  for (const Course& course : results.courses) {
    const std::string words = example::nothing_learned(
        course.arm.title, course.rows(course.epochs(), Course::validation), validation.classes,
        validation.size(), {{"untrained network", course.rows(0, Course::validation)}},
        "of the validation images right after the last epoch");
    if (!words.empty()) results.verdict += (results.verdict.empty() ? "" : " ") + words;
  }
}

/// What all arms of a run share.
struct Job {
  const Data& data;
  double tolerance;
  Index surprise_epochs;
  std::filesystem::path directory;
  bool resume;
};

inline void run_arm(const Arm& arm, const Settings& settings, const std::vector<Arm>& arms,
                    const Job& job, Results& results) {
  const auto error_form = std::find_if(
      arms.begin(), arms.end(), [&](const Arm& other) { return other.name == arm.error_form; });
  results.courses.push_back(run(arm, error_form == arms.end() ? nullptr : &*error_form, settings,
                                job.data, job.tolerance, job.directory / (arm.name + ".npz"),
                                job.resume));
  if (arm.framework != "dfc" || arm.variant || arm.rule == "stdp" || job.surprise_epochs == 0)
    return;
  Settings few = settings;
  few.epochs = job.surprise_epochs;
  few.images = std::min<Index>(few.images, 10'000);
  results.surprises.push_back(
      {arm,
       surprise(arm, few, job.data, job.directory / (arm.name + "_surprise.npz"), job.resume)});
}

}  // namespace temporal_hebb
