/// @file
/// What a run shows: the table on the terminal, summary.json, and the page.
#pragma once

#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/figure.hpp"
#include "common/image.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/verdict.hpp"
#include "video/evaluate.hpp"

namespace video {

/// What is left of an arm when it has learned.
struct Training {
  std::string name, title;
  Matrix<double> losses{0,
                        4};  ///< rows: step, predictive, Hebbian, decorrelation (means over layers)
  Matrix<float> filters = {};  ///< of the first layer: a column each
  double seconds = 0;

  void each(auto&& visit) {
    visit("losses", losses);
    visit("seconds", seconds);
  }
};

/// An arm on generated clips, whose factors are known.
struct Judged {
  Training training;
  Outcome outcome;
};

/// An arm on a film of which nothing is known: frames from all over it, and the last layer's
/// response to them.
struct Watched {
  Training training;
  Matrix<float> responses = {};
  double slowness = 0, activity = 0, dimension = 0;
};

inline const std::array<std::string, factor_count> factor_names{
    "floor hue", "wall hue", "object hue", "scale", "shape", "orientation"};

/// The published score and strict score of an arm, in percent; NaN where there is none.
inline std::array<double, 2> published(const std::string& arm) {
  const std::map<std::string, std::array<double, 2>> known{{"lpl", {95.3, 89.9}},
                                                           {"no_predictive", {16.2, 7.2}},
                                                           {"untrained", {27.1, 20.8}},
                                                           {"pixels", {87.7, 68.4}}};
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return known.contains(arm) ? known.at(arm) : std::array{none, none};
}

inline Matrix<float> first_filters(Network& network) {
  const auto& weights = network.layer<0>().state.weights;
  return weights.leftCols(network.layer<0>().parameters().bias_column()).transpose();
}

/// Pictures out of what a network sees.
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

inline void settings_of(example::Report& report, const Film& film, const Settings& settings) {
  std::string channels;
  for (const Index count : settings.channels)
    channels += (channels.empty() ? "" : ", ") + std::to_string(count);
  report.setting("network", "five blocks of 3 x 3 convolution, ReLU and 2 x 2 maximum, channels " +
                                channels + "; frames of " + std::to_string(film.shape.width) +
                                " x " + std::to_string(film.shape.height));
  report.setting("steps", std::to_string(settings.steps) + " of " +
                              std::to_string(settings.batch + 1) + " consecutive frames");
  report.setting("optimiser", "Adam, rate " + example::exact(settings.eta) +
                                  ", warm-up over a twentieth, then half a cosine");
}

/// The three losses of an arm over its steps.
inline void losses_figures(example::Report& report, const example::Options& options,
                           const std::vector<const Training*>& arms) {
  const std::array<std::string, 3> names{"predictive", "hebbian", "decorrelation"};
  const std::array<std::string, 3> captions{
      "The predictive loss: the mean square of the change of a response from one frame to the "
      "next.",
      "The Hebbian loss: minus the mean logarithm of the responses' variance. It rises where "
      "responses fade.",
      "The decorrelation loss: the mean square of the covariance of two units of a layer."};
  for (std::size_t term = 0; term < names.size(); ++term) {
    example::Lines lines{.x_label = "step", .y_label = names[term] + " loss, mean over layers"};
    for (const Training* arm : arms) {
      example::Series series{.name = arm->title};
      constexpr Index together = 5;  // a block holds few clips, so that single losses scatter
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
                {"The 3 x 3 filters of the first layer, each to its own greatest weight; gray or "
                 "white is zero."});
}

/// One clip for each factor that moves, every other frame.
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

/// Matrices of one factor, beside each other: how values follow each other, and how alike each arm
/// finds them.
inline void similarity_figures(example::Report& report, const example::Options& options,
                               const std::vector<Judged>& results, const hebb::Clips& clips) {
  for (std::size_t f = 0; f < factor_count; ++f) {
    const Index n = hebb::shapes3d::sizes[f];
    std::vector<std::pair<std::string, example::Image>> pictures;
    std::string csv = "arm,from,to,value\n";
    const auto add = [&](const std::string& title, const Matrix<double>& values) {
      const Matrix<float> picture = values.cast<float>().reshaped(n * n, 1);
      pictures.emplace_back(title, example::grid(picture, {.width = n,
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
      add("what follows what", transitions(clips, f));
    else
      add("what follows what", Matrix<double>::Identity(n, n));
    for (const Judged& arm : results) add(arm.training.title, arm.outcome.similarity[f]);
    example::write_file(options.directory / ("similarity_" + std::to_string(f) + ".csv"), csv);
    const bool hue = f <= hebb::shapes3d::object_hue;
    report.images(
        "similarity_" + std::to_string(f), pictures,
        {factor_names[f] + ": left how often one value follows another in the film" +
             (hue ? ", colours in the order of the film, which is no order of the colour wheel"
              : f == hebb::shapes3d::shape ? " (never: a shape stays itself)"
                                           : "") +
             "; then the cosine of the responses to two values, red above zero, blue below.",
         "LPL's matrices mirror the transitions: bands for hues, scale and orientation, blocks for "
         "shapes."});
  }
}

/// What a reader must know of a run in which LPL learned nothing; empty otherwise.
inline std::string verdict(const std::vector<Judged>& results, const Protocol& protocol) {
  const auto score = [&](const std::string& name) {
    for (const auto& [training, outcome] : results)
      if (training.name == name) return outcome.votes.back().score.mean;
    return 0.0;
  };
  const Index votes = 570 * protocol.repetitions;
  return example::nothing_learned(
      "LPL", score("lpl"), Index(factor_count), votes,
      {{"untrained network", score("untrained")}, {"raw pixels", score("pixels")}},
      "of the votes right");
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

inline void show(const std::vector<Judged>& results, const hebb::Shapes3d& shapes,
                 const hebb::Clips& clips, const Film& film, const Settings& settings,
                 const Protocol& protocol, const example::Options& options,
                 example::Summary& summary) {
  using namespace example;
  const auto percent = [](const MeanDeviation& value) {
    return fixed(value.mean, 1) + " ± " + fixed(value.deviation, 1);
  };
  const auto one_digit = [](double value) {
    return std::isfinite(value) ? fixed(value, 1) : std::string();
  };

  Table scores{.head = {"disentanglement, %", "score", "published", "strict", "published",
                        "unvoted", "dead", "units", "dimension", "activity", "seconds"}};
  Table recalls{.head = {"votes of, %"}}, probes{.head = {"linear readout, %"}},
      likeness{.head = {"correlation with transitions"}};
  for (const std::string& name : factor_names) {
    recalls.head.push_back(name);
    probes.head.push_back(name);
    if (name != "shape") likeness.head.push_back(name);
  }
  Bars bars{.y_label = "majority-vote score, %",
            .groups = {},
            .series = {{.name = "score"}, {.name = "strict score"}}};
  Lines layers{.x_label = "layer",
               .y_label = "majority-vote score, %",
               .series = {},
               .x_names = {"1", "2", "3", "4", "5"}};
  std::vector<const Training*> learned, networks;
  for (const auto& [training, outcome] : results) {
    const Votes& votes = outcome.votes.back();
    const auto paper = published(training.name);
    scores.add({training.title, percent(votes.score), one_digit(paper[0]), percent(votes.strict),
                one_digit(paper[1]), fixed(votes.unvoted, 1), std::to_string(outcome.dead),
                std::to_string(outcome.units), fixed(outcome.dimension, 1),
                fixed(outcome.activity, 3), fixed(training.seconds, 1)});
    std::vector<std::string> recall{training.title}, probe{training.title}, alike{training.title};
    for (std::size_t f = 0; f < factor_count; ++f) {
      std::string key = training.name + "_" + factor_names[f];
      std::replace(key.begin(), key.end(), ' ', '_');
      recall.push_back(fixed(votes.recall[f], 1));
      probe.push_back(fixed(outcome.probe[f], 1));
      summary.set("recall_" + key, votes.recall[f]);
      summary.set("readout_" + key, outcome.probe[f]);
      if (f == hebb::shapes3d::shape) continue;
      const double match = correlation(transitions(clips, f), outcome.similarity[f]);
      alike.push_back(fixed(match, 2));
      summary.set("similarity_" + key, match);
    }
    recalls.add(recall);
    probes.add(probe);
    likeness.add(alike);
    bars.groups.push_back(training.title);
    for (std::size_t strict = 0; strict < 2; ++strict) {
      const MeanDeviation& value = strict ? votes.strict : votes.score;
      bars.series[strict].y.push_back(value.mean);
      bars.series[strict].error.push_back(value.deviation);
      bars.series[strict].reference.push_back(paper[strict]);
    }
    summary.set("score_" + training.name, votes.score.mean);
    summary.set("strict_score_" + training.name, votes.strict.mean);
    summary.set("unvoted_" + training.name, votes.unvoted);
    summary.set("participation_ratio_" + training.name, outcome.dimension);
    summary.set("mean_activity_" + training.name, outcome.activity);
    if (outcome.votes.size() > 1) {
      Series series{.name = training.title};
      for (std::size_t k = 0; k < outcome.votes.size(); ++k) {
        series.x.push_back(double(k));
        series.y.push_back(outcome.votes[k].score.mean);
        summary.set("score_" + training.name + "_layer" + std::to_string(k + 1),
                    outcome.votes[k].score.mean);
      }
      layers.series.push_back(series);
      networks.push_back(&training);
    }
    if (training.losses.rows() > 0) learned.push_back(&training);
  }
  std::cout << '\n' << scores << '\n' << recalls << '\n' << probes << '\n' << likeness;
  const std::string warning = verdict(results, protocol);
  if (!warning.empty()) {
    std::cout << warning << '\n';
    summary.set("verdict", warning);
  }
  summary.set("steps", settings.steps);
  summary.set("batch", settings.batch);
  summary.set("size", film.shape.width);

  const auto score_of = [&](const std::string& name) {
    for (const auto& [training, outcome] : results)
      if (training.name == name) return fixed(outcome.votes.back().score.mean, 1) + " %";
    return std::string("not run");
  };
  Report report(options, "What moves in a film, taken apart",
                "A network watches clips of a room in which one thing changes at a time: the "
                "colour of the floor, of the walls or of the "
                "object, its size, or the place of the camera. Every layer learns to predict its "
                "own next response and is told no more. "
                "Whether each unit then speaks of one factor is put to a vote: LPL " +
                    score_of("lpl") + ", raw pixels " + score_of("pixels") +
                    ", the untrained network " + score_of("untrained") +
                    ", without the predictive term " + score_of("no_predictive") + ".");
  report.warning(warning);
  settings_of(report, film, settings);
  report.setting("vote", "570 draws of " + std::to_string(protocol.images) + " out of " +
                             std::to_string(protocol.scenes) +
                             " random scenes to train, as many to test, " +
                             std::to_string(protocol.repetitions) + " repetitions");
  report.section("The film");
  report.images("clips", {{"", clip_strips(shapes, clips)}},
                {"One clip a row, every other frame of 17. One factor moves in each: the hue of "
                 "the floor, of the walls, of the object, "
                 "the scale, the orientation. Hues follow each other in an order of the film's "
                 "own; scale and orientation turn back at "
                 "their ends; the shape never changes within a clip.",
                 "Shapes3D, 64 x 64 pixels, drawn by other software from the same factors."});
  report.section("Does a unit speak of one factor?");
  report.table(scores, {"A vote takes scenes that agree in one factor and picks the unit that "
                        "varies least among them; it counts if that unit is "
                        "elected by this factor more than by others. Strict: a factor keeps as "
                        "many units as it has values. Chance is 16.7 %. ± is "
                        "over repetitions of the vote.",
                        "VGG-11, 512 units, 400 epochs of a million frames."});
  report.figure(draw(options.directory, "score", bars),
                {"The same, diamonds are the published scores."});
  report.table(recalls, {"The votes of each factor: the part that goes to units of its own. A "
                         "factor without a unit of its own has none."});
  report.figure(draw(options.directory, "score_of_layers", layers), {"The score of every layer."});
  report.section("What is alike follows each other");
  similarity_figures(report, options, results, clips);
  report.table(likeness, {"Correlation of similarity with the probability of transition, between "
                          "different values. Pixels and untrained "
                          "networks know nothing of the film's order of colours, which makes them "
                          "the control for hues."});
  report.section("Is everything still there?");
  report.table(probes,
               {"Linear readout of each factor from the last layer: trained on half of the scenes, "
                "tested on the other half. Chance "
                "is 10 % for hues, 12.5 % for scale, 25 % for shape, 6.7 % for orientation."});
  report.section("How it was learned");
  losses_figures(report, options, learned);
  filters_figure(report, film, networks);
  report.write();
}

/// What a network makes of a film without labels.
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

/// Rows of a frame and the frames that an arm finds most like it, among those more than `apart`
/// frames away.
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
                  query);  // a film too short for so many shows the frame itself
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

  Report report(options, "What a network makes of your film",
                "Every layer learned to predict its own next response to " +
                    std::to_string(film.frames) +
                    " frames. No labels were used, and none are needed for what is shown here.");
  report.warning(warning);
  settings_of(report, film, settings);
  report.section("How slow, how many, how strong");
  report.table(
      table, {"Slowness is the mean over units of <(z(t + 1) - z(t))^2> / variance: 2 for noise, "
              "the lower the slower. Dimension is "
              "the participation ratio. Where the activity vanishes, the other two mean nothing."});
  if (film.shape.channels == 1 || film.shape.channels == 3) {
    report.section("What looks alike");
    const Index apart = std::min<Index>(20, film.frames / 10);
    std::vector<std::pair<std::string, Image>> pictures;
    for (const Watched& arm : results)
      pictures.emplace_back(arm.training.title, neighbours(arm, film, apart));
    report.images("neighbours", pictures,
                  {"Left six frames, and to their right the frames whose responses have the "
                   "greatest cosine with theirs, among those more "
                   "than " +
                   std::to_string(apart) + " frames away."});
  }
  report.section("How it was learned");
  losses_figures(report, options, learned);
  filters_figure(report, film, networks);
  report.write();
}

}  // namespace video
