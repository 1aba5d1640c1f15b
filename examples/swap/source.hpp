/// @file
/// The images, and their transformation into inputs of the network.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/image_data.hpp"
#include "hebb/data/augment.hpp"
#include "network.hpp"

namespace swap_experiment {

/// Images, and their transformation into the network's input. Colour images are standardised; grey
/// ones keep black at zero.
class Source {
 public:
  Source(example::Dataset dataset, const std::string& path)
      : images_(example::load(dataset, path)) {
    learn_ = padded(images_.learn, shrinkage);
    test_ = padded(images_.test, shrinkage);
    if (learn_.channels == 3) {
      statistics_ = hebb::channel_statistics(learn_);
    } else {
      // Crop, flip and brightness only: the other augmentations would change the black background.
      augmentation_ = hebb::no_augmentation;
      augmentation_.crop_area = {0.3, 1};
      augmentation_.crop_aspect = {3.0 / 4, 4.0 / 3};
      augmentation_.flip = 0.5;
      augmentation_.jitter = 1;
      augmentation_.brightness = {0.6, 1.4};
    }
  }

  hebb::ImageShape shape() const { return {learn_.channels, learn_.width, learn_.height}; }
  const hebb::ImageSet& learn() const { return learn_; }

  /// [first views | second views] of the chosen images.
  void pairs(std::span<const Index> chosen, const hebb::Random& random, Matrix<float>& out) const {
    out.resize(learn_.rows(), 2 * Index(chosen.size()));
    hebb::augment_pairs(learn_, chosen, augmentation_, random, out);
    if (statistics_) hebb::standardise(*statistics_, out);
  }

  Matrix<float> learned(std::span<const Index> chosen) const { return plain(learn_, chosen); }
  Matrix<float> test(std::span<const Index> chosen) const { return plain(test_, chosen); }
  Index test_size() const { return test_.size(); }
  std::string digest() const { return example::digest_of({&learn_, &test_}); }

  /// Canvases as pictures, in [0, 1].
  Matrix<float> displayed(Matrix<float> canvases) const {
    if (!statistics_) return canvases;
    Eigen::Map<Matrix<float>> pixels(canvases.data(), learn_.channels,
                                     canvases.size() / learn_.channels);
    pixels = (statistics_->deviation.asDiagonal() * pixels).colwise() + statistics_->mean;
    return canvases;
  }

 private:
  Matrix<float> plain(const hebb::ImageSet& set, std::span<const Index> chosen) const {
    Matrix<float> result(set.rows(), Index(chosen.size()));
    hebb::to_columns(set, chosen, result);
    if (statistics_) hebb::standardise(*statistics_, result);
    return result;
  }

  example::Images images_;
  hebb::ImageSet learn_, test_;
  hebb::Augmentation augmentation_;
  std::optional<hebb::ChannelStatistics> statistics_;
};

}  // namespace swap_experiment
