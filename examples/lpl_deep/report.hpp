/// @file
/// What a run shows: the table on the terminal, summary.json, and the page.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "arms.hpp"
#include "common/figure.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "common/verdict.hpp"
#include "evaluate.hpp"
#include "published.hpp"

namespace lpl_deep {

struct ArmResult {
  Naming naming;
  Outcome outcome = {};
  hebb::Matrix<double> curve = {};  ///< rows: step, validation readout of each layer in percent
  double seconds = 0;               ///< spent learning
};

struct Results {
  Settings settings;
  hebb::Index readout_images = 0;
  double pixels = 0;        ///< readout of the raw pixels, percent
  double curve_pixels = 0;  ///< the same on validation images, as the learning curve is read out
  std::vector<ArmResult> arms = {};
  std::string verdict =
      {};  ///< what a reader must know of arms that learned nothing; empty otherwise

  const ArmResult* arm(Arm which) const {
    for (const ArmResult& result : arms)
      if (result.naming.arm == which) return &result;
    return nullptr;
  }
};

/// Judges the arms that are meant to learn; the ablations are not.
inline void judge(Results& results, const hebb::ImageSet& test) {
  std::vector<example::Control> controls{{"raw pixels", results.pixels}};
  if (const ArmResult* untrained = results.arm(Arm::untrained))
    controls.push_back({"untrained network", untrained->outcome.readout.back()});
  results.verdict.clear();
  for (const Arm which : {Arm::lpl, Arm::supervised, Arm::negative}) {
    const ArmResult* arm = results.arm(which);
    if (!arm) continue;
    const std::string words = example::nothing_learned(
        arm->naming.title, arm->outcome.readout.back(), test.classes, test.size(), controls);
    if (!words.empty()) results.verdict += (results.verdict.empty() ? "" : " ") + words;
  }
}

inline double pairs_per_second(const Results& results, const ArmResult& arm) {
  return double(results.settings.steps() * results.settings.batch) / arm.seconds;
}

inline void print(const Results& results, std::ostream& out) {
  using example::fixed;
  example::Table table{.head = {"test readout, %", "1", "2", "3", "4", "5", "6", "7", "8",
                                "dimension", "activity", "dead, %", "pairs/s"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.naming.title};
    for (const double percent : arm.outcome.readout) row.push_back(fixed(percent, 1));
    row.push_back(fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(fixed(arm.outcome.dead_units.back(), 1));
    row.push_back(arm.seconds > 0 ? fixed(pairs_per_second(results, arm), 0) : "");
    table.add(std::move(row));
  }
  out << '\n' << table << "\nRaw pixels: " << fixed(results.pixels, 1) << " %.\n";
  if (!results.verdict.empty()) out << results.verdict << '\n';
}

inline void summarize(const Results& results, example::Summary& summary) {
  summary.set("readout_pixels", results.pixels);
  if (!results.verdict.empty()) summary.set("verdict", results.verdict);
  for (const ArmResult& arm : results.arms) {
    const std::string name = arm.naming.name;
    for (std::size_t k = 0; k < depth; ++k) {
      const std::string layer = "_layer" + std::to_string(k + 1);
      summary.set("readout_" + name + layer, arm.outcome.readout[k]);
      summary.set("participation_ratio_" + name + layer, arm.outcome.participation_ratio[k]);
      summary.set("mean_activity_" + name + layer, arm.outcome.mean_activity[k]);
      summary.set("dead_units_" + name + layer, arm.outcome.dead_units[k]);
    }
    summary.set("participation_ratio_" + name, arm.outcome.participation_ratio.back());
    summary.set("mean_activity_" + name, arm.outcome.mean_activity.back());
    if (arm.seconds == 0) continue;
    summary.set("seconds_" + name, arm.seconds);
    if (arm.naming.arm == Arm::lpl) summary.set("pairs_per_second", pairs_per_second(results, arm));
  }
}

/// A line over layers 1 to 8.
inline example::Series by_layer(const std::string& name, const PerLayer& values, int shade) {
  example::Series series{.name = name, .shade = shade};
  for (std::size_t k = 0; k < depth; ++k) {
    series.x.push_back(double(k + 1));
    series.y.push_back(values[k]);
  }
  return series;
}

/// The named arms, as far as they ran, by one of their measures.
inline example::Lines arms_by_layer(const Results& results, const std::vector<Arm>& chosen,
                                    PerLayer Outcome::*measure, const std::string& y_label) {
  example::Lines lines{.x_label = "layer", .y_label = y_label};
  for (const Arm each : chosen)
    if (const ArmResult* arm = results.arm(each))
      lines.series.push_back(by_layer(arm->naming.title, arm->outcome.*measure, arm->naming.shade));
  return lines;
}

inline example::Table table_of(const Results& results) {
  using example::fixed;
  example::Table table{.head = {"", "1", "2", "3", "4", "5", "6", "7", "8", "published", "older",
                                "dimension", "activity", "dead"}};
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.naming.title};
    for (const double percent : arm.outcome.readout) row.push_back(fixed(percent, 1));
    for (const auto* curves : {&published::final_run, &published::older_runs}) {
      const published::Curve* curve = published::find(*curves, arm.naming.arm);
      row.push_back(curve ? fixed(curve->readout.back(), 1) : "");
    }
    row.push_back(fixed(arm.outcome.participation_ratio.back(), 1));
    row.push_back(fixed(arm.outcome.mean_activity.back(), 3));
    row.push_back(fixed(arm.outcome.dead_units.back(), 1) + " %");
    table.add(std::move(row));
  }
  std::vector<std::string> pixels(table.head.size());
  pixels[0] = "raw pixels";
  pixels[1] = fixed(results.pixels, 1);
  table.add(std::move(pixels));
  return table;
}

