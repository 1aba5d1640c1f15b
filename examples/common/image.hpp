/// @file
/// Images: the columns of a matrix as pictures, arranged in a grid and written as PNG.
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

/// The mapping from numbers to shades.
enum class Contrast {
  Unit,    ///< 0 is black, 1 is white
  Each,    ///< from the least to the greatest number of each picture
  Signed,  ///< blue below zero, white at zero, red above; scaled per picture
  Shared,  ///< as Signed, with one scale for all pictures
};

struct Grid {
  hebb::Index channels = 1, width = 0, height = 0;  ///< of one picture; memory order channel, x, y
  hebb::Index across = 8;                           ///< pictures per row
  hebb::Index zoom = 4;                             ///< pixels of the grid per pixel of a picture
  Contrast contrast = Contrast::Unit;
};

/// Arranges pictures, one per column, in rows from the top left. Pictures of one channel are grey,
/// of three coloured; signed pictures of three channels are grey at zero.
Image grid(const hebb::View<float>& pictures, const Grid& layout);

}  // namespace example
