/// @file
/// Statistics of pictures in columns.
#pragma once

#include "hebb/data/image_set.hpp"

namespace example {

/// Mean and standard deviation of each channel of pictures in [0, 1].
inline hebb::ChannelStatistics statistics_of(const hebb::Matrix<float>& pictures,
                                             hebb::Index channels) {
  const Eigen::Map<const hebb::Matrix<float>> pixels(pictures.data(), channels,
                                                     pictures.size() / channels);
  hebb::Vector<double> sum = hebb::Vector<double>::Zero(channels), squares = sum;
  for (hebb::Index i = 0; i < pixels.cols(); ++i) {
    sum += pixels.col(i).cast<double>();
    squares += pixels.col(i).cast<double>().cwiseAbs2();
  }
  sum /= double(pixels.cols());
  squares /= double(pixels.cols());
  return {sum.cast<float>(), (squares - sum.cwiseAbs2()).cwiseSqrt().cast<float>()};
}

}  // namespace example
