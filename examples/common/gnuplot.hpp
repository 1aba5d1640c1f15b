/// @file
/// Runs gnuplot on a script, with no shell in between.
#pragma once

#include <filesystem>
#include <string>

namespace example {

/// What gnuplot writes for the script; nothing where gnuplot is not installed or fails.
std::string gnuplot(const std::string& script, const std::filesystem::path& directory);

}  // namespace example
