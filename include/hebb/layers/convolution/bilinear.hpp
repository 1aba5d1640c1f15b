/// @file
/// Forward pass and weight change of a 3 x 3 convolution through a bilinear scheme, as products of
/// planes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "hebb/layers/border.hpp"
#include "hebb/layers/convolution/bilinear_plan.hpp"
#include "hebb/layers/convolution/schemes.hpp"
#include "hebb/layers/convolution/scratch.hpp"

namespace hebb::convolution {

/// A convolution as products of planes: the planes of the input (tiles x channels) times those of
/// the weights (channels x panel). BilinearPlan divides the work.
template <typename Scheme>
class Bilinear {
 public:
  using Tile = typename Scheme::Tile;  ///< drives of one tile, in the channels of a vector

  /// Calls put(tile, x, y, sample, channel) with every tile of drives, without bias: of as many
  /// channels from `channel` on as a vector has, and with its upper left corner at (x, y).
  void forward(const Maps& maps, const Images<float>& input, const Matrix<float>& weights,
               Scratch& scratch, const auto& put) {
    const Plan plan(maps, input);
    const Index sums = Scheme::output_planes * plan.sum_stride(),
                space = plan.weight_planes() + sums;
    const auto [planes, spaces] =
        scratch.cut<float, float>({plan.portion_size(), space * max_threads()});
    for (Index first = 0; first < plan.groups; first += plan.portion) {
      transform_input(plan, input, first, planes);
      parallel_for(
          plan.panels,
          [&, planes = planes, spaces = spaces](Index which, int worker) {
            float* const u = spaces + worker * space;
            float* const sum = u + plan.weight_planes();
            for (Index block = 0; block < plan.blocks; block += plan.slice) {
              transform_weights(plan, weights, which * panel, block, u);
              for (Index group = first; group < plan.end_of_portion(first); ++group) {
                multiply(plan, group, planes + (group - first) * plan.group_stride(), block, u,
                         sum);
                if (block + plan.slice >= plan.blocks)
                  transform_output(plan, group, which * panel, sum, put);
              }
            }
          },
          plan.time());
    }
    ticket_ = plan.portion < plan.groups ? 0 : scratch.ticket();
  }

  /// The sum over places, and the samples from `first_sample` on, of error * patch, with
  /// `synapses` columns, in the scratch space; the columns after those of the kernels are not
  /// written. take(tile, x, y, sample, channel) writes the errors of a tile, which are 0 before:
  /// the counterpart of `put` in `forward`. Immediately after `forward`, the input planes are
  /// reused for the sum over all samples.
  Eigen::Map<Matrix<float>> change(const Maps& maps, const Images<float>& input, Index first_sample,
                                   Index samples, Index synapses, Scratch& scratch,
                                   const auto& take) {
    const Plan plan(maps, input, first_sample, samples);
    const bool planes_kept = ticket_ == scratch.ticket() && samples == input.samples();
    const Index space = plan.weight_planes() + Scheme::output_planes * plan.sum_stride();
    const auto [planes, data, spaces] = scratch.cut<float, float, float>(
        {plan.portion_size(), maps.channels * synapses, space * max_threads()});
    Eigen::Map<Matrix<float>> result(data, maps.channels, synapses);
    for (Index first = 0; first < plan.groups; first += plan.portion) {
      if (!planes_kept) transform_input(plan, input, first, planes);
      parallel_for(
          plan.panels,
          [&, planes = planes, spaces = spaces](Index which, int worker) {
            float* const u = spaces + worker * space;
            float* const error = u + plan.weight_planes();
            for (Index block = 0; block < plan.blocks; block += plan.slice) {
              for (Index group = first; group < plan.end_of_portion(first); ++group) {
                if (block == 0) transform_error(plan, group, which * panel, take, error);
                multiply_adjoint(plan, group, planes + (group - first) * plan.group_stride(), block,
                                 error, group > first, u);
              }
              transform_change(plan, u, which * panel, block, first == 0, result);
            }
          },
          plan.time());
    }
    return result;
  }

