/// @file
/// Numbers of steps that no run can reach, but that a forged checkpoint can hold.
#pragma once

#include <cstdint>
#include <limits>

inline constexpr std::int64_t forged_steps[] = {-1, std::numeric_limits<std::int64_t>::min(),
                                                std::int64_t(1) << 62,
                                                std::numeric_limits<std::int64_t>::max()};
