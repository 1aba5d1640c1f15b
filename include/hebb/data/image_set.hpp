/// @file
/// A set of images in memory, and their order as columns of a matrix.
///
/// A column is one sample. Its rows are in the order channel, x, y, with the channel fastest, as in
/// the output of a convolution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Images of one size, one byte per number, with or without labels.
struct ImageSet {
  Index channels = 1;                ///< 1: grey, 3: red, green, blue
  Index width = 0;                   ///< pixels per row
  Index height = 0;                  ///< rows of pixels
  std::vector<std::uint8_t> pixels;  ///< channel fastest, then x, y, sample
  std::vector<int> labels;           ///< one per sample, from 0; empty without labels
  int classes = 0;                   ///< labels lie in [0, classes); 0 without labels

  /// Numbers in one image: the rows of its column.
  Index rows() const { return channels * width * height; }

  /// The number of images.
  Index size() const { return rows() == 0 ? 0 : Index(pixels.size()) / rows(); }

  /// The first of its `rows()` bytes.
  const std::uint8_t* image(Index sample) const { return pixels.data() + sample * rows(); }
};

/// Scales a byte to the range [0, 1].
inline constexpr float unit_per_byte = 1.0f / 255;

/// Throws InvalidParameter unless every number is the index of a sample of the set.
inline void require_samples(const ImageSet& images, std::span<const Index> samples) {
  for (const Index sample : samples)
    require(0 <= sample && sample < images.size(), "sample ", sample, " is not in a set of ",
            images.size(), " images");
}

/// The numbers begin, begin + 1, ..., end - 1.
inline std::vector<Index> range(Index begin, Index end) {
  require(begin <= end, "range: cannot run from ", begin, " to ", end);
  std::vector<Index> samples(static_cast<std::size_t>(end - begin));
  std::iota(samples.begin(), samples.end(), begin);
  return samples;
}

/// The indices of all samples with this label, in order.
inline std::vector<Index> samples_of(const ImageSet& images, int label) {
  std::vector<Index> samples;
  for (std::size_t i = 0; i < images.labels.size(); ++i)
    if (images.labels[i] == label) samples.push_back(Index(i));
  return samples;
}

/// The labels of the given samples. Throws InvalidParameter where the set has none.
inline std::vector<int> labels_of(const ImageSet& images, std::span<const Index> samples) {
  require_samples(images, samples);
  require(Index(images.labels.size()) == images.size(), "labels_of: the set has ", images.size(),
          " images and ", images.labels.size(), " labels");
  std::vector<int> labels;
  labels.reserve(samples.size());
  for (const Index sample : samples) labels.push_back(images.labels[std::size_t(sample)]);
  return labels;
}

/// A new set that holds the given samples.
inline ImageSet subset(const ImageSet& images, std::span<const Index> samples) {
  require_samples(images, samples);
  ImageSet result{.channels = images.channels,
                  .width = images.width,
                  .height = images.height,
                  .pixels = {},
                  .labels = {},
                  .classes = images.classes};
  result.pixels.reserve(samples.size() * std::size_t(images.rows()));
  for (const Index sample : samples)
    result.pixels.insert(result.pixels.end(), images.image(sample),
                         images.image(sample) + images.rows());
  if (!images.labels.empty()) result.labels = labels_of(images, samples);
  return result;
}

/// Writes the given samples as columns with values in [0, 1]. `out` is rows x samples.
inline void to_columns(const ImageSet& images, std::span<const Index> samples,
                       Eigen::Ref<Matrix<float>> out) {
  require_samples(images, samples);
  require_shape<float>(out, images.rows(), Index(samples.size()), "to_columns: out");
  parallel_for(
      out.cols(),
      [&](Index column) {
        const std::uint8_t* const from = images.image(samples[std::size_t(column)]);
        float* const to = out.data() + column * out.outerStride();
        for (Index i = 0; i < out.rows(); ++i) to[i] = float(from[i]) * unit_per_byte;
      },
      pass_time(double(out.size())));
}

/// Mean and standard deviation of each channel, in units of [0, 1].
struct ChannelStatistics {
  Vector<float> mean;       ///< one per channel, in [0, 1]
  Vector<float> deviation;  ///< standard deviation, one per channel, in [0, 1]
};

/// Mean and standard deviation over all pixels of all images. The sums are integers, hence exact.
inline ChannelStatistics channel_statistics(const ImageSet& images) {
  require(images.size() > 0, "channel_statistics: the set is empty");
  ChannelStatistics result{Vector<float>(images.channels), Vector<float>(images.channels)};
  const Index numbers = images.size() * images.rows();
  for (Index channel = 0; channel < images.channels; ++channel) {
    std::uint64_t sum = 0, square = 0;
    for (Index i = channel; i < numbers; i += images.channels) {
      const std::uint64_t value = images.pixels[std::size_t(i)];
      sum += value;
      square += value * value;
    }
    const double count = double(numbers / images.channels), mean = double(sum) / count;
    result.mean[channel] = float(mean / 255);
    result.deviation[channel] =
        float(std::sqrt(std::max(0.0, double(square) / count - mean * mean)) / 255);
  }
  return result;
}

/// Replaces every value by (value - mean) / max(deviation, 1e-3) of its channel.
inline void standardise(const ChannelStatistics& statistics, Eigen::Ref<Matrix<float>> columns) {
  const Index channels = statistics.mean.size();
  require<ShapeError>(channels > 0 && columns.rows() % channels == 0,
                      "standardise: ", columns.rows(), " rows do not hold ", channels, " channels");
  Vector<float> scale(channels);
  for (Index channel = 0; channel < channels; ++channel)
    scale[channel] = 1 / std::max(statistics.deviation[channel], 1e-3f);
  parallel_for(
      columns.cols(),
      [&](Index column) {
        float* pixel = columns.data() + column * columns.outerStride();
        for (const float* const end = pixel + columns.rows(); pixel < end; pixel += channels)
          for (Index channel = 0; channel < channels; ++channel)
            pixel[channel] = (pixel[channel] - statistics.mean[channel]) * scale[channel];
      },
      pass_time(double(columns.size())));
}

/// The random numbers of one sample. Each sample has `draws` of its own, whatever its position in
/// the batch.
inline Random random_of_sample(const Random& random, Index sample, Index draws) {
  require(sample >= 0 && draws > 0 && sample < std::numeric_limits<Index>::max() / draws,
          "random_of_sample: sample ", sample, " cannot have ", draws, " draws of its own");
  Random result = random.at(random.step);
  result.index = std::uint64_t(sample * draws);
  return result;
}

}  // namespace hebb
