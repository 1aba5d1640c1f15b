/// @file
/// Pooling over places: the maximum or the mean of a window.
#pragma once

#include <algorithm>
#include <limits>

#include "hebb/core/parameter.hpp"
#include "hebb/layers/images.hpp"

namespace hebb {

/// The window of a pooling. Windows may overlap and may reach beyond the map: the maximum ignores
/// what lies outside, the mean counts it as zeros.
struct Pooling {
  enum class Kind { max, average };

  Kind kind = Kind::max;
  Index window = 1;
  Index stride = 1;
  Index padding = 0;  ///< places around the map; less than the window

  /// Throws InvalidParameter unless the window fits a map of that size.
  void check(ImageShape map) const {
    require(window > 0, "Pooling: window must be > 0, got ", window);
    require(stride > 0, "Pooling: stride must be > 0, got ", stride);
    require(padding >= 0 && padding < window, "Pooling: padding must be in [0, window), got ",
            padding);
    require(map.width + 2 * padding >= window && map.height + 2 * padding >= window,
            "Pooling: a window of ", window, " does not fit a ", map.width, " x ", map.height,
            " map with padding ", padding);
  }

  ImageShape output(ImageShape map) const {
    return {map.channels, (map.width + 2 * padding - window) / stride + 1,
            (map.height + 2 * padding - window) / stride + 1};
  }
};

/// Pools maps of shape `map`, given as channels x (places * samples) with the place fastest.
/// Throws ShapeError unless the columns are whole maps.
template <typename Scalar>
void pool(const Pooling& pooling, ImageShape map, const Matrix<Scalar>& rates,
          Images<Scalar>& output) {
  require<ShapeError>(
      map.places() > 0 && rates.rows() == map.channels && rates.cols() % map.places() == 0,
      "Pooling: ", rates.rows(), " x ", rates.cols(), " are no maps of ", map.channels, " x ",
      map.width, " x ", map.height);
  const ImageShape pooled = pooling.output(map);
  output.resize(pooled, rates.cols() / map.places());
  const bool average = pooling.kind == Pooling::Kind::average;
  const Scalar scale = Scalar(1) / Scalar(pooling.window * pooling.window);
  parallel_for(
      output.samples(),
      [&](Index sample) {
        for (Index y = 0; y < pooled.height; ++y)
          for (Index x = 0; x < pooled.width; ++x) {
            const Index left = x * pooling.stride - pooling.padding,
                        top = y * pooling.stride - pooling.padding;
            const Index right = std::min(left + pooling.window, map.width),
                        bottom = std::min(top + pooling.window, map.height);
            for (Index block = 0; block < output.blocks(); ++block) {
              const Index first = block * output.depth(), count = output.channels_in(block);
              Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>> to(
                  output.pixel(block, x, y, sample), count);
              to.setConstant(average ? Scalar(0) : -std::numeric_limits<Scalar>::infinity());
              for (Index v = std::max<Index>(top, 0); v < bottom; ++v)
                for (Index u = std::max<Index>(left, 0); u < right; ++u) {
                  const auto from =
                      rates.col(sample * map.places() + v * map.width + u).segment(first, count);
                  if (average)
                    to += from.array();
                  else
                    to = to.max(from.array());
                }
              if (average) to *= scale;
            }
          }
      },
      pass_time(double(output.samples()) * double(output.image_size()) *
                double(pooling.window * pooling.window)));
}

}  // namespace hebb
