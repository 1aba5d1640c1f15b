/// @file
/// Vectors of numbers in the registers of the target, written once over the compiler's vector
/// types.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // a tenth of <immintrin.h>, and Eigen includes it, too
#endif

namespace hebb::simd {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

template <typename Number, int bytes>
struct VectorOf {
  typedef Number type __attribute__((vector_size(bytes)));
};

/// The widest vector that one instruction works on.
template <typename Number>
using Vec = typename VectorOf<Number, vector_bytes>::type;

/// Numbers in a `Vec`.
template <typename Number>
inline constexpr int width = vector_bytes / int(sizeof(Number));

/// A vector of a given count, which may need several registers or a part of one.
template <typename Number, int count>
using Lanes = typename VectorOf<Number, count* int(sizeof(Number))>::type;

/// Reads a vector from any address, aligned or not.
template <typename Scalar>
[[gnu::always_inline]] inline Vec<Scalar> load(const Scalar* from) {
  Vec<Scalar> v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

template <typename Scalar>
[[gnu::always_inline]] inline void store(Scalar* to, const Vec<Scalar>& v) {
  std::memcpy(to, &v, sizeof(v));
}

/// The same number in every lane.
template <typename Scalar>
[[gnu::always_inline]] inline Vec<Scalar> splat(Scalar value) {
  return value - Vec<Scalar>{};
}

/// Calls body(integral_constant<0>), ... without a loop, so that arrays of vectors stay in
/// registers.
template <int n, typename Body>
[[gnu::always_inline]] inline void unroll(const Body& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    (body(std::integral_constant<int, i>{}), ...);
  }
  (std::make_integer_sequence<int, n>{});
}

/// 1 / x, exact but for the last one or two bits, for x neither tiny nor huge.
template <typename V>
[[gnu::always_inline]] inline V reciprocal(V x) {
#if defined(__AVX512F__)
  V r;
  if constexpr (std::is_same_v<V, Vec<float>>) {
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

/// The truth values of a comparison of vectors, one bit per lane; of two numbers, one bit.
template <typename Truth>
[[gnu::always_inline]] inline unsigned truth_bits(const Truth& truth) {
  if constexpr (std::is_same_v<Truth, bool>) {
    return truth;
  } else {
    [[maybe_unused]] constexpr int lanes = int(sizeof(Truth) / sizeof(truth[0]));
    [[maybe_unused]] constexpr bool wide = sizeof(truth[0]) == 8;
#if defined(__AVX512DQ__)
    if constexpr (wide)
      return unsigned(_mm512_movepi64_mask(__m512i(truth)));
    else
      return unsigned(_mm512_movepi32_mask(__m512i(truth)));
#elif defined(__AVX__)
    if constexpr (wide)
      return unsigned(_mm256_movemask_pd(__m256d(truth)));
    else
      return unsigned(_mm256_movemask_ps(__m256(truth)));
#elif defined(__SSE2__)
    if constexpr (wide)
      return unsigned(_mm_movemask_pd(__m128d(truth)));
    else
      return unsigned(_mm_movemask_ps(__m128(truth)));
#else
    unsigned bits = 0;
    for (int lane = 0; lane < lanes; ++lane) bits |= unsigned(truth[lane] != 0) << lane;
    return bits;
#endif
  }
}

/// True if any number is not +0.
template <typename V>
[[gnu::always_inline]] inline bool any_of(const V& x) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) return _mm512_test_epi64_mask(__m512i(x), __m512i(x)) != 0;
#endif
  std::uint64_t words[sizeof(V) / 8], all = 0;
  std::memcpy(words, &x, sizeof(V));
  for (const std::uint64_t word : words) all |= word;
  return all != 0;
}

/// |x|, without a branch.
template <typename V>
[[gnu::always_inline]] inline V magnitude(V x) {
  using Bits = decltype(x < V{});
  if constexpr (std::is_same_v<Bits, bool>)
    return x < V{} ? -x : x;
  else if constexpr (sizeof(x[0]) == 4)  // without the sign
    return V(Bits(x) & (Bits{} + std::int32_t(0x7fffffff)));
  else
    return V(Bits(x) & (Bits{} + std::int64_t(0x7fffffffffffffff)));
}

/// max(x, 0); NaN stays NaN.
template <typename V>
[[gnu::always_inline]] inline V rectify(V x) {
  return x < V{} ? V{} : x;
}

}  // namespace hebb::simd
