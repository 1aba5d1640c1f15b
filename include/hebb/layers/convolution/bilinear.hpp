/// @file
/// Forward pass and weight change of a 3 x 3 convolution through a bilinear scheme, as products of
/// planes.
#pragma once

#include "hebb/layers/convolution/finish.hpp"
#include "hebb/layers/convolution/schemes.hpp"
#include "hebb/layers/convolution/scratch.hpp"

namespace hebb::convolution {

/// A convolution as products of planes: the planes of the input (tiles x channels) times those of
/// the weights (channels x panel).
///
/// Samples are divided into groups, large enough that a product has many rows, and groups into
/// portions whose input planes take a bounded amount of memory. Output channels are divided into
/// panels. The transformed weights of a panel are computed when they are needed and not stored.
template <typename Scheme>
class Bilinear {
 public:
  void forward(const Geometry& g, const Images<float>& input, const Matrix<float>& weights,
               Images<float>& output, Winners& winners, Scratch& scratch) {
    const Plan plan(g, input);
    const Index sums = Scheme::output_planes * plan.sum_stride(),
                space = plan.weight_planes() + sums;
    const auto [planes, spaces] =
        scratch.cut<float, float>({plan.portion_size(), space * max_threads()});
    for (Index first = 0; first < plan.groups; first += plan.portion) {
      transform_input(plan, input, first, planes);
      parallel_for(plan.panels, [&, planes = planes, spaces = spaces](Index which, int worker) {
        float* const u = spaces + worker * space;
        float* const sum = u + plan.weight_planes();
        transform_weights(plan, weights, which * panel, u);
        for (Index group = first; group < plan.end_of_portion(first); ++group) {
          const float* const v = planes + (group - first) * plan.group_stride();
          multiply(plan, group, v, u, sum);
          transform_output(plan, weights, group, which * panel, sum, output, winners);
        }
      });
    }
    ticket_ = plan.portion < plan.groups ? 0 : scratch.ticket();
  }

  /// The sum over places and samples of factor * [rate > 0] * patch, without pooling and bias, in
  /// the scratch space. Immediately after `forward`, the input planes are reused.
  Eigen::Map<Matrix<float>> change(const Geometry& g, const Images<float>& input,
                                   const Images<float>& output, const PostFactor<float>& factor,
                                   Scratch& scratch) {
    const Plan plan(g, input);
    const bool planes_kept = ticket_ == scratch.ticket();
    const Index space = plan.weight_planes() + Scheme::output_planes * plan.sum_stride();
    const auto [planes, data, spaces] = scratch.cut<float, float, float>(
        {plan.portion_size(), g.channels * g.synapses(), space * max_threads()});
    Eigen::Map<Matrix<float>> result(data, g.channels, g.synapses());
    for (Index first = 0; first < plan.groups; first += plan.portion) {
      if (!planes_kept) transform_input(plan, input, first, planes);
      parallel_for(plan.panels, [&, planes = planes, spaces = spaces](Index which, int worker) {
        float* const u = spaces + worker * space;
        float* const error = u + plan.weight_planes();
        std::fill_n(u, plan.weight_planes(), 0.0f);
        for (Index group = first; group < plan.end_of_portion(first); ++group) {
          transform_error(plan, output, factor, group, which * panel, error);
          multiply_adjoint(plan, group, planes + (group - first) * plan.group_stride(), error, u);
        }
        transform_change(plan, u, which * panel, first == 0, result);
      });
    }
    return result;
  }

 private:
  static constexpr Index tile = Scheme::tile;
  // Floats between planes, so that they do not map to the same cache sets.
  static constexpr Index stagger = 80;

  struct Plan {
    Geometry g;
    Index samples, blocks, tiles_x, tiles, group, groups, portion, panels;

