/// @file
/// A recurrent network of spiking neurons learns, by latent predictive learning with inhibitory
/// plasticity, to follow the two slow signals among its inputs and to ignore the rest; five
/// conditions show what each part is for.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), figure 5.

#include <iostream>
#include <memory>
#include <mutex>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/figure.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/table.hpp"
#include "spiking_lpl/measure.hpp"

using namespace hebb;
using namespace example;
using namespace recurrent;

namespace {

/// What the authors' notebooks show after 100,000 s: R² of the five populations, correlation, rates
/// and dimension. Those with fewer digits are read off their figures.
const std::array<std::array<std::string, 9>, conditions> published{
    {{"-0.000", "0.807", "0.002", "0.837", "-0.007", "0.773", "5.5", "18", "30"},
     {"-", "0.45", "0.2", "0.45", "0.2", "-", "9.5", "40", "85"},
     {"0", "0", "0", "0", "0", "-", "0.008", "-", "20"},
     {"0.016", "0.777", "0.180", "0.823", "0.192", "0.790", "35", "-", "8"},
     {"0.016", "0.585", "0.143", "0.644", "0.206", "-", "10", "41", "39"}}};
const std::array<std::string, conditions> published_weights{
    "P1 and P2 bimodal up to 0.17, all else near 0.", "All populations alike, broad around 0.1.",
    "All tiny, 0.01 to 0.02, P1 and P2 slightly below their controls.",
    "P2 dominates, and the others are not all 0.", "Bimodal and unselective."};
constexpr double published_start = 0.227;

struct Job {
  Setting setting;
  std::vector<Condition> chosen;
  Rates rates;
  bool resume = false;
  fs::path checkpoints;  // to go on from
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

/// What a reader must know of a run in which LPL learned nothing; empty otherwise.
std::string verdict(const Job& job, const std::vector<Outcome>& outcomes) {
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const auto of_signals = [](const Reconstruction& found) {
      return (found.r2(1) + found.r2(3)) / 2;
    };
    const double before = of_signals(outcomes[k].before), after = of_signals(outcomes[k].after);
    if (job.chosen[k] == lpl && !(after > std::max(0.0, before)))
      return "LPL learned nothing: R² of P1 and P2 is " + fixed(after, 3) +
             " in the mean, before learning " + fixed(before, 3) + ".";
  }
  return {};
}

Table results_table(const Job& job, const std::vector<Outcome>& outcomes) {
  Table table{{"condition", "", "R² P0", "P1", "P1ctl", "P2", "P2ctl", "correlation", "exc. Hz",
               "inh. Hz", "dimension"}};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Condition condition = job.chosen[k];
    const Outcome& found = outcomes[k];
    std::vector<std::string> row{condition_names[condition], "found"}, expected{"", "paper"};
    for (Index p = 0; p < populations; ++p) row.push_back(fixed(found.after.r2(p), 3));
    row.push_back(fixed(found.after.correlation, 3));
    row.push_back(fixed(found.exc_hz, 2));
    row.push_back(condition == no_inhibition ? "-" : fixed(found.inh_hz, 2));
    row.push_back(fixed(found.participation_ratio, 1));
    expected.insert(expected.end(), published[condition].begin(), published[condition].end());
    table.add(row);
    table.add(expected);
  }
  return table;
}

/// The share of values in equal bins, as a line.
Series histogram(const std::string& name, const Vector<double>& values, double low, double high,
                 int bins) {
  Series series{.name = name};
  const double width = (high - low) / bins;
  for (int b = 0; b < bins; ++b) {
    series.x.push_back(low + (b + 0.5) * width);
    series.y.push_back(0);
  }
  for (const double value : values)
    series.y[std::size_t(std::clamp(int((value - low) / width), 0, bins - 1))] +=
        1 / double(values.size());
  return series;
}

Lines course_chart(const Job& job, const std::vector<Outcome>& outcomes, Index row,
                   const std::string& label) {
  Lines lines{.x_label = "time, s", .y_label = label};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Matrix<double>& course = outcomes[k].recording.course;
    Series series{.name = condition_names[job.chosen[k]], .shade = int(job.chosen[k])};
    const Index stride = std::max<Index>(1, course.cols() / 200);  // means over so many intervals
    for (Index at = 0; at + stride <= course.cols(); at += stride) {
      series.x.push_back(Recording::course_interval * (double(at) + 0.5 * double(stride)));
      series.y.push_back(course.row(row).segment(at, stride).mean());
    }
    if (!series.x.empty() && !(row == 1 && job.chosen[k] == no_inhibition))
      lines.series.push_back(series);
  }
  return lines;
}

