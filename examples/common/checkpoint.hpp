/// @file
/// Continuing a run from its checkpoint.
#pragma once

#include <filesystem>
#include <iostream>
#include <string>

#include "common/ranks.hpp"
#include "common/run_settings.hpp"
#include "common/stop.hpp"
#include "hebb/io/checkpoint.hpp"

namespace example {

/// True if the checkpoint exists. Prints to standard error whether the run continues or starts from
/// the beginning. Throws InvalidParameter if the checkpoint was saved with other settings, or is
/// there for some ranks only.
inline bool can_resume(const std::filesystem::path& file, const RunSettings& settings,
                       Loop loop = Loop::of_all_ranks) {
  const bool there = std::filesystem::exists(file);
  if (loop == Loop::of_all_ranks)
    hebb::require(largest_of_ranks(there) == -largest_of_ranks(-int(there)), file.string(),
                  " is there for some ranks only: give them a directory that they share");
  if (there) settings.require_same(file);
  std::cerr << (there ? "Continuing from " : "Starting from the beginning; there is no ")
            << file.string() << '\n';
  return there;
}

/// The checkpoints of a run that has several stages or learners, each in a file of its own in one
/// directory.
struct Checkpoints {
  std::filesystem::path directory;
  bool resume = false;
  RunSettings settings;  ///< each checkpoint must have been saved with the same

  /// If the run is to be resumed, loads the objects from the checkpoint of this name. Returns an
  /// object that saves them to it; the objects must outlive it.
  template <typename... Objects>
  Saving begin(const std::string& name, Objects&... objects) const {
    const std::filesystem::path file = directory / (name + ".npz");
    RunSettings own = settings;
    if (resume && can_resume(file, own)) hebb::load_checkpoint(file, objects..., own);
    return {file, [own, &objects...](const std::filesystem::path& to) mutable {
              hebb::save_checkpoint(to, objects..., own);
            }};
  }
};

}  // namespace example
