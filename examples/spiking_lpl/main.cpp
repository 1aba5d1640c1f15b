/// @file
/// A recurrent network of spiking neurons learns by latent predictive learning, with inhibitory
/// plasticity. It comes to follow the two slow signals among its inputs and to ignore the others.
/// Five conditions show what each part does.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), figure 5.

#include <iostream>

#include "spiking_lpl/report.hpp"

using namespace hebb;
using namespace example;
using namespace recurrent;

int main(int argc, char** argv) {
  Program program("spiking_lpl",
                  "A recurrent network of spiking neurons learns to follow predictable inputs.");
  Job job;
  std::string precision = "double", rates, resume;
  std::vector<std::string> chosen;
  program.app
      .add_option("--seconds", job.setting.seconds,
                  "biological seconds of learning, after 3 tau_mean without; the paper has 100000")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app
      .add_option("--tau-mean", job.setting.tau_mean, "time constant of the running mean, s")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  program.app.add_option("--eta", job.setting.eta, "learning rate, mV ms")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.app
      .add_option("--conditions", chosen,
                  "some of lpl, no_prediction, no_hebbian, no_inhibition, fixed_inhibition; all "
                  "unless given")
      ->delimiter(',')
      ->check(
          CLI::IsMember(std::vector<std::string>(condition_keys.begin(), condition_keys.end())));
  program.app.add_option("--precision", precision, "double or float")
      ->check(CLI::IsMember({"double", "float"}))
      ->capture_default_str();
  program.app.add_option("--rates", rates,
                         "a CSV file with the rates of P1, P1ctl, P2 and P2ctl in its columns 2 to "
                         "5, every 10 ms; made anew unless given");
  program.app
      .add_option(
          "--resume", resume,
          "continue from the checkpoints <condition>.npz in this directory (default: --out)")
      ->expected(0, 1);
  program.app.add_option("--save-every", job.save_every, "biological seconds between checkpoints")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.run_over_ranks();
  return program.run(argc, argv, [&](const Options& options) {
    if (options.quick && program.app.count("--seconds") == 0) job.setting.seconds = 60;
    if (options.quick && program.app.count("--tau-mean") == 0) job.setting.tau_mean = 10;
    if (options.quick && program.app.count("--eta") == 0) job.setting.eta = 2;
    require(job.setting.seconds >= 1, "--seconds must be at least 1, got ", job.setting.seconds);
    job.setting.seed = options.seed;
    job.setting.window =
        std::min({job.setting.window, job.setting.seconds, 0.6 * job.setting.priming()});
    for (std::size_t c = 0; c < conditions; ++c)
      if (chosen.empty() || std::count(chosen.begin(), chosen.end(), condition_keys[c]))
        job.chosen.push_back(Condition(c));
    job.resume = program.app.count("--resume") > 0;
    job.checkpoints = resume.empty() ? options.directory : fs::path(resume);
    if (job.resume)
      require_data(job.checkpoints, "give --resume the --out directory of an earlier run");
    if (!rates.empty()) require_data(rates, "leave --rates out to make rates");
    job.rates = rates.empty() ? make_rates(Random{.seed = options.seed}) : read_rates(rates);

    Summary summary(options);
    const std::vector<Outcome> outcomes =
        precision == "float" ? run_all<float>(options, job) : run_all<double>(options, job);
    if (!is_first_rank()) return;
    std::cout << results_table(job, outcomes);
    for (std::size_t k = 0; k < outcomes.size(); ++k)
      std::cout << condition_names[job.chosen[k]] << ": " << fixed(outcomes[k].us_per_step, 2)
                << " us per step, " << fixed(1e6 * dt / outcomes[k].us_per_step, 0)
                << " times real time; correlation before learning "
                << fixed(outcomes[k].before.correlation, 3) << " (paper "
                << fixed(published_start, 3) << ")\n";
    if (const std::string words = verdict(job, outcomes); !words.empty())
      std::cout << words << '\n';
    write_summary(summary, job, outcomes, precision);
    write_report(options, job, outcomes, precision);
  });
}
