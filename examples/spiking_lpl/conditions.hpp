/// @file
/// Runs the chosen conditions side by side, with progress and checkpoints.
#pragma once

#include <memory>
#include <mutex>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/ranks.hpp"
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

/// Runs or continues some of the chosen conditions side by side, each to its checkpoint. Calls
/// done(k, run) with each that has ended, on a thread of its own.
template <typename Scalar>
void run_some(const Options& options, const Job& job, const std::vector<std::size_t>& some,
              const auto& done) {
  std::vector<std::unique_ptr<Run<Scalar>>> runs;
  double left = 0;
  for (const std::size_t k : some) {
    const Condition condition = job.chosen[k];
    runs.push_back(std::make_unique<Run<Scalar>>(condition, job.setting, job.rates));
    const std::string name = condition_keys[condition] + ".npz";
    if (job.resume &&
        can_resume(job.checkpoints / name, runs.back()->settings(), Loop::of_this_rank)) {
      runs.back()->load(job.checkpoints / name);
      if (!fs::equivalent(job.checkpoints, options.directory))
        runs.back()->save(options.directory / name);  // a later --resume finds all
    }
    left += std::max(0.0, job.setting.total() - runs.back()->seconds());
  }
  Progress progress("simulating", std::llround(left), "biological seconds");
  std::mutex shared;
  parallel_for(Index(runs.size()), [&](Index at) {
    stop_if_asked();
    const std::size_t k = some[std::size_t(at)];
    Run<Scalar>& run = *runs[std::size_t(at)];
    Saving saving(
        options.directory / (condition_keys[job.chosen[k]] + ".npz"),
        [&](const fs::path& file) { run.save(file); }, Loop::of_this_rank);
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
    done(k, run);
    runs[std::size_t(at)].reset();
  });
}

/// The outcomes of all chosen conditions. Each rank runs some of them: a network of 125 neurons is
/// too small to divide, since ranks would exchange spikes every 0.1 ms of its time. Rank 0 then
/// reads the checkpoints of the others, and alone has all outcomes.
template <typename Scalar>
std::vector<Outcome> run_all(const Options& options, const Job& job) {
  std::vector<Outcome> outcomes(job.chosen.size());
  std::vector<std::size_t> own, others;
  for (std::size_t k = 0; k < job.chosen.size(); ++k)
    (int(k) % ranks().size() == ranks().rank() ? own : others).push_back(k);
  run_some<Scalar>(options, job, own,
                   [&](std::size_t k, auto& run) { outcomes[k] = measure(run); });
  largest_of_ranks(0);  // the checkpoints of all ranks are written
  if (!is_first_rank()) return outcomes;
  for (const std::size_t k : others) {
    Run<Scalar> run(job.chosen[k], job.setting, job.rates);
    run.load(options.directory / (condition_keys[job.chosen[k]] + ".npz"));
    outcomes[k] = measure(run);
  }
  return outcomes;
}

}  // namespace recurrent
