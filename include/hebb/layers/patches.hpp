/// @file
/// The patches of images, one column per place, and what lies beyond the border.
#pragma once

#include <algorithm>

#include "hebb/layers/border.hpp"
#include "hebb/layers/images.hpp"

namespace hebb {

/// The patches of a convolution.
struct Patches {
  ImageShape input;              ///< of one sample
  Index kernel = 3, stride = 1;  ///< width of a patch, distance of neighbours: places
  Index padding = 1;  ///< places beyond the border; less than the width and height to reflect
  Border border = Border::zero;  ///< what lies beyond the border

  /// Width and height of the map of places.
  ImageShape map(Index channels) const {
    return {channels, (input.width + 2 * padding - kernel) / stride + 1,
            (input.height + 2 * padding - kernel) / stride + 1};
  }

  /// Numbers in a patch. Their order: channel, kernel x, kernel y.
  Index size() const { return input.channels * kernel * kernel; }

  /// Throws InvalidParameter unless the kernel fits the input.
  const Patches& checked() const {
    require(input.channels > 0 && input.width > 0 && input.height > 0,
            "Patches: input must be at least 1 x 1 x 1, got ", input.channels, " x ", input.width,
            " x ", input.height);
    require(kernel > 0, "Patches: kernel must be > 0, got ", kernel);
    require(stride > 0, "Patches: stride must be > 0, got ", stride);
    require(padding >= 0 && padding < kernel, "Patches: padding must be in [0, kernel), got ",
            padding);
    require(border == Border::zero || padding < std::min(input.width, input.height),
            "Patches: a padding of ", padding, " cannot be reflected in a ", input.width, " x ",
            input.height, " image");
    require(input.width + 2 * padding >= kernel && input.height + 2 * padding >= kernel,
            "Patches: a kernel of ", kernel, " does not fit a ", input.width, " x ", input.height,
            " input with padding ", padding);
    return *this;
  }

  /// Calls visit(first, from, count) for the numbers of a patch, in their order: `count` numbers
  /// from number `first` on are those at `from` in the images. `from` is null beyond a border of
  /// zeros. A run is as long as the numbers lie one after the other in the images: a row of the
  /// kernel, or one block of channels at one place.
  template <typename Scalar>
  void for_each_run(const Images<Scalar>& images, Index sample, Index place,
                    const auto& visit) const {
    const Index width = map(1).width, left = place % width * stride - padding,
                top = place / width * stride - padding;
    const bool whole_rows =
        images.depth() == input.channels && left >= 0 && left + kernel <= input.width;
    Index first = 0;
    const auto next = [&](const Scalar* from, Index count) {
      visit(first, from, count);
      first += count;
    };
    for (Index ky = 0; ky < kernel; ++ky) {
      const Index y = source_of(top + ky, input.height, border);
      if (whole_rows && y >= 0) {
        next(images.pixel(0, left, y, sample), kernel * input.channels);
        continue;
      }
      for (Index kx = 0; kx < kernel; ++kx) {
        const Index x = source_of(left + kx, input.width, border);
        for (Index block = 0; block < images.blocks(); ++block)
          next(x < 0 || y < 0 ? nullptr : images.pixel(block, x, y, sample),
               images.channels_in(block));
      }
    }
  }

  /// Writes the patches of one sample to the first size() rows, one column per place.
  template <typename Scalar>
  void gather(const Images<Scalar>& images, Index sample,
              Eigen::Ref<Matrix<Scalar>> patches) const {
    for (Index place = 0; place < patches.cols(); ++place) {
      Scalar* const column = patches.col(place).data();
      for_each_run(images, sample, place, [&](Index first, const Scalar* from, Index count) {
        if (from)
          std::copy_n(from, count, column + first);
        else
          std::fill_n(column + first, count, Scalar(0));
      });
    }
  }

  /// Writes the patches of all samples: size x (places * samples), place fastest.
  template <typename Scalar>
  void gather(const Images<Scalar>& images, Matrix<Scalar>& patches) const {
    const Index places = map(1).places();
    patches.resize(size(), places * images.samples());
    parallel_for(
        images.samples(),
        [&](Index sample) {
          gather<Scalar>(images, sample, patches.middleCols(sample * places, places));
        },
        4 * pass_time(double(patches.size())));
  }
};

}  // namespace hebb
