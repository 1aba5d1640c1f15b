/// @file
/// How the work of a bilinear convolution is divided.
#pragma once

#include <algorithm>

#include "hebb/core/threads.hpp"
#include "hebb/layers/border.hpp"
#include "hebb/layers/convolution/gemm.hpp"
#include "hebb/layers/images.hpp"

namespace hebb::convolution {

/// Sizes of a convolution with kernels of 3 x 3, stride 1 and padding 1.
struct Maps {
  ImageShape input;              ///< of one sample
  Index channels = 0;            ///< of the output
  Border border = Border::zero;  ///< what lies beyond the border
};

/// The division of a convolution through a bilinear scheme, and the layout of its planes.
///
/// Samples are divided into groups, large enough that a product has many rows, and groups into
/// portions whose input planes take a bounded amount of memory. Output channels are divided into
/// panels. The transformed weights of a panel are computed when they are needed and not stored:
/// those of all input channels for several groups, those of a slice of the input channels, which
/// fits the second-level cache, for one group. The division depends on the sizes alone.
template <typename Scheme>
struct BilinearPlan {
  Maps maps;             ///< sizes of the convolution
  Index first_sample;    ///< of the images
  Index samples;         ///< number of images
  Index blocks;          ///< of input channels
  Index tiles_x, tiles;  ///< per row and per sample
  Index group;           ///< most samples of a group
  Index groups;          ///< of samples
  Index portion;         ///< most groups of a portion
  Index slice;           ///< most blocks of a slice
  Index panels;          ///< of output channels

  /// The plan for a batch of images.
  BilinearPlan(const Maps& m, const Images<float>& input)
      : BilinearPlan(m, input, 0, input.samples()) {}

  /// The plan for some images of a batch.
  BilinearPlan(const Maps& m, const Images<float>& input, Index first, Index count)
      : maps(m),
        first_sample(first),
        samples(count),
        blocks(input.blocks()),
        tiles_x((m.input.width + Scheme::tile - 1) / Scheme::tile),
        tiles(tiles_x * ((m.input.height + Scheme::tile - 1) / Scheme::tile)) {
    constexpr Index rows_wanted = 128;         // per product
    constexpr Index portion_bytes = 10 << 20;  // of input planes
    constexpr Index slice_bytes = 300 << 10;   // of planes of weights
    group = std::clamp<Index>(rows_wanted / tiles, 1, std::max<Index>(1, samples));
    groups = (samples + group - 1) / group;
    group = groups == 0 ? 1 : (samples + groups - 1) / groups;  // groups of nearly equal size
    portion =
        std::clamp<Index>(portion_bytes / (4 * group_stride()), 1, std::max<Index>(1, groups));
    constexpr Index block_bytes = 4 * Scheme::weight_planes * block_channels * panel;
    static_assert(block_bytes <= slice_bytes, "a slice must hold a block of input channels");
    slice = portion > 1 ? blocks : std::min<Index>(blocks, slice_bytes / block_bytes);
    panels = (maps.channels + panel - 1) / panel;
  }

  /// Samples of a group.
  Index samples_in(Index which) const { return std::min(group, samples - which * group); }
  /// Tiles of a group: rows of its products.
  Index rows(Index which) const { return samples_in(which) * tiles; }
  /// The group after the portion.
  Index end_of_portion(Index first) const { return std::min(first + portion, groups); }
  /// The block after the slice.
  Index end_of_slice(Index block) const { return std::min(block + slice, blocks); }
  /// From a block of input channels to the next.
  Index block_stride() const { return group * tiles * block_channels; }
  /// From a plane of the input to the next.
  Index plane_stride() const { return blocks * block_stride() + stagger; }
  /// From a group of samples to the next.
  Index group_stride() const { return Scheme::input_planes * plane_stride(); }
  Index portion_size() const { return portion * group_stride(); }  ///< numbers of a portion's input
  /// From a plane of the weights to the next.
  Index weight_stride() const { return slice * block_channels * panel + stagger; }
  /// Numbers of a slice's weights.
  Index weight_planes() const { return Scheme::weight_planes * weight_stride(); }
  /// From a plane of the output to the next.
  Index sum_stride() const { return group * tiles * panel + stagger; }

  /// Of the products of a portion on one core, in nanoseconds.
  double time() const {
    return double(Scheme::output_planes * Scheme::products(0).size()) *
           product_time(portion * group * tiles, blocks * block_channels, panels * panel);
  }

 private:
  // Floats between planes, so that they do not map to the same cache sets.
  static constexpr Index stagger = 80;
};

}  // namespace hebb::convolution
