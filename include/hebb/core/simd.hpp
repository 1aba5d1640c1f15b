/// @file
/// Vectors of numbers as wide as the target has them, written once over the compiler's vector
/// types.
#pragma once

#include <cstring>
#include <utility>

namespace hebb::simd {

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

/// From any address, aligned or not.
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

/// Calls body(integral_constant<0>), ... in a straight line, so that arrays of vectors stay in
/// registers.
template <int n, typename Body>
[[gnu::always_inline]] inline void unroll(const Body& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    (body(std::integral_constant<int, i>{}), ...);
  }
  (std::make_integer_sequence<int, n>{});
}

}  // namespace hebb::simd
