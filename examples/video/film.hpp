/// @file
/// The network's input: a film of generated clips, or the user's own.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <vector>

#include "common/fit.hpp"
#include "common/statistics.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/data/clips.hpp"
#include "hebb/data/frames.hpp"
#include "hebb/layers/images.hpp"

namespace video {

using hebb::Index;
using hebb::Matrix;

/// A film. Every channel is standardised for the network.
struct Film {
  hebb::ImageShape shape;
  Index frames = 0;
  /// Writes consecutive frames as columns, in [0, 1].
  std::function<void(Index begin, Eigen::Ref<Matrix<float>> out)> draw;
  hebb::ChannelStatistics statistics = {};
  std::uint64_t digest = 0;  ///< of the user's film

  /// Frames as the network's input.
  void watch(Index begin, Index count, Matrix<float>& out) const {
    out.resize(shape.size(), count);
    draw(begin, out);
    hebb::standardise(statistics, out);
  }
};

/// `count` random scenes.
inline std::vector<Index> random_scenes(Index count, hebb::Random random) {
  std::vector<Index> scenes(static_cast<std::size_t>(count));
  for (Index& scene : scenes) scene = random.below(hebb::shapes3d::scenes);
  return scenes;
}

inline Film generated_film(const hebb::Shapes3d& shapes, const hebb::Clips& clips) {
  Film film{.shape = {3, shapes.size(), shapes.size()},
            .frames = clips.size(),
            .draw = [&](Index begin, Eigen::Ref<Matrix<float>> out) {
              std::vector<Index> scenes(static_cast<std::size_t>(out.cols()));
              clips.scenes(begin, scenes);
              shapes.render(scenes, out);
            }};
  Matrix<float> sample(shapes.rows(), 1000);
  shapes.render(random_scenes(sample.cols(), {.seed = 1}), sample);
  film.statistics = example::statistics_of(sample, 3);
  return film;
}

inline Film users_film(const std::filesystem::path& path, Index size) {
  const hebb::ImageSet images = hebb::read_frames(path);
  hebb::require(images.size() > 2, path.string(), " holds ", images.size(),
                " frame(s); learning from a film needs three or more");
  Matrix<float> pictures(images.channels * size * size, images.size());
  hebb::parallel_for(images.size(), [&](Index frame) {
    example::fit(images, frame, size, pictures.col(frame).data());
  });
  Film film{.shape = {images.channels, size, size},
            .frames = images.size(),
            .draw = {},
            .statistics = example::statistics_of(pictures, images.channels)};
  film.digest = hebb::fnv1a(pictures.data(), std::size_t(pictures.size()) * sizeof(float));
  film.draw = [pictures = std::move(pictures)](Index begin, Eigen::Ref<Matrix<float>> out) {
    out = pictures.middleCols(begin, out.cols());
  };
  return film;
}

}  // namespace video
