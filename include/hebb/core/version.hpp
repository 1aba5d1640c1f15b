/// @file
/// The version of hebb, for programs that record what they were built from.
#pragma once

#include "hebb/core/language.hpp"

namespace hebb {

/// The version of the library, which is in no other place.
inline constexpr struct { int major, minor, patch; } version{1, 0, 0};

}  // namespace hebb
