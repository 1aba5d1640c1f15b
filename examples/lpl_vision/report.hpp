/// @file
/// The figures and the report.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/figure.hpp"
#include "common/image.hpp"
#include "common/report.hpp"
#include "results.hpp"

namespace lpl_vision {

constexpr std::size_t last = Network::depth - 1;

/// The colour of an arm, the same in all figures.
inline int shade(const std::string& arm) {
  constexpr std::array names{"lpl",  "no_predictive", "no_hebbian", "no_decorrelation",
                             "none", "none",          "untrained",  "pixels"};
  return int(std::find(names.begin(), names.end(), arm) - names.begin());
}

/// Responses of an arm's last layer to scenes of the test set: one row per neuron, one column per
/// scene. `white` is the response shown as white.
inline example::Image responses_picture(const hebb::Matrix<float>& response,
                                        const std::vector<hebb::Index>& scenes, float white) {
  const hebb::Index neurons = std::min<hebb::Index>(96, response.rows());
  hebb::Matrix<float> picture(hebb::Index(scenes.size()) * neurons, 1);
  for (hebb::Index y = 0; y < neurons; ++y)
    for (std::size_t x = 0; x < scenes.size(); ++x)
      picture(hebb::Index(x) + hebb::Index(scenes.size()) * y, 0) =
          std::min(1.0f, response(y, scenes[x]) / white);
  return example::grid(picture, {.channels = 1,
                                 .width = hebb::Index(scenes.size()),
                                 .height = neurons,
                                 .across = 1,
                                 .zoom = 3});
}

/// The percentage of the k nearest neighbours that have the class of the query, over the first
/// `queries` test images.
inline double same_class(const hebb::Matrix<float>& features, const std::vector<int>& labels,
                         hebb::Index queries, hebb::Index k) {
  const auto nearest = hebb::nearest_neighbours<float>(features, features.leftCols(queries),
                                                       k + 1);  // the first is the query itself
  double same = 0;
  for (hebb::Index q = 0; q < queries; ++q)
    for (hebb::Index i = 1; i <= k; ++i)
      same += labels[std::size_t(nearest(i, q))] == labels[std::size_t(q)];
  return 100 * same / double(queries * k);
}

inline void report_settings(example::Report& report, const Results& results,
                            const hebb::ImageSet& test, const Arm& coefficients) {
  const Settings& settings = results.settings;
  report.setting("steps", hebb::sentence(settings.steps, " of ", settings.batch, " pairs"));
  report.setting("optimiser", "Adam, learning rate " + example::exact(settings.eta) +
                                  ", warm-up over a twentieth, then half a cosine");
  report.setting("first layer", settings.first_layer == FirstLayer::place
                                    ? "compares the two views place by place"
                                    : "compares the pooled responses to the two views");
  report.setting("coefficients", hebb::sentence("predictive ", coefficients.predictive,
                                                ", Hebbian ", coefficients.hebbian,
                                                ", decorrelation ", coefficients.decorrelation));
  report.setting("readout", hebb::sentence("softmax regression on pooled raw features of ",
                                           results.readout_images, " training images, tested on ",
                                           test.size(), " ", results.measured_on, " images"));
}

inline void report_stream(example::Report& report, const Stream& stream) {
  report.section("The input of the network");
  const Index shown = std::min<Index>(10, stream.samples());
  hebb::Matrix<float> pairs;
  stream.pairs(hebb::range(0, shown), 0, pairs);
  report.images(
      "frames",
      {{"", example::grid(stream.displayed(pairs), {.channels = stream.channels(),
                                                    .width = stream.side(),
                                                    .height = stream.side(),
                                                    .across = shown,
                                                    .zoom = 2})}},
      {.see = std::string("Pairs of consecutive views, one above the other. ") +
              (stream.kind() == StreamKind::moving ? "Only the object is the same in both views. "
               : stream.kind() == StreamKind::sequence
                   ? "They are neighbours in the sequence of an object's views. "
                   : "Crop, colours and sharpness change; the content stays. ") +
              "No labels are used, and the order of the two views does not matter."});
}

inline example::Series by_layer(const std::string& title, int colour,
                                const std::array<double, Network::depth>& values) {
  example::Series series{.name = title, .shade = colour};
  for (std::size_t k = 0; k < Network::depth; ++k)
    series.x.push_back(double(k)), series.y.push_back(values[k]);
  return series;
}

inline void report_readouts(example::Report& report, const std::filesystem::path& directory,
                            const Results& results) {
  using example::fixed;
  report.section("Readout of each layer");
  example::Lines readouts{
      .x_label = "",
      .y_label = "linear readout, % of " + results.measured_on + " images right",
      .x_names = {"layer 1", "layer 2", "layer 3", "layer 4"}};
  for (const ArmResult& arm : results.arms)
    readouts.series.push_back(by_layer(arm.title, shade(arm.name), arm.outcome.accuracy));
  readouts.series.push_back(
      by_layer("raw pixels", shade("pixels"),
               {results.pixels, results.pixels, results.pixels, results.pixels}));
  report.figure(draw(directory, "readout", readouts),
                {.see = "Accuracy of a linear readout of each layer on " + results.measured_on +
                        " images, for every arm, and of raw pixels.",
                 .paper = "Extended data fig. 11a: VGG-11 on CIFAR-10 after 800 epochs: LPL rises "
                          "from 31.8 % to 62.3 % in "
                          "layer 5 and ends at 60.2 %; without prediction it ends at about 20 %, "
                          "without the Hebbian term at 10 % (chance), without decorrelation at "
                          "20.7 %."});
  example::Table table{.head = {"", "layer 1", "layer 2", "layer 3", "layer 4", "dimension",
                                "mean activity", "alarms while learning"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.title};
    for (const double accuracy : arm.outcome.accuracy) row.push_back(fixed(accuracy, 1) + " %");
    row.push_back(fixed(arm.outcome.participation_ratio[last], 1));
    row.push_back(fixed(arm.outcome.mean_activity[last], 3));
    row.push_back(arm.troubles.empty() ? "none" : arm.troubles);
    table.add(std::move(row));
  }
  report.table(table,
               {.see = "Readout of each layer; participation ratio (the effective number of "
                       "dimensions) and mean activity of the last layer. All arms share "
                       "seed, steps, optimiser, first weights, stream and readout. The measures of "
                       "every layer while it learned are in <arm>.jsonl.",
                .paper = "Last layer of VGG-11 on CIFAR-10: dimension about 35 with LPL, "
                         "about 1 without decorrelation; mean activity 3.06 with LPL, about "
                         "0 without the Hebbian term."});
}

inline void report_learning(example::Report& report, const std::filesystem::path& directory,
                            const Results& results) {
  const Record& record = results.arm("lpl")->record;
  const double thousands = double(results.settings.batch) / 1000;
  const auto line = [&](const std::string& name, const hebb::Matrix<double>& rows, Index column) {
    example::Series series{.name = name};
    for (Index row = 0; row < rows.rows(); ++row) {
      series.x.push_back(rows(row, 0) * thousands);
      series.y.push_back(rows(row, column));
    }
    return series;
  };
  if (record.curve.rows() > 1) {
    report.section("Learning");
    example::Lines curve{.x_label = "pairs seen, thousands",
                         .y_label = "readout, % of validation images"};
    for (std::size_t k = 0; k < Network::depth; ++k)
      curve.series.push_back(line("layer " + std::to_string(k + 1), record.curve, 1 + Index(k)));
    const double seen = curve.series[0].x.back(),
                 untrained = results.arm("untrained")->outcome.accuracy[last];
    curve.series.push_back({.name = "untrained, layer 4",
                            .x = {0, seen},
                            .y = {untrained, untrained},
                            .shade = shade("untrained")});
    curve.series.push_back({.name = "raw pixels",
                            .x = {0, seen},
                            .y = {results.pixels, results.pixels},
                            .shade = shade("pixels")});
    report.figure(draw(directory, "curve", curve),
                  {.see = "Readout of LPL's layers during learning, on validation images and with "
                          "fewer training images. The two controls are the results above, with the "
                          "full readout of " +
                          results.measured_on + " images."});
  }
  if (record.losses.rows() > 1) {
    const char* const terms[] = {"predictive", "Hebbian", "decorrelation"};
    example::Lines losses{.x_label = "pairs seen, thousands",
                          .y_label = "loss of LPL, mean over layers"};
    for (Index term = 0; term < 3; ++term)
      losses.series.push_back(line(terms[term], record.losses, 1 + term));
    report.figure(draw(directory, "losses", losses),
                  {.see = "The three losses of LPL, each without its coefficient: the predictive "
                          "term (squared difference between the two views), the Hebbian term "
                          "(minus the logarithm of the variance) and the decorrelation term "
                          "(squared covariances)."});
  }
}

inline void report_filters(example::Report& report, const Results& results, Index channels) {
  using example::Contrast;
  report.section("Weights of the first layer");
  report.images(
      "filters",
      {{"", example::grid(results.filters,
                          {.channels = channels,
                           .width = 3,
                           .height = 3,
                           .across = 16,
                           .zoom = 14,
                           .contrast = channels == 1 ? Contrast::Signed : Contrast::Each})}},
      {.see = channels == 1 ? "The weights of the first layer after LPL, one neuron per square; "
                              "red is positive, blue negative."
                            : "The weights of the first layer after LPL, one neuron per square, "
                              "in colour."});
}

inline void report_neighbours(example::Report& report, const Results& results, const Stream& stream,
                              const hebb::ImageSet& test) {
  report.section("Nearest neighbours");
  const Index queries = std::min<Index>(8, test.size()), k = std::min<Index>(6, test.size() - 1);
  const auto& features = results.arm("lpl")->outcome.test_features[last];
  const auto neighbours = [&](const hebb::Matrix<float>& space) {
    const auto nearest = hebb::nearest_neighbours<float>(space, space.leftCols(queries), k + 1);
    hebb::Matrix<float> pictures(results.test_pixels.rows(), queries * (k + 1));
    for (Index q = 0; q < queries; ++q)
      for (Index i = 0; i <= k; ++i)
        pictures.col(q * (k + 1) + i) = results.test_pixels.col(nearest(i, q));
    return example::grid(stream.displayed(pictures), {.channels = stream.channels(),
                                                      .width = stream.side(),
                                                      .height = stream.side(),
                                                      .across = k + 1,
                                                      .zoom = 1});
  };
  const Index many = std::min<Index>(500, test.size());
  const double by_lpl = same_class(features, test.labels, many, std::min<Index>(5, k)),
               by_pixels =
                   same_class(results.test_pixels, test.labels, many, std::min<Index>(5, k));
  report.images(
      "neighbours",
      {{"last layer after LPL", neighbours(features)},
       {"raw pixels", neighbours(results.test_pixels)}},
      {.see = "Each row shows a test view and the six views nearest to it. Of the five nearest, " +
              example::fixed(by_lpl, 0) + " % have the query's class in the last layer, " +
              example::fixed(by_pixels, 0) + " % among pixels."});
}

/// The responses and dimensions of LPL and its ablations, if these ran.
inline void report_collapse(example::Report& report, const std::filesystem::path& directory,
                            const Results& results, const hebb::ImageSet& test) {
  std::vector<const ArmResult*> arms;
  for (const char* name : {"lpl", "no_predictive", "no_hebbian", "no_decorrelation"})
    if (const ArmResult* arm = results.arm(name)) arms.push_back(arm);
  if (arms.size() < 4) return;
  report.section("Collapse without each term");
  std::vector<Index> scenes;
  for (int label = 0; label < test.classes; ++label) {
    const auto own = hebb::samples_of(test, label);
    scenes.insert(scenes.end(), own.begin(),
                  own.begin() + std::min<std::ptrdiff_t>(9, std::ptrdiff_t(own.size())));
  }
  const auto& response = arms[0]->outcome.test_features[last];
  const float white = std::max(
      1e-6f,
      float(response.mean() + 3 * std::sqrt((response.array() - response.mean()).square().mean())));
  std::vector<std::pair<std::string, example::Image>> pictures;
  for (const ArmResult* arm : arms)
    pictures.emplace_back(arm->title,
                          responses_picture(arm->outcome.test_features[last], scenes, white));
  report.images(
      "collapse", pictures,
      {.see = "Responses of the last layer on one common scale: one row per neuron, one column "
              "per test view, nine adjacent views of each class. The published failures are: no "
              "difference between classes without prediction, no activity without the Hebbian "
              "term, equal neurons without decorrelation.",
       .paper = "The same three failures: no information about the class, collapse of activity, "
                "collapse of dimension."});
  example::Bars dimension{.y_label = "participation ratio of the last layer", .groups = {}};
  example::Series ratios{.name = "dimension"};
  for (const ArmResult& arm : results.arms) {
    dimension.groups.push_back(arm.title);
    ratios.y.push_back(arm.outcome.participation_ratio[last]);
  }
  dimension.series.push_back(std::move(ratios));
  report.figure(draw(directory, "dimension", dimension),
                {.see = "Effective number of dimensions of the last layer's responses.",
                 .paper = "About 35 for LPL, near 1 without decorrelation."});
}

inline void write_report(const Results& results, const example::Options& options,
                         const Stream& stream, const hebb::ImageSet& test,
                         const Arm& coefficients) {
  using example::fixed;
  example::Report report(
      options, "Layer-by-layer learning of images by latent predictive learning",
      "A deep network sees a stream of images without labels. Every layer learns by a local rule "
      "with three terms: predict the next response, keep the variance of each response high, and "
      "decorrelate the responses. Accuracy of a linear readout of the last layer on " +
          results.measured_on + " images: " + fixed(results.arm("lpl")->outcome.accuracy[last], 1) +
          " %; untrained network " + fixed(results.arm("untrained")->outcome.accuracy[last], 1) +
          " %; raw pixels " + fixed(results.pixels, 1) + " %.",
      example::halvagal_zenke);
  report.warning(results.verdict);
  report_settings(report, results, test, coefficients);
  report_stream(report, stream);
  report_readouts(report, options.directory, results);
  report_learning(report, options.directory, results);
  report_filters(report, results, stream.channels());
  report_neighbours(report, results, stream, test);
  report_collapse(report, options.directory, results, test);
  report.write();
}

}  // namespace lpl_vision