inline void write_report(const Results& results, const example::Options& options,
                         const std::string& data) {
  using namespace example;
  using hebb::Index;
  const auto& directory = options.directory;
  const Settings& s = results.settings;
  const ArmResult* lpl = results.arm(Arm::lpl);

  Report report(
      options, "Learning deep, layer by layer",
      "VGG-11 watches pairs of augmented views of unlabelled images. Each of its eight layers "
      "learns on its own; no error is sent "
      "from one to another. " +
          (lpl ? "With Latent Predictive Learning a linear readout of the last layer names " +
                     fixed(lpl->outcome.readout.back(), 1) +
                     " % of the test images right; of raw pixels "
               : "A linear readout of raw pixels names ") +
          fixed(results.pixels, 1) + " %.");
  report.warning(results.verdict);
  report.setting("images", data + ", " + std::to_string(s.images) +
                               " to learn from, crop, flip, colour jitter, gray, blur");
  report.setting("network", "VGG-11, width " + exact(s.width) + ": " +
                                std::to_string(s.channels(0)) + " to " +
                                std::to_string(s.channels(depth - 1)) + " channels");
  report.setting("steps", std::to_string(s.steps()) + " of " + std::to_string(s.batch) +
                              " pairs: " + std::to_string(s.epochs) + " epochs");
  report.setting("optimiser", "Adam, rate " + exact(s.eta) +
                                  ", warm-up over a twentieth, then half a cosine; weight decay " +
                                  exact(s.weight_decay) + ", coupled");
  report.setting("readout", "softmax regression on pooled raw features of " +
                                std::to_string(results.readout_images) + " training images");

  report.section("What can be read from each layer");
  const std::vector<Arm> ablations{Arm::lpl,        Arm::shuffled,         Arm::no_predictive,
                                   Arm::no_hebbian, Arm::no_decorrelation, Arm::untrained};
  const std::vector<Arm> losses{Arm::lpl, Arm::per_location, Arm::supervised, Arm::negative,
                                Arm::untrained};
  const std::string percent = "linear readout, % of test images right";
  const auto with_pixels = [&](Lines lines) {
    PerLayer pixels;
    pixels.fill(results.pixels);
    lines.series.push_back(by_layer("raw pixels", pixels, 7));
    return lines;
  };
  report.table(table_of(results),
               {.see = "Readout of each layer on test images, in percent, beside the last layer's "
                       "published one; then the last layer's "
                       "dimension (participation ratio, mean over batches of 256 images), mean "
                       "activity, and units that never respond. All "
                       "arms share seed, steps, optimiser, first weights, stream and readout.",
                .paper = "On CIFAR-10 at full width after 800 epochs: \"published\" is one run of "
                         "the authors' final code, \"older\" the mean "
                         "of four runs of an earlier one; they are seven points apart and not to "
                         "be mixed. Dimension in the final run: LPL "
                         "about 35, prediction off about 23.5, decorrelation off about 1."});
  report.figure(draw(directory, "readout",
                     with_pixels(arms_by_layer(results, ablations, &Outcome::readout, percent))),
                {.see = "LPL and what is left of it without each of its three terms, or with "
                        "another image's view to predict.",
                 .paper = "LPL rises with depth and stays. Without prediction the readout peaks in "
                          "layers 2 and 3 and falls below raw "
                          "pixels; shuffled pairs lie between; without the Hebbian term it is at "
                          "chance, without decorrelation near 20 %."});
  Lines paper{.x_label = "layer", .y_label = "published readout, %"};
  for (const published::Curve& curve : published::final_run)
    paper.series.push_back(
        by_layer(naming_of(curve.arm).title, curve.readout, naming_of(curve.arm).shade));
  paper.series.push_back(
      by_layer("LPL, older runs", published::find(published::older_runs, Arm::lpl)->readout, 6));
  report.figure(draw(directory, "published", paper),
                {.see = "The published counterpart: CIFAR-10, full width, 800 epochs, one run of "
                        "the final code; of the older runs LPL "
                        "alone. Some points are read off a figure."});
  if (results.arm(Arm::per_location) || results.arm(Arm::supervised) || results.arm(Arm::negative))
    report.figure(
        draw(directory, "losses",
             with_pixels(arms_by_layer(results, losses, &Outcome::readout, percent))),
        {.see = "The same network with other losses in each layer: LPL's at every location of a "
                "map, the error of a linear "
                "classifier that is told the labels, and negative samples behind a projector.",
         .paper =
             "For CIFAR-10 no such curves were published; on STL-10 the last layer reached 63.2 % "
             "with LPL, 70.8 % with "
             "labels, 77.0 % with negative samples, and 29 to 45 % with the loss per location."});

  if (lpl && lpl->curve.rows() > 1) {
    report.section("Learning");
    Lines curve{.x_label = "pairs seen, thousands", .y_label = "readout, % of validation images"};
    const auto line = [&](const std::string& name, int shade, const auto& value) {
      Series series{.name = name, .shade = shade};
      for (Index row = 0; row < lpl->curve.rows(); ++row) {
        series.x.push_back(lpl->curve(row, 0) * double(s.batch) / 1000);
        series.y.push_back(value(row));
      }
      curve.series.push_back(std::move(series));
    };
    for (const Index k : {1, 2, 3, 5, 8})
      line("layer " + std::to_string(k), int(curve.series.size()),
           [&](Index row) { return lpl->curve(row, k); });
    line("untrained, layer 8", 6, [&](Index) { return lpl->curve(0, Index(depth)); });
    line("raw pixels", 7, [&](Index) { return results.curve_pixels; });
    report.figure(
        draw(directory, "curve", curve),
        {.see = "Readout of LPL's layers on validation images while it learns, each trained on "
                "fewer images than the table's; "
                "controls read out in the same way. One epoch is " +
                fixed(double(s.steps_per_epoch() * s.batch) / 1000, 1) + " thousand pairs."});
  }

  report.section("Dimension and activity");
  const Lines dimension =
      arms_by_layer(results, ablations, &Outcome::participation_ratio, "participation ratio");
  if (!dimension.series.empty())
    report.figure(
        draw(directory, "dimension", dimension),
        {.see =
             "How many dimensions the responses of each layer fill, in batches of 256 test images.",
         .paper =
             "Last layer: LPL about 35, prediction off about 23.5, decorrelation off about 1."});
  Lines activity = arms_by_layer(results, ablations, &Outcome::mean_activity, "mean activity");
  activity.series.push_back(by_layer("LPL, published", published::lpl_activity, 7));
  report.figure(
      draw(directory, "activity", activity),
      {.see = "Mean response over units and test images: without the Hebbian term it collapses.",
       .paper = "About 0 in all layers without the Hebbian term, 0.3 to 1.0 without prediction, "
                "1.3 to 3.2 without decorrelation."});
  report.write();
}

}  // namespace lpl_deep
