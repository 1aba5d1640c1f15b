/// @file
/// The parts that the reports on generated clips and on a user's film share.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "common/figure.hpp"
#include "common/image.hpp"
#include "common/report.hpp"
#include "video/train.hpp"

namespace video {

/// Converts the network's input back to pictures.
inline Matrix<float> displayed(const Film& film, const Matrix<float>& frames) {
  const Eigen::Map<const Matrix<float>> pixels(frames.data(), film.shape.channels,
                                               frames.size() / film.shape.channels);
  const hebb::Vector<float> scale = film.statistics.deviation.cwiseMax(1e-3f);
  Matrix<float> pictures = (scale.asDiagonal() * pixels).colwise() + film.statistics.mean;
  pictures.resize(frames.rows(), frames.cols());
  return pictures;
}

inline example::Grid picture_grid(const Film& film, Index across, Index zoom) {
  return {.channels = film.shape.channels,
          .width = film.shape.width,
          .height = film.shape.height,
          .across = across,
          .zoom = zoom};
}

inline void report_settings(example::Report& report, const Film& film, const Settings& settings) {
  std::string channels;
  for (const Index count : settings.channels)
    channels += (channels.empty() ? "" : ", ") + std::to_string(count);
  report.setting("network", "five blocks of 3 x 3 convolution, ReLU and 2 x 2 maximum, channels " +
                                channels + "; frames of " + std::to_string(film.shape.width) +
                                " x " + std::to_string(film.shape.height));
  report.setting("steps", std::to_string(settings.steps) + " of " +
                              std::to_string(settings.batch + settings.lag) +
                              " consecutive frames; the two of a pair are " +
                              std::to_string(settings.lag) + " apart");
  report.setting("optimiser", "Adam, learning rate " + example::exact(settings.eta) +
                                  ", warm-up over a twentieth, then half a cosine");
}

/// The colour of an arm, the same in all figures.
inline int shade(const std::string& arm) {
  constexpr std::array names{"lpl",  "no_predictive", "no_hebbian", "no_decorrelation",
                             "none", "none",          "untrained",  "pixels"};
  return int(std::find(names.begin(), names.end(), arm) - names.begin());
}

/// The three losses of every arm over its steps.
inline void losses_figures(example::Report& report, const example::Options& options,
                           const std::vector<const Training*>& arms) {
  const std::array<std::string, 3> names{"predictive", "hebbian", "decorrelation"};
  const std::array<std::string, 3> captions{
      "The predictive loss: the mean square of the change of a response from one frame to the "
      "next.",
      "The Hebbian loss: minus the mean logarithm of the responses' variance.",
      "The decorrelation loss: the mean square of the covariance of two units of a layer."};
  for (std::size_t term = 0; term < names.size(); ++term) {
    example::Lines lines{.x_label = "step", .y_label = names[term] + " loss, mean over layers"};
    for (const Training* arm : arms) {
      example::Series series{.name = arm->title, .shade = shade(arm->name)};
      constexpr Index together =
          5;  // means of 5: a block holds few clips, so single losses scatter
      for (Index row = 0; row + together <= arm->losses.rows(); row += together) {
        const hebb::Vector<double> mean = arm->losses.middleRows(row, together).colwise().mean();
        series.x.push_back(mean(0));
        series.y.push_back(mean(1 + Index(term)));
      }
      if (!series.x.empty()) lines.series.push_back(series);
    }
    report.figure(example::draw(options.directory, "loss_" + names[term], lines), {captions[term]});
  }
}

inline void filters_figure(example::Report& report, const Film& film,
                           const std::vector<const Training*>& arms) {
  if (film.shape.channels != 1 && film.shape.channels != 3) return;
  std::vector<std::pair<std::string, example::Image>> pictures;
  for (const Training* arm : arms)
    pictures.emplace_back(arm->title,
                          example::grid(arm->filters, {.channels = film.shape.channels,
                                                       .width = 3,
                                                       .height = 3,
                                                       .across = 8,
                                                       .zoom = 10,
                                                       .contrast = example::Contrast::Signed}));
  report.images("filters", pictures,
                {"The 3 x 3 filters of the first layer, each scaled to its own greatest weight; "
                 "grey or white is zero."});
}

}  // namespace video
