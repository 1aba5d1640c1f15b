/// @file
/// The report on a user's film: the table on the terminal, summary.json, figures.
#pragma once

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "common/summary.hpp"
#include "common/table.hpp"
#include "hebb/analysis/metrics.hpp"
#include "video/evaluate.hpp"
#include "video/pictures.hpp"

namespace video {

/// The outcome of an arm on a film without labels: the last layer's responses to its frames.
struct Watched {
  Training training;
  Matrix<float> responses = {};
  double slowness = 0, activity = 0, dimension = 0;
};

/// Measures a network on a film without labels.
inline Watched watch(Network& network, const Film& film, const Training& training) {
  Watched result{.training = training};
  constexpr Index longest = 2000, batch = 250;
  const Index count = std::min(longest, film.frames);
  Matrix<float> frames;
  for (Index begin = 0; begin < count; begin += batch) {
    example::stop_if_asked();
    const Index size = std::min(batch, count - begin);
    film.watch(begin, size, frames);
    const Matrix<float>& response = network.forward(frames);
    result.responses.conservativeResize(response.rows(), begin + size);
    result.responses.rightCols(size) = response;
  }
  result.slowness = slowness(result.responses);
  result.activity = hebb::mean_activity<float>(result.responses);
  result.dimension = hebb::participation_ratio<float>(result.responses);
  return result;
}

inline std::string verdict(const std::vector<Watched>& results) {
  const auto found = [&](const std::string& name) {
    return std::find_if(results.begin(), results.end(),
                        [&](const Watched& arm) { return arm.training.name == name; });
  };
  const auto lpl = found("lpl"), untrained = found("untrained");
  if (!(lpl->activity > 1e-6)) return "LPL learned nothing: the last layer is silent.";
  if (lpl->slowness < untrained->slowness) return {};
  return "LPL learned nothing: the last layer's slowness is " + example::fixed(lpl->slowness, 3) +
         ", the untrained network's " + example::fixed(untrained->slowness, 3) + ".";
}

/// Each row shows a frame and the frames with the most similar responses, among those more than
/// `apart` frames away.
inline example::Image neighbours(const Watched& arm, const Film& film, Index apart) {
  constexpr Index rows = 6, shown = 5;
  const Index count = arm.responses.cols();
  const Matrix<float> x = hebb::centred<float>(arm.responses);
  std::vector<Index> chosen;
  for (Index row = 0; row < rows; ++row) {
    const Index query = row * count / rows;
    chosen.push_back(query);
    const auto nearest =
        hebb::nearest_neighbours<float>(x, x.col(query), std::min(count, shown + 2 * apart + 1));
    for (Index i = 0, found = 0; i < nearest.rows() && found < shown; ++i)
      if (std::abs(nearest(i, 0) - query) > apart) chosen.push_back(nearest(i, 0)), ++found;
    chosen.resize(std::size_t((row + 1) * (1 + shown)),
                  query);  // if the film is too short, the frame is repeated
  }
  Matrix<float> pictures(film.shape.size(), Index(chosen.size())), frame;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    film.watch(chosen[i], 1, frame);
    pictures.col(Index(i)) = displayed(film, frame);
  }
  return example::grid(pictures,
                       picture_grid(film, 1 + shown, std::max<Index>(1, 64 / film.shape.width)));
}

inline void show(const std::vector<Watched>& results, const Film& film, const Settings& settings,
                 const example::Options& options, example::Summary& summary) {
  using namespace example;
  Table table{.head = {"last layer", "slowness", "dimension", "activity", "seconds"}};
  std::vector<const Training*> learned, networks;
  for (const Watched& arm : results) {
    const std::string& name = arm.training.name;
    table.add({arm.training.title, fixed(arm.slowness, 3), fixed(arm.dimension, 1),
               fixed(arm.activity, 3), fixed(arm.training.seconds, 1)});
    summary.set("slowness_" + name, arm.slowness);
    summary.set("participation_ratio_" + name, arm.dimension);
    summary.set("mean_activity_" + name, arm.activity);
    if (arm.training.losses.rows() > 0) learned.push_back(&arm.training);
    networks.push_back(&arm.training);
  }
  std::cout << '\n' << table;
  const std::string warning = verdict(results);
  if (!warning.empty()) {
    std::cout << warning << '\n';
    summary.set("verdict", warning);
  }
  summary.set("frames", film.frames);
  summary.set("steps", settings.steps);

  summary.write();  // a report that fails leaves it
  Report report(options, "Learning from your film",
                "Every layer learned to predict its own next response. The film has " +
                    std::to_string(film.frames) + " frames; no labels are used.");
  report.warning(warning);
  report_settings(report, film, settings);
  report.section("Slowness, dimension and activity");
  report.table(table,
               {"Measures of the last layer. Slowness is the mean over units of <(z(t + 1) - "
                "z(t))^2> / variance: 2 for noise, lower for slower responses. Dimension is the "
                "participation ratio. Both are meaningless if the activity is close to zero."});
  if (film.shape.channels == 1 || film.shape.channels == 3) {
    report.section("Frames with similar responses");
    const Index apart = std::min<Index>(20, film.frames / 10);
    std::vector<std::pair<std::string, Image>> pictures;
    for (const Watched& arm : results)
      pictures.emplace_back(arm.training.title, neighbours(arm, film, apart));
    report.images("neighbours", pictures,
                  {"Six frames on the left, and to their right the frames whose responses have the "
                   "greatest cosine with theirs, among those more than " +
                   std::to_string(apart) + " frames away."});
  }
  report.section("Training");
  losses_figures(report, options, learned);
  filters_figure(report, film, networks);
  report.write();
}

}  // namespace video