    Plan(const Geometry& geometry, const Images<float>& input)
        : g(geometry),
          samples(input.samples()),
          blocks(input.blocks()),
          tiles_x((g.input.width + tile - 1) / tile),
          tiles(tiles_x * ((g.input.height + tile - 1) / tile)) {
      constexpr Index rows_wanted = 128;         // per product
      constexpr Index portion_bytes = 10 << 20;  // of input planes
      group = std::clamp<Index>(rows_wanted / tiles, 1, std::max<Index>(1, samples));
      groups = (samples + group - 1) / group;
      portion =
          std::clamp<Index>(portion_bytes / (4 * group_stride()), 1, std::max<Index>(1, groups));
      panels = (g.channels + panel - 1) / panel;
    }

    Index samples_in(Index which) const { return std::min(group, samples - which * group); }
    Index rows(Index which) const { return samples_in(which) * tiles; }
    Index end_of_portion(Index first) const { return std::min(first + portion, groups); }
    Index block_stride() const { return group * tiles * block_channels; }
    Index plane_stride() const { return blocks * block_stride() + stagger; }
    Index group_stride() const { return Scheme::input_planes * plane_stride(); }
    Index portion_size() const { return portion * group_stride(); }
    Index weight_stride() const { return blocks * block_channels * panel + stagger; }
    Index weight_planes() const { return Scheme::weight_planes * weight_stride(); }
    Index sum_stride() const { return group * tiles * panel + stagger; }
  };

  static void transform_input(const Plan& plan, const Images<float>& input, Index first,
                              float* planes) {
    constexpr Index reach = Scheme::reach, size = tile + 2 * reach;
    parallel_for((plan.end_of_portion(first) - first) * plan.blocks, [&](Index task) {
      const Index group = first + task / plan.blocks, block = task % plan.blocks;
      float* to = planes + (group - first) * plan.group_stride() + block * plan.block_stride();
      for (Index i = 0; i < plan.samples_in(group); ++i)
        for (Index t = 0; t < plan.tiles; ++t, to += block_channels) {
          const Index left = t % plan.tiles_x * tile - reach, top = t / plan.tiles_x * tile - reach;
          const Index begin_x = std::max<Index>(0, -left),
                      end_x = std::min(size, plan.g.input.width - left);
          const Index begin_y = std::max<Index>(0, -top),
                      end_y = std::min(size, plan.g.input.height - top);
          const float* image = input.data(group * plan.group + i, block) +
                               (top * plan.g.input.width + left) * block_channels;
          for (Index lane = 0; lane < block_channels; lane += vector_width) {
            typename Scheme::InputTile in = {};
            for (Index y = begin_y; y < end_y; ++y)
              for (Index x = begin_x; x < end_x; ++x)
                in[y][x] = load(image + (y * plan.g.input.width + x) * block_channels + lane);
            Scheme::input(
                in, [&](int plane, Vec v) { store(to + plane * plan.plane_stride() + lane, v); });
          }
        }
    });
  }

  static void transform_weights(const Plan& plan, const Matrix<float>& weights, Index channel,
                                float* u) {
    const Index inputs = plan.g.input.channels, filled = plan.blocks * block_channels;
    for (Index j = 0; j < filled; ++j)
      for (Index lane = 0; lane < panel; lane += vector_width) {
        float* to = u + j * panel + lane;
        typename Scheme::Kernel kernel = {};
        const Index count = plan.g.channels - channel - lane;
        if (j < inputs && count > 0)
          for (Index tap = 0; tap < 9; ++tap)
            kernel[tap / 3][tap % 3] = load_some(
                weights.data() + (tap * inputs + j) * weights.rows() + channel + lane, count);
        Scheme::weight(kernel,
                       [&](int plane, Vec v) { store(to + plane * plan.weight_stride(), v); });
      }
  }

  static void multiply(const Plan& plan, Index group, const float* v, const float* u, float* sum) {
    for (int plane = 0; plane < Scheme::output_planes; ++plane) {
      constexpr auto count = Scheme::products(0).size();
      Term terms[count];
      for (std::size_t k = 0; k < count; ++k) {
        const Product product = Scheme::products(plane)[k];
        terms[k] = {v + product.input * plan.plane_stride(),
                    u + product.weight * plan.weight_stride()};
      }
      multiply_panel(terms, Index(count), plan.rows(group), plan.blocks, plan.block_stride(),
                     sum + plane * plan.sum_stride());
    }
  }

