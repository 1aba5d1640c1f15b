/// @file
/// The main example: a deep network learns from a stream of unlabelled images, layer by layer, by
/// latent predictive learning. A linear readout of every layer is compared with ablations and
/// controls made in the same run.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023).
#include <iostream>
#include <map>
#include <optional>

#include "common/command_line.hpp"
#include "common/image_choice.hpp"
#include "common/summary.hpp"
#include "experiment.hpp"
#include "report.hpp"

namespace {

using namespace lpl_vision;

/// The values of the command line.
struct Given {
  example::ImageChoice images;
  StreamKind kind = StreamKind::moving;
  Job job;
  hebb::MovingScenes scenes;
  std::optional<std::int64_t> steps;
  std::vector<Index> channels;
  Arm lpl{.name = "lpl", .title = "LPL"};
  bool full = false, resume = false, only_lpl = false, on_validation = false;
};

void add_options(example::Program& program, Given& given) {
  auto& app = program.app;
  Settings& settings = given.job.settings;
  given.images.add_options(program);
  program.one_of("--stream", given.kind, "difference between consecutive views", example::streams);
  app.add_option("--steps", given.steps, "training steps of every arm")->check(CLI::PositiveNumber);
  program.option("--batch", settings.batch, "pairs per step")->check(CLI::Range(2, 4096));
  program.positive("--eta", settings.eta, "Adam's learning rate");
  program.positive("--weight-scale", settings.weight_scale,
                   "first weights are uniform in +- this / sqrt(fan-in)");
  program.not_negative("--weight-decay", settings.weight_decay, "coupled weight decay");
  program.one_of("--bias", settings.bias, "biases of the layers",
                 {{"learned", hebb::Bias::learned}, {"none", hebb::Bias::none}});
  app.add_option("--channels", given.channels, "channels of the four layers")
      ->expected(4)
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  given.lpl.add_options(program);
  program.one_of("--first-layer", settings.first_layer,
                 "the first layer compares two views by pooled responses or place by place",
                 first_layers);
  program.one_of("--pixels", given.job.pixels, "pixels of moving scenes", example::pixel_scales);
  program.option("--scene", given.scenes.size, "side of a moving scene, in pixels");
  program.option("--patches", given.scenes.patches, "clutter patches in a moving scene");
  program.option("--patch-size", given.scenes.patch_size, "side of a clutter patch, in pixels");
  program.positive("--readout-images", given.job.readout_images,
                   "number of images for training the readouts");
  program.option("--curve", given.job.curve_points,
                 "points of the learning curve, read out on validation images");
  app.add_flag("--full", given.full, "train long, for the best result");
  app.add_flag("--resume", given.resume, "continue every arm from its checkpoint in --out");
  app.add_flag("--only-lpl", given.only_lpl, "leave out the ablated arms");
  app.add_flag("--validation", given.on_validation,
               "read out on validation images instead of the test set: for choosing settings");
}

void study(const Given& given, const example::Options& options) {
  example::Summary summary(options);
  Comparison comparison{.job = given.job,
                        .arms = {given.lpl},
                        .data = {},
                        .directory = options.directory,
                        .resume = given.resume};
  Job& job = comparison.job;
  job.seed = options.seed;
  job.settings.steps = given.steps.value_or(options.quick ? 100
                                            : given.full  ? 40'000
                                                          : job.settings.steps);
  if (options.quick) {
    job.readout_images = std::min<Index>(job.readout_images, 2000);
    job.curve_points = 0;
  }
  if (!given.channels.empty())
    std::copy(given.channels.begin(), given.channels.end(), job.settings.channels.begin());
  if (!given.only_lpl) comparison.arms = example::with_ablations(given.lpl);

  Images images = given.images.load(given.kind);
  if (options.quick)
    images.test =
        hebb::subset(images.test, hebb::range(0, std::min<Index>(2000, images.test.size())));
  given.images.add_to(comparison.data, images);
  const hebb::ImageSet& test = given.on_validation ? images.validation : images.test;
  const Stream stream(given.kind, images, given.scenes, {}, options.seed, given.job.pixels);
  std::cout << "Learning from " << images.learn.size() << " unlabelled images in "
            << stream.samples() << " pairs; reading out on " << test.size() << " "
            << (given.on_validation ? "validation" : "test") << " images.\n";

  example::require_share("--batch", job.settings.batch);
  Results results = run(comparison, stream, test, given.scenes);
  if (!example::is_first_rank()) return;
  if (given.on_validation) results.measured_on = "validation";
  print(results, std::cout);
  summarize(results, summary);
  summary.write();
  write_report(results, options, stream, test, given.lpl);
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program(
      "lpl_vision",
      "Learns a deep network layer by layer from unlabelled images, by Latent Predictive Learning");
  Given given;
  add_options(program, given);
  program.run_over_ranks();
  return program.run(argc, argv, [&](const example::Options& options) {
    given.lpl.add_missing_terms_to_title();
    study(given, options);
  });
}
