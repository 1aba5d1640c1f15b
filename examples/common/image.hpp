/// @file
/// Images: matrices whose columns are pictures, laid out as a grid and written as PNG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hebb/core/types.hpp"

namespace example {

/// Eight bits for red, green and blue; row by row from the top left.
struct Image {
  hebb::Index width = 0, height = 0;
  std::vector<std::uint8_t> pixels;

  Image(hebb::Index width_, hebb::Index height_, std::uint8_t shade = 255)
      : width(width_), height(height_), pixels(std::size_t(3 * width_ * height_), shade) {}

  std::uint8_t* at(hebb::Index x, hebb::Index y) {
    return &pixels[std::size_t(3 * (y * width + x))];
  }
};

/// The bytes of a PNG file.
std::string png(const Image& image);

/// How numbers become shades.
enum class Contrast {
  Unit,    ///< 0 is black, 1 is white
  Each,    ///< every picture from its own least to its own greatest number
  Signed,  ///< blue below zero, white at zero, red above, every picture to its own greatest
           ///< magnitude
  Shared,  ///< as Signed, all pictures to one magnitude
};

struct Grid {
  hebb::Index channels = 1, width = 0, height = 0;  ///< of one picture; memory order channel, x, y
  hebb::Index across = 8;                           ///< pictures in a row
  hebb::Index zoom = 4;                             ///< pixels of the grid to a pixel of a picture
  Contrast contrast = Contrast::Unit;
};

/// One picture a column, set in rows from the top left. With one channel pictures are grey, with
/// three coloured; signed pictures of three channels are grey at zero.
Image grid(const hebb::View<float>& pictures, const Grid& layout);

}  // namespace example
