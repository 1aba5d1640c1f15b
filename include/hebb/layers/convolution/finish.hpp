/// @file
/// The end of a forward pass, after the bias: rectification, pooling, and the record of winners.
#pragma once

#include <cstdint>

#include "hebb/layers/convolution/channel_vector.hpp"
#include "hebb/layers/convolution/geometry.hpp"

namespace hebb::convolution {

/// For each window, which of its four places won, or `inactive`; in the same order as the rates.
using Winners = Images<std::uint8_t>;
/// The mark of a window in which no place was active.
inline constexpr std::uint8_t inactive = 255;

/// A winner: where its patch begins, and the factor of its patch in the change.
struct Winner {
  std::uint32_t offset;  ///< numbers from the beginning of the slab to its patch
  float weight;          ///< the postsynaptic factor, scaled
};

/// Rectifies, pools and writes a tile of drives whose upper left corner is at (x0, y0), for the
/// channels from `channel` on.
template <std::size_t rows, std::size_t cols>
[[gnu::always_inline]] inline void finish(const Geometry& g, const Vec (&drive)[rows][cols],
                                          Index x0, Index y0, Index sample, Index channel,
                                          Images<float>& output, Winners& winners) {
  const Index block = channel / output.depth(), lane = channel % output.depth();
  const ImageShape shape = output.shape();
  constexpr Index tile_height = rows, tile_width = cols;
  float* rates = output.data(sample, block) + lane;
  if (g.pool == 1) {
    for (Index y = 0; y < tile_height && y0 + y < shape.height; ++y)
      for (Index x = 0; x < tile_width && x0 + x < shape.width; ++x)
        store(rates + ((y0 + y) * shape.width + x0 + x) * output.depth(), rectify(drive[y][x]));
    return;
  }
  if constexpr (rows > 1 && cols > 1) {
    std::uint8_t* codes = winners.data(sample, block) + lane;
    for (Index y = 0; y < tile_height / 2 && y0 / 2 + y < shape.height; ++y)
      for (Index x = 0; x < tile_width / 2 && x0 / 2 + x < shape.width; ++x) {
        Vec best = drive[2 * y][2 * x];
        VecInt code = {};
        unroll<3>([&](auto k) __attribute__((always_inline)) {
          const Vec candidate = drive[2 * y + (k + 1) / 2][2 * x + (k + 1) % 2];
          const VecInt better = (candidate > best) | (candidate != candidate);  // NaN wins
          best = better ? candidate : best;
          code = better ? VecInt{} + (k + 1) : code;
        });
        code = best > Vec{} ? code : VecInt{} + inactive;
        const Index at = ((y0 / 2 + y) * shape.width + x0 / 2 + x) * output.depth();
        store(rates + at, rectify(best));
        const VecByte bytes = __builtin_convertvector(code, VecByte);
        std::memcpy(codes + at, &bytes, sizeof(bytes));
      }
  }
}

}  // namespace hebb::convolution
