/// @file
/// Measures of every layer of a network.
#pragma once

#include <algorithm>
#include <array>

#include "common/readout.hpp"
#include "network.hpp"

namespace lpl_vision {

using Features = example::Features<Network::depth>;

/// The measures of one arm.
struct Outcome {
  std::array<double, Network::depth> accuracy{};  ///< percent
  std::array<double, Network::depth> mean_activity{};
  std::array<double, Network::depth> participation_ratio{};
  Features test_features;
};

Outcome evaluate(auto& network, const example::Stream& stream, hebb::Index readout_images,
                 const hebb::ImageSet& test, std::uint64_t seed) {
  const hebb::ImageSet& learn = stream.images().learn;
  const Features train_features =
      example::features(network, stream, learn, std::min(readout_images, learn.size()));
  Outcome outcome{.test_features = example::features(network, stream, test, test.size())};
  outcome.accuracy = example::measure_layers<Network::depth>([&](std::size_t k) {
    return example::readout(train_features[k], learn, outcome.test_features[k], test, seed);
  });
  for (std::size_t k = 0; k < Network::depth; ++k) {
    outcome.mean_activity[k] = hebb::mean_activity<float>(outcome.test_features[k]);
    outcome.participation_ratio[k] = hebb::participation_ratio<float>(outcome.test_features[k]);
  }
  return outcome;
}

}  // namespace lpl_vision
