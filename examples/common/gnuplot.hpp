/// @file
/// Runs gnuplot on a script, without a shell.
#pragma once

#include <string>

namespace example {

/// Returns gnuplot's output for the script. Throws std::runtime_error if gnuplot is not installed
/// or fails, and Stopped after Ctrl-C or SIGTERM.
std::string gnuplot(const std::string& script);

}  // namespace example
