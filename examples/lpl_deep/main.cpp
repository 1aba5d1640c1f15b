/// @file
/// A deep network, VGG-11, learns layer by layer from unlabelled images by latent predictive
/// learning (LPL). Controls are the same network without one of the three terms, with another
/// image's response to predict, with the loss at every location, without learning, and with two
/// rules other than LPL.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023).
#include <algorithm>
#include <iostream>
#include <map>
#include <vector>

#include "common/command_line.hpp"
#include "common/image_choice.hpp"
#include "common/pad.hpp"
#include "common/summary.hpp"
#include "experiment.hpp"
#include "report.hpp"

namespace {

using namespace lpl_deep;
using hebb::Index;

}  // namespace

int main(int argc, char** argv) {
  example::Program program("lpl_deep",
                           "Learns VGG-11 layer by layer from unlabelled images, by Latent "
                           "Predictive Learning and by its controls");
  example::ImageChoice choice;
  example::StreamKind kind = example::StreamKind::augment;
  Job job;
  Settings& settings = job.settings;
  std::vector<Arm> chosen;
  bool resume = false, on_validation = false;
  std::map<std::string, Arm> names;
  for (const Naming& each : arms) {
    names[each.name] = each.arm;
    chosen.push_back(each.arm);
  }
  auto& app = program.app;
  choice.add_options(program);
  program.one_of(
      "--stream", kind, "difference between the two views",
      {{"augment", example::StreamKind::augment}, {"sequence", example::StreamKind::sequence}});
  program.some_of("--arms", chosen, "arms to run", names);
  program.option("--width", settings.width, "channels, as a factor of those of VGG-11")
      ->check(CLI::Range(0.02, 4.0));
  program.option("--epochs", settings.epochs, "passes over the images; the schedule spans them")
      ->check(CLI::Range(1, 100'000));
  program.positive("--images", settings.images, "number of images to learn from");
  program.option("--batch", settings.batch, "pairs per step")->check(CLI::Range(2, 4096));
  program.positive("--eta", settings.eta, "Adam's learning rate");
  program.positive("--weight-scale", settings.weight_scale,
                   "first weights are uniform in +- this / sqrt(fan-in)");
  program.not_negative("--weight-decay", settings.weight_decay, "coupled weight decay");
  program.positive("--readout-images", job.readout_images,
                   "number of images for training the readouts");
  program.option(
      "--curve", job.curve_points,
      "points of the learning curves of LPL and of shuffled pairs, on validation images");
  program.positive("--curve-images", job.curve_images,
                   "number of images for training the readouts of the curve");
  app.add_flag("--resume", resume, "continue every arm from its checkpoint in --out");
  app.add_flag("--validation", on_validation,
               "read out on validation images instead of the test set: for choosing settings");

  program.run_over_ranks();
  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    job.seed = options.seed;
    if (options.quick) {
      settings.width = 0.125;
      settings.images = 640;
      settings.epochs = 1;
      job.readout_images = 1000;
      job.curve_points = 0;
    }
    example::Images images = choice.load(kind);
    for (hebb::ImageSet* set : {&images.learn, &images.validation, &images.test})
      *set = example::padded(*set, 32, 32);
    if (options.quick)
      images.test =
          hebb::subset(images.test, hebb::range(0, std::min<Index>(1000, images.test.size())));
    const example::Stream stream(kind, images, {}, {}, options.seed);
    settings.images = std::min(settings.images, stream.samples());
    hebb::require(settings.images >= settings.batch, "--images must fill a batch of ",
                  settings.batch, ", got ", settings.images);
    const hebb::ImageSet& test = on_validation ? images.validation : images.test;
    std::cout << "Learning from " << settings.images
              << (kind == example::StreamKind::sequence ? " pairs of consecutive views, "
                                                        : " unlabelled images, ")
              << settings.epochs << " times, two views of each; reading out on " << test.size()
              << " " << (on_validation ? "validation" : "test") << " images.\n";

    example::RunSettings data;
    choice.add_to(data, images);
    data.set("--stream", example::name_of(kind, example::streams));
    Results results{.settings = settings,
                    .readout_images = job.readout_images,
                    .measured_on = on_validation ? "validation" : "test"};
    example::require_share("--batch", settings.batch);
    run_pixels(job, stream, test, results);
    for (const Naming& arm : arms) {
      if (std::find(chosen.begin(), chosen.end(), arm.arm) == chosen.end()) continue;
      results.arms.push_back(run_arm(arm, job, data, stream, test, options.directory, resume));
      judge(results, test);
      summarize(results, summary);
      summary.write();
    }
    if (!example::is_first_rank()) return;
    print(results, std::cout);
    write_report(results, options, choice.dataset, kind);
  });
}
