/// @file
/// The tables, the figures and the report.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/report.hpp"
#include "common/verdict.hpp"
#include "compare_rules/experiment.hpp"

namespace compare_rules {

using namespace example;

inline std::string percent(double value) { return fixed(value, 1) + " %"; }

/// The outcomes whose readouts were measured, in the order of the table.
inline std::vector<const Outcome*> measured(const Results& results) {
  std::vector<const Outcome*> found;
  for (const Outcome& one : results.outcomes)
    if (one.finished()) found.push_back(&one);
  return found;
}

inline Table scores_table(const Results& results, const Setting& setting) {
  Table table{{"rule", "response", "rate"}};
  for (const ScoreName& score : score_names) table.head.push_back(score.title);
  table.head.push_back("updates/s");
  for (const Outcome& one : results.outcomes) {
    std::vector<std::string> row{
        one.name, one.response,
        one.learns() ? significant(one.eta * one.factor(setting), 2) : std::string("-")};
    for (Index which = 0; which < score_count; ++which)
      row.push_back(one.finished() && (one.learns() || which != late)
                        ? with_deviation(one.score(which), score_names[std::size_t(which)].digits)
                        : "-");
    row.push_back(one.updates_per_second > 0 ? fixed(one.updates_per_second, 0) : "-");
    table.add(std::move(row));
  }
  std::vector<std::string> row(table.head.size(), "-");
  row[0] = "pixels";
  row[3] = with_deviation(spread(results.pixels), 1);
  table.add(std::move(row));
  return table;
}

/// Readouts of validation images at every rate that was tried, with the first seed.
inline Table rates_table(const Results& results, const Setting& setting) {
  Table table{{"rule", "starting rate"}};
  for (const double factor : setting.factors) table.head.push_back("x " + exact(factor));
  for (const Outcome& one : results.outcomes) {
    if (!one.learns()) continue;
    std::vector<std::string> row{one.name, significant(one.eta, 2)};
    for (const double value : one.validation.reshaped())
      row.push_back(value >= 0 ? fixed(value, 1) : "diverged");
    table.add(std::move(row));
  }
  return table;
}

/// Bars of some scores, one group per rule.
inline Bars scores_chart(const Results& results, const std::vector<Score>& scores,
                         const std::vector<std::string>& names, const std::string& label,
                         double most) {
  Bars bars{.y_label = label, .groups = {}, .most = most};
  for (const Outcome* one : measured(results)) bars.groups.push_back(one->name);
  for (std::size_t k = 0; k < scores.size(); ++k) {
    Series series{.name = names[k]};
    for (const Outcome* one : measured(results)) {
      series.y.push_back(one->score(scores[k]).mean);
      series.error.push_back(one->score(scores[k]).deviation);
    }
    bars.series.push_back(series);
  }
  return bars;
}

/// The rule, controls left out, with the greatest mean of a score; null if no rule was measured.
inline const Outcome* best(const Results& results, Score which) {
  const Outcome* found = nullptr;
  for (const Outcome* one : measured(results))
    if (one->learns() && (!found || one->score(which).mean > found->score(which).mean)) found = one;
  return found;
}

/// Names of the rules for which a condition holds, as a list; "none" if it holds for none.
inline std::string names_where(const Results& results, const auto& holds) {
  std::string names;
  for (const Outcome& one : results.outcomes)
    if (one.learns() && holds(one)) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none" : names;
}

/// What the readouts show, in sentences.
inline std::string readout_words(const Results& results) {
  const double untrained = results.of(random_name).score(readout).mean;
  std::string words = "Random weights give " + percent(untrained) + ", principal components " +
                      percent(results.of(principal_name).score(readout).mean) +
                      ", and the pixels themselves " + percent(spread(results.pixels).mean) + ". ";
  if (const Outcome* one = best(results, readout))
    words += "The best rule is " + one->name + " with " + percent(one->score(readout).mean) + ". ";
  return words + "Below random weights: " +
         names_where(results,
                     [&](const Outcome& one) {
                       return one.finished() && one.score(readout).mean < untrained;
                     }) +
         ".";
}

/// What the shares of variance show.
inline std::string variance_words(const Results& results, const Setting& setting) {
  const double bound = results.of(principal_name).score(explained).mean;
  std::string words = sentence("No ", setting.units, " directions hold more than the principal ",
                               "components, ", percent(bound), "; random directions hold ",
                               percent(results.of(random_name).score(explained).mean), ". ");
  return words + "Within 1 % of the bound: " +
         names_where(results,
                     [&](const Outcome& one) {
                       return one.finished() && one.score(explained).mean > bound - 1;
                     }) +
         ".";
}

/// A sentence for every rule that diverged or is no better than chance; empty if there is none.
inline std::string verdict(const Results& results, const Data& data) {
  std::string words;
  for (const Outcome& one : results.outcomes) {
    if (!one.learns()) continue;
    const std::string failure = one.finished() ? nothing_learned(one.name, one.score(readout).mean,
                                                                 data.classes, data.test.size())
                                               : one.name + " diverged.";
    if (!failure.empty()) words += (words.empty() ? "" : " ") + failure;
  }
  return words;
}

/// Where the images come from and what each part was used for.
inline std::string parts_words(const Data& data, const Setting& setting) {
  const std::string tried =
      setting.factors.empty()
          ? ""
          : sentence("other rates are tried on ", data.validation.size(), " validation images; ");
  return sentence(data.name, ", ", data.channels, " x ", data.width, " x ", data.height,
                  " numbers per image after --shrink. The rules learn from ", data.learn.size(),
                  " images without labels; the readout learns from the labels of ",
                  std::min(setting.readout_images, data.learn.size()), " of these; ", tried,
                  "readout, selectivity and sparseness are measured on ", data.test.size(),
                  " test images, from which nothing was learned or chosen.");
}

inline void report_filters(Report& report, const Data& data, const Results& results) {
  if (data.channels != 1 && data.channels != 3) return;
  report.section("What the units look for");
  std::vector<std::pair<std::string, Image>> filters;
  for (const Outcome& one : results.outcomes) {
    if (one.weights.size() == 0) continue;
    const Index shown = std::min<Index>(32, one.weights.rows());
    filters.emplace_back(one.name, grid(one.weights.topRows(shown).transpose(),
                                        {.channels = data.channels,
                                         .width = data.width,
                                         .height = data.height,
                                         .across = 8,
                                         .zoom = std::max<Index>(1, 42 / data.width),
                                         .contrast = Contrast::Signed}));
  }
  report.images("filters", filters,
                {"The weights of the first units, with the first seed. Red is positive and blue "
                 "negative; each unit has its own scale."});
}

inline void write_report(const Options& options, const Data& data, const Setting& setting,
                         const Results& results) {
  Report report(options, "Local rules on the same images",
                "Each rule trains one layer from the same first weights on the same unlabelled "
                "images, in the same number of steps. One table has the scores of all.");
  report.warning(verdict(results, data));
  report.setting("images", parts_words(data, setting));
  report.setting("layer", sentence(setting.units, " units, no bias, first weights of length 1"));
  report.setting("learning", sentence(setting.steps, " steps of ", setting.batch, " images, ",
                                      setting.seeds, " seeds, constant learning rates"));
  report.setting("inputs",
                 "each pixel minus its mean; all divided by one number, so that their "
                 "mean square is 1");

  report.section("Scores");
  report.table(
      scores_table(results, setting),
      {"Mean ± standard deviation over seeds. readout: accuracy of a linear readout of the "
       "rectified drive max(0, W x), the same for all rules, on test images. own: of the layer's "
       "own response, which the second column names. variance: share of the variance of the images "
       "for learning in the space of the weights. selectivity: |difference of the mean responses "
       "to a unit's best class and to the others| / range, mean over units. sparseness: 0 if a "
       "unit responds to all images alike, 1 if to one image (Rolls & Tovee 1995); mean over "
       "units. "
       "silent: units that respond to no test image. late change: |W - W'| / |W| with W' the "
       "weights before the last tenth of the steps; small is stable. updates/s: steps per second "
       "on one thread, drawing the batch included; Lpl sees two views of each image. pixels: a "
       "readout of the inputs themselves."});
  report.figure(draw(options.directory, "readout",
                     scores_chart(results, {readout, own_readout}, {"rectified", "own response"},
                                  "readout, % of test images", 100)),
                {readout_words(results)});
  report.figure(
      draw(options.directory, "variance",
           scores_chart(results, {explained}, {"variance"}, "variance in the span, %", 100)),
      {variance_words(results, setting)});
  report.figure(
      draw(options.directory, "selectivity",
           scores_chart(results, {selective, sparse}, {"selectivity", "sparseness"},
                        "of the rectified drive", 1)),
      {sentence("Selectivity for a class and sparseness, means over units and seeds. ",
                "Random weights have ", fixed(results.of(random_name).score(selective).mean, 2),
                " and ", fixed(results.of(random_name).score(sparse).mean, 2), ".")});

  if (!setting.factors.empty()) {
    report.section("Other rates");
    report.table(rates_table(results, setting),
                 {"Readout of the rectified drive on validation images, in percent, at factors of "
                  "the starting rate, with the first seed. " +
                  std::string(setting.choose ? "The scores above are at the best rate of each rule."
                                             : "The scores above are at the starting rates.")});
  }
  report_filters(report, data, results);
  report.paragraph(
      "Lpl predicts from pairs: the second view is the image moved by one pixel in a random "
      "direction. It steps with Adam. The other rules see the first view alone and step by their "
      "rates.");
  report.write();
}

}  // namespace compare_rules
