/// @file
/// What a run shows: the table on the terminal, summary.json, and the page.
#pragma once

#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "common/figure.hpp"
#include "common/image.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/verdict.hpp"
#include "evaluate.hpp"

namespace lpl_vision {

/// What was measured while an arm learned.
struct Record {
  hebb::Matrix<double> losses{
      0, 4};  ///< rows: step, predictive, Hebbian, decorrelation (means over layers)
  hebb::Matrix<double> curve{
      0, 1 + hebb::Index(
                 Network::depth)};  ///< rows: step, validation readout of each layer in percent
};

struct ArmResult {
  std::string name, title;
  Outcome outcome;
  Record record = {};
  double seconds = 0;
};

struct Results {
  Settings settings;
  std::vector<std::string> classes;
  hebb::Index readout_images = 0;
  std::vector<ArmResult> arms = {};
  double pixels = 0;                     ///< readout of the raw pixels, percent
  double pairs_per_second = 0;           ///< learned by the LPL arm, stream included
  hebb::Matrix<float> filters = {};      ///< of the first layer: weights of one neuron a column
  hebb::Matrix<float> test_pixels = {};  ///< the views of the test images
  std::string verdict =
      {};  ///< what a reader must know of a run in which LPL learned nothing; empty otherwise

  const ArmResult* arm(const std::string& name) const {
    for (const ArmResult& result : arms)
      if (result.name == name) return &result;
    return nullptr;
  }
};

inline hebb::Matrix<float> first_filters(Network& network) {
  const auto& weights = network.layer<0>().state.weights;
  return weights.leftCols(network.layer<0>().parameters().bias_column()).transpose();
}

inline void print(const Results& results, std::ostream& out) {
  example::Table table{.head = {"test readout, %", "layer 1", "layer 2", "layer 3", "layer 4",
                                "dimension", "activity", "seconds"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.title};
    for (const double accuracy : arm.outcome.accuracy) row.push_back(example::fixed(accuracy, 1));
    row.push_back(example::fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(example::fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(example::fixed(arm.seconds, 1));
    table.add(std::move(row));
  }
  table.add({"raw pixels: " + example::fixed(results.pixels, 1), "", "", "", "", "", "", ""});
  out << '\n'
      << table << "\nLPL learned from " << example::fixed(results.pairs_per_second, 0)
      << " pairs/s.\n";
  if (!results.verdict.empty()) out << results.verdict << '\n';
}

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("readout_pixels", results.pixels);
  for (const ArmResult& arm : results.arms) {
    for (std::size_t k = 0; k < Network::depth; ++k) {
      const std::string layer = "_layer" + std::to_string(k + 1);
      summary.set("readout_" + arm.name + layer, arm.outcome.accuracy[k]);
      summary.set("participation_ratio_" + arm.name + layer, arm.outcome.participation_ratio[k]);
      summary.set("mean_activity_" + arm.name + layer, arm.outcome.mean_activity[k]);
    }
    summary.set("participation_ratio_" + arm.name, arm.outcome.participation_ratio.back());
    summary.set("mean_activity_" + arm.name, arm.outcome.mean_activity.back());
  }
  summary.set("pairs_per_second", results.pairs_per_second);
  if (!results.verdict.empty()) summary.set("verdict", results.verdict);
  summary.set("steps", results.settings.steps);
  summary.set("batch", results.settings.batch);
}

/// Scenes of the test set, by class, and what the last layer of an arm says to them: a shade for
/// every neuron and scene.
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

/// The share of the k nearest neighbours that have the class of the query, over the first `queries`
/// test images, in percent.
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

inline void write_report(const Results& results, const example::Options& options,
                         const example::Stream& stream, const hebb::ImageSet& test,
                         const Arm& coefficients) {
  using namespace example;
  using hebb::Index;
  const auto& directory = options.directory;
  const ArmResult& lpl = *results.arm("lpl");
  const ArmResult& untrained = *results.arm("untrained");
  const ArmResult* no_predictive = results.arm("no_predictive");
  const ArmResult* no_hebbian = results.arm("no_hebbian");
  const ArmResult* no_decorrelation = results.arm("no_decorrelation");
  const std::size_t last = Network::depth - 1;
  const Index channels = stream.channels(), side = stream.side();

  Report report(options, "Learning to see by predicting what comes next",
                "A deep network watches a stream of images without labels. Every layer learns on "
                "its own, with local plasticity: "
                "predict your next response, keep your variance up, differ from your neighbours. A "
                "linear readout of the last layer "
                "then names " +
                    fixed(lpl.outcome.accuracy[last], 1) +
                    " % of the test images right; of the untrained network " +
                    fixed(untrained.outcome.accuracy[last], 1) + " %, of raw pixels " +
                    fixed(results.pixels, 1) + " %.");
  report.warning(results.verdict);
  report.setting("steps", std::to_string(results.settings.steps) + " of " +
                              std::to_string(results.settings.batch) + " pairs");
  report.setting("optimiser", "Adam, rate " + exact(results.settings.eta) +
                                  ", warm-up over a twentieth, then half a cosine");
  report.setting("coefficients", hebb::sentence("predictive ", coefficients.predictive,
                                                ", Hebbian ", coefficients.hebbian,
                                                ", decorrelation ", coefficients.decorrelation));
  report.setting("readout", "softmax regression on pooled raw features of " +
                                std::to_string(results.readout_images) +
                                " training images, tested on " + std::to_string(test.size()) +
                                " others");

  report.section("What the network saw");
  {
    const Index shown = std::min<Index>(10, test.size());
    hebb::Matrix<float> pairs;
    const std::vector<Index> chosen = hebb::range(0, shown);
    stream.pairs(chosen, 0, pairs);
    report.images(
        "frames",
        {{"",
          grid(stream.displayed(pairs),
               {.channels = channels, .width = side, .height = side, .across = shown, .zoom = 2})}},
        {.see = std::string("Ten pairs of consecutive views, one above the other. ") +
                (stream.kind() == StreamKind::moving
                     ? "Only the object persists, so only the object can be predicted. "
                     : "Crop, colours and sharpness change; what the image shows persists. ") +
                "No label is given, and which view came first makes no difference."});
  }

  report.section("What can be read from each layer");
  Lines readouts{.x_label = "",
                 .y_label = "linear readout, % of test images right",
                 .x_names = {"layer 1", "layer 2", "layer 3", "layer 4"}};
  const auto by_layer = [&](const std::string& title,
                            const std::array<double, Network::depth>& values) {
    Series series{.name = title};
    for (std::size_t k = 0; k < Network::depth; ++k)
      series.x.push_back(double(k)), series.y.push_back(values[k]);
    return series;
  };
  for (const ArmResult& arm : results.arms)
    readouts.series.push_back(by_layer(arm.title, arm.outcome.accuracy));
  readouts.series.push_back(
      by_layer("raw pixels", {results.pixels, results.pixels, results.pixels, results.pixels}));
  std::swap(readouts.series[0], readouts.series[1]);  // LPL takes the first colour
  report.figure(draw(directory, "readout", readouts),
                {.see = std::string("With LPL the object becomes readable with depth.") +
                        (no_predictive ? " Take one term away and it does not." : ""),
                 .paper = "VGG-11 on CIFAR-10 after 800 epochs: LPL rises from 31.8 % to 62.3 % in "
                          "layer 5 and ends at 60.2 %; without "
                          "prediction it ends at about 20 %, without the Hebbian term at 10 % "
                          "(chance), without decorrelation at 20.7 %."});
  Table table{
      .head = {"", "layer 1", "layer 2", "layer 3", "layer 4", "dimension", "mean activity"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.title};
    for (const double accuracy : arm.outcome.accuracy) row.push_back(fixed(accuracy, 1) + " %");
    row.push_back(fixed(arm.outcome.participation_ratio[last], 1));
    row.push_back(fixed(arm.outcome.mean_activity[last], 3));
    table.add(std::move(row));
  }
  report.table(table, {.see = "Readout by layer, and of the last layer the participation ratio "
                              "(how many dimensions its responses fill) and the "
                              "mean activity. All arms share seed, steps, optimiser, first "
                              "weights, stream and readout.",
                       .paper = "Last layer of VGG-11 on CIFAR-10: dimension about 35 with LPL, "
                                "about 1 without decorrelation; mean activity 3.06 "
                                "with LPL, about 0 without the Hebbian term."});

  if (lpl.record.curve.rows() > 1) {
    report.section("Learning");
    Lines curve{.x_label = "pairs seen, thousands", .y_label = "readout, % of validation images"};
    for (std::size_t k = 0; k < Network::depth; ++k) {
      Series series{.name = "layer " + std::to_string(k + 1)};
      for (Index row = 0; row < lpl.record.curve.rows(); ++row) {
        series.x.push_back(lpl.record.curve(row, 0) * double(results.settings.batch) / 1000);
        series.y.push_back(lpl.record.curve(row, 1 + Index(k)));
      }
      curve.series.push_back(std::move(series));
    }
    const double seen = curve.series[0].x.back();
    curve.series.push_back(
        {.name = "untrained, layer 4",
         .x = {0, seen},
         .y = {untrained.outcome.accuracy[last], untrained.outcome.accuracy[last]}});
    curve.series.push_back(
        {.name = "raw pixels", .x = {0, seen}, .y = {results.pixels, results.pixels}});
    report.figure(draw(directory, "curve", curve),
                  {.see = "Readout of LPL's layers while it learns, on validation images with a "
                          "smaller readout; the two controls are the test "
                          "figures above, with the full readout."});
  }
  if (lpl.record.losses.rows() > 1) {
    const char* const terms[] = {"predictive", "Hebbian", "decorrelation"};
    Lines losses{.x_label = "pairs seen, thousands", .y_label = "loss, mean over layers"};
    for (Index term = 0; term < 3; ++term) {
      Series series{.name = terms[term]};
      for (Index row = 0; row < lpl.record.losses.rows(); ++row) {
        series.x.push_back(lpl.record.losses(row, 0) * double(results.settings.batch) / 1000);
        series.y.push_back(lpl.record.losses(row, 1 + term));
      }
      losses.series.push_back(std::move(series));
    }
    report.figure(draw(directory, "losses", losses),
                  {.see = "The three losses, each without its coefficient: the Hebbian term (minus "
                          "the log of the variance) wants responses to vary, "
                          "the predictive term (squared difference of the two views) wants them to "
                          "agree, the decorrelation term (squared "
                          "covariances) wants neurons to differ. They settle in balance."});
  }

  report.section("What the first layer looks for");
  report.images(
      "filters",
      {{"",
        grid(results.filters, {.channels = channels,
                               .width = 3,
                               .height = 3,
                               .across = 16,
                               .zoom = 14,
                               .contrast = channels == 1 ? Contrast::Signed : Contrast::Each})}},
      {.see = channels == 1 ? "The weights of the first layer, one neuron a square; red is "
                              "excitation, blue inhibition."
                            : "The weights of the first layer, one neuron a square, in colour."});

  report.section("Neighbours");
  {
    const Index queries = 8, k = 6;
    const auto& features = lpl.outcome.test_features[last];
    const auto neighbours = [&](const hebb::Matrix<float>& space) {
      const auto nearest = hebb::nearest_neighbours<float>(space, space.leftCols(queries), k + 1);
      hebb::Matrix<float> pictures(results.test_pixels.rows(), queries * (k + 1));
      for (Index q = 0; q < queries; ++q)
        for (Index i = 0; i <= k; ++i)
          pictures.col(q * (k + 1) + i) = results.test_pixels.col(nearest(i, q));
      return grid(
          stream.displayed(pictures),
          {.channels = channels, .width = side, .height = side, .across = k + 1, .zoom = 1});
    };
    const Index many = std::min<Index>(500, test.size());
    const double by_lpl = same_class(features, test.labels, many, 5),
                 by_pixels = same_class(results.test_pixels, test.labels, many, 5);
    report.images("neighbours",
                  {{"last layer after LPL", neighbours(features)},
                   {"raw pixels", neighbours(results.test_pixels)}},
                  {.see = "A test view at the left of each row, and the six views nearest to it. "
                          "In the network's last layer neighbours show the same "
                          "kind of object wherever it stands; among pixels they show something at "
                          "the same place. Of the five nearest, " +
                          fixed(by_lpl, 0) + " % have the query's class in the last layer, " +
                          fixed(by_pixels, 0) + " % among pixels."});
  }

  if (no_predictive && no_hebbian && no_decorrelation) {
    report.section("Collapse");
    std::vector<Index> scenes;
    for (int label = 0; label < test.classes; ++label) {
      const auto own = hebb::samples_of(test, label);
      scenes.insert(scenes.end(), own.begin(),
                    own.begin() + std::min<std::ptrdiff_t>(9, std::ptrdiff_t(own.size())));
    }
    const auto& response = lpl.outcome.test_features[last];
    const float white =
        std::max(1e-6f, float(response.mean() +
                              3 * std::sqrt((response.array() - response.mean()).square().mean())));
    std::vector<std::pair<std::string, Image>> pictures;
    for (const ArmResult* arm : {&lpl, no_predictive, no_hebbian, no_decorrelation})
      pictures.emplace_back(arm->title,
                            responses_picture(arm->outcome.test_features[last], scenes, white));
    report.images(
        "collapse", pictures,
        {.see = "Responses of the last layer, a row a neuron, a column a test view, nine views of "
                "each class side by side, all on one "
                "scale. LPL: neurons of many kinds, alike within a class. Without prediction: "
                "varied, but blind to the class. Without "
                "the Hebbian term: silence. Without decorrelation: all neurons say the same.",
         .paper = "The three failures of the ablations: no information about the class, collapse "
                  "of activity, collapse of dimension."});
    Bars dimension{.y_label = "participation ratio of the last layer", .groups = {}};
    Series ratios{.name = "dimension"};
    for (const ArmResult& arm : results.arms) {
      dimension.groups.push_back(arm.title);
      ratios.y.push_back(arm.outcome.participation_ratio[last]);
    }
    dimension.series.push_back(std::move(ratios));
    report.figure(draw(directory, "dimension", dimension),
                  {.see = "How many dimensions the last layer's responses fill.",
                   .paper = "About 35 for LPL, near 1 without decorrelation."});
  }
  report.write();
}

}  // namespace lpl_vision
