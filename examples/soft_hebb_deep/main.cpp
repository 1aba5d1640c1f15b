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
  double width = 1;
  Index images = 0, epochs = 1;
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
  program.option("--width", width, "channels, as a factor of the published ones")
      ->check(CLI::Range(0.02, 4.0));
  program.not_negative("--images", images, "number of images to learn from; 0: all");
  program.option("--epochs", epochs, "passes over the images")->check(CLI::Range(1, 1000));
  program.option("--batch", train.batch, "images per update")->check(CLI::Range(1, 4096));
  program.option("--readout-epochs", readout.epochs, "passes of the readout over the features")
      ->check(CLI::Range(1, 100'000));
  program.option("--dropout", readout.dropout, "share of the features that the readout drops")
      ->check(CLI::Range(0.0, 0.99));
  app.add_flag("--resume", resume, "continue every network from its checkpoint in --out");

  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    train.seed = readout.seed = options.seed;
    if (options.quick) {
      width = 1.0 / 12;
      images = 1000;
      readout.epochs = 30;
      depths = {1, 2, 3};
    }
    example::Images data = choice.load_all();
    if (images > 0 && images < data.learn.size())
      data.learn = hebb::subset(data.learn, hebb::range(0, images));
    if (options.quick)
      data.test = hebb::subset(data.test, hebb::range(0, std::min<Index>(1000, data.test.size())));
    train.updates = epochs * (data.learn.size() / train.batch);
    hebb::require(train.updates > 0, "--images must fill a batch of ", train.batch, ", got ",
                  data.learn.size());
    std::cout << "Learning from " << data.learn.size() << " unlabelled images, " << train.updates
              << " updates; the readout is tested on " << data.test.size() << " images.\n";

    example::Checkpoints checkpoints{
        .directory = options.directory, .resume = resume, .settings = {}};
    checkpoints.settings.set("--data", choice.name());
    checkpoints.settings.set("digest of the images", example::digest_of({&data.learn}));
    checkpoints.settings.set("--seed", options.seed);
    checkpoints.settings.set("--width", width);
    checkpoints.settings.set("--batch", train.batch);
    checkpoints.settings.set("--epochs", epochs);
    const bool cifar = choice.dataset == example::Dataset::cifar10;
    Results results;
    for (const long blocks : depths)
      for (const Naming& arm : arms) {
        if (std::ranges::find(chosen, arm.arm) == chosen.end()) continue;
        results.all.push_back(
            run(arm, blocks, width, train, readout, data.learn, data.test, checkpoints));
        summarize(results, summary);
        summary.write();
        std::cout << arm.title << ", " << blocks_of(blocks) << ": "
                  << example::fixed(results.all.back().outcome.test, 2)
                  << " % of the test images.\n";
      }
    std::cout << '\n' << table_of(results, cifar) << '\n' << alarms_of(results) << '\n';
    write_report(
        results,
        {choice.name(), cifar, width, train, readout, &data.learn, &data.test, data.class_names},
        options);
  });
}
