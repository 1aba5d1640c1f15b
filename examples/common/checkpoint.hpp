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

/// True if there is a checkpoint to go on from, saved with the same settings; says on standard error which way it is.
/// Throws InvalidParameter where it was saved with other settings.
inline bool can_resume(const std::filesystem::path& file, const RunSettings& settings) {
  const bool there = std::filesystem::exists(file);
  if (there) settings.require_same(file);
  std::cerr << (there ? "Continuing from " : "Starting from the beginning; there is no ") << file.string() << '\n';
  return there;
}

}  // namespace example
