/// @file
/// The figures and the report.
#pragma once

#include <string>
#include <vector>

#include "common/figure.hpp"
#include "common/image.hpp"
#include "common/report.hpp"
#include "experiment.hpp"

namespace soft_hebb_deep {

/// One line per block of a record.
inline example::Lines by_block(const Record& record, const hebb::Matrix<double>& values,
                               const std::string& y_label) {
  example::Lines lines{.x_label = "updates", .y_label = y_label};
  for (Index k = 0; k < values.cols(); ++k) {
    example::Series series{.name = "block " + std::to_string(k + 1), .shade = int(k)};
    for (Index row = 0; row < values.rows(); ++row) {
      series.x.push_back(record.updates(row, 0));
      series.y.push_back(values(row, k));
    }
    lines.series.push_back(std::move(series));
  }
  return lines;
}

/// Accuracy of every arm by the number of blocks, with the published values for CIFAR-10.
inline example::Bars by_depth(const Results& results, bool published) {
  example::Bars bars{.y_label = "images right, %", .groups = {}, .most = 100};
  std::vector<long> depths;
  for (long blocks = 1; blocks <= 3; ++blocks)
    if (std::ranges::any_of(results.all, [&](const Result& r) { return r.blocks == blocks; })) {
      depths.push_back(blocks);
      bars.groups.push_back(blocks_of(blocks));
    }
  for (const Naming& naming : arms) {
    example::Series series{.name = naming.title, .shade = int(naming.arm)};
    bool any = false;
    for (const long blocks : depths) {
      const Result* r = results.find(naming.arm, blocks);
      any = any || r;
      series.y.push_back(r ? r->outcome.test : std::numeric_limits<double>::quiet_NaN());
      if (published) series.reference.push_back(naming.published[std::size_t(blocks - 1)]);
    }
    if (any) bars.series.push_back(std::move(series));
  }
  return bars;
}

/// What the report needs besides the results.
struct Setting {
  std::string data;
  bool published = false;  ///< whether published values stand beside the results
  std::string tested;      ///< the images that the readout is tested on, in words
  NetworkSettings sizes;
  TrainSettings train;
  EvaluateSettings evaluate;
  const hebb::ImageSet* learn;
  const hebb::ImageSet* test;
  std::vector<std::string> class_names;
};

inline void write_report(const Results& results, const Setting& setting,
                         const example::Options& options) {
  using namespace example;
  const auto& directory = options.directory;
  const Result& main = results.main();
  Report report(options, "Deep SoftHebb",
                "A convolutional network learns from unlabelled images, one layer by itself, in " +
                    std::string("one pass. A linear classifier reads it out: ") +
                    main.naming.title + ", " + blocks_of(main.blocks) + ", " +
                    fixed(main.outcome.test, 2) + " % of " + std::to_string(setting.test->size()) +
                    " " + setting.tested + ".",
                {"Journe et al. (2023)",
                 "A. Journe, H. Garcia Rodriguez, Q. Guo & T. Moraitis, Hebbian deep learning "
                 "without feedback, ICLR (2023)",
                 ""});
  if (options.quick)
    report.paragraph(
        "In a quick run the network is narrow and sees few images. Depth pays only at full width "
        "(--width 1) and with all images.");
  report.setting("images", setting.data + ", " + std::to_string(setting.learn->size()) +
                               " to learn from, without labels; pixels / 255");
  report.setting("tested on", std::to_string(setting.test->size()) + " " + setting.tested);
  report.setting("width",
                 exact(setting.sizes.width) + " of the published channels 96, 384, 1536" +
                     (setting.sizes.last_width == 1
                          ? ""
                          : "; last block " + exact(setting.sizes.last_width) + " times as wide"));
  report.setting("first weights", "normal, row norms " + exact(setting.sizes.first_norm));
  report.setting("learning", std::to_string(setting.train.updates) + " updates of " +
                                 std::to_string(setting.train.batch) + " images");
  const FeatureSettings& features = setting.evaluate.features;
  const std::string blocks = features.source == Source::last
                                 ? "the last block"
                                 : "all blocks, averaged to equally many places";
  std::string mirrored;
  if (features.mirror == Mirror::learn) mirrored = "; it learns from mirror images, too";
  if (features.mirror == Mirror::mean)
    mirrored = "; features are means over an image and its mirror image";
  report.setting("readout", "softmax regression on " + blocks + ", dropout " +
                                exact(setting.evaluate.dropout) + ", " +
                                std::to_string(setting.evaluate.epochs) + " epochs, Adam with " +
                                exact(setting.evaluate.eta) + "; features in half precision" +
                                mirrored);

  report.section("Readout by depth");
  const std::string source =
      "Table 2 and program; means of 4 seeds; the last block without mirror images.";
  report.table(
      table_of(results, setting.published),
      {.see = "Accuracy of the readout on " + setting.tested +
              ". Networks of different depth "
              "have different poolings. Seconds are those of this run of the program; those of the "
              "readout include the features of all images.",
       .paper = setting.published ? source : ""});
  report.paragraph(alarms_of(results));
  report.figure(
      draw(directory, "depth", by_depth(results, setting.published)),
      {.see = std::string("Accuracy of the readout on " + setting.tested +
                          ", by the number of blocks") +
              (setting.published ? "; diamonds: published, CIFAR-10." : "."),
       .paper =
           setting.published ? "Table 2: end-to-end backpropagation: 72.4, 82.5 and 84.0 %." : ""});

  report.section("Learning of " + std::string(main.naming.title) + ", " + blocks_of(main.blocks));
  report.figure(draw(directory, "norms",
                     by_block(main.record, main.record.norm, "mean length of a neuron's weights")),
                {.see = "The learning rate of a neuron falls with its distance from length 1."});
  report.figure(
      draw(directory, "competition",
           by_block(main.record, main.record.share, "share of the winner in the softmax")),
      {.see = "Mean over places of the largest share of the softmax: 1 is a hard competition."});
  if (main.channels == 1 || main.channels == 3)
    report.images("filters",
                  {{"block 1", grid(main.filters, {.channels = main.channels,
                                                   .width = main.kernel,
                                                   .height = main.kernel,
                                                   .across = 16,
                                                   .zoom = 6,
                                                   .contrast = Contrast::Signed})}},
                  {.see = "Weights of the neurons of block 1; grey (or white) is 0. Each has its "
                          "own scale."});

  report.section("What the last block represents");
  std::vector<std::pair<std::string, Image>> pictures;
  for (std::size_t k = 0; k < main.outcome.favourites.units.size(); ++k) {
    const std::vector<Index>& best = main.outcome.favourites.images[k];
    hebb::Matrix<float> columns(setting.test->rows(), Index(best.size()));
    hebb::to_columns(*setting.test, best, columns);
    pictures.emplace_back("unit " + std::to_string(main.outcome.favourites.units[k]),
                          grid(columns, {.channels = setting.test->channels,
                                         .width = setting.test->width,
                                         .height = setting.test->height,
                                         .across = 4,
                                         .zoom = 2}));
  }
  report.images("favourites", pictures,
                {.see = "The " + setting.tested +
                        " to which some units respond most at any place, the "
                        "strongest first."});
  report.figure(draw(directory, "confusion",
                     Heat{.x_label = "read out",
                          .y_label = "class",
                          .value_label = "% of the class",
                          .values = main.outcome.confusion,
                          .x_names = setting.class_names,
                          .y_names = setting.class_names}),
                {.see = "Confusion matrix of the readout on " + setting.tested + "."});
  report.write();
}

}  // namespace soft_hebb_deep
