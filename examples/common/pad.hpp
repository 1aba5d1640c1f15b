/// @file
/// Images with a black border.
#pragma once

#include <algorithm>

#include "hebb/data/image_set.hpp"

namespace example {

/// The images in the middle of black ones of the given size; unchanged if they are not smaller.
inline hebb::ImageSet padded(const hebb::ImageSet& images, hebb::Index width, hebb::Index height) {
  using hebb::Index;
  hebb::ImageSet result = images;
  result.width = std::max(width, images.width);
  result.height = std::max(height, images.height);
  result.pixels.assign(std::size_t(images.size() * result.rows()), 0);
  const Index left = (result.width - images.width) / 2, top = (result.height - images.height) / 2,
              line = images.width * images.channels;
  for (Index sample = 0; sample < images.size(); ++sample)
    for (Index y = 0; y < images.height; ++y)
      std::copy_n(images.image(sample) + y * line, line,
                  result.pixels.data() + sample * result.rows() +
                      ((top + y) * result.width + left) * images.channels);
  return result;
}

}  // namespace example