 private:
  using Plan = BilinearPlan<Scheme>;
  static constexpr Index tile = Scheme::tile;

  static void transform_input(const Plan& plan, const Images<float>& input, Index first,
                              float* planes) {
    constexpr Index reach = Scheme::reach, size = tile + 2 * reach;
    const Index width = plan.maps.input.width, height = plan.maps.input.height;
    const auto source = [&](Index at, Index length) {
      return at < length + reach ? source_of(at, length, plan.maps.border) : -1;
    };
    parallel_for(
        (plan.end_of_portion(first) - first) * plan.blocks,
        [&](Index task) {
          const Index group = first + task / plan.blocks, block = task % plan.blocks;
          float* to = planes + (group - first) * plan.group_stride() + block * plan.block_stride();
          for (Index i = 0; i < plan.samples_in(group); ++i)
            for (Index t = 0; t < plan.tiles; ++t, to += block_channels) {
              const Index left = t % plan.tiles_x * tile - reach,
                          top = t / plan.tiles_x * tile - reach;
              Index from_x[std::size_t(size)], from_y[std::size_t(size)];
              for (Index k = 0; k < size; ++k) {
                from_x[k] = source(left + k, width);
                from_y[k] = source(top + k, height);
              }
              const float* image = input.data(plan.first_sample + group * plan.group + i, block);
              for (Index lane = 0; lane < block_channels; lane += vector_width) {
                typename Scheme::InputTile in = {};
                for (Index y = 0; y < size; ++y)
                  for (Index x = 0; x < size; ++x)
                    if (from_y[y] >= 0 && from_x[x] >= 0)
                      in[y][x] =
                          load(image + (from_y[y] * width + from_x[x]) * block_channels + lane);
                Scheme::input(in, [&](int plane, Vec v) {
                  store(to + plane * plan.plane_stride() + lane, v);
                });
              }
            }
        },
        pass_time(double(plan.portion_size())));
  }

  /// The planes of a slice of input channels, from `block` on.
  static void transform_weights(const Plan& plan, const Matrix<float>& weights, Index channel,
                                Index block, float* u) {
    const Index inputs = plan.maps.input.channels;
    const Index begin = block * block_channels, end = plan.end_of_slice(block) * block_channels;
    for (Index j = begin; j < end; ++j, u += panel) {
      prefetch<0>(weights, inputs, j, channel);
      for (Index lane = 0; lane < panel; lane += vector_width) {
        typename Scheme::Kernel kernel = {};
        const Index count = plan.maps.channels - channel - lane;
        if (j < inputs && count > 0)
          for (Index tap = 0; tap < 9; ++tap)
            kernel[tap / 3][tap % 3] = load_some(
                weights.data() + (tap * inputs + j) * weights.rows() + channel + lane, count);
        Scheme::weight(
            kernel, [&](int plane, Vec v) { store(u + lane + plane * plan.weight_stride(), v); });
      }
    }
  }

  static void multiply(const Plan& plan, Index group, const float* v, Index block, const float* u,
                       float* sum) {
    for (int plane = 0; plane < Scheme::output_planes; ++plane) {
      constexpr auto count = Scheme::products(0).size();
      Term terms[count];
      for (std::size_t k = 0; k < count; ++k) {
        const Product product = Scheme::products(plane)[k];
        terms[k] = {v + product.input * plan.plane_stride() + block * plan.block_stride(),
                    u + product.weight * plan.weight_stride()};
      }
      multiply_panel(terms, Index(count), plan.rows(group), plan.end_of_slice(block) - block,
                     plan.block_stride(), block > 0, sum + plane * plan.sum_stride());
    }
  }

