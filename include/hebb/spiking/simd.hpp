/// @file
/// Arithmetic on vectors of numbers that the compiler's vector types lack.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "hebb/core/simd.hpp"

namespace hebb::spiking {

/// 1 / x to the last bit or two, for x neither tiny nor huge.
template <typename V>
[[gnu::always_inline]] inline V reciprocal(V x) {
#if defined(__AVX512F__)
  V r;
  if constexpr (std::is_same_v<V, simd::Vec<float>>) {
    r = V(_mm512_rcp14_ps(__m512(x)));
  } else {
    r = V(_mm512_rcp14_pd(__m512d(x)));
    r += r * (1 - x * r);
  }
  return r + r * (1 - x * r);
#else
  return 1 / x;
#endif
}

/// True if any number is not +0.
template <typename V>
[[gnu::always_inline]] inline bool any_of(const V& x) {
  std::uint64_t words[sizeof(V) / 8], all = 0;
  std::memcpy(words, &x, sizeof(V));
  for (const std::uint64_t word : words) all |= word;
  return all != 0;
}

/// |x|, without a branch.
template <typename V>
[[gnu::always_inline]] inline V magnitude(V x) {
  return x < V{} ? -x : x;
}

}  // namespace hebb::spiking
