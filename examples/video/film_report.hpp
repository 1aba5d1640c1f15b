/// @file
/// The report on a user's film: the table on the terminal, summary.json, figures.
#pragma once

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/summary.hpp"
#include "common/table.hpp"
#include "hebb/analysis/metrics.hpp"
#include "video/evaluate.hpp"
#include "video/lag.hpp"
#include "video/pictures.hpp"

namespace video {

/// The outcome of an arm on a film without labels: the last layer's responses to its frames.
struct Watched {
  Training training;
  Matrix<float> responses = {};
  double slowness = 0, activity = 0, dimension = 0;
  double when = 0;  ///< readout of the tenth of the film, percent
};

/// The percentage of frames of which a linear readout tells in which tenth of the film they are. It
/// is trained on the first half of each tenth and tested on the second.
inline double readout_of_time(const Matrix<float>& responses, std::uint64_t seed) {
  constexpr Index tenths = 10;
  std::array<std::vector<Index>, 2> frames;
  std::array<std::vector<int>, 2> labels;
  for (Index t = 0; t < responses.cols(); ++t) {
    const Index half = t * 2 * tenths / responses.cols();
    frames[std::size_t(half % 2)].push_back(t);
    labels[std::size_t(half % 2)].push_back(int(half / 2));
  }
  if (responses.cols() < 2 * tenths) return 0;
  const hebb::LinearReadout<> method{.parameters = {.seed = seed}};
  const auto classifier =
      method.fit(Matrix<float>(responses(Eigen::all, frames[0])), labels[0], int(tenths));
  const Matrix<float> test = responses(Eigen::all, frames[1]);
  return 100 * hebb::accuracy(classifier.predict(test), labels[1]);
}

/// LPL with several lags, and the film's own autocorrelation.
struct LagStudy {
  std::vector<double> autocorrelation;  ///< at a lag of 0, 1, ... frames
  std::vector<Index> lags = {};
  std::vector<Watched> arms = {};  ///< one per lag
};

/// Sets the lag, by default that of the film's autocorrelation, and a batch that fits.
inline LagStudy begin_lag_study(const Film& film, std::optional<Index> lag,
                                const std::vector<Index>& lags, Settings& settings) {
  LagStudy study{.autocorrelation = autocorrelation(film, largest_lag(film)), .lags = lags};
  const auto fits = [&](const char* option, Index given) {
    hebb::require(given <= largest_lag(film), option, ": a film of ", film.frames,
                  " frames takes lags of up to an eighth, ", largest_lag(film), ", got ", given);
  };
  settings.lag = lag.value_or(lag_of(study.autocorrelation));
  fits("--lag", settings.lag);
  for (const Index given : lags) fits("--lags", given);
  settings.batch = std::min(settings.batch, film.frames - largest_lag(film));
  std::cout << "The two frames of a pair are " << settings.lag
            << " apart, where the autocorrelation of the pixels is "
            << example::fixed(study.autocorrelation[std::size_t(settings.lag)]) << ".\n";
  return study;
}

/// Slowness of the responses of all arms against the distance of the frames; of the pixels it is
/// 2 (1 - autocorrelation).
inline example::Lines slowness_by_distance(const std::vector<Watched>& arms,
                                           const LagStudy& study) {
  example::Lines lines{.x_label = "distance, frames", .y_label = "slowness"};
  const Index longest = Index(study.autocorrelation.size()) - 1;
  const auto distances = [&](example::Series series, Index frames, const auto& value) {
    for (Index distance = 1; distance <= std::min(longest, frames - 1);
         distance = std::max(distance + 1, distance * 5 / 4)) {
      series.x.push_back(double(distance));
      series.y.push_back(value(distance));
    }
    lines.series.push_back(std::move(series));
  };
  for (const Watched& arm : arms)
    distances({.name = arm.training.title, .shade = shade(arm.training.name)}, arm.responses.cols(),
              [&](Index distance) { return slowness(arm.responses, distance); });
  distances({.name = "pixels", .shade = shade("pixels")}, longest + 1,
            [&](Index distance) { return 2 * (1 - study.autocorrelation[std::size_t(distance)]); });
  return lines;
}

/// Measures of LPL against the lag of its pairs.
inline example::Table table_by_lag(const LagStudy& study) {
  using example::fixed;
  example::Table table{.head = {"lag, frames", "autocorrelation", "slowness",
                                "slowness over the lag", "tenth of the film, %", "dimension"}};
  for (std::size_t i = 0; i < study.lags.size(); ++i) {
    const Watched& arm = study.arms[i];
    table.add({std::to_string(study.lags[i]),
               fixed(study.autocorrelation[std::size_t(study.lags[i])], 3), fixed(arm.slowness, 3),
               fixed(slowness(arm.responses, study.lags[i]), 3), fixed(arm.when, 1),
               fixed(arm.dimension, 1)});
  }
  return table;
}

/// Measures a network on a film without labels.
inline Watched watch(Network& network, const Film& film, const Training& training,
                     std::uint64_t seed) {
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
  result.when = readout_of_time(result.responses, seed);
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

inline void show(const std::vector<Watched>& results, const LagStudy& study, const Film& film,
                 const Settings& settings, const example::Options& options,
                 example::Summary& summary) {
  using namespace example;
  Table table{.head = {"last layer", "slowness", "tenth of the film, %", "dimension", "activity",
                       "seconds"}};
  std::vector<const Training*> learned, networks;
  for (const Watched& arm : results) {
    const std::string& name = arm.training.name;
    table.add({arm.training.title, fixed(arm.slowness, 3), fixed(arm.when, 1),
               fixed(arm.dimension, 1), fixed(arm.activity, 3), fixed(arm.training.seconds, 1)});
    summary.set("slowness_" + name, arm.slowness);
    summary.set("readout_of_time_" + name, arm.when);
    summary.set("participation_ratio_" + name, arm.dimension);
    summary.set("mean_activity_" + name, arm.activity);
    if (!arm.training.troubles.empty()) summary.set("troubles_" + name, arm.training.troubles);
    if (arm.training.losses.rows() > 0) learned.push_back(&arm.training);
    networks.push_back(&arm.training);
  }
  std::cout << '\n' << table;
  for (std::size_t i = 0; i < study.lags.size(); ++i) {
    const std::string name = "_lag" + std::to_string(study.lags[i]);
    summary.set("slowness" + name, study.arms[i].slowness);
    summary.set("readout_of_time" + name, study.arms[i].when);
  }
  if (!study.lags.empty()) std::cout << '\n' << table_by_lag(study);
  const std::string alarms = alarms_of(results, study.arms);
  std::cout << alarms << '\n';
  summary.set("lag", settings.lag);
  summary.set("autocorrelation", study.autocorrelation[std::size_t(settings.lag)]);
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
  report.table(
      table,
      {"Measures of the last layer. Slowness is the mean over units of <(z(t + 1) - "
       "z(t))^2> / variance: 2 for noise, lower for slower responses. A linear readout tells the "
       "tenth of the film; it is trained on the first half of each tenth and tested on "
       "the second (chance is 10 %). Dimension is the "
       "participation ratio. Both are meaningless if the activity is close to zero."});
  report.figure(draw(options.directory, "slowness", slowness_by_distance(results, study)),
                {"Slowness over pairs of frames at a distance: <(z(t + distance) - z(t))^2> / "
                 "variance. Of the pixels it is 2 (1 - autocorrelation)."});
  if (!study.lags.empty())
    report.table(table_by_lag(study),
                 {"LPL trained with other lags between the two frames of a pair. Slowness is over "
                  "one frame, as above, and over the lag."});
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
  report.paragraph(alarms);
  losses_figures(report, options, learned);
  filters_figure(report, film, networks);
  report.write();
}

}  // namespace video
