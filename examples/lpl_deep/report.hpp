/// @file
/// The figures and the report.
#pragma once

#include <string>
#include <vector>

#include "common/figure.hpp"
#include "common/report.hpp"
#include "published.hpp"
#include "results.hpp"

namespace lpl_deep {

/// A line over layers 1 to 8.
inline example::Series by_layer(const std::string& name, const PerLayer& values, int shade) {
  example::Series series{.name = name, .shade = shade};
  for (std::size_t k = 0; k < depth; ++k) {
    series.x.push_back(double(k + 1));
    series.y.push_back(values[k]);
  }
  return series;
}

/// One measure of the chosen arms that ran.
inline example::Lines arms_by_layer(const Results& results, const std::vector<Arm>& chosen,
                                    PerLayer Outcome::*measure, const std::string& y_label) {
  example::Lines lines{.x_label = "layer", .y_label = y_label};
  for (const Arm each : chosen)
    if (const ArmResult* arm = results.arm(each))
      lines.series.push_back(by_layer(arm->naming.title, arm->outcome.*measure, arm->naming.shade));
  return lines;
}

/// Published numbers are shown beside those of the same images alone.
inline example::Table table_of(const Results& results, bool cifar) {
  using example::fixed;
  example::Table table{.head = {"", "1", "2", "3", "4", "5", "6", "7", "8"}};
  if (cifar) table.head.insert(table.head.end(), {"published, 8", "older, 8"});
  table.head.insert(table.head.end(), {"dimension", "activity", "dead"});
  for (const ArmResult& arm : results.arms) {
    std::vector<std::string> row{arm.naming.title};
    for (const double percent : arm.outcome.readout) row.push_back(fixed(percent, 1));
    for (const auto* curves : {&published::final_run, &published::older_runs}) {
      if (!cifar) continue;
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
                         example::Dataset dataset, example::StreamKind kind) {
  using namespace example;
  const std::string data = name_of(dataset);
  const bool cifar = dataset == Dataset::cifar10;
  using hebb::Index;
  const auto& directory = options.directory;
  const Settings& s = results.settings;
  const ArmResult* lpl = results.arm(Arm::lpl);

  Report report(options, "Layer-by-layer learning of VGG-11 without labels",
                "VGG-11 sees pairs of augmented views of unlabelled images. Each of its eight "
                "layers learns by a local rule; no error is sent between layers. Accuracy of a "
                "linear readout on " +
                    results.measured_on + " images: " +
                    (lpl ? "last layer after latent predictive learning " +
                               fixed(lpl->outcome.readout.back(), 1) + " %; raw pixels "
                         : "raw pixels ") +
                    fixed(results.pixels, 1) + " %.",
                halvagal_zenke);
  report.warning(results.verdict);
  report.setting("images",
                 data + ", " + std::to_string(s.images) +
                     (kind == StreamKind::sequence
                          ? " pairs of consecutive views to learn from"
                          : " images to learn from; crop, flip, colour jitter, grey, blur"));
  report.setting("network", "VGG-11, width " + exact(s.width) + ": " +
                                std::to_string(s.channels(0)) + " to " +
                                std::to_string(s.channels(depth - 1)) + " channels");
  report.setting("steps", std::to_string(s.steps()) + " of " + std::to_string(s.batch) +
                              " pairs: " + std::to_string(s.epochs) + " epochs");
  report.setting("optimiser", "Adam, learning rate " + exact(s.eta) +
                                  ", warm-up over a twentieth, then half a cosine; weight decay " +
                                  exact(s.weight_decay) + ", coupled");
  report.setting("readout", "softmax regression on pooled raw features of " +
                                std::to_string(results.readout_images) + " training images");

  report.section("Readout of each layer");
  const std::vector<Arm> ablations{Arm::lpl,        Arm::shuffled,         Arm::no_predictive,
                                   Arm::no_hebbian, Arm::no_decorrelation, Arm::untrained};
  const std::vector<Arm> losses{Arm::lpl, Arm::per_location, Arm::supervised, Arm::negative,
                                Arm::untrained};
  const std::string percent = "linear readout, % of " + results.measured_on + " images right";
  const auto if_ran = [&](Arm arm, const char* text) {
    return std::string(results.arm(arm) ? text : "");
  };
  const auto with_pixels = [&](Lines lines) {
    PerLayer pixels;
    pixels.fill(results.pixels);
    lines.series.push_back(by_layer("raw pixels", pixels, 7));
    return lines;
  };
  report.table(
      table_of(results, cifar),
      {.see = "Readout of each layer on " + results.measured_on + " images in percent" +
              (cifar ? ", and published readouts of the last layer" : "") +
              ". Then, for the last layer: dimension (participation ratio, mean over batches "
              "of 256 images), mean activity, and units that respond to no test image. All arms "
              "share seed, steps, optimiser, first weights, stream and readout.",
       .paper =
           std::string("On CIFAR-10 at full width after 800 epochs (extended data fig. 11a)") +
           (cifar ? ": \"published\" is one run of the authors' final code, \"older\" the mean "
                    "of four runs of an earlier one; they differ by seven points. "
                  : ": see the figure of published results below. ") +
           "Dimension in the final run: LPL about 35, prediction off "
           "about 23.5, decorrelation off about 1."});
  report.paragraph(alarms_of(results));
  report.figure(
      draw(directory, "readout",
           with_pixels(arms_by_layer(results, ablations, &Outcome::readout, percent))),
      {.see = "The readouts of the table over the depth of the network." +
              if_ran(Arm::shuffled, " With shuffled pairs LPL predicts a view of another image."),
       .paper = "On CIFAR-10, extended data fig. 11a: LPL rises with depth up to layer 5. Without "
                "prediction the readout peaks in "
                "layers 2 and 3 and falls below that of raw pixels; shuffled pairs lie between the "
                "two; without the Hebbian term it is at chance, without decorrelation near 20 %."});
  Lines paper{.x_label = "layer", .y_label = "published readout, %"};
  for (const published::Curve& curve : published::final_run)
    paper.series.push_back(
        by_layer(naming_of(curve.arm).title, curve.readout, naming_of(curve.arm).shade));
  paper.series.push_back(
      by_layer("LPL, older runs", published::find(published::older_runs, Arm::lpl)->readout, 6));
  report.figure(
      draw(directory, "published", paper),
      {.see = "The published results: CIFAR-10, full width, 800 epochs, one run of the final code; "
              "of the older runs only LPL. Some points are read off a figure."});
  if (results.arm(Arm::per_location) || results.arm(Arm::supervised) || results.arm(Arm::negative))
    report.figure(
        draw(directory, "losses",
             with_pixels(arms_by_layer(results, losses, &Outcome::readout, percent))),
        {.see =
             "The same network with other losses in each layer." +
             if_ran(Arm::per_location, " Loss per location: LPL's, at every location of a map.") +
             if_ran(Arm::supervised,
                    " Layer-local labels: the cross-entropy of a linear classifier.") +
             if_ran(Arm::negative, " Negative samples: a contrastive loss behind a projector."),
         .paper = "For CIFAR-10 no such curves were published; on STL-10 the last layer "
                  "reached 63.2 % with LPL, 70.8 % with labels, 77.0 % with negative "
                  "samples, and 29 to 45 % with the loss per location."});

  if (lpl && lpl->curve.rows() > 1) {
    report.section("Learning");
    Lines curve{.x_label = "pairs seen, thousands", .y_label = "readout, % of validation images"};
    const auto line = [&](const std::string& name, int shade, const hebb::Matrix<double>& of,
                          const auto& value) {
      Series series{.name = name, .shade = shade};
      for (Index row = 0; row < of.rows(); ++row) {
        series.x.push_back(of(row, 0) * double(s.batch) / 1000);
        series.y.push_back(value(row));
      }
      curve.series.push_back(std::move(series));
    };
    for (const Index k : {1, 2, 3, 5, 8})
      line("layer " + std::to_string(k), int(curve.series.size()), lpl->curve,
           [&](Index row) { return lpl->curve(row, k); });
    if (const ArmResult* shuffled = results.arm(Arm::shuffled); shuffled)
      line("shuffled pairs, layer 8", 5, shuffled->curve,
           [&](Index row) { return shuffled->curve(row, Index(depth)); });
    line("untrained, layer 8", 6, lpl->curve, [&](Index) { return lpl->curve(0, Index(depth)); });
    line("raw pixels", 7, lpl->curve, [&](Index) { return results.curve_pixels; });
    report.figure(
        draw(directory, "curve", curve),
        {.see =
             "Readout on validation images during learning, of layers of LPL unless another arm is "
             "named, trained on fewer images than in the table. The controls are read out in the "
             "same way. One epoch is " +
             fixed(double(s.steps_per_epoch() * s.batch) / 1000, 1) + " thousand pairs."});
  }

  report.section("Dimension and activity");
  const Lines dimension =
      arms_by_layer(results, ablations, &Outcome::participation_ratio, "participation ratio");
  if (!dimension.series.empty())
    report.figure(
        draw(directory, "dimension", dimension),
        {.see = "Effective number of dimensions of each layer's responses, in batches of 256 test "
                "images.",
         .paper = "On CIFAR-10, last layer: LPL about 35, prediction off about 23.5, decorrelation "
                  "off about 1."});
  Lines activity = arms_by_layer(results, ablations, &Outcome::mean_activity, "mean activity");
  if (cifar) activity.series.push_back(by_layer("LPL, published", published::lpl_activity, 7));
  if (!activity.series.empty())
    report.figure(
        draw(directory, "activity", activity),
        {.see = "Mean response over units and test images.",
         .paper = "On CIFAR-10: about 0 in all layers without the Hebbian term, 0.3 to 1.0 without "
                  "prediction, 1.3 to 3.2 without decorrelation."});
  report.write();
}

}  // namespace lpl_deep
