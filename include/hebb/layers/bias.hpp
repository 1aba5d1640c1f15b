/// @file
/// Whether a layer learns a bias.
#pragma once

namespace hebb {

/// A learned bias is the last column of the weights: the synapse of a presynaptic unit whose rate
/// is always 1.
enum class Bias { learned, none };

}  // namespace hebb
