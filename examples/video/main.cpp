/// @file
/// A deep network sees a film and learns, layer by layer, to predict its own next response. The
/// measure is whether each of its units depends on one of the factors that change in the film.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), Extended Data (Shapes3D).
#include <optional>
#include <vector>

#include "common/command_line.hpp"
#include "common/summary.hpp"
#include "video/film_report.hpp"
#include "video/report.hpp"

namespace {

using namespace video;

/// The values of the command line.
struct Given {
  Settings settings;
  Protocol protocol;
  Arm lpl{.name = "lpl", .title = "LPL"};
  Index size = 32;
  std::vector<Index> channels;
  std::string frames;
  std::optional<Index> lag;
  std::vector<Index> lags;
  bool only_lpl = false, resume = false;
};

void add_options(example::Program& program, Given& given) {
  Settings& settings = given.settings;
  program.app.add_option(
      "--frames", given.frames,
      "your film: a folder of PNG, PGM or PPM frames, or an IDX file; generated clips without it");
  program.option("--size", given.size, "width and height of the network's input, pixels")
      ->check(CLI::Range(32, 256));
  program.positive("--steps", settings.steps, "training steps of every arm");
  program.option("--batch", settings.batch, "pairs of frames per step")->check(CLI::Range(2, 4096));
  program.app
      .add_option("--lag", given.lag,
                  "frames between the two views of a pair; by default 1, of your film the first "
                  "lag at which the autocorrelation of its pixels is below 0.5")
      ->check(CLI::Range(1, 1'000'000));
  program.app.add_option("--lags", given.lags, "lags to compare on your film, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000));
  program.positive("--eta", settings.eta, "Adam's learning rate");
  program.not_negative("--weight-decay", settings.weight_decay, "coupled weight decay");
  given.lpl.add_options(program);
  program.app.add_option("--channels", given.channels, "channels of the five layers")
      ->expected(5)
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  program.option("--scenes", given.protocol.scenes, "random scenes for votes and readouts")
      ->check(CLI::Range(1000, 200'000));
  program.option("--images", given.protocol.images, "scenes per draw of the vote")
      ->check(CLI::Range(2, 100'000));
  program.app.add_flag("--only-lpl", given.only_lpl, "leave out the arms that lack a term");
  program.app.add_flag("--resume", given.resume, "continue every arm from its checkpoint in --out");
}

void study(Given given, const example::Options& options) {
  example::Summary summary(options);
  Settings& settings = given.settings;
  Protocol& protocol = given.protocol;
  if (!given.channels.empty())
    std::copy(given.channels.begin(), given.channels.end(), settings.channels.begin());
  protocol.seed = options.seed;
  if (options.quick) {
    settings.steps = std::min<std::int64_t>(settings.steps, 40);
    protocol.scenes = 2000, protocol.repetitions = 2, protocol.contexts = 20;
    protocol.images = 100;
  }
  hebb::require(protocol.images <= protocol.scenes, "--images: a draw of ", protocol.images,
                " scenes is more than there are, ", protocol.scenes);
  Job job{.settings = settings,
          .seed = options.seed,
          .directory = options.directory,
          .resume = given.resume,
          .film = {}};
  std::vector<Arm> arms{given.lpl};
  if (!given.only_lpl) arms = example::with_ablations(given.lpl);
  Arm untrained = given.lpl;
  untrained.name = untrained.title = "untrained";
  const auto run_arms = [&](const Film& film, const auto& look) {
    for (const Arm& arm : arms) run_arm(arm, film, job, true, look);
    run_arm(untrained, film, job, false, look);
  };
  if (!given.frames.empty()) {
    example::require_data(given.frames, "point --frames to a folder of frames or an IDX file");
    const Film film = users_film(given.frames, given.size);
    LagStudy lag_study = begin_lag_study(film, given.lag, given.lags, settings);
    job.settings = settings;
    job.film.set("--frames", "a film");
    job.film.set("digest of the film", example::hexadecimal(film.digest));
    std::vector<Watched> results;
    run_arms(film, [&](Network& network, Training& training) {
      results.push_back(watch(network, film, training, options.seed));
    });
    for (const Index lag : given.lags) {
      Arm arm = given.lpl;
      arm.name += "_lag" + std::to_string(lag);
      arm.title += ", lag " + std::to_string(lag);
      job.settings.lag = lag;
      run_arm(arm, film, job, true, [&](Network& network, Training& training) {
        lag_study.arms.push_back(watch(network, film, training, options.seed));
      });
    }
    show(results, lag_study, film, settings, options, summary);
  } else {
    hebb::require(given.lags.empty(), "--lags needs a film, --frames");
    settings.lag = given.lag.value_or(1);
    job.settings = settings;
    const hebb::Shapes3d shapes(given.size);
    const hebb::Clips clips({.random = {.seed = options.seed}});
    const Film film = generated_film(shapes, clips);
    job.film.set("--frames", "generated clips");
    std::vector<Judged> results;
    run_arms(film, [&](Network& network, Training& training) {
      results.push_back({training, evaluate(layers_of(network), shapes, clips, film, protocol)});
    });
    results.push_back({{.name = "pixels", .title = "raw pixels"},
                       evaluate(pixels(), shapes, clips, film, protocol)});
    show(results, shapes, clips, film, settings, protocol, options, summary);
  }
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  example::Program program(
      "video",
      "A network learns from film; do its units depend on single factors that change in it?");
  Given given;
  add_options(program, given);
  return program.run(argc, argv, [&](const example::Options& options) {
    given.lpl.add_missing_terms_to_title();
    study(given, options);
  });
}
