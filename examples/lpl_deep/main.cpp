/// @file
/// A deep network, VGG-11, learns layer by layer from unlabelled images by Latent Predictive
/// Learning, and so do its controls: the same network without one of the three terms, with another
/// image's response to predict, with the loss at every location, without learning, and by two rules
/// that are not LPL.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023).
#include <algorithm>
#include <iostream>
#include <map>
#include <vector>

#include "arms.hpp"
#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "report.hpp"
#include "train.hpp"

namespace {

using namespace lpl_deep;
using example::Dataset;
using hebb::Index;

/// Images of this side, the given ones in the middle of black ones. VGG-11 halves them five times.
hebb::ImageSet padded(hebb::ImageSet set, Index side) {
  if (set.width >= side && set.height >= side) return set;
  const Index left = (side - set.width) / 2, top = (side - set.height) / 2;
  std::vector<std::uint8_t> pixels(std::size_t(set.size() * set.channels * side * side), 0);
  for (Index i = 0; i < set.size(); ++i)
    for (Index y = 0; y < set.height; ++y)
      std::copy_n(set.image(i) + set.channels * set.width * y, set.channels * set.width,
                  pixels.begin() + set.channels * (left + side * (top + y + side * i)));
  set.width = set.height = side;
  set.pixels = std::move(pixels);
  return set;
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("lpl_deep",
                           "Learns VGG-11 layer by layer from unlabelled images, by Latent "
                           "Predictive Learning and by its controls");
  Dataset dataset = Dataset::fashion;
  std::string path;
  Job job;
  Settings& settings = job.settings;
  std::vector<Arm> chosen;
  bool resume = false, on_validation = false;
  std::map<std::string, Arm> names;
  for (const Naming& each : arms) {
    names[each.name] = each.arm;
    chosen.push_back(each.arm);
  }
  const std::map<std::string, Dataset> datasets{
      {"fashion", Dataset::fashion}, {"mnist", Dataset::mnist}, {"cifar10", Dataset::cifar10}};
  auto& app = program.app;
  app.add_option("--data", dataset, "images: fashion (default), mnist or cifar10")
      ->transform(CLI::CheckedTransformer(datasets));
  app.add_option("--path", path, "folder with the data set's files");
  app.add_option("--arms", chosen, "which to run, separated by commas (default: all)")
      ->delimiter(',')
      ->transform(CLI::CheckedTransformer(names));
  app.add_option("--width", settings.width, "channels, as a factor on those of VGG-11")
      ->check(CLI::Range(0.02, 4.0))
      ->capture_default_str();
  app.add_option("--epochs", settings.epochs, "passes over the images; the schedule spans them")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--images", settings.images, "images to learn from")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", settings.batch, "pairs in a step")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  app.add_option("--eta", settings.eta, "Adam's learning rate")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-scale", settings.weight_scale,
                 "first weights are uniform in +- this / sqrt(fan-in)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-decay", settings.weight_decay, "coupled weight decay")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--readout-images", job.readout_images, "images that readouts are trained on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--curve", job.curve_points,
                 "points of LPL's learning curve, read out on validation images")
      ->capture_default_str();
  app.add_option("--curve-images", job.curve_images,
                 "images that readouts of the curve are trained on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--resume", resume, "continue every arm from its checkpoint in --out");
  app.add_flag("--validation", on_validation,
               "read out on validation images instead of the test set: for choosing settings");

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
    example::Images images = example::load(dataset, path);
    for (hebb::ImageSet* set : {&images.learn, &images.validation, &images.test})
      *set = padded(std::move(*set), 32);
    if (options.quick) images.test = hebb::subset(images.test, hebb::range(0, 1000));
    settings.images = std::min(settings.images, images.learn.size());
    hebb::require(settings.images >= settings.batch, "--images must fill a batch of ",
                  settings.batch, ", got ", settings.images);
    const hebb::ImageSet& test = on_validation ? images.validation : images.test;
    const example::Stream stream(example::StreamKind::augment, images, {}, {}, options.seed);
    std::cout << "Learning from " << settings.images << " unlabelled images, " << settings.epochs
              << " times, two views of each; reading out on " << test.size() << " "
              << (on_validation ? "validation" : "test") << " images.\n";

    example::RunSettings data;
    data.set("--data", example::name_of(dataset));
    data.set("digest of the images", example::digest_of({&images.learn, &images.validation}));
    Results results{.settings = settings, .readout_images = job.readout_images};
    const auto pixel_readout = [&](Index train_images, const hebb::ImageSet& set) {
      hebb::Matrix<float> train_pixels, pixels;
      stream.views(images.learn, hebb::range(0, std::min(train_images, images.learn.size())),
                   train_pixels);
      stream.views(set, hebb::range(0, set.size()), pixels);
      return example::readout(train_pixels, images.learn, pixels, set, options.seed);
    };
    results.pixels = pixel_readout(job.readout_images, test);
    if (job.curve_points > 0)
      results.curve_pixels = pixel_readout(job.curve_images, images.validation);

    for (const Naming& arm : arms) {
      if (std::find(chosen.begin(), chosen.end(), arm.arm) == chosen.end()) continue;
      with_rule(arm.arm, settings, options.seed, [&](const auto& rule, auto learning) {
        Job own = job;
        if (arm.arm != Arm::lpl) own.curve_points = 0;
        auto training = begin_training(
            make_network<decltype(learning)>(
                rule, {stream.channels(), stream.side(), stream.side()}, settings, options.seed),
            own, data);
        ArmResult result{.naming = arm};
        if (arm.arm != Arm::untrained) {
          const auto checkpoint = options.directory / (std::string(arm.name) + ".npz");
          if (resume && example::can_resume(checkpoint, training.settings))
            hebb::load_checkpoint(checkpoint, training);
          train(training, stream, own, arm.title, checkpoint);
          result.curve = training.curve;
          result.seconds = training.seconds;
        }
        result.outcome = evaluate(training.network, stream, job.readout_images, test, options.seed);
        results.arms.push_back(std::move(result));
      });
      judge(results, test);
      summarize(results, summary);
      summary.write();
    }
    print(results, std::cout);
    write_report(results, options, example::name_of(dataset));
  });
}
