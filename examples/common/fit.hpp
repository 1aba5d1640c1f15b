/// @file
/// Pictures of any size as squares of one size.
#pragma once

#include <algorithm>

#include "hebb/data/image_set.hpp"

namespace example {

/// The largest square in the middle of a picture, averaged down (or repeated up) to size x size, in
/// [0, 1].
inline void fit(const hebb::ImageSet& from, hebb::Index picture, hebb::Index size, float* to) {
  using hebb::Index;
  const Index square = std::min(from.width, from.height), left = (from.width - square) / 2,
              top = (from.height - square) / 2;
  const auto begin = [&](Index i) { return std::min(square - 1, i * square / size); };
  const auto end = [&](Index i) { return std::max(begin(i) + 1, (i + 1) * square / size); };
  const std::uint8_t* const pixels = from.image(picture);
  for (Index y = 0; y < size; ++y)
    for (Index x = 0; x < size; ++x)
      for (Index channel = 0; channel < from.channels; ++channel) {
        Index sum = 0;
        for (Index v = begin(y); v < end(y); ++v)
          for (Index u = begin(x); u < end(x); ++u)
            sum += pixels[((top + v) * from.width + left + u) * from.channels + channel];
        const Index count = (end(y) - begin(y)) * (end(x) - begin(x));
        *to++ = float(sum) / float(count) * hebb::unit_per_byte;
      }
}

}  // namespace example
