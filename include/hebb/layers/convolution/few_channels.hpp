/// @file
/// A 3 x 3 convolution over images of up to four channels, such as those of a first layer.
#pragma once

#include "hebb/layers/convolution/finish.hpp"
#include "hebb/layers/convolution/gemm.hpp"
#include "hebb/layers/convolution/scratch.hpp"

namespace hebb::convolution {

/// With so few channels a patch takes one to three vectors. Drives are computed directly, and the
/// change is a sum of whole patches.
class FewChannels {
 public:
  /// Rates after the pooling, and the winners of windows of 2 x 2.
  static void forward(const Geometry& g, const Images<float>& input, const Matrix<float>& weights,
                      Images<float>& output, Winners& winners, Scratch& scratch) {
    const Index depth = g.input.channels, synapses = 9 * depth;
    const Index row = padded_row(g), space = padded_size(g);
    const Index filled = output.blocks() * block_channels, panels = filled / vector_width;
    const auto [packed, spaces] =
        scratch.cut<float, float>({filled * (synapses + 1), space * max_threads()});
    pack_weights(g, weights, panels, packed);
    std::fill_n(spaces, space * max_threads(), 0.0f);
    parallel_for(
        input.samples(),
        [&, packed = packed, spaces = spaces](Index sample, int worker) {
          float* const padded = spaces + worker * space;
          pad(g, input, sample, padded);
          for (Index which = 0; which < panels; ++which) {
            const float* const w = packed + which * vector_width * (synapses + 1);
            const Vec bias = load(w + synapses * vector_width);
            for (Index y = 0; y < g.input.height; y += rows)
              for (Index x = 0; x < g.input.width; x += cols) {
                Vec drive[rows][cols];
                for (auto& line : drive)
                  for (Vec& d : line) d = bias;
                const float* const corner = padded + y * row + x * depth;
                for (Index ky = 0; ky < 3; ++ky)
                  for (Index k = 0; k < 3 * depth; ++k) {
                    const Vec b = load(w + (ky * 3 * depth + k) * vector_width);
                    unroll<rows * cols>([&](auto i) __attribute__((always_inline)) {
                      drive[i / cols][i % cols] +=
                          splat(corner[(i / cols + ky) * row + i % cols * depth + k]) * b;
                    });
                  }
                finish(g, drive, x, y, sample, which * vector_width, output, winners);
              }
          }
        },
        product_time(filled, synapses, g.input.places() * input.samples()));
  }

  /// The sum over places, and the samples of the factor, of factor * patch at the active winners,
  /// without bias, in the scratch space.
  static Eigen::Map<Matrix<float>> change(const Geometry& g, const Images<float>& input,
                                          const Images<float>& output, const Winners& winners,
                                          const PostFactor<float>& factor, Scratch& scratch) {
    const Index depth = g.input.channels, synapses = 9 * depth;
    const Index length = round_up(synapses, vector_width);  // of a patch
    const Index filled = output.blocks() * block_channels, partial = filled * length;
    const Index places = g.output().places(), padded = padded_size(g),
                overhang = 3 * block_channels;
    const Index space = round_up(padded + g.input.places() * length + overhang, block_channels);
    // The number of partial sums, which must not depend on the number of threads.
    const Index groups = std::min<Index>(16, factor.samples);
    const auto [data, partials, patches, list] = scratch.cut<float, float, float, Winner>(
        {g.channels * g.synapses(), groups * partial, space * max_threads(),
         (places + 1) * max_threads()});
    Eigen::Map<Matrix<float>> result(data, g.channels, g.synapses());
    parallel_for(
        groups,
        [&, partials = partials, patches = patches, list = list](Index group, int worker) {
          float* const sums = partials + group * partial;
          float* const image = patches + worker * space;
          float* const seen = image + padded;
          Winner* const active = list + worker * (places + 1);
          std::fill_n(sums, partial, 0.0f);
          std::fill_n(image, space, 0.0f);
          const Index begin = factor.first + group * factor.samples / groups,
                      end = factor.first + (group + 1) * factor.samples / groups;
          for (Index sample = begin; sample < end; ++sample) {
            pad(g, input, sample, image);
            gather_patches(g, image, length, seen);
            for (Index channel = 0; channel < g.channels; ++channel) {
              const Index count =
                  list_winners(g, output, winners, factor, channel, sample, length, active);
              add_patches(seen, active, count, length, sums + channel * length);
            }
          }
        },
        product_time(g.channels, length, places * factor.samples) +
            6 * pass_time(double(g.channels) * double(places * factor.samples)));
    for (Index channel = 0; channel < g.channels; ++channel)
      for (Index j = 0; j < synapses; ++j) {
        float sum = 0;
        for (Index group = 0; group < groups; ++group)
          sum += partials[group * partial + channel * length + j];
        result(channel, j) = sum;
      }
    return result;
  }

