/// @file
/// Runs gnuplot on a script, without a shell.
#pragma once

#include <string>

namespace example {

/// Returns gnuplot's output for the script; empty if gnuplot is not installed or fails. Throws
/// Stopped after Ctrl-C or SIGTERM.
std::string gnuplot(const std::string& script);

}  // namespace example
