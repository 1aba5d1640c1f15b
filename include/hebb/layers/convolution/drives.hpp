/// @file
/// The drives of a 3 x 3 convolution at all places, and the mean product of a factor with the
/// patches, by Winograd's scheme.
#pragma once

#include <concepts>

#include "hebb/layers/convolution/bilinear.hpp"
#include "hebb/layers/patches.hpp"

namespace hebb::convolution {

/// Drives and changes as matrices: channels x (places * samples), places in the order x, y. A
/// template, so that programs without such a layer do not compile the kernels.
template <std::same_as<float> Scalar = float>
class Drives {
 public:
  /// Whether the scheme exists for these patches and saves work: it pads channels to whole blocks
  /// and places to whole tiles.
  static bool covers(const Patches& p) {
    if (p.kernel != 3 || p.stride != 1 || p.padding != 1) return false;
    constexpr Index tile = Winograd::tile, spared = 2;  // at least so many times the products
    const auto whole = [](Index n, Index step) { return (n + step - 1) / step * step; };
    const Index padded = whole(p.input.channels, block_channels) * whole(p.input.width, tile) *
                         whole(p.input.height, tile),
                products = Winograd::input_planes * padded / (tile * tile);
    return p.input.channels > Images<float>::few_channels &&
           spared * products <= p.size() * p.input.places();
  }

  /// drive = W * input. Keeps a copy of the input for `change`.
  void forward(const Patches& p, const Images<float>& input, const Matrix<float>& weights,
               Matrix<float>& drive) {
    input_ = input;
    const Maps maps{p.input, weights.rows(), p.border};
    const Index rows = weights.rows();
    drive.resize(rows, p.input.places() * input.samples());
    scheme_.forward(maps, input, weights, scratch_,
                    [&](const auto& tile, Index x, Index y, Index sample, Index channel) {
                      for_each_place(p.input, tile, x, y, sample, [&](const Vec& v, Index column) {
                        store_some(drive.data() + column * rows + channel, v, rows - channel);
                      });
                    });
  }

  /// <factor patch^T> over the columns of `factor`, for the input of the last `forward`: channels x
  /// synapses, in scratch space.
  Eigen::Map<Matrix<float>> mean_product(const Patches& p, const View<float>& factor) {
    const Maps maps{p.input, factor.rows(), p.border};
    const Index rows = factor.rows();
    const float scale = 1.0f / float(factor.cols());
    return scheme_.change(maps, input_, 0, input_.samples(), p.size(), scratch_,
                          [&](auto& tile, Index x, Index y, Index sample, Index channel) {
                            for_each_place(p.input, tile, x, y, sample, [&](Vec& v, Index column) {
                              v = load_some(factor.data() + column * factor.outerStride() + channel,
                                            rows - channel) *
                                  scale;
                            });
                          });
  }

 private:
  /// Calls body(vector of channels, column) for the places of a tile that lie in the map.
  static void for_each_place(const ImageShape& map, auto& tile, Index x0, Index y0, Index sample,
                             const auto& body) {
    const Index first = (sample * map.height + y0) * map.width + x0;
    for (Index y = 0; y < Winograd::tile && y0 + y < map.height; ++y)
      for (Index x = 0; x < Winograd::tile && x0 + x < map.width; ++x)
        body(tile[y][x], first + y * map.width + x);
  }

  Bilinear<Winograd> scheme_;
  Scratch scratch_;
  Images<float> input_;
};

}  // namespace hebb::convolution