  static void transform_output(const Plan& plan, const Matrix<float>& weights, Index group,
                               Index channel, const float* sum, Images<float>& output,
                               Winners& winners) {
    const float* from = sum;
    const float* bias = weights.data() + plan.g.input.channels * 9 * weights.rows();
    for (Index i = 0; i < plan.samples_in(group); ++i)
      for (Index t = 0; t < plan.tiles; ++t, from += panel)
        for (Index lane = 0; lane < panel && channel + lane < output.blocks() * block_channels;
             lane += vector_width) {
          typename Scheme::Tile drive;
          Scheme::output([&](int plane) { return load(from + plane * plan.sum_stride() + lane); },
                         drive);
          if (plan.g.bias == Bias::learned) {
            const Vec b = load_some(bias + channel + lane, plan.g.channels - channel - lane);
            for (auto& row : drive)
              for (Vec& d : row) d += b;
          }
          finish(plan.g, drive, t % plan.tiles_x * tile, t / plan.tiles_x * tile,
                 group * plan.group + i, channel + lane, output, winners);
        }
  }

  static void transform_error(const Plan& plan, const Images<float>& output,
                              const PostFactor<float>& factor, Index group, Index channel,
                              float* error) {
    const ImageShape shape = output.shape();
    float* to = error;
    for (Index i = 0; i < plan.samples_in(group); ++i)
      for (Index t = 0; t < plan.tiles; ++t, to += panel)
        for (Index lane = 0; lane < panel; lane += vector_width) {
          typename Scheme::Tile e = {};
          const Index sample = group * plan.group + i, count = plan.g.channels - channel - lane;
          const Index x0 = t % plan.tiles_x * tile, y0 = t / plan.tiles_x * tile;
          if (count > 0) {
            const float* rates = output.data(sample, (channel + lane) / block_channels) +
                                 (channel + lane) % block_channels;
            for (Index y = 0; y < tile && y0 + y < shape.height; ++y)
              for (Index x = 0; x < tile && x0 + x < shape.width; ++x) {
                const Index place = (y0 + y) * shape.width + x0 + x;
                const Vec f =
                    load_some(&factor.post(channel + lane, factor.column(place, sample)), count) *
                    factor.scale;
                e[y][x] = load(rates + place * block_channels) > Vec{} ? f : Vec{};
              }
          }
          Scheme::error(e,
                        [&](int plane, Vec v) { store(to + plane * plan.sum_stride() + lane, v); });
        }
  }

  static void multiply_adjoint(const Plan& plan, Index group, const float* v, const float* error,
                               float* u) {
    for (int plane = 0; plane < Scheme::output_planes; ++plane)
      for (const Product product : Scheme::products(plane))
        for (Index block = 0; block < plan.blocks; ++block)
          multiply_transposed(
              v + product.input * plan.plane_stride() + block * plan.block_stride(),
              error + plane * plan.sum_stride(), plan.rows(group),
              u + product.weight * plan.weight_stride() + block * block_channels * panel);
  }

  static void transform_change(const Plan& plan, const float* u, Index channel, bool first,
                               Eigen::Map<Matrix<float>>& change) {
    const Index inputs = plan.g.input.channels;
    for (Index j = 0; j < inputs; ++j)
      for (Index lane = 0; lane < panel && channel + lane < plan.g.channels; lane += vector_width) {
        typename Scheme::Kernel kernel;
        Scheme::change(
            [&](int plane) { return load(u + plane * plan.weight_stride() + j * panel + lane); },
            kernel);
        const Index count = plan.g.channels - channel - lane;
        for (Index tap = 0; tap < 9; ++tap) {
          float* to = &change(channel + lane, tap * inputs + j);
          const Vec v = kernel[tap / 3][tap % 3];
          store_some(to, first ? v : load_some(to, count) + v, count);
        }
      }
  }

  std::uint64_t ticket_ = 0;  // of the scratch space while it holds all input planes
};

}  // namespace hebb::convolution