/// Spikes of the last seconds, counted from their beginning; excitatory neurons ordered from those
/// of P1 to those of P2.
Scatter raster(const Outcome& outcome, double begin) {
  const Vector<double> preference = outcome.selectivity(3, 1);
  std::vector<Index> order(excitatory), place(excitatory);
  for (Index i = 0; i < excitatory; ++i) order[std::size_t(i)] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return preference(a) < preference(b); });
  for (Index i = 0; i < excitatory; ++i) place[std::size_t(order[std::size_t(i)])] = i;
  Series p1{.name = "excitatory, of P1", .shade = 0}, p2{.name = "of P2", .shade = 1},
      inh{.name = "inhibitory", .shade = 2};
  const auto add = [&](Series& series, const Spike& spike, double row) {
    series.x.push_back(double(spike.step) * dt - begin);
    series.y.push_back(row);
  };
  const Recording& r = outcome.recording;
  for (Index k = 0; k < r.raster_exc.size(); ++k) {
    const Spike spike = r.raster_exc[k];
    add(preference(spike.neuron) < 0 ? p1 : p2, spike, double(place[std::size_t(spike.neuron)]));
  }
  for (Index k = 0; k < r.raster_inh.size(); ++k)
    add(inh, r.raster_inh[k], double(excitatory + r.raster_inh[k].neuron));
  Scatter chart{.x_label = "time, s", .y_label = "neuron"};
  for (const Series& series : {p1, p2, inh})
    if (!series.x.empty()) chart.series.push_back(series);
  return chart;
}

/// True and predicted rates of a population in the held-out bins.
Lines reconstruction_chart(const Outcome& outcome, Index population) {
  Lines lines{.x_label = "held-out time, s",
              .y_label = population_names[std::size_t(population)] + ", Hz per neuron"};
  const double hz = 1 / (double(population_size) * double(Counts::bin) * dt);
  Series truth{.name = "truth"}, predicted{.name = "read out"};
  for (Index at = 0; at < outcome.after.truth.cols(); ++at) {
    for (Series* series : {&truth, &predicted}) series->x.push_back(double(at * Counts::bin) * dt);
    truth.y.push_back(hz * outcome.after.truth(population, at));
    predicted.y.push_back(hz * outcome.after.predicted(population, at));
  }
  lines.series = {truth, predicted};
  return lines;
}

void write_report(const Options& options, const Job& job, const std::vector<Outcome>& outcomes,
                  const std::string& precision) {
  Report report(options, "A spiking network that follows what can be predicted",
                "100 excitatory and 25 inhibitory neurons see 500 inputs: one population fires at "
                "a constant rate, P1 and P2 follow two slow "
                "signals, and their controls fire at the same rates in shuffled order. Latent "
                "predictive learning (LPL) with inhibitory "
                "plasticity makes neurons follow P1 or P2 and drop the rest.");
  report.warning(verdict(job, outcomes));
  report.setting("time", sentence(job.setting.total(), " s, of which ", job.setting.priming(),
                                  " s without learning"));
  report.setting("learning", sentence("eta ", job.setting.eta, " V s; running mean over ",
                                      job.setting.tau_mean, " s"));
  report.setting("precision", precision);
  report.setting("measured", sentence("the last ", job.setting.window,
                                      " s, in bins of 25 ms; lasso with alpha 0.1"));

  report.section("The five conditions");
  report.table(results_table(job, outcomes),
               {"R² of reconstructing a population's input from the excitatory neurons' spikes, on "
                "bins that the readout has not seen; "
                "the correlation over all populations; mean rates; and how many dimensions the "
                "activity fills.",
                "Values of the authors' notebooks after 100,000 s of learning; those with fewer "
                "digits are read off their figures."});
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Outcome& outcome = outcomes[k];
    const std::string& key = condition_keys[job.chosen[k]];
    report.section(condition_names[job.chosen[k]]);
    if (outcome.recording.raster_exc.size() > 0 || outcome.recording.raster_inh.size() > 0)
      report.figure(draw(options.directory, "raster_" + key,
                         raster(outcome, job.setting.total() - Recording::raster_seconds)),
                    {"Spikes of the last 3 s. Excitatory neurons are ordered by whether P1 or P2 "
                     "reaches them with more weight."});
    Lines weights{.x_label = "mean weight from a population (0.1: all connections at 1)",
                  .y_label = "share of neurons"};
    for (Index p = 0; p < populations; ++p)
      weights.series.push_back(
          histogram(population_names[std::size_t(p)], outcome.mean_weight.row(p), 0, 0.2, 20));
    report.figure(draw(options.directory, "weights_" + key, weights),
                  {"How much weight a population has on a neuron: the sum over its 100 inputs, "
                   "divided by 100.",
                   published_weights[job.chosen[k]]});
    report.figure(draw(options.directory, "p1_" + key, reconstruction_chart(outcome, 1)),
                  {"The signal of P1, and what the readout makes of the excitatory spikes."});
  }

  report.section("Selectivity");
  Lines signal{.x_label = "(signal - control) / (signal + control)",
               .y_label = "share of neurons, P1 and P2"};
  Lines relative{.x_label = "(P2 - P1) / (P2 + P1)", .y_label = "share of neurons"};
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Condition condition = job.chosen[k];
    Vector<double> both(2 * excitatory);
    both << outcomes[k].selectivity(1, 2), outcomes[k].selectivity(3, 4);
    signal.series.push_back(histogram(condition_names[condition], both, -1, 1, 20));
    relative.series.push_back(
        histogram(condition_names[condition], outcomes[k].selectivity(3, 1), -1, 1, 20));
    signal.series.back().shade = relative.series.back().shade = int(condition);
  }
  report.figure(draw(options.directory, "selectivity", signal),
                {"Whether the weights prefer a signal to its shuffled control.",
                 "LPL: most neurons near +1. Prediction or Hebbian term off: around 0. Inhibition "
                 "fixed: around 0."});
  report.figure(draw(options.directory, "preference", relative),
                {"Which of the two signals a neuron prefers.",
                 "LPL: the neurons split, a third to two fifths for P1 and the rest for P2. "
                 "Prediction off: one peak at 0."});

  report.section("Rates over time");
  report.figure(draw(options.directory, "excitatory_rates",
                     course_chart(job, outcomes, 0, "excitatory rate, Hz")),
                {sentence("Learning begins at ", job.setting.priming(), " s."),
                 "LPL rises over 20,000 s to about 5.5 Hz; without its Hebbian term the network "
                 "falls silent."});
  if (Lines chart = course_chart(job, outcomes, 1, "inhibitory rate, Hz"); !chart.series.empty())
    report.figure(draw(options.directory, "inhibitory_rates", chart),
                  {"Inhibitory neurons follow the excitatory ones."});
  report.write();
}

