/// @file
/// The readout, its confusion matrix, and the images that units of the last block like best.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "features.hpp"
#include "hebb/analysis/dropout_readout.hpp"

namespace soft_hebb_deep {

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
  FeatureSettings features = {};
  Index epochs = 50;
  double dropout = 0.5, eta = 1e-3;
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

/// Trains the readout on all images and tests it. Rank 0 alone has the outcome; the others run
/// their shares of the images.
template <typename Rule>
Outcome evaluate(Network<Rule>& network, const hebb::ImageSet& learn, const hebb::ImageSet& test,
                 const EvaluateSettings& settings, const std::string& name) {
  if (!example::is_first_rank()) {
    const FeatureSettings& shared = settings.features;
    const auto pass = [](Index, const auto&, const auto&) {};
    for_each_features(network, shared.source, shared.mirror != Mirror::none, learn, name, pass);
    for_each_features(network, shared.source, shared.mirror == Mirror::mean, test, name, pass);
    return {};
  }
  const hebb::ImageShape shape = network.output_shape();
  const Samples samples = samples_of(network, settings.features, learn, name + ": features");
  hebb::DropoutReadout readout;
  readout.parameters.epochs = settings.epochs;
  readout.parameters.dropout = settings.dropout;
  readout.parameters.eta = settings.eta;
  readout.parameters.seed = settings.seed;
  example::Progress progress(name + ": readout", settings.epochs, "epochs");
  const hebb::LinearClassifier<float> classifier =
      readout.fit(samples.features, samples.labels, learn.classes, [&](Index, double loss) {
        example::stop_if_asked();
        progress.advance(1, "loss " + example::fixed(loss, 3));
      });

  Outcome outcome{.confusion = hebb::Matrix<double>::Zero(test.classes, test.classes)};
  Index right = 0;
  constexpr Index block = 1000;
  hebb::Matrix<float> converted;
  const Index number = samples.features.cols();
  for (Index begin = 0; begin < number; begin += block) {
    const Index count = std::min(block, number - begin);
    converted = samples.features.middleCols(begin, count).template cast<float>();
    const std::vector<Index> found = classifier.predict(converted);
    for (Index i = 0; i < count; ++i)
      right += found[std::size_t(i)] == samples.labels[std::size_t(begin + i)];
  }
  outcome.training = 100 * double(right) / double(number);

  right = 0;
  hebb::Matrix<float> best(shape.channels, test.size());
  const bool mean = settings.features.mirror == Mirror::mean;
  for_each_features(network, settings.features.source, mean, test, name + ": test",
                    [&](Index begin, hebb::Matrix<float>& batch, const auto& mirrored) {
                      if (mean) batch = (batch + mirrored) / 2;
                      const std::vector<Index> found = classifier.predict(batch);
                      for (std::size_t i = 0; i < found.size(); ++i) {
                        const int label = test.labels[std::size_t(begin) + i];
                        right += found[i] == label;
                        outcome.confusion(label, found[i]) += 1;
                      }
                      best.middleCols(begin, batch.cols()) =
                          over_places(batch.bottomRows(shape.size()), shape.channels);
                    });
  outcome.test = 100 * double(right) / double(test.size());
  for (Index label = 0; label < test.classes; ++label)
    outcome.confusion.row(label) *= 100 / std::max(1.0, outcome.confusion.row(label).sum());
  outcome.favourites = favourites_of(best, 8, 8);
  return outcome;
}

}  // namespace soft_hebb_deep
