/// @file
/// A deep network watches a film and learns, layer by layer, to predict its own next response;
/// then: does each of its units speak of one of the factors that the film moved?
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), Extended Data (Shapes3D).
#include <chrono>
#include <iostream>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/summary.hpp"
#include "video/report.hpp"

namespace {

using namespace video;

/// The three loss terms, each the mean over layers, for the responses that the network holds.
void append_losses(Network& network, Matrix<double>& table) {
  hebb::Vector<double> row = hebb::Vector<double>::Zero(4);
  row(0) = double(network.step());
  network.for_each_layer([&](auto& layer, std::size_t) {
    const auto loss = layer.rule.loss(layer.response());
    row.tail(3) += hebb::Vector<double>{{loss.predictive, loss.hebbian, loss.decorrelation}} /
                   double(Network::depth);
  });
  table.conservativeResize(table.rows() + 1, 4);
  table.row(table.rows() - 1) = row;
}

/// How an arm is trained, and where it is kept.
struct Job {
  Settings settings;
  std::uint64_t seed = 1;
  std::filesystem::path directory;  ///< of the checkpoints
  bool resume = false;
  example::RunSettings film;  ///< what tells this film from others
};

/// All that decides what an arm learns and records.
example::RunSettings settings_of(const Job& job, const Arm& arm, const Film& film) {
  const Settings& s = job.settings;
  example::RunSettings all = job.film;
  all.set("--seed", job.seed);
  all.set("--size", film.shape.width);
  all.set("--steps", s.steps);
  all.set("--batch", s.batch);
  all.set("--eta", s.eta);
  all.set("--weight-decay", s.weight_decay);
  all.set("--channels", std::span<const Index>(s.channels));
  all.set("--predictive", arm.predictive);
  all.set("--hebbian", arm.hebbian);
  all.set("--decorrelation", arm.decorrelation);
  return all;
}

/// Trains on blocks of consecutive frames from anywhere in the film, the same blocks for every arm.
void train(Network& network, const Film& film, const Job& job, const Arm& arm, Training& record) {
  const hebb::Random random{.seed = job.seed};
  const Settings& settings = job.settings;
  example::Saving saving =
      example::Checkpoints{job.directory, job.resume, settings_of(job, arm, film)}.begin(
          arm.name, network, record);
  Matrix<float> frames;
  example::Progress progress(record.title, settings.steps - network.step());
  while (network.step() < settings.steps) {
    const std::int64_t step = network.step();
    const auto began = std::chrono::steady_clock::now();
    const Index begin =
        random.stream("blocks").at(std::uint64_t(step)).below(film.frames - settings.batch);
    film.watch(begin, settings.batch + 1, frames);
    network.train(frames);
    if (step % std::max<std::int64_t>(1, settings.steps / 200) == 0)
      append_losses(network, record.losses);
    record.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    saving.after_step();
    progress.advance();
  }
  saving.save();
}

/// Trains an arm, or leaves it as it is, and hands it to `look`.
template <typename Look>
Training run_arm(const Arm& arm, const Film& film, const Job& job, bool learns, const Look& look) {
  Training training{.name = arm.name, .title = arm.title};
  Network network = make_network(film.shape, job.settings, arm, job.seed);
  if (learns) train(network, film, job, arm, training);
  training.filters = first_filters(network);
  look(network, training);
  return training;
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program("video",
                           "A network learns from film, and each unit comes to speak of one of the "
                           "factors that move in it.");
  Settings settings;
  Protocol protocol;
  Arm lpl{.name = "lpl", .title = "LPL"};
  Index size = 32;
  std::int64_t steps = settings.steps;
  std::vector<Index> channels;
  std::string frames;
  bool only_lpl = false, resume = false;
  auto& app = program.app;
  app.add_option(
      "--frames", frames,
      "your film: a folder of PNG, PGM or PPM frames, or an IDX file; generated clips without it");
  app.add_option("--size", size, "width and height of what the network sees, pixels")
      ->check(CLI::Range(32, 256))
      ->capture_default_str();
  app.add_option("--steps", steps, "training steps of every arm")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", settings.batch, "pairs of frames in a step")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  app.add_option("--eta", settings.eta, "Adam's learning rate")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-decay", settings.weight_decay, "coupled weight decay")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--predictive", lpl.predictive, "coefficient of the predictive term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--hebbian", lpl.hebbian, "coefficient of the Hebbian term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--decorrelation", lpl.decorrelation, "coefficient of the decorrelation term")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--channels", channels, "channels of the five layers")
      ->expected(5)
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  app.add_option("--scenes", protocol.scenes, "random scenes that votes and probes are made on")
      ->check(CLI::Range(1000, 200'000))
      ->capture_default_str();
  app.add_option("--images", protocol.images, "scenes in a draw of the vote")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  app.add_flag("--only-lpl", only_lpl, "leave out the arms that lack a term");
  app.add_flag("--resume", resume, "continue every arm from its checkpoint in --out");

  return program.run(argc, argv, [&](const example::Options& options) {
    example::Summary summary(options);
    settings.steps = options.quick ? std::min<std::int64_t>(steps, 40) : steps;
    if (!channels.empty()) std::copy(channels.begin(), channels.end(), settings.channels.begin());
    protocol.seed = options.seed;
    if (options.quick)
      protocol.scenes = 2000, protocol.repetitions = 2, protocol.contexts = 20,
      protocol.images = 100;
    hebb::require(protocol.images <= protocol.scenes, "--images: a draw of ", protocol.images,
                  " scenes is more than there are, ", protocol.scenes);
    Job job{.settings = settings,
            .seed = options.seed,
            .directory = options.directory,
            .resume = resume,
            .film = {}};

    Arm no_predictive = lpl, no_hebbian = lpl, no_decorrelation = lpl, untrained = lpl;
    no_predictive.name = "no_predictive", no_predictive.title = "prediction off",
    no_predictive.predictive = 0;
    no_hebbian.name = "no_hebbian", no_hebbian.title = "Hebbian off", no_hebbian.hebbian = 0;
    no_decorrelation.name = "no_decorrelation", no_decorrelation.title = "decorrelation off",
    no_decorrelation.decorrelation = 0;
    untrained.name = untrained.title = "untrained";
    std::vector<Arm> arms{lpl};
    if (!only_lpl) arms.insert(arms.end(), {no_predictive, no_hebbian, no_decorrelation});
    if (!frames.empty()) {
      example::require_data(frames, "point --frames to a folder of frames or an IDX file");
      const Film film = users_film(frames, size);
      job.settings.batch = settings.batch = std::min(settings.batch, film.frames - 1);
      job.film.set("--frames", "a film");
      job.film.set("digest of the film", example::hexadecimal(film.digest));
      std::vector<Watched> results;
      const auto look = [&](Network& network, Training& training) {
        results.push_back(watch(network, film, training));
      };
      for (const Arm& arm : arms) run_arm(arm, film, job, true, look);
      run_arm(untrained, film, job, false, look);
      show(results, film, settings, options, summary);
    } else {
      const hebb::Shapes3d shapes(size);
      const hebb::Clips clips({.random = {.seed = options.seed}});
      const Film film = generated_film(shapes, clips);
      job.film.set("--frames", "generated clips");
      std::vector<Judged> results;
      const auto look = [&](Network& network, Training& training) {
        results.push_back({training, evaluate(layers_of(network), shapes, clips, film, protocol)});
      };
      for (const Arm& arm : arms) run_arm(arm, film, job, true, look);
      run_arm(untrained, film, job, false, look);
      results.push_back({{.name = "pixels", .title = "raw pixels"},
                         evaluate(pixels(), shapes, clips, film, protocol)});
      show(results, shapes, clips, film, settings, protocol, options, summary);
    }
    summary.write();
  });
}