void write_summary(Summary& summary, const Job& job, const std::vector<Outcome>& outcomes,
                   const std::string& precision) {
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    const Outcome& o = outcomes[k];
    const std::string suffix = job.chosen[k] == lpl ? "" : "_" + condition_keys[job.chosen[k]];
    for (Index p = 0; p < populations; ++p)
      summary.set("r2_" + population_names[std::size_t(p)] + suffix, o.after.r2(p));
    summary.set("reconstruction_correlation" + suffix, o.after.correlation);
    summary.set("reconstruction_correlation_start" + suffix, o.before.correlation);
    summary.set("participation_ratio" + suffix, o.participation_ratio);
    summary.set("rate_exc_hz" + suffix, o.exc_hz);
    summary.set("rate_inh_hz" + suffix, job.chosen[k] == no_inhibition
                                            ? std::numeric_limits<double>::quiet_NaN()
                                            : o.inh_hz);
    const Vector<double> p1 = o.selectivity(1, 2), p2 = o.selectivity(3, 4);
    summary.set("selectivity" + suffix, (p1.mean() + p2.mean()) / 2);
    summary.set("us_per_step" + suffix, o.us_per_step);
    summary.set("times_real_time" + suffix, 1e6 * dt / o.us_per_step);
  }
  if (const std::string words = verdict(job, outcomes); !words.empty())
    summary.set("verdict", words);
  summary.set("precision", precision);
  summary.set("biological_seconds", job.setting.total());
  summary.write();
}

}  // namespace

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
  program.app.add_option("--eta", job.setting.eta, "learning rate, V s")
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
  return program.run(argc, argv, [&](const Options& options) {
    if (options.quick && program.app.count("--seconds") == 0) job.setting.seconds = 60;
    if (options.quick && program.app.count("--tau-mean") == 0) job.setting.tau_mean = 10;
    if (options.quick && program.app.count("--eta") == 0) job.setting.eta = 2e-6;
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
    std::cout << results_table(job, outcomes);
    for (std::size_t k = 0; k < outcomes.size(); ++k)
      std::cout << condition_names[job.chosen[k]] << ": " << fixed(outcomes[k].us_per_step, 2)
                << " us a step, " << fixed(1e6 * dt / outcomes[k].us_per_step, 0)
                << " times real time; correlation before learning "
                << fixed(outcomes[k].before.correlation, 3) << " (paper "
                << fixed(published_start, 3) << ")\n";
    if (const std::string words = verdict(job, outcomes); !words.empty())
      std::cout << words << '\n';
    write_report(options, job, outcomes, precision);
    write_summary(summary, job, outcomes, precision);
  });
}
