/// @file
/// Vectors of floats along a block of channels.
#pragma once

#include <cstdint>

#include "hebb/core/kernels/vectors.hpp"

namespace hebb::convolution {

using simd::load, simd::rectify, simd::splat, simd::store, simd::unroll, simd::vector_bytes;

using Vec = simd::Vec<float>;
inline constexpr int vector_width = simd::width<float>;
using VecInt = simd::Lanes<std::int32_t, vector_width>;
using VecByte = simd::Lanes<std::uint8_t, vector_width>;

}  // namespace hebb::convolution
