/// @file
/// Vectors of floats along a block of channels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/types.hpp"

namespace hebb::convolution {

using simd::load, simd::rectify, simd::splat, simd::store, simd::unroll, simd::vector_bytes;

/// The channels of a place that one instruction works on.
using Vec = simd::Vec<float>;
/// How many channels a Vec holds.
inline constexpr int vector_width = simd::width<float>;
/// As many integers.
using VecInt = simd::Lanes<std::int32_t, vector_width>;
/// As many bytes.
using VecByte = simd::Lanes<std::uint8_t, vector_width>;

/// A vector of `count` floats followed by zeros.
inline Vec load_some(const float* from, Index count) {
  if (count >= vector_width) return load(from);
  float padded[vector_width] = {};
  std::copy_n(from, std::max<Index>(0, count), padded);
  return load(padded);
}

/// Writes the first `count` floats of a vector.
inline void store_some(float* to, Vec v, Index count) {
  if (count >= vector_width) return store(to, v);
  float padded[vector_width];
  store(padded, v);
  std::copy_n(padded, std::max<Index>(0, count), to);
}

}  // namespace hebb::convolution
