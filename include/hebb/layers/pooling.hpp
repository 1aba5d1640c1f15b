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
  /// What is taken of a window.
  enum class Kind { max, average };

  Kind kind = Kind::max;  ///< the maximum or the mean
  Index window = 1;       ///< width and height: places
  Index stride = 1;       ///< distance of neighbouring windows: places
  Index padding = 0;      ///< places around the map; less than the window

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

  /// The shape of what comes out.
  ImageShape output(ImageShape map) const {
    return {map.channels, (map.width + 2 * padding - window) / stride + 1,
            (map.height + 2 * padding - window) / stride + 1};
  }
};

namespace detail {

/// The places of a window that lie in the map.
struct Window {
  Index left, top, right, bottom;

  Window(const Pooling& p, ImageShape map, Index x, Index y)
      : left(std::max<Index>(x * p.stride - p.padding, 0)),
        top(std::max<Index>(y * p.stride - p.padding, 0)),
        right(std::min(x * p.stride - p.padding + p.window, map.width)),
        bottom(std::min(y * p.stride - p.padding + p.window, map.height)) {}
};

/// Pools `count` channels, `channels` of them if that is not Dynamic. `step` is the distance from
/// place to place in `from`.
template <int channels, typename Scalar>
void pool_window(const Pooling& pooling, const Window& window, Index width, const Scalar* from,
                 Index step, Index count, Scalar* to) {
  using Numbers = Eigen::Array<Scalar, channels, 1, 0, Images<Scalar>::lanes, 1>;
  const bool average = pooling.kind == Pooling::Kind::average;
  Numbers pooled =
      Numbers::Constant(count, average ? Scalar(0) : -std::numeric_limits<Scalar>::infinity());
  for (Index v = window.top; v < window.bottom; ++v)
    for (Index u = window.left; u < window.right; ++u) {
      const Eigen::Map<const Numbers> place(from + (v * width + u) * step, count);
      if (average)
        pooled += place;
      else
        pooled = pooled.max(place);
    }
  if (average) pooled *= Scalar(1) / Scalar(pooling.window * pooling.window);
  Eigen::Map<Numbers>(to, count) = pooled;
}

}  // namespace detail

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
  parallel_for(
      output.samples(),
      [&](Index sample) {
        for (Index y = 0; y < pooled.height; ++y)
          for (Index x = 0; x < pooled.width; ++x) {
            const detail::Window window(pooling, map, x, y);
            for (Index block = 0; block < output.blocks(); ++block) {
              const Index first = block * output.depth(), count = output.channels_in(block);
              const Scalar* from = rates.data() + sample * map.places() * rates.rows() + first;
              Scalar* to = output.pixel(block, x, y, sample);
              constexpr Index lanes = Images<Scalar>::lanes;
              if (count == lanes)  // sums in registers
                detail::pool_window<lanes>(pooling, window, map.width, from, rates.rows(), count,
                                           to);
              else
                detail::pool_window<Eigen::Dynamic>(pooling, window, map.width, from, rates.rows(),
                                                    count, to);
            }
          }
      },
      pass_time(double(output.samples()) * double(output.image_size()) *
                double(pooling.window * pooling.window)));
}

}  // namespace hebb
