/// @file
/// Figures of the generated clips, and of the similarity of responses to the values of a factor.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "video/evaluate.hpp"
#include "video/pictures.hpp"

namespace video {

/// The outcome of an arm on generated clips, whose factors are known.
struct Judged {
  Training training;
  Outcome outcome;
};

inline const std::array<std::string, factor_count> factor_names{
    "floor hue", "wall hue", "object hue", "scale", "shape", "orientation"};

/// One clip for each factor that changes, every other frame.
inline example::Image clip_strips(const hebb::Shapes3d& shapes, const hebb::Clips& clips) {
  constexpr Index length = 17, shown = 9;
  Matrix<float> strips(shapes.rows(), 0);
  std::vector<Index> scenes(length);
  std::size_t wanted = 0;
  for (Index clip = 0; wanted < factor_count && (clip + 1) * length <= clips.size(); ++clip) {
    clips.scenes(clip * length, scenes);
    const Matrix<Index> factors = factors_of(scenes);
    if (wanted == hebb::shapes3d::shape) ++wanted;
    if (factors.row(Index(wanted)).minCoeff() == factors.row(Index(wanted)).maxCoeff()) continue;
    Matrix<float> frames(shapes.rows(), length);
    shapes.render(scenes, frames);
    strips.conservativeResize(Eigen::NoChange, strips.cols() + shown);
    for (Index i = 0; i < shown; ++i) strips.col(strips.cols() - shown + i) = frames.col(2 * i);
    ++wanted;
  }
  return example::grid(strips, {.channels = 3,
                                .width = shapes.size(),
                                .height = shapes.size(),
                                .across = shown,
                                .zoom = std::max<Index>(1, 96 / shapes.size())});
}

/// For each factor, the probabilities of transition between its values, and the similarity of their
/// responses in each arm.
inline void similarity_figures(example::Report& report, const example::Options& options,
                               const std::vector<Judged>& results, const hebb::Clips& clips) {
  for (std::size_t f = 0; f < factor_count; ++f) {
    const Index n = hebb::shapes3d::sizes[f];
    std::vector<std::pair<std::string, example::Image>> pictures;
    std::string csv = "arm,from,to,value\n";
    const auto add = [&](const std::string& title, const Matrix<double>& values) {
      const Matrix<float> picture = values.cast<float>().reshaped(n * n, 1);
      const std::string scale = example::fixed(values.cwiseAbs().maxCoeff(), 2);
      pictures.emplace_back(title + " (red: " + scale + ")",
                            example::grid(picture, {.width = n,
                                                    .height = n,
                                                    .across = 1,
                                                    .zoom = 150 / n,
                                                    .contrast = example::Contrast::Signed}));
      for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < n; ++k)
          csv += title + "," + std::to_string(i) + "," + std::to_string(k) + "," +
                 example::exact(values(i, k)) + "\n";
    };
    if (f != hebb::shapes3d::shape)
      add("transitions", transitions(clips, f));
    else
      add("transitions", Matrix<double>::Identity(n, n));
    for (const Judged& arm : results) add(arm.training.title, arm.outcome.similarity[f]);
    example::write_file(options.directory / ("similarity_" + std::to_string(f) + ".csv"), csv);
    const bool hue = f <= hebb::shapes3d::object_hue;
    report.images(
        "similarity_" + std::to_string(f), pictures,
        {factor_names[f] +
             ": on the left the probability that one value follows another in the film" +
             (hue ? ", colours in the order of the film, which differs from that of the "
                    "colour wheel"
              : f == hebb::shapes3d::shape ? " (a shape does not change)"
                                           : "") +
             "; then the cosine between the responses to two values. The " + std::to_string(n) +
             " values run from the left to the right and from the top to the bottom. "
             "White is 0, blue is negative; each matrix has its own scale, whose end is "
             "beside its name.",
         "LPL's matrices mirror the transitions: bands for hues, scale and orientation, "
         "blocks for shapes."});
  }
}

}  // namespace video
