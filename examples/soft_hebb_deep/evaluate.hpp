/// @file
/// The readout of the last block, its confusion matrix, and the images that units like best.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "hebb/analysis/dropout_readout.hpp"
#include "train.hpp"

namespace soft_hebb_deep {

using HalfMatrix = Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;

/// Calls visit(first sample, features of a batch) for all images; features are size x samples.
template <typename Rule>
void for_each_features(Network<Rule>& network, const hebb::ImageSet& set, const std::string& name,
                       const auto& visit) {
  constexpr Index batch = 50;
  const std::vector<Index> all = hebb::range(0, set.size());
  Images<float> images;
  hebb::Matrix<float> features;
  example::Progress progress(name, set.size(), "images");
  for (Index begin = 0; begin < set.size(); begin += batch) {
    example::stop_if_asked();
    const Index count = std::min(batch, set.size() - begin);
    to_images(set, std::span(all).subspan(std::size_t(begin), std::size_t(count)), images);
    network.forward(images).matrix(features);
    visit(begin, features);
    progress.advance(count);
  }
}

/// The images to which some units of the last block respond most at any place.
struct Favourites {
  std::vector<Index> units;
  std::vector<std::vector<Index>> images;  ///< of each unit, the strongest first
};

struct Outcome {
  double test = 0, training = 0;   ///< accuracy of the readout, percent
  hebb::Matrix<double> confusion;  ///< rows: class; columns: read out; percent of the class
  Favourites favourites = {};
};

struct EvaluateSettings {
  Index epochs = 50;
  double dropout = 0.5;
  std::uint64_t seed = 1;
};

/// The largest response of every unit over places: features hold channels fastest.
inline hebb::Matrix<float> over_places(const hebb::Matrix<float>& features, Index channels) {
  hebb::Matrix<float> best(channels, features.cols());
  for (Index i = 0; i < features.cols(); ++i) {
    const Eigen::Map<const hebb::Matrix<float>> map(features.col(i).data(), channels,
                                                    features.rows() / channels);
    best.col(i) = map.rowwise().maxCoeff();
  }
  return best;
}

/// Units at equal distances, and for each the images with its largest responses.
inline Favourites favourites_of(const hebb::Matrix<float>& best, Index units, Index images) {
  Favourites result;
  for (Index k = 0; k < units; ++k) {
    const Index unit = k * best.rows() / units;
    std::vector<Index> order = hebb::range(0, best.cols());
    std::ranges::stable_sort(order, std::greater<>(), [&](Index i) { return best(unit, i); });
    order.resize(std::size_t(std::min(images, best.cols())));
    result.units.push_back(unit);
    result.images.push_back(order);
  }
  return result;
}

/// Trains the readout on all images and tests it.
template <typename Rule>
Outcome evaluate(Network<Rule>& network, const hebb::ImageSet& learn, const hebb::ImageSet& test,
                 const EvaluateSettings& settings, const std::string& name) {
  const hebb::ImageShape shape = network.output_shape();
  HalfMatrix features(shape.size(), learn.size());
  for_each_features(network, learn, name + ": features", [&](Index begin, const auto& batch) {
    features.middleCols(begin, batch.cols()) = batch.template cast<Eigen::half>();
  });
  hebb::DropoutReadout readout;
  readout.parameters.epochs = settings.epochs;
  readout.parameters.dropout = settings.dropout;
  readout.parameters.seed = settings.seed;
  example::Progress progress(name + ": readout", settings.epochs, "epochs");
  const hebb::LinearClassifier<float> classifier =
      readout.fit(features, learn.labels, learn.classes, [&](Index, double loss) {
        example::stop_if_asked();
        progress.advance(1, "loss " + example::fixed(loss, 3));
      });

  Outcome outcome{.confusion = hebb::Matrix<double>::Zero(test.classes, test.classes)};
  Index right = 0;
  constexpr Index block = 1000;
  hebb::Matrix<float> converted;
  for (Index begin = 0; begin < learn.size(); begin += block) {
    const Index count = std::min(block, learn.size() - begin);
    converted = features.middleCols(begin, count).template cast<float>();
    const std::vector<Index> found = classifier.predict(converted);
    for (Index i = 0; i < count; ++i)
      right += found[std::size_t(i)] == learn.labels[std::size_t(begin + i)];
  }
  outcome.training = 100 * double(right) / double(learn.size());

  right = 0;
  hebb::Matrix<float> best(shape.channels, test.size());
  for_each_features(network, test, name + ": test", [&](Index begin, const auto& batch) {
    const std::vector<Index> found = classifier.predict(batch);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const int label = test.labels[std::size_t(begin) + i];
      right += found[i] == label;
      outcome.confusion(label, found[i]) += 1;
    }
    best.middleCols(begin, batch.cols()) = over_places(batch, shape.channels);
  });
  outcome.test = 100 * double(right) / double(test.size());
  for (Index label = 0; label < test.classes; ++label)
    outcome.confusion.row(label) *= 100 / std::max(1.0, outcome.confusion.row(label).sum());
  outcome.favourites = favourites_of(best, 8, 8);
  return outcome;
}

}  // namespace soft_hebb_deep
