/// @file
/// Vectors of floats along a block of channels.
#pragma once

#include <cstdint>

#include "hebb/core/simd.hpp"

namespace hebb::convolution {

using simd::load, simd::splat, simd::store, simd::unroll, simd::vector_bytes;

using Vec = simd::Vec<float>;
inline constexpr int vector_width = simd::width<float>;
using VecInt = std::int32_t __attribute__((vector_size(vector_bytes)));
using VecByte = std::uint8_t __attribute__((vector_size(vector_width)));

/// max(v, 0), NaN stays NaN.
[[gnu::always_inline]] inline Vec rectify(Vec v) { return v < Vec{} ? Vec{} : v; }

}  // namespace hebb::convolution
