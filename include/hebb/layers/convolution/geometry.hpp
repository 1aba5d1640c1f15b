/// @file
/// Conventions of all kernels of a convolution: sizes, the order of the weights, and the
/// postsynaptic factor.
#pragma once

#include "hebb/layers/bias.hpp"
#include "hebb/layers/patches.hpp"

namespace hebb::convolution {

/// Sizes of a convolution with max pooling.
struct Geometry {
  ImageShape input;    ///< of one sample
  Index channels = 0;  ///< of the output
  /// Width of the kernel, distance of patches, border: places.
  Index kernel = 3, stride = 1, padding = 1;
  Index pool = 1;             ///< window and stride of max pooling
  Bias bias = Bias::learned;  ///< whether neurons have a bias

  Patches patches() const { return {input, kernel, stride, padding}; }  ///< of the input

  /// The map of drives, before pooling.
  ImageShape drive() const { return patches().map(channels); }

  /// The map of rates, after pooling. Drives that do not fill a window are ignored.
  ImageShape output() const { return {channels, drive().width / pool, drive().height / pool}; }

  Index taps() const { return kernel * kernel; }  ///< weights per input channel

  /// Synapses per neuron, including its bias. Their order: channel, kernel x, kernel y, bias.
  Index synapses() const { return input.channels * taps() + (bias == Bias::learned ? 1 : 0); }

  /// Column of the bias in the weights.
  Index bias_column() const { return input.channels * taps(); }

  /// Throws InvalidParameter, naming the field, for sizes that make no layer; returns itself.
  const Geometry& checked() const {
    require(input.channels > 0 && input.width > 0 && input.height > 0,
            "Conv2d: input must be at least 1 x 1 x 1, got ", input.channels, " x ", input.width,
            " x ", input.height);
    require(channels > 0, "Conv2d: channels must be > 0, got ", channels);
    require(kernel > 0 && kernel % 2 == 1, "Conv2d: kernel must be odd, got ", kernel);
    require(stride > 0, "Conv2d: stride must be > 0, got ", stride);
    require(padding >= 0 && padding < kernel, "Conv2d: padding must be in [0, kernel), got ",
            padding);
    require(pool > 0, "Conv2d: pool must be > 0, got ", pool);
    require(input.width + 2 * padding >= kernel && input.height + 2 * padding >= kernel,
            "Conv2d: a kernel of ", kernel, " does not fit a ", input.width, " x ", input.height,
            " input with padding ", padding);
    require(output().places() > 0, "Conv2d: a pool of ", pool, " does not fit a ", drive().width,
            " x ", drive().height, " map");
    return *this;
  }
};

/// The postsynaptic half of the update: one number per channel and sample, or per channel, place
/// and sample. The change is the sum over the samples from `first` on, so many as `samples`.
template <typename Scalar>
struct PostFactor {
  const Matrix<Scalar>& post;  ///< channels x (places * samples), borrowed
  Index places;                ///< places with their own number: 1, or all
  Scalar scale;                ///< makes the sum over places and samples a mean
  Index first, samples;        ///< of the batch, that the change is summed over

  /// The column of `post` for a place and a sample.
  Index column(Index place, Index sample) const {
    return places == 1 ? sample : sample * places + place;
  }
  /// Factor of a channel at a place.
  Scalar operator()(Index channel, Index place, Index sample) const {
    return scale * post(channel, column(place, sample));
  }
};

}  // namespace hebb::convolution
