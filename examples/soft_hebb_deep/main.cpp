/// @file
/// A deep network learns from unlabelled images by SoftHebb, layer by layer, in one pass; a linear
/// readout of its last block is tested. Controls are hard winner-take-all and random weights.
///
/// A. Journe, H. Garcia Rodriguez, Q. Guo & T. Moraitis, ICLR 2023.
#include <algorithm>
#include <iostream>
#include <map>
#include <vector>

#include "common/command_line.hpp"
#include "common/image_choice.hpp"
#include "experiment.hpp"
#include "report.hpp"

int main(int argc, char** argv) {
  using namespace soft_hebb_deep;
  example::Program program("soft_hebb_deep",
                           "Learns a deep network from unlabelled images by SoftHebb, in one pass");
  example::ImageChoice choice;
  std::vector<Arm> chosen{Arm::soft, Arm::random};
  std::vector<long> depths{3};
  NetworkSettings sizes;
  Index images = 0, epochs = 1, validation = 0;
  TrainSettings train;
  EvaluateSettings readout;
  bool resume = false;
  std::map<std::string, Arm> names;
  for (const Naming& each : arms) names[each.name] = each.arm;
  auto& app = program.app;
  choice.add_options(program);
  program.some_of("--arms", chosen, "arms to run", names);
  app.add_option("--blocks", depths, "depths of the networks, separated by commas (default: 3)")
      ->delimiter(',')
      ->check(CLI::Range(1, 3));
  program.option("--width", sizes.width, "channels, as a factor of the published ones")
      ->check(CLI::Range(0.02, 4.0));
  program
      .option("--last-width", sizes.last_width,
              "channels of the last block, as a further factor of the published ones")
      ->check(CLI::Range(0.02, 4.0));
  program
      .option("--first-norm", sizes.first_norm,
              "root mean square length of a neuron's first weights")
      ->check(CLI::Range(1e-3, 1e3));
  program.not_negative("--images", images, "number of images to learn from; 0: all");
  program.not_negative("--validation", validation,
                       "training images that are held out, the last ones; if above 0 they replace "
                       "the test images");
  program.option("--epochs", epochs, "passes over the images")->check(CLI::Range(1, 1000));
  program.option("--batch", train.batch, "images per update")->check(CLI::Range(1, 4096));
  program.option("--readout-epochs", readout.epochs, "passes of the readout over the features")
      ->check(CLI::Range(1, 100'000));
  program.one_of("--readout", readout.features.source, "blocks that are read out",
                 {{"last", Source::last}, {"all", Source::all}});
  program.one_of("--mirror", readout.features.mirror,
                 "use of mirror images; learn: the readout learns from them, too; mean: features "
                 "are means over an image and its mirror image",
                 {{"none", Mirror::none}, {"learn", Mirror::learn}, {"mean", Mirror::mean}});
  program.positive("--readout-eta", readout.eta, "learning rate of the readout, of Adam");
  program.option("--dropout", readout.dropout, "share of the features that the readout drops")
      ->check(CLI::Range(0.0, 0.99));
  app.add_flag("--resume", resume, "continue every network from its checkpoint in --out");

  program.run_over_ranks();
  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    train.seed = readout.seed = options.seed;
    if (options.quick) {
      sizes.width = 1.0 / 12;
      images = 1000;
      readout.epochs = 30;
      depths = {1, 2, 3};
    }
    example::Images data = choice.load_all();
    if (validation > 0) {
      hebb::require(validation < data.learn.size(), "--validation must be less than the ",
                    data.learn.size(), " training images, got ", validation);
      const Index kept = data.learn.size() - validation;
      data.test = hebb::subset(data.learn, hebb::range(kept, data.learn.size()));
      data.learn = hebb::subset(data.learn, hebb::range(0, kept));
    }
    const std::string tested = validation > 0 ? "held-out training images" : "test images";
    if (images > 0 && images < data.learn.size())
      data.learn = hebb::subset(data.learn, hebb::range(0, images));
    if (options.quick)
      data.test = hebb::subset(data.test, hebb::range(0, std::min<Index>(1000, data.test.size())));
    example::require_share("--batch", train.batch);
    train.updates = epochs * (data.learn.size() / train.batch);
    hebb::require(train.updates > 0, "--images must fill a batch of ", train.batch, ", got ",
                  data.learn.size());
    std::cout << "Learning from " << data.learn.size() << " unlabelled images, " << train.updates
              << " updates; the readout is tested on " << data.test.size() << " " << tested
              << ".\n";

    example::Checkpoints checkpoints{
        .directory = options.directory, .resume = resume, .settings = {}};
    checkpoints.settings.set("--data", choice.name());
    checkpoints.settings.set("digest of the images", example::digest_of({&data.learn}));
    checkpoints.settings.set("--seed", options.seed);
    checkpoints.settings.set("--width", sizes.width);
    checkpoints.settings.set("--last-width", sizes.last_width);
    checkpoints.settings.set("--first-norm", sizes.first_norm);
    checkpoints.settings.set("--batch", train.batch);
    checkpoints.settings.set("--epochs", epochs);
    // Published values are of the test images.
    const bool published = choice.dataset == example::Dataset::cifar10 && validation == 0;
    Results results;
    for (const long blocks : depths)
      for (const Naming& arm : arms) {
        if (std::ranges::find(chosen, arm.arm) == chosen.end()) continue;
        results.all.push_back(
            run(arm, blocks, sizes, train, readout, data.learn, data.test, checkpoints));
        summarize(results, summary);
        summary.write();
        std::cout << arm.title << ", " << blocks_of(blocks) << ": "
                  << example::fixed(results.all.back().outcome.test, 2) << " % of the " << tested
                  << ".\n";
      }
    if (!example::is_first_rank()) return;
    std::cout << '\n' << table_of(results, published) << '\n' << alarms_of(results) << '\n';
    write_report(results,
                 {choice.name(), published, tested, sizes, train, readout, &data.learn, &data.test,
                  data.class_names},
                 options);
  });
}
