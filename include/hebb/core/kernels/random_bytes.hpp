/// @file
/// Many random bytes at once: Philox on vectors of counters.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "hebb/core/kernels/vectors.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// Random bytes of one block of bits.
inline constexpr Index bytes_per_block = 16;

/// Blocks of bits that are computed together.
inline constexpr Index blocks_together = 16;

/// Writes the bits of `count` calls of random.bits(), the lowest byte of every word first. `to`
/// must have room for a multiple of `blocks_together` blocks.
inline void random_bytes(const Random& random, Index count, std::uint8_t* to) {
  static_assert(std::endian::native == std::endian::little);
  constexpr int lanes = 8, vectors = int(blocks_together) / lanes;
  using Words = simd::Lanes<std::uint64_t, lanes>;
  const std::uint64_t key = random.seed ^ random.stream_id;
  constexpr std::uint64_t low = 0xffffffffu;
  for (Index begin = 0; begin < count; begin += blocks_together)
    simd::unroll<vectors>([&](auto vector) __attribute__((always_inline)) {
      const Words at =
          random.index + std::uint64_t(begin + vector * lanes) + Words{0, 1, 2, 3, 4, 5, 6, 7};
      Words c[4] = {at & low, at >> 32, Words{} + (random.step & low),
                    Words{} + (random.step >> 32)};
      philox_rounds(c, std::uint32_t(key), std::uint32_t(key >> 32));
      const Words first = c[0] | c[1] << 32, second = c[2] | c[3] << 32;
      const Words out[2] = {__builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11),
                            __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15)};
      std::memcpy(to + (begin + vector * lanes) * bytes_per_block, out, sizeof(out));
    });
}

}  // namespace hebb