  /// Calls body(x, y, sample, channel, offset) for every vector of channels of every tile of a
  /// group, where `offset` is its place in a plane of sums.
  static void for_each_tile(const Plan& plan, Index group, Index channel, const auto& body) {
    Index offset = 0;
    for (Index i = 0; i < plan.samples_in(group); ++i)
      for (Index t = 0; t < plan.tiles; ++t, offset += panel)
        for (Index lane = 0; lane < panel; lane += vector_width)
          body(t % plan.tiles_x * tile, t / plan.tiles_x * tile,
               plan.first_sample + group * plan.group + i, channel + lane, offset + lane);
  }

  static void transform_output(const Plan& plan, Index group, Index channel, const float* sum,
                               const auto& put) {
    for_each_tile(
        plan, group, channel, [&](Index x, Index y, Index sample, Index first, Index offset) {
          if (first >= plan.maps.channels) return;
          Tile drive;
          Scheme::output([&](int plane) { return load(sum + plane * plan.sum_stride() + offset); },
                         drive);
          put(drive, x, y, sample, first);
        });
  }

  static void transform_error(const Plan& plan, Index group, Index channel, const auto& take,
                              float* error) {
    for_each_tile(
        plan, group, channel, [&](Index x, Index y, Index sample, Index first, Index offset) {
          Tile e = {};
          if (first < plan.maps.channels) take(e, x, y, sample, first);
          Scheme::error(
              e, [&](int plane, Vec v) { store(error + plane * plan.sum_stride() + offset, v); });
        });
  }

  /// The planes of the change of a slice of input channels, from `block` on.
  static void multiply_adjoint(const Plan& plan, Index group, const float* v, Index block,
                               const float* error, bool add, float* u) {
    // Whether every plane of the weights belongs to one product.
    constexpr bool separate =
        Scheme::products(0).size() == 1 && Scheme::weight_planes == Scheme::output_planes;
    if (!add && !separate) std::fill_n(u, plan.weight_planes(), 0.0f);
    for (int plane = 0; plane < Scheme::output_planes; ++plane)
      for (const Product product : Scheme::products(plane))
        for (Index b = block; b < plan.end_of_slice(block); ++b)
          multiply_transposed(
              v + product.input * plan.plane_stride() + b * plan.block_stride(),
              error + plane * plan.sum_stride(), plan.rows(group), add || !separate,
              u + product.weight * plan.weight_stride() + (b - block) * block_channels * panel);
  }

  static void transform_change(const Plan& plan, const float* u, Index channel, Index block,
                               bool first, Eigen::Map<Matrix<float>>& change) {
    const Index inputs = plan.maps.input.channels;
    const Index begin = block * block_channels,
                end = std::min(inputs, plan.end_of_slice(block) * block_channels);
    for (Index j = begin; j < end; ++j, u += panel) {
      prefetch<1>(change, inputs, j, channel);
      for (Index lane = 0; lane < panel && channel + lane < plan.maps.channels;
           lane += vector_width) {
        typename Scheme::Kernel kernel;
        Scheme::change([&](int plane) { return load(u + plane * plan.weight_stride() + lane); },
                       kernel);
        const Index count = plan.maps.channels - channel - lane;
        for (Index tap = 0; tap < 9; ++tap) {
          float* to = &change(channel + lane, tap * inputs + j);
          const Vec v = kernel[tap / 3][tap % 3];
          store_some(to, first ? v : load_some(to, count) + v, count);
        }
      }
    }
  }

  /// Fetches the synapses of a panel with an input channel after the next ones, to be read (write =
  /// 0) or written (1). The processor does not foresee them: every tap lies in another page of
  /// memory.
  template <int write>
  static void prefetch(const auto& weights, Index inputs, Index input, Index channel) {
    constexpr Index ahead = 4, line = 64 / sizeof(float);
    for (Index tap = 0; tap < 9; ++tap)
      for (Index lane = 0; lane < panel; lane += line)
        __builtin_prefetch(
            weights.data() + (tap * inputs + input + ahead) * weights.rows() + channel + lane,
            write);
  }

  std::uint64_t ticket_ = 0;  // of the scratch space while it holds all input planes
};

}  // namespace hebb::convolution
