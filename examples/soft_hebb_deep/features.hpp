/// @file
/// What the readout sees of an image.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/progress.hpp"
#include "hebb/layers/pooling.hpp"
#include "train.hpp"

namespace soft_hebb_deep {

using HalfMatrix = Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;

/// The blocks whose outputs are features.
enum class Source {
  last,  ///< the last block
  all    ///< every block; maps of lower blocks are averaged to as many places as the last one has
};

/// The use of mirror images.
enum class Mirror {
  none,
  learn,  ///< the readout learns from images and their mirror images; it is tested on images
  mean    ///< a feature is the mean over an image and its mirror image
};

struct FeatureSettings {
  Source source = Source::last;
  Mirror mirror = Mirror::none;
};

/// Exchanges left and right of images in canonical order, one per column.
inline void mirror(hebb::ImageShape shape, hebb::Matrix<float>& columns) {
  const Index row = shape.channels * shape.width;
  for (Index image = 0; image < columns.cols(); ++image)
    for (Index y = 0; y < shape.height; ++y) {
      Eigen::Map<hebb::Matrix<float>> places(columns.col(image).data() + y * row, shape.channels,
                                             shape.width);
      places.rowwise().reverseInPlace();
    }
}

/// The number of features of an image.
template <typename Rule>
Index number_of_features(const Network<Rule>& network, Source source) {
  const hebb::ImageShape last = network.output_shape();
  if (source == Source::last) return last.size();
  Index channels = 0;
  for (const Block<Rule>& block : network.blocks) channels += block.layer.output_shape().channels;
  return channels * last.places();
}

/// The features of the images in a network's last batch, by block from the first to the last one;
/// within a block in the order channel, x, y.
template <typename Rule>
void collect(const Network<Rule>& network, Source source, hebb::Matrix<float>& features) {
  if (source == Source::last) return network.blocks.back().layer.output().matrix(features);
  const hebb::ImageShape last = network.output_shape();
  hebb::Matrix<float> maps;
  Images<float> pooled;
  features.resize(number_of_features(network, source),
                  network.blocks.back().layer.output().samples());
  Index first = 0;
  for (const Block<Rule>& block : network.blocks) {
    const Images<float>& output = block.layer.output();
    const hebb::ImageShape shape = output.shape();
    const Index window = shape.width / last.width;
    output.matrix(maps);
    maps.resize(shape.channels, shape.places() * output.samples());
    hebb::pool(
        {.kind = hebb::Pooling::Kind::average, .window = window, .stride = window, .padding = 0},
        shape, maps, pooled);
    pooled.matrix(maps);
    features.middleRows(first, maps.rows()) = maps;
    first += maps.rows();
  }
}

/// Calls visit(first sample, features of a batch, features of its mirror images) for all images.
/// Features are numbers x samples; those of mirror images are computed only if `mirrored`. Each
/// rank runs its share of a batch; all ranks make the same calls.
template <typename Rule>
void for_each_features(Network<Rule>& network, Source source, bool mirrored,
                       const hebb::ImageSet& set, const std::string& name, const auto& visit) {
  const Index batch = 50 * example::ranks().size();
  const hebb::ImageShape shape{set.channels, set.width, set.height};
  const std::vector<Index> all = hebb::range(0, set.size());
  Images<float> images;
  hebb::Matrix<float> columns, own, features, of_mirrored;
  const auto find = [&](hebb::Matrix<float>& to) {
    own.resize(number_of_features(network, source), columns.cols());
    if (columns.cols() > 0) {  // the last batch may hold fewer images than there are ranks
      images.assign(shape, columns);
      network.forward(images);
      collect(network, source, own);
    }
    example::gather_columns(own, 1, to);
  };
  example::Progress progress(name, set.size(), "images");
  for (Index begin = 0; begin < set.size(); begin += batch) {
    example::stop_if_asked();
    const Index count = std::min(batch, set.size() - begin);
    const auto share =
        example::own_share(std::span(all).subspan(std::size_t(begin), std::size_t(count)));
    columns.resize(set.rows(), Index(share.size()));
    hebb::to_columns(set, share, columns);
    find(features);
    if (mirrored) {
      mirror(shape, columns);
      find(of_mirrored);
    }
    visit(begin, features, of_mirrored);
    progress.advance(count);
  }
}

/// The features that the readout learns from, and their labels.
struct Samples {
  HalfMatrix features;  ///< numbers x samples
  std::vector<int> labels;
};

/// All images; with Mirror::learn the mirror images are further samples, in the same order.
template <typename Rule>
Samples samples_of(Network<Rule>& network, const FeatureSettings& settings,
                   const hebb::ImageSet& set, const std::string& name) {
  const bool twice = settings.mirror == Mirror::learn;
  Samples samples{
      HalfMatrix(number_of_features(network, settings.source), (twice ? 2 : 1) * set.size()),
      set.labels};
  if (twice) samples.labels.insert(samples.labels.end(), set.labels.begin(), set.labels.end());
  for_each_features(network, settings.source, settings.mirror != Mirror::none, set, name,
                    [&](Index begin, const auto& of_images, const auto& of_mirrored) {
                      const auto put = [&](Index at, const auto& batch) {
                        samples.features.middleCols(at, batch.cols()) =
                            batch.template cast<Eigen::half>();
                      };
                      if (settings.mirror == Mirror::mean)
                        return put(begin, (of_images + of_mirrored) / 2);
                      put(begin, of_images);
                      if (twice) put(set.size() + begin, of_mirrored);
                    });
  return samples;
}

}  // namespace soft_hebb_deep
