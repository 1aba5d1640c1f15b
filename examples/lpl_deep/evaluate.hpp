/// @file
/// Measures of every layer of a network.
#pragma once

#include <algorithm>
#include <array>

#include "common/readout.hpp"
#include "network.hpp"

namespace lpl_deep {

using PerLayer = std::array<double, depth>;

/// The measures of one arm, layer by layer.
struct Outcome {
  PerLayer readout{};              ///< accuracy on test images, percent
  PerLayer participation_ratio{};  ///< mean over batches of 256 test images, as published
  PerLayer mean_activity{};
  PerLayer dead_units{};  ///< percent of the units that respond to no test image
};

using Features = example::Features<depth>;

/// Readouts of all layers, in percent, trained on the first of the images to learn from.
PerLayer readouts(auto& network, const example::Stream& stream, hebb::Index train_images,
                  const Features& test_features, const hebb::ImageSet& test, std::uint64_t seed) {
  const hebb::ImageSet& learn = stream.images().learn;
  const Features train_features =
      example::features(network, stream, learn, std::min(train_images, learn.size()));
  return example::measure_layers<depth>([&](std::size_t k) {
    return example::readout(train_features[k], learn, test_features[k], test, seed);
  });
}

/// The mean participation ratio of batches of 256 samples; at most 255.
inline double batch_participation_ratio(const hebb::Matrix<float>& features) {
  const hebb::Index batch = std::min<hebb::Index>(256, features.cols()),
                    batches = features.cols() / batch;
  double sum = 0;
  for (hebb::Index i = 0; i < batches; ++i)
    sum += hebb::participation_ratio<float>(features.middleCols(i * batch, batch));
  return sum / double(batches);
}

Outcome evaluate(auto& network, const example::Stream& stream, hebb::Index readout_images,
                 const hebb::ImageSet& test, std::uint64_t seed) {
  const Features responses = example::features(network, stream, test, test.size());
  Outcome outcome{.readout = readouts(network, stream, readout_images, responses, test, seed)};
  for (std::size_t k = 0; k < depth; ++k) {
    outcome.participation_ratio[k] = batch_participation_ratio(responses[k]);
    outcome.mean_activity[k] = hebb::mean_activity<float>(responses[k]);
    outcome.dead_units[k] =
        100 * double(hebb::dead_units<float>(responses[k])) / double(responses[k].rows());
  }
  return outcome;
}

}  // namespace lpl_deep