 private:
  // Tiles of drives that fit the registers.
  static constexpr int rows = 2, cols = vector_bytes == 64 ? 8 : 4;

  static Index round_up(Index n, Index step) { return (n + step - 1) / step * step; }

  /// [vector of output channels][synapse, then bias][channel]
  static void pack_weights(const Geometry& g, const Matrix<float>& weights, Index panels,
                           float* packed) {
    const Index synapses = 9 * g.input.channels;
    for (Index which = 0; which < panels; ++which)
      for (Index j = 0; j <= synapses; ++j, packed += vector_width) {
        const Index count = j < g.synapses() ? g.channels - which * vector_width : 0;
        store(packed, count > 0 ? load_some(&weights(which * vector_width, j), count) : Vec{});
      }
  }

  static Index padded_row(const Geometry& g) {
    return (round_up(g.input.width, cols) + 2) * g.input.channels;
  }
  static Index padded_size(const Geometry& g) {
    return round_up((round_up(g.input.height, rows) + 2) * padded_row(g) + vector_width,
                    block_channels);
  }

  /// Copies an image into a border of zeros.
  static void pad(const Geometry& g, const Images<float>& input, Index sample, float* padded) {
    const Index depth = g.input.channels;
    for (Index y = 0; y < g.input.height; ++y)
      std::copy_n(input.pixel(0, 0, y, sample), g.input.width * depth,
                  padded + (y + 1) * padded_row(g) + depth);
  }

  /// The patches of all places. Whole vectors are copied: values written beyond the end of a patch
  /// are overwritten by the next patch or ignored.
  static void gather_patches(const Geometry& g, const float* padded, Index length, float* patches) {
    const Index depth = g.input.channels, row = padded_row(g);
    for (Index y = 0; y < g.input.height; ++y)
      for (Index x = 0; x < g.input.width; ++x, patches += length)
        for (Index ky = 0; ky < 3; ++ky)
          for (Index k = 0; k < 3 * depth; k += vector_width)
            store(patches + ky * 3 * depth + k, load(padded + (y + ky) * row + x * depth + k));
  }

  static Index list_winners(const Geometry& g, const Images<float>& output, const Winners& winners,
                            const PostFactor<float>& factor, Index channel, Index sample,
                            Index length, Winner* list) {
    const ImageShape shape = output.shape();
    const Index width = g.input.width, block = channel / block_channels,
                lane = channel % block_channels;
    const float* rate = output.data(sample, block) + lane;
    const std::uint8_t* code = g.pool == 1 ? nullptr : winners.data(sample, block) + lane;
    const Index places[4] = {0, 1, width, width + 1};
    Winner* to = list;
    for (Index y = 0; y < shape.height; ++y)
      for (Index x = 0; x < shape.width; ++x, rate += block_channels) {
        const Index at = y * shape.width + x;
        const Index place =
            code ? 2 * y * width + 2 * x + places[code[at * block_channels] & 3] : at;
        *to = {std::uint32_t(place * length), factor(channel, at, sample)};
        to += *rate > 0;
      }
    return to - list;
  }

  static void add_patches(const float* patches, const Winner* list, Index count, Index length,
                          float* sums) {
    for (Index j = 0; j < length; j += vector_width) {
      Vec sum[4] = {load(sums + j)};
      Index i = 0;
      for (; i + 4 <= count; i += 4)
        unroll<4>([&](auto k) __attribute__((always_inline)) {
          sum[k] += splat(list[i + k].weight) * load(patches + list[i + k].offset + j);
        });
      for (; i < count; ++i) sum[0] += splat(list[i].weight) * load(patches + list[i].offset + j);
      store(sums + j, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
  }
};

}  // namespace hebb::convolution
