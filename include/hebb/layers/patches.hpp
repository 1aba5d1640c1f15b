/// @file
/// The patches of images, one column per place, and what lies beyond the border.
#pragma once

#include <algorithm>
#include <vector>

#include "hebb/layers/images.hpp"

namespace hebb {

/// The values of a patch beyond the border of an image.
enum class Border {
  zero,    ///< zeros
  reflect  ///< the image, mirrored at its outermost places: -1 is 1, n is n - 2
};

/// The patches of a convolution.
struct Patches {
  ImageShape input;
  Index kernel = 3, stride = 1;
  Index padding = 1;  ///< places beyond the border; less than the width and height to reflect
  Border border = Border::zero;

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

  /// Writes the patches of all samples: size x (places * samples), place fastest.
  template <typename Scalar>
  void gather(const Images<Scalar>& images, Matrix<Scalar>& patches) const {
    const ImageShape places = map(1);
    patches.resize(size(), places.places() * images.samples());
    const std::vector<Index> xs = sources(input.width, places.width),
                             ys = sources(input.height, places.height);
    parallel_for(images.samples(), [&](Index sample) {
      for (Index place = 0; place < places.places(); ++place) {
        const Index* const x = &xs[std::size_t(place % places.width * kernel)];
        const Index* const y = &ys[std::size_t(place / places.width * kernel)];
        Scalar* to = patches.col(sample * places.places() + place).data();
        for (Index ky = 0; ky < kernel; ++ky)
          for (Index kx = 0; kx < kernel; ++kx)
            for (Index block = 0; block < images.blocks(); ++block) {
              const Index count = images.channels_in(block);
              if (x[kx] < 0 || y[ky] < 0)
                std::fill_n(to, count, Scalar(0));
              else
                std::copy_n(images.pixel(block, x[kx], y[ky], sample), count, to);
              to += count;
            }
      }
    });
  }

 private:
  /// For each place along one axis and each offset in the kernel, the place in the image, or -1.
  std::vector<Index> sources(Index length, Index places) const {
    std::vector<Index> from;
    for (Index place = 0; place < places; ++place)
      for (Index k = 0; k < kernel; ++k) {
        Index at = place * stride - padding + k;
        if (border == Border::reflect) {
          at = std::abs(at);
          at = std::min(at, 2 * (length - 1) - at);
        }
        from.push_back(at < length ? at : -1);
      }
    return from;
  }
};

}  // namespace hebb
