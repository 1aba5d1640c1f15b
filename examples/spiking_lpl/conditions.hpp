/// @file
/// Runs the chosen conditions side by side, with progress and checkpoints.
#pragma once

#include <memory>
#include <mutex>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "spiking_lpl/measure.hpp"

namespace recurrent {

using namespace example;

/// What the command line asks for.
struct Job {
  Setting setting;
  std::vector<Condition> chosen;
  Rates rates;
  bool resume = false;
  fs::path checkpoints;  // to continue from
  double save_every = 5000;
};

template <typename Scalar>
std::vector<Outcome> run_all(const Options& options, const Job& job) {
  std::vector<std::unique_ptr<Run<Scalar>>> runs;
  double left = 0;
  for (const Condition condition : job.chosen) {
    runs.push_back(std::make_unique<Run<Scalar>>(condition, job.setting, job.rates));
    const std::string name = condition_keys[condition] + ".npz";
    if (job.resume && can_resume(job.checkpoints / name, runs.back()->settings())) {
      runs.back()->load(job.checkpoints / name);
      if (!fs::equivalent(job.checkpoints, options.directory))
        runs.back()->save(options.directory / name);  // a later --resume finds all
    }
    left += std::max(0.0, job.setting.total() - runs.back()->seconds());
  }
  std::vector<Outcome> outcomes(runs.size());
  Progress progress("simulating", std::llround(left), "biological seconds");
  std::mutex shared;
  parallel_for(Index(runs.size()), [&](Index k) {
    stop_if_asked();
    Run<Scalar>& run = *runs[std::size_t(k)];
    Saving saving(options.directory / (condition_keys[job.chosen[std::size_t(k)]] + ".npz"),
                  [&](const fs::path& file) { run.save(file); });
    double saved = run.seconds();
    run.advance([&](double seconds) {
      if (run.seconds() - saved >= job.save_every) {
        saving.save();
        saved = run.seconds();
      }
      saving.after_step();
      const std::lock_guard lock(shared);
      progress.advance(std::llround(seconds));
    });
    saving.save();
    outcomes[std::size_t(k)] = measure(run);
    runs[std::size_t(k)].reset();
  });
  return outcomes;
}

}  // namespace recurrent
