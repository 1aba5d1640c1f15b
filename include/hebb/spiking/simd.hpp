/// @file
/// Vectors of numbers as wide as the target has them, over the compiler's vector types.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace hebb::spiking {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

template <typename Scalar>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float type __attribute__((vector_size(vector_bytes)));
};
template <>
struct VectorOf<double> {
  typedef double type __attribute__((vector_size(vector_bytes)));
};

/// Several numbers that one instruction works on.
template <typename Scalar>
using Vec = typename VectorOf<Scalar>::type;

template <typename Scalar>
inline constexpr int width = vector_bytes / int(sizeof(Scalar));

template <typename T, typename Scalar>
[[gnu::always_inline]] inline T load(const Scalar* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T, typename Scalar>
[[gnu::always_inline]] inline void store(Scalar* to, const T& value) {
  std::memcpy(to, &value, sizeof(T));
}

/// The same number in every lane; a T that is a number itself stays as it is.
template <typename T, typename Scalar>
[[gnu::always_inline]] inline T splat(Scalar value) {
  if constexpr (std::is_arithmetic_v<T>)
    return T(value);
  else
    return value - T{};
}

/// 1 / x to the last bit or two, for x neither tiny nor huge.
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
