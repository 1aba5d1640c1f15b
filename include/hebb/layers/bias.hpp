/// @file
/// Whether a layer learns a bias.
#pragma once

#include "hebb/core/language.hpp"

namespace hebb {

/// A learned bias is the last column of the weights. Its presynaptic unit has a rate of 1.
enum class Bias { learned, none };

}  // namespace hebb
