/// @file
/// What can be read from every layer of a network.
#pragma once

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <vector>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/analysis/metrics.hpp"
#include "network.hpp"
#include "stream.hpp"

namespace lpl_vision {

/// The pooled responses of every layer to a part of the images: neurons x samples each.
using Features = std::array<hebb::Matrix<float>, Network::depth>;

inline Features features(Network& network, const Stream& stream, const hebb::ImageSet& set, hebb::Index count) {
  Features result;
  hebb::Matrix<float> views;
  const std::vector<hebb::Index> all = hebb::range(0, count);
  constexpr hebb::Index batch = 256;
  for (hebb::Index begin = 0; begin < count; begin += batch) {
    const hebb::Index size = std::min(batch, count - begin);
    stream.views(set, std::span(all).subspan(std::size_t(begin), std::size_t(size)), views);
    network.forward(views);
    network.for_each_layer([&](auto& layer, std::size_t k) {
      result[k].resize(layer.response().rows(), count);
      result[k].middleCols(begin, size) = layer.response();
    });
  }
  return result;
}

/// The accuracy, in percent, of a linear readout trained on one set of features and tested on another.
inline double readout(const hebb::Matrix<float>& train, const hebb::ImageSet& train_set, const hebb::Matrix<float>& test,
                      const hebb::ImageSet& test_set, std::uint64_t seed) {
  const auto labels = [](const hebb::ImageSet& set, hebb::Index count) { return std::span(set.labels).first(std::size_t(count)); };
  const hebb::LinearReadout<> method{.parameters = {.seed = seed}};
  const auto classifier = method.fit(train, labels(train_set, train.cols()), train_set.classes);
  return 100 * hebb::accuracy(classifier.predict(test), labels(test_set, test.cols()));
}

/// What one arm of the comparison reached.
struct Outcome {
  std::array<double, Network::depth> accuracy{};  ///< percent
  std::array<double, Network::depth> mean_activity{};
  std::array<double, Network::depth> participation_ratio{};
  Features test_features;
};

inline Outcome evaluate(Network& network, const Stream& stream, hebb::Index readout_images, const hebb::ImageSet& test,
                        std::uint64_t seed) {
  const hebb::ImageSet& learn = stream.images().learn;
  const Features train_features = features(network, stream, learn, std::min(readout_images, learn.size()));
  Outcome outcome{.test_features = features(network, stream, test, test.size())};
  for (std::size_t k = 0; k < Network::depth; ++k) {
    outcome.accuracy[k] = readout(train_features[k], learn, outcome.test_features[k], test, seed);
    outcome.mean_activity[k] = hebb::mean_activity<float>(outcome.test_features[k]);
    outcome.participation_ratio[k] = hebb::participation_ratio<float>(outcome.test_features[k]);
  }
  return outcome;
}

}  // namespace lpl_vision
