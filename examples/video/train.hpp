/// @file
/// Training of one arm on a film.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "common/checkpoint.hpp"
#include "common/progress.hpp"
#include "common/watch.hpp"
#include "video/film.hpp"
#include "video/network.hpp"

namespace video {

/// The record of an arm's training.
struct Training {
  std::string name, title;
  /// Rows: step, predictive, Hebbian, decorrelation (means over layers).
  Matrix<double> losses{0, 4};
  Matrix<float> filters = {};  ///< of the first layer, one per column
  double seconds = 0;
  std::string troubles = {};  ///< alarms that were raised while it learned

  void each(auto&& visit) {
    visit("losses", losses);
    visit("seconds", seconds);
  }
};

/// Appends the step and the three loss terms of the current responses, as means over layers.
inline void append_losses(Network& network, Matrix<double>& table) {
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

/// The training of all arms.
struct Job {
  Settings settings;
  std::uint64_t seed = 1;
  std::filesystem::path directory;  ///< of the checkpoints
  bool resume = false;
  example::RunSettings film;  ///< identifies the film
};

/// All settings that affect what an arm learns and records.
inline example::RunSettings settings_of(const Job& job, const Arm& arm, const Film& film) {
  const Settings& s = job.settings;
  example::RunSettings all = job.film;
  all.set("--seed", job.seed);
  all.set("--size", film.shape.width);
  all.set("--steps", s.steps);
  all.set("--batch", s.batch);
  all.set("--lag", s.lag);
  all.set("--eta", s.eta);
  all.set("--weight-decay", s.weight_decay);
  all.set("--channels", std::span<const Index>(s.channels));
  arm.add_to(all);
  return all;
}

/// Trains on blocks of consecutive frames from random places of the film, the same blocks for every
/// arm.
inline void train(Network& network, const Film& film, const Job& job, const Arm& arm,
                  Training& record) {
  const hebb::Random random{.seed = job.seed};
  const Settings& settings = job.settings;
  example::Saving saving =
      example::Checkpoints{job.directory, job.resume, settings_of(job, arm, film)}.begin(
          arm.name, network, record);
  Matrix<float> frames;
  const std::int64_t interval = std::max<std::int64_t>(1, settings.steps / 200);
  example::Watch watch(job.directory, arm.name, record.title, network.step() > 0, settings.steps);
  example::Progress progress(record.title, settings.steps - network.step());
  while (network.step() < settings.steps) {
    const std::int64_t step = network.step();
    const auto began = std::chrono::steady_clock::now();
    const Index begin = random.stream("blocks")
                            .at(std::uint64_t(step))
                            .below(film.frames - settings.batch - settings.lag + 1);
    film.watch(begin, settings.batch + settings.lag, frames);
    network.train(frames);
    if (step % interval == 0) append_losses(network, record.losses);
    record.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    watch.monitor.step(network.step(), network);
    saving.after_step();
    progress.advance();
  }
  saving.save();
  record.troubles = watch.troubles();
}

/// Trains an arm, if `learns`, and calls look(network, training).
template <typename Look>
Training run_arm(const Arm& arm, const Film& film, const Job& job, bool learns, const Look& look) {
  Training training{.name = arm.name, .title = arm.title};
  Network network = make_network(film.shape, job.settings, arm, job.seed);
  if (learns) train(network, film, job, arm, training);
  training.filters = example::first_filters(network);
  look(network, training);
  return training;
}

/// The alarms of arms in lists of results, in a sentence.
std::string alarms_of(const auto&... results) {
  example::Alarms alarms;
  const auto add = [&](const auto& list) {
    for (const auto& arm : list) alarms.add(arm.training.title, arm.training.troubles);
  };
  (add(results), ...);
  return alarms.sentence();
}

}  // namespace video
