/// @file
/// Features of every layer of a network, and linear readouts of them.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "common/image_stream.hpp"
#include "common/ranks.hpp"
#include "common/stop.hpp"
#include "hebb/analysis/linear_readout.hpp"

namespace example {

/// The pooled responses of every layer to some images: neurons x samples each.
template <std::size_t depth>
using Features = std::array<hebb::Matrix<float>, depth>;

/// The features of the first `count` images of a set. Each rank runs some of the batches, and gets
/// all features.
template <typename Network>
Features<Network::depth> features(Network& network, const Stream& stream, const hebb::ImageSet& set,
                                  hebb::Index count) {
  Features<Network::depth> result;
  hebb::Matrix<float> views;
  const std::vector<hebb::Index> all = hebb::range(0, count);
  network.for_each_layer(
      [&](auto& layer, std::size_t k) { result[k].setZero(layer.state.weights.rows(), count); });
  constexpr hebb::Index batch = 256;
  for (hebb::Index begin = 0; begin < count; begin += batch) {
    stop_if_asked();
    if (begin / batch % ranks().size() != ranks().rank()) continue;
    const hebb::Index size = std::min(batch, count - begin);
    stream.views(set, std::span(all).subspan(std::size_t(begin), std::size_t(size)), views);
    network.forward(views);
    network.for_each_layer(
        [&](auto& layer, std::size_t k) { result[k].middleCols(begin, size) = layer.response(); });
  }
  for (hebb::Matrix<float>& layer : result) ranks().sum(layer.data(), layer.size());
  return result;
}

/// The accuracy, in percent, of a linear readout trained on one set of features and tested on
/// another.
inline double readout(const hebb::Matrix<float>& train, const hebb::ImageSet& train_set,
                      const hebb::Matrix<float>& test, const hebb::ImageSet& test_set,
                      std::uint64_t seed) {
  const auto labels = [](const hebb::ImageSet& set, hebb::Index count) {
    return std::span(set.labels).first(std::size_t(count));
  };
  const hebb::LinearReadout<> method{.parameters = {.seed = seed}};
  const auto classifier = method.fit(train, labels(train_set, train.cols()), train_set.classes);
  return 100 * hebb::accuracy(classifier.predict(test), labels(test_set, test.cols()));
}

}  // namespace example
