/// @file
/// The table on the terminal, the figures and the report.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/report.hpp"
#include "hebb/analysis/spread.hpp"
#include "order_in_time/experiment.hpp"

namespace order_in_time {

using namespace example;

/// A rule and the order in which it saw the images.
struct Arm {
  std::size_t rule, order;
  std::string label, key;
};

inline const std::array<Arm, 9> arms{{{untrained, 0, "untrained", "untrained"},
                                      {oja, 0, "Oja: place", "oja_place_persists"},
                                      {oja, 1, "Oja: class", "oja_class_persists"},
                                      {hebbian, 0, "Hebb: place", "hebb_place_persists"},
                                      {hebbian, 1, "Hebb: class", "hebb_class_persists"},
                                      {predictive, 0, "pred.: place", "predictive_place_persists"},
                                      {predictive, 1, "pred.: class", "predictive_class_persists"},
                                      {lpl, 0, "LPL: place", "lpl_place_persists"},
                                      {lpl, 1, "LPL: class", "lpl_class_persists"}}};

/// One measure of one rule at one point of its course, over seeds.
inline Spread over_seeds(const Runs& runs, std::size_t rule, std::size_t order, std::size_t point,
                         double Selectivity::*what) {
  return spread(runs, [&](const auto& one) { return one[order].course[rule][point].*what; });
}

inline Spread at_the_end(const Runs& runs, std::size_t rule, std::size_t order,
                         double Selectivity::*what) {
  return over_seeds(runs, rule, order, runs[0][order].course[rule].size() - 1, what);
}

/// The last measurement of an arm.
struct Result {
  Spread place, kind, magnitude;
};

inline Result result_of(const Runs& runs, const Arm& arm) {
  const auto end = [&](double Selectivity::*what) {
    return at_the_end(runs, arm.rule, arm.order, what);
  };
  return {end(&Selectivity::place), end(&Selectivity::kind), end(&Selectivity::magnitude)};
}

inline Table results_table(const Runs& runs, const Source& source) {
  Table table{
      {"rule", "order in time", "place", "expected", "class", "expected", "mean |y|", "expected"}};
  const auto found = [](const Spread& spread, int digits) {
    return with_deviation(spread, digits);
  };
  const auto expected = [](double value, int digits) {
    return std::isfinite(value) ? fixed(value, digits) : std::string("-");
  };
  for (const Arm& arm : arms) {
    const Result result = result_of(runs, arm);
    const Selectivity& before = source.expected[arm.rule][arm.order];
    table.add({rule_names[arm.rule], arm.rule == untrained ? "none" : order_names[arm.order],
               found(result.place, 3), expected(before.place, 3), found(result.kind, 3),
               expected(before.kind, 3), found(result.magnitude, 2),
               expected(before.magnitude, 1)});
  }
  return table;
}

inline Bars results_chart(const Runs& runs, const Source& source) {
  Series place{.name = "for place"}, kind{.name = "for class"};
  Bars bars{.y_label = "selectivity", .groups = {}, .reference_name = "expected"};
  const auto add = [](Series& series, const Spread& spread, double expected) {
    series.y.push_back(spread.mean);
    series.error.push_back(spread.deviation);
    series.reference.push_back(expected);
  };
  for (const Arm& arm : arms) {
    if (arm.rule == predictive)
      continue;  // it collapses, which selectivity, a ratio, does not show
    const Result result = result_of(runs, arm);
    bars.groups.push_back(arm.label);
    add(place, result.place, source.expected[arm.rule][arm.order].place);
    add(kind, result.kind, source.expected[arm.rule][arm.order].kind);
  }
  bars.series = {place, kind};
  return bars;
}

inline Lines course_chart(const Runs& runs, const Experiment& experiment, std::size_t order,
                          double Selectivity::*what, const std::vector<std::size_t>& shown,
                          const std::string& y_label) {
  Lines lines{.x_label = "step", .y_label = y_label};
  for (const std::size_t rule : shown) {
    Series series{.name = rule_names[rule]};
    for (std::size_t point = 0; point < runs[0][order].course[rule].size(); ++point) {
      const Spread spread = over_seeds(runs, rule, order, point, what);
      series.x.push_back(double(std::min(Index(point) * experiment.interval, experiment.steps)));
      series.y.push_back(spread.mean);
      series.error.push_back(spread.deviation);
    }
    lines.series.push_back(series);
  }
  return lines;
}

/// The first steps of one sequence of a batch, from left to right.
template <Kept kept>
Image strip(const ImageSet& images, const std::array<int, 2>& labels, const Experiment& experiment,
            std::uint64_t seed) {
  constexpr Index length = 7;
  const ObjectSequence<kept> sequence(
      images, {labels, experiment.batch, experiment.images_per_class, Random{.seed = seed}});
  Matrix<float> pictures(sequence.rows(), length);
  SequenceStep seen;
  for (Index step = 0; step < length; ++step) {
    sequence.draw(std::uint64_t(step), seen);
    pictures.col(step) = seen.canvas.col(0);
  }
  return grid(
      pictures,
      {.width = 2 * images.width, .height = 2 * images.height, .across = length, .zoom = 2});
}

/// A warning if LPL is not more selective than the untrained unit; empty otherwise.
inline std::string verdict(const Runs& runs) {
  const std::array kept{&Selectivity::place, &Selectivity::kind};
  for (std::size_t order = 0; order < kept.size(); ++order) {
    const double learned = at_the_end(runs, lpl, order, kept[order]).mean,
                 first = at_the_end(runs, untrained, order, kept[order]).mean;
    if (!(learned > first))
      return "LPL learned nothing where the " + order_names[order] + ": its selectivity is " +
             fixed(learned, 3) + ", before learning " + fixed(first, 3) + ".";
  }
  return {};
}

inline void report_settings(Report& report, const Source& source, const Experiment& experiment) {
  report.setting(
      "data", sentence(source.path, ", classes ", source.labels[0], " and ", source.labels[1], ", ",
                       experiment.sample ? sentence("random sample ", *experiment.sample, " of ")
                                         : "the first ",
                       experiment.images_per_class, " images of each"));
  report.setting("unit",
                 sentence("linear, no bias; learning rate ", experiment.eta, "; weight decay ",
                          experiment.weight_decay, " (Oja: no decay, inputs centred)"));
  report.setting("learning", sentence(experiment.steps, " steps of ", experiment.batch,
                                      " sequences, ", experiment.seeds, " seeds"));
}

inline void report_courses(Report& report, const Options& options, const Experiment& experiment,
                           const Runs& runs) {
  report.section("Selectivity while the unit learns");
  const std::vector<std::size_t> lasting{lpl, hebbian, oja},
      learning{lpl, hebbian, oja, predictive};
  report.figure(draw(options.directory, "place_course",
                     course_chart(runs, experiment, 0, &Selectivity::place, lasting,
                                  "selectivity for place")),
                {"Selectivity for place while the place persists. Bands are standard deviations "
                 "over seeds."});
  report.figure(
      draw(options.directory, "class_course",
           course_chart(runs, experiment, 1, &Selectivity::kind, lasting, "selectivity for class")),
      {"Selectivity for class while the class persists. LPL compares each response with the "
       "previous one; Hebb and Oja do not."});
  report.figure(
      draw(options.directory, "collapse",
           course_chart(runs, experiment, 1, &Selectivity::magnitude, learning, "mean |y|")),
      {"Mean size of the responses while the class persists. Under prediction alone the responses "
       "vanish. Selectivity is a ratio and does not show this, so its values in the table say "
       "nothing about that unit."});
}

inline void report_weights(Report& report, const ImageSet& images, const Runs& runs) {
  report.section("The weights");
  const Grid map{.width = 2 * images.width,
                 .height = 2 * images.height,
                 .zoom = 3,
                 .contrast = Contrast::Signed};
  std::vector<std::pair<std::string, Image>> maps;
  for (std::size_t order = 0; order < 2; ++order)
    for (const std::size_t rule : {oja, hebbian, predictive, lpl})
      maps.emplace_back(rule_names[rule] + ", " + order_names[order],
                        grid(runs[0][order].weights[rule], map));
  report.images("weights", maps,
                {"Weights of the first seed. Red is positive, blue negative; each map is scaled to "
                 "its own greatest magnitude. Where the place persists the two corners have "
                 "opposite signs. Where the class persists LPL has the same contrast of the two "
                 "classes in both corners. The weights of prediction alone are close to zero.",
                 "The same two solutions, made of digits."});
}

inline void write_report(const Options& options, const ImageSet& images, const Source& source,
                         const Experiment& experiment, const Runs& runs) {
  Report report(options, "A unit becomes selective for what persists in time",
                "Images of two classes, " + source.kinds +
                    ", appear in one of two corners. Every unit sees the same images equally "
                    "often; only their order in time differs. Oja's rule and the Hebbian rule do "
                    "not use the order, and find the same solution in both cases. Latent "
                    "predictive learning (LPL) becomes selective for whatever persists.",
                halvagal_zenke);
  report.warning(verdict(runs));
  report_settings(report, source, experiment);

  report.section("What the unit sees");
  report.images(
      "sequences",
      {{"The place persists, the class changes",
        strip<Kept::position>(images, source.labels, experiment, options.seed)},
       {"The class persists, the place changes",
        strip<Kept::identity>(images, source.labels, experiment, options.seed)}},
      {"The first steps of one sequence in each order. Every single picture is equally "
       "likely in both orders.",
       "Supplementary fig. S2: sequences of MNIST's fives and sixes on the same kind of canvas."});

  report.section("What it becomes selective for");
  report.table(results_table(runs, source),
               {"Selectivity for place and for class after learning, as mean ± standard deviation "
                "over seeds. Expected values: " +
                    source.expected_from + ".",
                "Supplementary fig. S2, on MNIST: LPL 0.51 for place where the place persists and "
                "0.43 for class where "
                "the class persists; Oja and Hebb 0.47 for place in both orders."});
  report.figure(draw(options.directory, "selectivity", results_chart(runs, source)),
                {"The same numbers: one group of bars per rule and order (named by what "
                 "persisted). Error bars are standard deviations over seeds; diamonds are the "
                 "expected values. Prediction alone is left out because its responses vanish."});

  report_courses(report, options, experiment, runs);
  report_weights(report, images, runs);
  report.write();
}

}  // namespace order_in_time
