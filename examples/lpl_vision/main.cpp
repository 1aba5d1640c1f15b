/// @file
/// The main job: a deep network learns from a stream of unlabelled images, layer by layer, by
/// predicting what comes next, and a linear readout of every layer is compared with controls made
/// in the same run.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023).
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/summary.hpp"
#include "report.hpp"

namespace {

using namespace lpl_vision;
using example::Dataset;
using example::Images;
using example::readout;
using example::Stream;
using example::StreamKind;
using hebb::Index;

/// Everything of an arm that a checkpoint keeps: the network, and what was measured on the way.
struct Training {
  Network network;
  hebb::Batches batches;
  example::RunSettings settings;
  Record record = {};
  double seconds = 0;  ///< spent learning, views included

  void each(auto&& visit) {
    network.each(visit);
    batches.each(
        [&](std::string_view name, auto& value) { visit("batches." + std::string(name), value); });
    visit("losses", record.losses);
    visit("curve", record.curve);
    visit("seconds", seconds);
    settings.each(visit);
  }
};

void append_row(hebb::Matrix<double>& table, const hebb::Vector<double>& row) {
  table.conservativeResize(table.rows() + 1, row.size());
  table.row(table.rows() - 1) = row;
}

/// The three loss terms, each the mean over layers, for the responses that the network holds.
hebb::Vector<double> losses_now(Network& network) {
  hebb::Vector<double> row = hebb::Vector<double>::Zero(4);
  row(0) = double(network.step());
  network.for_each_layer([&](auto& layer, std::size_t) {
    const hebb::Matrix<float>& z = layer.response();
    const auto loss = layer.rule.loss(hebb::Response<float>(z, z));
    row(1) += loss.predictive / double(Network::depth);
    row(2) += loss.hebbian / double(Network::depth);
    row(3) += loss.decorrelation / double(Network::depth);
  });
  return row;
}

struct Job {
  Settings settings;
  Index readout_images = 20'000, curve_images = 5'000;
  std::int64_t curve_points = 5;
  std::uint64_t seed = 1;
};

/// All that decides what an arm learns and records, but for the images themselves.
example::RunSettings settings_of(const Job& job, const Arm& arm, StreamKind kind,
                                 const hebb::MovingScenes& scenes) {
  const Settings& s = job.settings;
  example::RunSettings all;
  all.set("--seed", job.seed);
  all.set("--stream", kind == StreamKind::moving ? "moving" : "augment");
  if (kind == StreamKind::moving) {
    all.set("--scene", scenes.size);
    all.set("--patches", scenes.patches);
    all.set("--patch-size", scenes.patch_size);
  }
  all.set("--steps", s.steps);
  all.set("--batch", s.batch);
  all.set("--eta", s.eta);
  all.set("--weight-scale", s.weight_scale);
  all.set("--weight-decay", s.weight_decay);
  all.set("--bias", s.bias == hebb::Bias::learned ? "learned" : "none");
  all.set("--channels", std::span<const Index>(s.channels));
  all.set("--predictive", arm.predictive);
  all.set("--hebbian", arm.hebbian);
  all.set("--decorrelation", arm.decorrelation);
  all.set("--curve", job.curve_points);
  return all;
}

/// Trains one arm for all steps. Along the way it reads out on validation images.
void train(Training& training, const Stream& stream, const Job& job, const std::string& title,
           const std::filesystem::path& checkpoint) {
  const std::int64_t steps = job.settings.steps,
                     every = std::max<std::int64_t>(
                         1, steps / std::max<std::int64_t>(1, job.curve_points));
  const hebb::ImageSet& learn = stream.images().learn;
  const hebb::ImageSet& validation = stream.images().validation;
  Network& network = training.network;
  hebb::Matrix<double>& curve = training.record.curve;
  hebb::Matrix<float> views;
  const auto measure = [&] {
    const Index count = std::min(job.curve_images, validation.size());
    const Features train_features =
        example::features(network, stream, learn, std::min(2 * count, learn.size()));
    const Features test_features = example::features(network, stream, validation, count);
    hebb::Vector<double> row(1 + Index(Network::depth));
    row(0) = double(network.step());
    for (std::size_t k = 0; k < Network::depth; ++k)
      row(1 + Index(k)) = readout(train_features[k], learn, test_features[k], validation, job.seed);
    append_row(curve, row);
  };
  const auto measured = [&] {
    return curve.rows() > 0 && curve(curve.rows() - 1, 0) == double(network.step());
  };
  example::Saving saving(checkpoint,
                         [&](const auto& file) { hebb::save_checkpoint(file, training); });
  example::Progress progress(title, steps - network.step());
  while (true) {
    const bool due = network.step() > 0 && (network.step() % every == 0 || network.step() == steps);
    if (job.curve_points > 0 && due && !measured()) {
      saving.save();  // a measurement that is interrupted is made again
      measure();
    }
    if (network.step() >= steps) break;
    const bool record_losses = network.step() % std::max<std::int64_t>(1, steps / 200) == 0;
    const auto began = std::chrono::steady_clock::now();
    stream.pairs(training.batches.next(), network.step(), views);
    network.train(views);
    training.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (record_losses) append_row(training.record.losses, losses_now(network));
    saving.after_step();
    progress.advance();
  }
  saving.save();
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program(
      "lpl_vision",
      "Learns a deep network layer by layer from unlabelled images, by Latent Predictive Learning");
  Dataset dataset = Dataset::fashion;
  StreamKind kind = StreamKind::moving;
  std::string path;
  Job job;
  hebb::MovingScenes scenes;
  hebb::Augmentation augmentation;
  std::optional<std::int64_t> steps;
  std::vector<Index> channels;
  Arm lpl{.name = "lpl", .title = "LPL"};
  bool full = false, resume = false, only_lpl = false, on_validation = false;

  const std::map<std::string, Dataset> datasets{
      {"fashion", Dataset::fashion}, {"mnist", Dataset::mnist}, {"cifar10", Dataset::cifar10}};
  const std::map<std::string, StreamKind> kinds{{"moving", StreamKind::moving},
                                                {"augment", StreamKind::augment}};
  auto& app = program.app;
  app.add_option("--data", dataset, "images: fashion (default), mnist or cifar10")
      ->transform(CLI::CheckedTransformer(datasets));
  app.add_option("--path", path, "folder with the data set's files");
  app.add_option("--stream", kind,
                 "what changes from one view to the next: moving (default) or augment")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--steps", steps, "training steps of every arm")->check(CLI::PositiveNumber);
  app.add_option("--batch", job.settings.batch, "pairs in a step")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  app.add_option("--eta", job.settings.eta, "Adam's learning rate")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-scale", job.settings.weight_scale,
                 "first weights are uniform in +- this / sqrt(fan-in)")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-decay", job.settings.weight_decay, "coupled weight decay")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  const std::map<std::string, hebb::Bias> biases{{"learned", hebb::Bias::learned},
                                                 {"none", hebb::Bias::none}};
  app.add_option("--bias", job.settings.bias, "learned (default) or none")
      ->transform(CLI::CheckedTransformer(biases));
  app.add_option("--channels", channels, "channels of the four layers")
      ->expected(4)
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  app.add_option("--predictive", lpl.predictive, "coefficient of the predictive term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--hebbian", lpl.hebbian, "coefficient of the Hebbian term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--decorrelation", lpl.decorrelation, "coefficient of the decorrelation term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--scene", scenes.size, "side of a moving scene, in pixels")
      ->capture_default_str();
  app.add_option("--patches", scenes.patches, "clutter patches in a moving scene")
      ->capture_default_str();
  app.add_option("--patch-size", scenes.patch_size, "side of a clutter patch, in pixels")
      ->capture_default_str();
  app.add_option("--readout-images", job.readout_images, "images that readouts are trained on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--curve", job.curve_points,
                 "points of the learning curve, read out on validation images")
      ->capture_default_str();
  app.add_flag("--full", full, "train long, for the best result");
  app.add_flag("--resume", resume, "continue every arm from its checkpoint in --out");
  app.add_flag("--only-lpl", only_lpl, "leave the ablated arms out");
  app.add_flag("--validation", on_validation,
               "read out on validation images instead of the test set: for choosing settings");

  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    job.seed = options.seed;
    job.settings.steps = steps.value_or(options.quick ? 100 : full ? 40'000 : job.settings.steps);
    if (options.quick) {
      job.readout_images = std::min<Index>(job.readout_images, 2000);
      job.curve_points = 0;
    }
    if (!channels.empty())
      std::copy(channels.begin(), channels.end(), job.settings.channels.begin());

    Images images = example::load(dataset, path);
    if (options.quick) images.test = hebb::subset(images.test, hebb::range(0, 2000));
    const hebb::ImageSet& test = on_validation ? images.validation : images.test;
    const Stream stream(kind, images, scenes, augmentation, options.seed);
    const hebb::ImageShape input{stream.channels(), stream.side(), stream.side()};

    {  // What the stream refuses is known before anything is learned.
      hebb::Matrix<float> drawn;
      stream.pairs(hebb::range(0, 2), 0, drawn);
    }
    const hebb::Batches batches({.samples = images.learn.size(),
                                 .batch = job.settings.batch,
                                 .random = {.seed = options.seed}});
    Results results{.settings = job.settings,
                    .classes = images.class_names,
                    .readout_images = job.readout_images};
    std::cout << "Learning from " << images.learn.size()
              << " unlabelled images, two views of each; reading out on " << test.size() << " "
              << (on_validation ? "validation" : "test") << " images.\n";

    Arm no_predictive = lpl, no_hebbian = lpl, no_decorrelation = lpl;
    no_predictive.name = "no_predictive", no_predictive.title = "prediction off",
    no_predictive.predictive = 0;
    no_hebbian.name = "no_hebbian", no_hebbian.title = "Hebbian off", no_hebbian.hebbian = 0;
    no_decorrelation.name = "no_decorrelation", no_decorrelation.title = "decorrelation off",
    no_decorrelation.decorrelation = 0;
    std::vector<Arm> arms{lpl};
    if (!only_lpl) arms.insert(arms.end(), {no_predictive, no_hebbian, no_decorrelation});

    // Controls that learn nothing: the same first weights, and no network at all.
    Network untrained = make_network(input, job.settings, lpl, options.seed);
    results.arms.push_back(
        {.name = "untrained",
         .title = "untrained",
         .outcome = evaluate(untrained, stream, job.readout_images, test, options.seed)});
    {
      hebb::Matrix<float> train_pixels, test_pixels;
      stream.views(images.learn, hebb::range(0, std::min(job.readout_images, images.learn.size())),
                   train_pixels);
      stream.views(test, hebb::range(0, test.size()), test_pixels);
      results.pixels = readout(train_pixels, images.learn, test_pixels, test, options.seed);
      results.test_pixels = std::move(test_pixels);
    }

    const std::string digest = example::digest_of({&images.learn, &images.validation});
    for (const Arm& arm : arms) {
      const bool main_arm = arm.name == "lpl";
      Job own = job;
      if (!main_arm) own.curve_points = 0;
      Training training{.network = make_network(input, job.settings, arm, options.seed),
                        .batches = batches,
                        .settings = settings_of(own, arm, kind, scenes)};
      training.settings.set("--data", example::name_of(dataset));
      training.settings.set("digest of the images", digest);
      const auto checkpoint = options.directory / (arm.name + ".npz");
      if (resume && example::can_resume(checkpoint, training.settings))
        hebb::load_checkpoint(checkpoint, training);
      train(training, stream, own, arm.title, checkpoint);
      if (main_arm)
        results.pairs_per_second =
            double(job.settings.steps * job.settings.batch) / training.seconds;
      results.arms.push_back(
          {.name = arm.name,
           .title = arm.title,
           .outcome = evaluate(training.network, stream, job.readout_images, test, options.seed),
           .record = training.record,
           .seconds = training.seconds});
      if (main_arm) results.filters = first_filters(training.network);
    }
    results.verdict = example::nothing_learned(
        lpl.title, results.arm("lpl")->outcome.accuracy.back(), test.classes, test.size(),
        {{"untrained network", results.arm("untrained")->outcome.accuracy.back()},
         {"raw pixels", results.pixels}});
    print(results, std::cout);
    summarize(results, summary);
    write_report(results, options, stream, test, lpl);
    summary.write();
  });
}
