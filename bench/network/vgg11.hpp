/// @file
/// A layer-local network of VGG-11's shape, and images for it.
#pragma once

#include <array>

#include "hebb/layers/conv2d.hpp"

namespace hebb::bench {

inline constexpr Index vgg11_layers = 8;

/// The geometry of each of VGG-11's eight convolutions over width x width colour images.
inline std::array<convolution::Geometry, vgg11_layers> vgg11(Index width) {
  constexpr std::array<Index, vgg11_layers> channels{64, 128, 256, 256, 512, 512, 512, 512},
      pool{2, 2, 1, 2, 1, 2, 1, 2};
  std::array<convolution::Geometry, vgg11_layers> layers;
  ImageShape input{3, width, width};
  for (std::size_t k = 0; k < layers.size(); ++k) {
    layers[k] = {.input = input, .channels = channels[k], .pool = pool[k]};
    input = layers[k].output();
  }
  return layers;
}

/// Smooth random images in canonical order: every pixel the mean of 3 x 3 normal numbers, scaled to
/// unit variance.
inline Matrix<float> smooth_images(ImageShape shape, Index samples, Random random) {
  const Matrix<float> noise = random.normal<float>(shape.size(), samples);
  Matrix<float> images = Matrix<float>::Zero(shape.size(), samples);
  for (Index y = 0; y < shape.height; ++y)
    for (Index x = 0; x < shape.width; ++x)
      for (Index dy = -1; dy <= 1; ++dy)
        for (Index dx = -1; dx <= 1; ++dx) {
          const Index from = ((y + dy + shape.height) % shape.height * shape.width +
                              (x + dx + shape.width) % shape.width) *
                             shape.channels;
          images.middleRows((y * shape.width + x) * shape.channels, shape.channels) +=
              noise.middleRows(from, shape.channels) / 3.0f;
        }
  return images;
}

}  // namespace hebb::bench
