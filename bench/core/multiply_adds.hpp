/// @file
/// The multiply-add rate of a core, which benchmarks compare products with.
#pragma once

#include "hebb/core/kernels/vectors.hpp"

namespace hebb::bench {

/// Multiply-adds of vectors of `bytes` in independent sums, which stay in registers.
template <typename Scalar, int bytes>
struct MultiplyAdds {
  static constexpr int sums = 12, rounds = 2000;
  static constexpr double flops = 2.0 * sums * rounds * bytes / double(sizeof(Scalar));
  using V = typename simd::VectorOf<Scalar, bytes>::type;

  void operator()() const {
    V sum[sums], x = Scalar(0.5) - V{}, y = Scalar(0.25) - V{};
    for (V& each : sum) {
      each = V{};
      asm volatile("" : "+x"(each));  // the compiler must not find that all sums are equal
    }
    for (int round = 0; round < rounds; ++round)
      simd::unroll<sums>([&](auto j) __attribute__((always_inline)) { sum[j] += x * y; });
    simd::unroll<sums>([&](auto j)
                           __attribute__((always_inline)) { asm volatile("" ::"x"(sum[j])); });
  }
};

/// The multiply-add rate with the widest vectors of the instruction set.
template <typename Scalar>
using Rate = MultiplyAdds<Scalar, simd::vector_bytes>;

}  // namespace hebb::bench
