/// @file
/// The input of the networks: pairs of consecutive views for learning, single views for readouts.
#pragma once

#include <map>
#include <span>
#include <string>

#include "common/image_data.hpp"
#include "common/statistics.hpp"
#include "hebb/data/augment.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/data/scenes.hpp"

namespace example {

enum class StreamKind {
  moving,   ///< an image moves over clutter
  augment,  ///< two random views of an image
  sequence  ///< two consecutive views of an object
};

/// The streams by their names on the command line.
inline const std::map<std::string, StreamKind> streams{{"moving", StreamKind::moving},
                                                       {"augment", StreamKind::augment},
                                                       {"sequence", StreamKind::sequence}};

/// The numbers of a moving scene. Those of the other streams are standardised.
enum class Pixels {
  raw,          ///< in [0, 1]
  standardised  ///< each channel with mean 0 and variance 1 over scenes
};

/// These by their names on the command line.
inline const std::map<std::string, Pixels> pixel_scales{{"raw", Pixels::raw},
                                                        {"standardised", Pixels::standardised}};

/// Pairs and readout images of one data set. They depend only on the seed and the step, so that
/// every arm of a comparison sees the same.
class Stream {
 public:
  Stream(StreamKind kind, const Images& images, hebb::MovingScenes scenes,
         hebb::Augmentation augmentation, std::uint64_t seed, Pixels pixels = Pixels::raw)
      : kind_(kind),
        images_(images),
        scenes_(scenes),
        augmentation_(augmentation),
        random_{.seed = seed},
        standardised_(kind != StreamKind::moving || pixels == Pixels::standardised),
        statistics_(kind != StreamKind::moving ? hebb::channel_statistics(images.learn)
                    : standardised_            ? statistics_of_scenes()
                                               : hebb::ChannelStatistics{}) {}

  StreamKind kind() const { return kind_; }
  /// The number of samples to learn from: images, or pairs of consecutive views.
  hebb::Index samples() const {
    return kind_ == StreamKind::sequence ? hebb::Index(images_.consecutive.size())
                                         : images_.learn.size();
  }
  hebb::Index channels() const { return images_.learn.channels; }
  hebb::Index side() const {
    return kind_ == StreamKind::moving ? scenes_.size : images_.learn.width;
  }
  hebb::Index rows() const { return channels() * side() * side(); }

  /// The labels of these samples.
  std::vector<int> labels(std::span<const hebb::Index> chosen) const {
    return hebb::labels_of(images_.learn, images_of(chosen, 0));
  }

  /// The pairs of one step: [first views | second views], rows x (2 * batch).
  void pairs(std::span<const hebb::Index> chosen, std::int64_t step,
             hebb::Matrix<float>& out) const {
    out.resize(rows(), 2 * hebb::Index(chosen.size()));
    const hebb::Random random = random_.stream("learning").at(std::uint64_t(step));
    if (kind_ == StreamKind::moving) {
      scenes_.pairs(images_.learn, chosen, random, out);
    } else if (kind_ == StreamKind::sequence) {
      const hebb::Index pairs = hebb::Index(chosen.size());
      hebb::to_columns(images_.learn, images_of(chosen, 0), out.leftCols(pairs));
      hebb::to_columns(images_.learn, images_of(chosen, 1), out.rightCols(pairs));
    } else {
      hebb::augment_pairs(images_.learn, chosen, augmentation_, random, out);
    }
    if (standardised_) hebb::standardise(statistics_, out);
  }

  /// Single views for the readout: scenes of the moving stream, or the images as they are.
  void views(const hebb::ImageSet& set, std::span<const hebb::Index> chosen,
             hebb::Matrix<float>& out) const {
    out.resize(rows(), hebb::Index(chosen.size()));
    if (kind_ == StreamKind::moving) {
      scenes_.frames(set, chosen, random_.stream("readout"), out);
    } else {
      hebb::to_columns(set, chosen, out);
    }
    if (standardised_) hebb::standardise(statistics_, out);
  }

  /// Converts views back to pictures in [0, 1].
  hebb::Matrix<float> displayed(const hebb::Matrix<float>& views) const {
    if (!standardised_) return views;
    const Eigen::Map<const hebb::Matrix<float>> pixels(views.data(), channels(),
                                                       views.size() / channels());
    hebb::Matrix<float> pictures =
        (statistics_.deviation.asDiagonal() * pixels).colwise() + statistics_.mean;
    pictures.resize(views.rows(), views.cols());
    return pictures;
  }

  const Images& images() const { return images_; }

 private:
  /// The images that are the first or the second views of these samples.
  std::vector<hebb::Index> images_of(std::span<const hebb::Index> chosen, std::size_t view) const {
    std::vector<hebb::Index> images(chosen.begin(), chosen.end());
    if (kind_ == StreamKind::sequence)
      for (hebb::Index& image : images) image = images_.consecutive.at(std::size_t(image))[view];
    return images;
  }

  /// Of a thousand scenes, whatever the seed's batches are.
  hebb::ChannelStatistics statistics_of_scenes() const {
    const hebb::Index count = std::min<hebb::Index>(1000, images_.learn.size());
    hebb::Matrix<float> drawn(rows(), count);
    scenes_.frames(images_.learn, hebb::range(0, count), random_.stream("statistics"), drawn);
    return statistics_of(drawn, channels());
  }

  StreamKind kind_;
  const Images& images_;
  hebb::MovingScenes scenes_;
  hebb::Augmentation augmentation_;
  hebb::Random random_;
  bool standardised_;
  hebb::ChannelStatistics statistics_;
};

}  // namespace example
