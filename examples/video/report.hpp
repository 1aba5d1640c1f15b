/// @file
/// The report on generated clips: the table on the terminal, summary.json, figures.
#pragma once

#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/verdict.hpp"
#include "video/clip_figures.hpp"

namespace video {

/// The published score and strict score of an arm, in percent; NaN if none was published. The title
/// says which terms an arm lacks, be it an ablation or LPL with a coefficient of 0.
inline std::array<double, 2> published(const std::string& title) {
  const std::map<std::string, std::array<double, 2>> known{{"LPL", {95.3, 89.9}},
                                                           {"prediction off", {16.2, 7.2}},
                                                           {"LPL, prediction off", {16.2, 7.2}},
                                                           {"untrained", {27.1, 20.8}},
                                                           {"raw pixels", {87.7, 68.4}}};
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return known.contains(title) ? known.at(title) : std::array{none, none};
}

/// A warning if LPL learned nothing; empty otherwise.
inline std::string verdict(const std::vector<Judged>& results, const Protocol& protocol) {
  const auto score = [&](const std::string& name) {
    for (const auto& [training, outcome] : results)
      if (training.name == name) return outcome.votes.back().score.mean;
    return 0.0;
  };
  const Index votes = 570 * protocol.repetitions;
  return example::nothing_learned(
      results.front().training.title, score("lpl"), Index(factor_count), votes,
      {{"untrained network", score("untrained")}, {"raw pixels", score("pixels")}},
      "of the votes right");
}

/// The tables of the terminal and the report.
struct Tables {
  example::Table scores{.head = {"disentanglement, %", "score", "paper", "strict", "paper",
                                 "unvoted", "dead", "units", "dimension", "activity", "seconds"}};
  example::Table recalls{.head = {"votes of, %"}}, probes{.head = {"linear readout, %"}},
      matches{.head = {"correlation with transitions"}};
};

inline Tables tables_of(const std::vector<Judged>& results) {
  using example::fixed;
  const auto percent = [](const hebb::Spread& value) {
    return example::with_deviation(value, 1);
  };
  const auto one_digit = [](double value) {
    return std::isfinite(value) ? fixed(value, 1) : std::string();
  };
  Tables tables;
  for (const std::string& name : factor_names) {
    tables.recalls.head.push_back(name);
    tables.probes.head.push_back(name);
    if (name != "shape") tables.matches.head.push_back(name);
  }
  for (const auto& [training, outcome] : results) {
    const Votes& votes = outcome.votes.back();
    const auto paper = published(training.title);
    tables.scores.add({training.title, percent(votes.score), one_digit(paper[0]),
                       percent(votes.strict), one_digit(paper[1]), fixed(votes.unvoted, 1),
                       std::to_string(outcome.dead), std::to_string(outcome.units),
                       fixed(outcome.dimension, 1), fixed(outcome.activity, 3),
                       fixed(training.seconds, 1)});
    std::vector<std::string> recall{training.title}, probe = recall, match = recall;
    for (std::size_t f = 0; f < factor_count; ++f) {
      recall.push_back(fixed(votes.recall[f], 1));
      probe.push_back(fixed(outcome.probe[f], 1));
      if (f != hebb::shapes3d::shape) match.push_back(fixed(outcome.match[f], 2));
    }
    tables.recalls.add(recall);
    tables.probes.add(probe);
    tables.matches.add(match);
  }
  return tables;
}

inline void summarize(const std::vector<Judged>& results, example::Summary& summary) {
  for (const auto& [training, outcome] : results) {
    const Votes& votes = outcome.votes.back();
    for (std::size_t f = 0; f < factor_count; ++f) {
      std::string key = training.name + "_" + factor_names[f];
      std::replace(key.begin(), key.end(), ' ', '_');
      summary.set("recall_" + key, votes.recall[f]);
      summary.set("readout_" + key, outcome.probe[f]);
      if (f != hebb::shapes3d::shape) summary.set("similarity_" + key, outcome.match[f]);
    }
    summary.set("score_" + training.name, votes.score.mean);
    summary.set("strict_score_" + training.name, votes.strict.mean);
    summary.set("unvoted_" + training.name, votes.unvoted);
    summary.set("participation_ratio_" + training.name, outcome.dimension);
    summary.set("mean_activity_" + training.name, outcome.activity);
    if (!training.troubles.empty()) summary.set("troubles_" + training.name, training.troubles);
    if (outcome.votes.size() < 2) continue;
    for (std::size_t k = 0; k < outcome.votes.size(); ++k)
      summary.set("score_" + training.name + "_layer" + std::to_string(k + 1),
                  outcome.votes[k].score.mean);
  }
}

inline example::Bars score_chart(const std::vector<Judged>& results) {
  example::Bars bars{.y_label = "majority-vote score, %",
                     .groups = {},
                     .series = {{.name = "score"}, {.name = "strict score"}},
                     .most = 100};
  for (const auto& [training, outcome] : results) {
    bars.groups.push_back(training.title);
    for (std::size_t strict = 0; strict < 2; ++strict) {
      const Votes& votes = outcome.votes.back();
      const hebb::Spread& value = strict ? votes.strict : votes.score;
      bars.series[strict].y.push_back(value.mean);
      bars.series[strict].error.push_back(value.deviation);
      bars.series[strict].reference.push_back(published(training.title)[strict]);
    }
  }
  return bars;
}

/// The score of every layer of the networks.
inline example::Lines layers_chart(const std::vector<Judged>& results) {
  example::Lines lines{.x_label = "layer",
                       .y_label = "majority-vote score, %",
                       .series = {},
                       .x_names = {"1", "2", "3", "4", "5"}};
  for (const auto& [training, outcome] : results) {
    if (outcome.votes.size() < 2) continue;
    example::Series series{.name = training.title};
    for (std::size_t k = 0; k < outcome.votes.size(); ++k) {
      series.x.push_back(double(k));
      series.y.push_back(outcome.votes[k].score.mean);
    }
    series.shade = shade(training.name);
    lines.series.push_back(series);
  }
  return lines;
}

inline std::string lead(const std::vector<Judged>& results) {
  std::string scores;
  for (const auto& [training, outcome] : results)
    scores += (scores.empty() ? "" : "; ") + training.title + " " +
              example::fixed(outcome.votes.back().score.mean, 1) + " %";
  return "A network sees clips of a room in which one factor changes at a time: the colour of the "
         "floor, of the walls or of the object, its size, or the position of the camera. Every "
         "layer learns to predict its own next response; no labels are used. A majority vote then "
         "measures whether each unit depends on one factor. Scores: " +
         scores + ".";
}

inline void write_report(const std::vector<Judged>& results, const Tables& tables,
                         const hebb::Shapes3d& shapes, const hebb::Clips& clips, const Film& film,
                         const Settings& settings, const Protocol& protocol,
                         const example::Options& options) {
  std::vector<const Training*> learned, networks;
  for (const auto& [training, outcome] : results) {
    if (outcome.votes.size() > 1) networks.push_back(&training);
    if (training.losses.rows() > 0) learned.push_back(&training);
  }
  example::Report report(options, "Units that depend on one factor of a film", lead(results),
                         example::halvagal_zenke);
  report.warning(verdict(results, protocol));
  report_settings(report, film, settings);
  report.setting("vote",
                 hebb::sentence("570 draws of ", protocol.images, " out of ", protocol.scenes,
                                " random scenes to train, as many to test, ", protocol.repetitions,
                                " repetitions"));
  report.section("The film");
  report.images("clips", {{"", clip_strips(shapes, clips)}},
                {"One clip per row, every other frame of 17. One factor changes in each: the hue "
                 "of the floor, of the walls, of the object, the scale, the orientation. Hues "
                 "follow each other in an order of the film's own; scale and orientation reverse "
                 "at their ends; the shape never changes within a clip.",
                 "Shapes3D, 64 x 64 pixels, drawn by other software from the same factors."});
  report.section("Disentanglement");
  report.table(tables.scores,
               {"Each draw of the vote takes scenes with equal values of one factor, and votes for "
                "the unit that varies least among them. The draw counts as right if this unit "
                "received more votes from this factor than from any other. Strict score: each "
                "factor keeps at most as many units as it has values. Chance is 16.7 %. ± is the "
                "standard deviation over repetitions of the vote.",
                "Extended data, Shapes3D: VGG-11, 512 units, 400 epochs of a million frames."});
  report.figure(draw(options.directory, "score", score_chart(results)),
                {"The same scores; diamonds are the published ones."});
  report.table(tables.recalls,
               {"The percentage of each factor's draws that vote for a unit assigned to it."});
  report.figure(draw(options.directory, "score_of_layers", layers_chart(results)),
                {"The score of every layer."});
  report.section("Similarity of responses to successive values");
  similarity_figures(report, options, results, clips);
  report.table(tables.matches,
               {"Correlation of the similarity of two different values with the probability of "
                "transition between them. Pixels and the untrained network do not depend on the "
                "film's order of colours, and are the controls for hues."});
  report.section("Linear readout of the factors");
  report.table(tables.probes, {"Linear readout of each factor from the last layer: trained on half "
                               "of the scenes, tested on the other half. Chance is 10 % for hues, "
                               "12.5 % for scale, 25 % for shape, 6.7 % for orientation."});
  report.section("Training");
  report.paragraph(alarms_of(results));
  losses_figures(report, options, learned);
  filters_figure(report, film, networks);
  report.write();
}

inline void show(const std::vector<Judged>& results, const hebb::Shapes3d& shapes,
                 const hebb::Clips& clips, const Film& film, const Settings& settings,
                 const Protocol& protocol, const example::Options& options,
                 example::Summary& summary) {
  const Tables tables = tables_of(results);
  std::cout << '\n'
            << tables.scores << '\n'
            << tables.recalls << '\n'
            << tables.probes << '\n'
            << tables.matches << alarms_of(results) << '\n';
  summarize(results, summary);
  if (const std::string warning = verdict(results, protocol); !warning.empty()) {
    std::cout << warning << '\n';
    summary.set("verdict", warning);
  }
  summary.set("steps", settings.steps);
  summary.set("batch", settings.batch);
  summary.set("size", film.shape.width);
  summary.write();  // a report that fails leaves it
  write_report(results, tables, shapes, clips, film, settings, protocol, options);
}

}  // namespace video
