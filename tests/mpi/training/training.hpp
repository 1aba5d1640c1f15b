/// @file
/// Small runs of the examples that run under mpirun, for training.sh.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/checkpoint.hpp"
#include "hebb/data/image_set.hpp"
#include "tests/mpi/arrays.hpp"

namespace training {

enum class Failure { none, stop, kill, error };

/// What the command line asks for: a failure at this step of this rank, if any.
struct Given {
  Failure failure = Failure::none;
  std::int64_t at = 0;
  int rank = 0;
  double seconds = 0.4;  ///< that a spiking network learns
  bool resume = false;
};

/// Fails as asked if this is the step and the rank.
void fail_at(std::int64_t step, const Given& given);

/// Loads the checkpoint into `training`, if the run is to go on.
template <typename Training>
void resume(const Given& given, const std::filesystem::path& checkpoint, Training& training) {
  if (given.resume && example::can_resume(checkpoint, training.settings))
    hebb::load_checkpoint(checkpoint, training);
}

/// The arrays of a checkpoint with which `training` could go on.
template <typename Training>
hebb::Arrays arrays_in(const std::filesystem::path& checkpoint, Training training) {
  hebb::load_checkpoint(checkpoint, training);
  return hebb::saved_arrays(training);
}

/// Images of noise with the labels 0 and 1 in turn.
hebb::ImageSet random_images(hebb::Index count, hebb::Index side, std::uint64_t seed);

/// One of the examples.
struct Example {
  void (*learn)(const Given&, const std::filesystem::path& directory);
  hebb::Arrays (*arrays)(const std::filesystem::path& checkpoint);
};

/// The examples of this program, by name: CMake chooses their sources.
inline std::map<std::string, Example>& examples() {
  static std::map<std::string, Example> all;
  return all;
}

struct Registered {
  Registered(const std::string& name, const Example& example) { examples()[name] = example; }
};

}  // namespace training
