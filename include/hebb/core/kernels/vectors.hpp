/// @file
/// Vectors of numbers in the registers of the target, written once over the compiler's vector
/// types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "hebb/core/language.hpp"

#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // a tenth of <immintrin.h>, and Eigen includes it, too
#endif

namespace hebb::simd {

/// The bytes of the widest vectors that this compilation has instructions for.
#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

/// A vector of the compiler, of so many bytes.
template <typename Number, int bytes>
struct VectorOf {
  typedef Number type __attribute__((vector_size(bytes)));  ///< `bytes / sizeof(Number)` numbers
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

/// Writes a vector to memory of any alignment.
template <typename Scalar>
[[gnu::always_inline]] inline void store(Scalar* to, const Vec<Scalar>& v) {
  std::memcpy(to, &v, sizeof(v));
}

namespace detail {

#if defined(__AVX__)
/// Ones in the first `count` lanes, as the instructions for a part of a vector take them.
template <typename Scalar>
[[gnu::always_inline]] inline auto mask_of(std::ptrdiff_t count) {
#if defined(__AVX512F__)
  const unsigned bits = (1u << count) - 1;
  if constexpr (sizeof(Scalar) == 4)
    return __mmask16(bits);
  else
    return __mmask8(bits);
#else
  if constexpr (sizeof(Scalar) == 4)
    return __m256i(Lanes<int, 8>{0, 1, 2, 3, 4, 5, 6, 7} < int(count));
  else
    return __m256i(Lanes<std::int64_t, 4>{0, 1, 2, 3} < std::int64_t(count));
#endif
}
#endif

}  // namespace detail

/// Reads `count` numbers, fewer than a vector has; the other lanes are 0.
template <typename Scalar>
[[gnu::always_inline]] inline Vec<Scalar> load_part(const Scalar* from, std::ptrdiff_t count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Scalar) == 4)
    return Vec<Scalar>(_mm512_maskz_loadu_ps(detail::mask_of<Scalar>(count), from));
  else
    return Vec<Scalar>(_mm512_maskz_loadu_pd(detail::mask_of<Scalar>(count), from));
#elif defined(__AVX__)
  if constexpr (sizeof(Scalar) == 4)
    return Vec<Scalar>(_mm256_maskload_ps(from, detail::mask_of<Scalar>(count)));
  else
    return Vec<Scalar>(_mm256_maskload_pd(from, detail::mask_of<Scalar>(count)));
#else
  Vec<Scalar> v{};
  for (std::ptrdiff_t i = 0; i < count; ++i) v[i] = from[i];
  return v;
#endif
}

/// Writes the first `count` numbers, fewer than a vector has.
template <typename Scalar>
[[gnu::always_inline]] inline void store_part(Scalar* to, const Vec<Scalar>& v,
                                              std::ptrdiff_t count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Scalar) == 4)
    _mm512_mask_storeu_ps(to, detail::mask_of<Scalar>(count), __m512(v));
  else
    _mm512_mask_storeu_pd(to, detail::mask_of<Scalar>(count), __m512d(v));
#elif defined(__AVX__)
  if constexpr (sizeof(Scalar) == 4)
    _mm256_maskstore_ps(to, detail::mask_of<Scalar>(count), __m256(v));
  else
    _mm256_maskstore_pd(to, detail::mask_of<Scalar>(count), __m256d(v));
#else
  for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = v[i];
#endif
}

/// Keeps a vector in a register. Without it g++ may read the vector from memory for every use.
template <typename V>
[[gnu::always_inline]] inline void keep_in_register(V& v) {
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#elif defined(__SSE2__)
  asm("" : "+x"(v));
#endif
}

/// The same number in every lane.
template <typename Scalar>
[[gnu::always_inline]] inline Vec<Scalar> splat(Scalar value) {
  return value - Vec<Scalar>{};
}

/// Sums of neighbours at `distance`, a power of two: of `a` in the lanes whose number lacks that
/// bit, of `b` in the others.
template <int distance, typename V>
[[gnu::always_inline]] inline V pair_sums(V a, V b) {
  constexpr int n = int(sizeof(V) / sizeof(a[0]));
  return [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    return __builtin_shufflevector(a, b, (i & distance ? n + i : i)...) +
           __builtin_shufflevector(a, b, (i & distance ? n + (i ^ distance) : (i ^ distance))...);
  }
  (std::make_integer_sequence<int, n>{});
}

/// The sums of as many vectors as a vector has lanes: lane i holds the sum of vector(i), where
/// vector takes integral constants.
template <typename Scalar, int distance = 1, int i = 0>
[[gnu::always_inline]] inline Vec<Scalar> lane_sums(const auto& vector) {
  if constexpr (distance == width<Scalar>)
    return vector(std::integral_constant<int, i>{});
  else
    return pair_sums<distance>(lane_sums<Scalar, 2 * distance, i>(vector),
                               lane_sums<Scalar, 2 * distance, i + distance>(vector));
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
