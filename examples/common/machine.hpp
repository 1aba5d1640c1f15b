/// @file
/// What a run was made with: the library's version, the processor, the date.
#pragma once

#include <string>

namespace example {

/// The version of hebb, e.g. "1.0.0".
std::string version_text();

/// The name of the processor; "unknown" if the system does not say.
std::string processor();

/// The instruction sets that the programs were compiled for, e.g. "AVX2, FMA".
std::string instruction_sets();

/// The date and the time, e.g. "2026-11-27 10:15:00 UTC".
std::string date();

}  // namespace example
