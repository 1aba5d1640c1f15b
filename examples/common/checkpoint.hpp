/// @file
/// Taking up a run where its checkpoint ends.
#pragma once

#include <filesystem>
#include <iostream>
#include <string>

#include "common/run_settings.hpp"
#include "common/stop.hpp"
#include "hebb/io/checkpoint.hpp"

namespace example {

/// True if there is a checkpoint to go on from, saved with the same settings; says on standard
/// error which way it is. Throws InvalidParameter where it was saved with other settings.
inline bool can_resume(const std::filesystem::path& file, const RunSettings& settings) {
  const bool there = std::filesystem::exists(file);
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
  RunSettings settings;  ///< what all of them must have in common with the run

  /// Takes up the objects where the checkpoint of this name ends, if the run is to be resumed.
  /// Returns what saves them from there on; the objects must outlive it.
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
