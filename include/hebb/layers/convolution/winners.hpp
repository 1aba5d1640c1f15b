/// @file
/// The weight change of a pooled 3 x 3 convolution: a sparse sum of the patches at the winners.
#pragma once

#include "hebb/layers/convolution/finish.hpp"
#include "hebb/layers/convolution/gemm.hpp"
#include "hebb/layers/convolution/scratch.hpp"

namespace hebb::convolution {

/// The sum over active winners, of the samples of the factor, of factor * patch, without bias, in
/// the scratch space.
///
/// Winners are listed once per output channel and group of samples. Then, for each block of input
/// channels, the images of a group are copied into a slab that fits the first-level cache. In the
/// slab a column of zeros follows each row and a row of zeros each image. Every output channel then
/// sums its patches in registers.
class SumOfWinners {
 public:
  /// The sum: channels x synapses. The column of the bias is not written.
  static Eigen::Map<Matrix<float>> change(const Geometry& g, const Images<float>& input,
                                          const Winners& winners, const PostFactor<float>& factor,
                                          Scratch& scratch) {
    const Plan plan(g, factor.first, factor.samples);
    const Index space = plan.slab() + chunk * patch;
    const auto [data, list, count, spaces] = scratch.cut<float, Winner, std::int32_t, float>(
        {g.channels * g.synapses(), plan.groups * plan.channels() * plan.capacity(),
         plan.groups * plan.channels(), space * max_threads()});
    Eigen::Map<Matrix<float>> result(data, g.channels, g.synapses());
    parallel_for(
        winners.blocks() * plan.groups,
        [&, list = list, count = count](Index task) {
          const Index block = task / plan.groups, group = task % plan.groups;
          for (Index lane = 0; lane < winners.channels_in(block); ++lane) {
            const Index which = group * plan.channels() + block * block_channels + lane;
            count[which] = list_winners(plan, winners, factor, block, lane, group,
                                        list + which * plan.capacity());
          }
        },
        10 * pass_time(double(factor.samples) * double(winners.image_size())));
    const Index chunks = (g.channels + chunk - 1) / chunk;
    parallel_for(
        input.blocks() * chunks,
        [&, list = list, count = count, spaces = spaces](Index task, int worker) {
          const Index block = task % input.blocks(), first = task / input.blocks() * chunk,
                      end = std::min(first + chunk, g.channels);
          float* const slab = spaces + worker * space;
          float* const sums = slab + plan.slab();
          std::fill_n(slab, space, 0.0f);
          for (Index group = 0; group < plan.groups; ++group) {
            fill_slab(plan, input, block, group, slab);
            for (Index channel = first; channel < end; ++channel) {
              const Index which = group * plan.channels() + channel;
              add_patches(slab, plan.row(), list + which * plan.capacity(), count[which],
                          sums + (channel - first) * patch);
            }
          }
          for (Index tap = 0; tap < 9; ++tap)
            for (Index lane = 0; lane < input.channels_in(block); ++lane)
              for (Index channel = first; channel < end; ++channel)
                result(channel, tap * g.input.channels + block * block_channels + lane) =
                    sums[(channel - first) * patch + tap * block_channels + lane];
        },
        product_time(g.channels, input.blocks() * patch, g.output().places() * factor.samples));
    return result;
  }

 private:
  static constexpr Index chunk = 128;                 // output channels that share a slab
  static constexpr Index patch = 9 * block_channels;  // numbers per block of channels of a patch

  struct Plan {
    Geometry g;
    Index first, samples, group, groups;

    Plan(const Geometry& geometry, Index first_, Index samples_)
        : g(geometry), first(first_), samples(samples_) {
      constexpr Index slab_bytes = 32 << 10;  // of a first-level cache
      group = std::clamp<Index>(slab_bytes / (4 * image()), 1, samples);
      groups = (samples + group - 1) / group;
    }

    Index row() const { return (g.input.width + 1) * block_channels; }
    Index image() const { return (g.input.height + 1) * row(); }
    Index slab() const { return group * image() + row() + block_channels; }
    Index channels() const {
      return (g.channels + block_channels - 1) / block_channels * block_channels;
    }
    Index capacity() const {
      return group * g.output().places() + 1;
    }  // one more than needed: list_winners writes before it decides
    Index samples_in(Index which) const { return std::min(group, samples - which * group); }
  };

  /// Writes every winner without a branch, and advances only if it is active.
  static std::int32_t list_winners(const Plan& plan, const Winners& winners,
                                   const PostFactor<float>& factor, Index block, Index lane,
                                   Index group, Winner* list) {
    const ImageShape shape = winners.shape();
    const std::uint32_t row = std::uint32_t(plan.row()), step = std::uint32_t(block_channels);
    const std::uint32_t places[4] = {0, step, row, row + step};
    Winner* to = list;
    for (Index i = 0; i < plan.samples_in(group); ++i) {
      const Index sample = plan.first + group * plan.group + i;
      const std::uint8_t* code = winners.data(sample, block) + lane;
      const float* post = &factor.post(block * block_channels + lane, factor.column(0, sample));
      const Index next = factor.places == 1 ? 0 : factor.post.rows();
      for (Index y = 0; y < shape.height; ++y) {
        std::uint32_t corner = std::uint32_t(i * plan.image()) + std::uint32_t(2 * y) * row;
        for (Index x = 0; x < shape.width;
             ++x, code += block_channels, post += next, corner += 2 * step) {
          *to = {corner + places[*code & 3], factor.scale * *post};
          to += *code != inactive;
        }
      }
    }
    return std::int32_t(to - list);
  }

  static void fill_slab(const Plan& plan, const Images<float>& input, Index block, Index group,
                        float* slab) {
    const Index width = plan.g.input.width * block_channels;
    for (Index i = 0; i < plan.samples_in(group); ++i)
      for (Index y = 0; y < plan.g.input.height; ++y)
        std::copy_n(input.data(plan.first + group * plan.group + i, block) + y * width, width,
                    slab + i * plan.image() + (y + 1) * plan.row() + block_channels);
  }

  /// Keeps nine vectors of sums in registers.
  static void add_patches(const float* slab, Index row, const Winner* list, Index count,
                          float* sums) {
    for (Index lane = 0; lane < block_channels; lane += vector_width) {
      Vec sum[9];
      unroll<9>([&](auto tap) __attribute__((always_inline)) {
        sum[tap] = load(sums + tap * block_channels + lane);
      });
      for (const Winner* winner = list; winner != list + count; ++winner) {
        const float* const corner = slab + winner->offset + lane;
        const Vec weight = splat(winner->weight);
        unroll<9>([&](auto tap) __attribute__((always_inline)) {
          sum[tap] += weight * load(corner + tap / 3 * row + tap % 3 * block_channels);
        });
      }
      unroll<9>([&](auto tap) __attribute__((always_inline)) {
        store(sums + tap * block_channels + lane, sum[tap]);
      });
    }
  }
};

}  // namespace hebb::convolution
