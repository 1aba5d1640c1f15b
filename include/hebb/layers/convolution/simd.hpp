/// @file
/// Vectors of floats, written once over the compiler's vector types: as wide as the target has them, and a block of channels.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "hebb/core/types.hpp"

namespace hebb::convolution {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif
inline constexpr int vector_width = vector_bytes / 4;

using Vec = float __attribute__((vector_size(vector_bytes)));
using VecInt = std::int32_t __attribute__((vector_size(vector_bytes)));
using VecByte = std::uint8_t __attribute__((vector_size(vector_width)));

/// Calls body(integral_constant<0>), ... in a straight line, so that arrays of vectors stay in registers.
template <int n, typename Body>
[[gnu::always_inline]] inline void unroll(const Body& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) { (body(std::integral_constant<int, i>{}), ...); }
  (std::make_integer_sequence<int, n>{});
}

[[gnu::always_inline]] inline Vec load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

[[gnu::always_inline]] inline void store(float* to, Vec v) { std::memcpy(to, &v, sizeof(v)); }

[[gnu::always_inline]] inline Vec splat(float value) { return value - Vec{}; }

/// max(v, 0), NaN stays NaN.
[[gnu::always_inline]] inline Vec rectify(Vec v) { return v < Vec{} ? Vec{} : v; }

}  // namespace hebb::convolution
