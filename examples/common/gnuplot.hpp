/// @file
/// Runs gnuplot on a script, with no shell in between.
#pragma once

#include <string>

namespace example {

/// What gnuplot writes for the script; nothing where gnuplot is not installed or fails. Throws
/// Stopped after Ctrl-C or SIGTERM.
std::string gnuplot(const std::string& script);

}  // namespace example
