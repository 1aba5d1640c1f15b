/// @file
/// The recurrent network of spiking LPL among five populations of inputs: what it sees, how it is
/// run, and what is recorded.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "common/run_settings.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/lpl/spiking_lpl_network.hpp"

namespace recurrent {

using namespace hebb;

constexpr double dt = 1e-4;             // s
constexpr std::int64_t second = 10000;  // steps

inline std::int64_t steps(double seconds) { return std::llround(seconds / dt); }

constexpr Index populations = 5, population_size = 100, excitatory = 100, inhibitory = 25;
const std::array<std::string, populations> population_names{"P0", "P1", "P1ctl", "P2", "P2ctl"};

enum Condition : std::size_t {
  lpl,
  no_prediction,
  no_hebbian,
  no_inhibition,
  fixed_inhibition,
  conditions
};
const std::array<std::string, conditions> condition_names{"LPL", "prediction off", "Hebbian off",
                                                          "inhibition off", "inhibition fixed"};
const std::array<std::string, conditions> condition_keys{"lpl", "no_prediction", "no_hebbian",
                                                         "no_inhibition", "fixed_inhibition"};

struct Setting {
  double seconds = 3000;  ///< of learning
  double tau_mean = 600;  ///< s
  double window = 100;    ///< measured at the beginning and at the end, s
  double eta = 2e-7;      ///< V s
  std::uint64_t seed = 1;

  double priming() const {
    return 3 * tau_mean;
  }  ///< learning begins when the mean rates are known
  double total() const { return priming() + seconds; }
};

/// Rates of P1 and P2 that vary smoothly, with periods of 3 and 3 1/13 s, and the same values
/// shuffled in time.
using Rates = std::array<Rate, populations>;

/// z(t) = sum over i < 128 of 1.1^-i a_i sin(2 pi i (t + b_i) / period), standardised; the rate is
/// 5 + 4 z, and 0.1 Hz at least.
inline Rate make_signal(double period, Random random) {
  constexpr double interval = 0.01;
  constexpr int periods = 11, components = 128;
  Vector<double> z = Vector<double>::Zero(Index(std::ceil(periods * period / interval)));
  for (int i = 0; i < components; ++i) {
    const double a = std::pow(1.1, -i) * random.uniform<double>(), b = random.uniform<double>();
    for (Index k = 0; k < z.size(); ++k)
      z(k) += a * std::sin(2 * std::numbers::pi * i * (double(k) * interval + b) / period);
  }
  z.array() -= z.mean();
  z /= std::sqrt(z.squaredNorm() / double(z.size())) + 1e-4;
  const Vector<double> rate = (5 + 4 * z.array()).max(0.1);
  return {{rate.begin(), rate.end()}, interval};
}

inline Rate shuffled(const Rate& rate, Random random) {
  Rate result = rate;
  const std::vector<Index> order = random.permutation(Index(rate.samples.size()));
  for (std::size_t k = 0; k < order.size(); ++k)
    result.samples[k] = rate.samples[std::size_t(order[k])];
  return result;
}

inline Rates make_rates(const Random& random) {
  const Rate p1 = make_signal(3, random.stream("P1")),
             p2 = make_signal(3 + 1 / 13.0, random.stream("P2"));
  return {Rate::constant(5), p1, shuffled(p1, random.stream("P1ctl")), p2,
          shuffled(p2, random.stream("P2ctl"))};
}

/// Reads the rates of P1, P1ctl, P2 and P2ctl, samples of 10 ms: a first column of numbers of
/// samples, then a column each, which may end early.
inline Rates read_rates(const std::string& path) {
  std::ifstream file(path);
  require<IoError>(file.is_open(), path, " cannot be opened");
  Rates rates{Rate::constant(5)};
  for (std::size_t p = 1; p < rates.size(); ++p) rates[p] = {{}, 0.01};
  std::string line, cell;
  std::getline(file, line);
  for (Index number = 2; std::getline(file, line); ++number) {
    std::istringstream cells(line + ",");
    std::getline(cells, cell, ',');
    for (std::size_t p = 1; p < rates.size() && std::getline(cells, cell, ','); ++p) {
      if (cell.empty()) continue;
      char* end = nullptr;
      rates[p].samples.push_back(std::strtod(cell.c_str(), &end));
      require<FormatError>(*end == 0, path, ", line ", number, ": '", cell, "' is not a number");
    }
  }
  for (const Rate& rate : rates)
    require<FormatError>(!rate.samples.empty(), path, " has fewer than four columns of rates");
  return rates;
}

/// Spikes in bins of 25 ms, a column a bin: of each excitatory neuron, and of each population of
/// inputs.
struct Counts {
  static constexpr std::int64_t bin = 250;  // steps

  std::int64_t begin = 0;  // step
  Matrix<double> exc = {}, input = {};

  void start(std::int64_t step, double seconds) {
    begin = step;
    const Index bins = Index(steps(seconds)) / bin;
    exc.setZero(excitatory, bins);
    input.setZero(populations, bins);
  }

  void add(Population population, const Spike& spike) {
    const Index at = Index((spike.step - begin) / bin);
    if (spike.step < begin || at >= exc.cols()) return;
    if (population == Population::excitatory) ++exc(spike.neuron, at);
    if (population == Population::input) ++input(spike.neuron / population_size, at);
  }

  void each(auto&& visit) {
    visit("begin", begin);
    visit("exc", exc);
    visit("input", input);
  }
};

/// What is kept of a run, and saved with it.
struct Recording {
  static constexpr double course_interval = 10, raster_seconds = 3;

  Counts first, last;
  SpikeList raster_exc, raster_inh;  // of the last seconds
  Matrix<double> course = {};        // excitatory and inhibitory rates, Hz, a column an interval
  double computing = 0;              // s

  void each(auto&& visit) {
    const auto within = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    within("first", first);
    within("last", last);
    within("raster_exc", raster_exc);
    within("raster_inh", raster_inh);
    visit("course", course);
    visit("computing", computing);
  }
};

template <typename Scalar>
SpikingLplCircuit<SpikingLpl<Scalar>> make_circuit(Condition condition, const Setting& setting) {
  SpikingLpl<Scalar> rule{.parameters = {.eta = setting.eta},
                          .times = {.mean = setting.tau_mean, .priming = setting.priming()}};
  if (condition == no_prediction) rule.parameters.predictive = 0;
  if (condition == no_hebbian) rule.parameters.hebbian = 0;
  const Index inputs = populations * population_size;
  auto circuit = standard_lpl_circuit(rule, Random{.seed = setting.seed}.stream("circuit"), inputs,
                                      excitatory, condition == no_inhibition ? 0 : inhibitory);
  if (condition == fixed_inhibition) circuit.inhibition.zeta = 0;
  return circuit;
}

/// One condition, ready to run, or to go on from a checkpoint.
template <typename Scalar>
class Run {
 public:
  Run(Condition condition, const Setting& setting, const Rates& rates)
      : setting_(setting),
        network_(make_circuit<Scalar>(condition, setting),
                 PoissonInput({{population_size, rates[0]},
                               {population_size, rates[1]},
                               {population_size, rates[2]},
                               {population_size, rates[3]},
                               {population_size, rates[4]}},
                              dt, Random{.seed = setting.seed}.stream("input"))) {
    settings_of_run_.set("--conditions", condition_keys[condition]);
    settings_of_run_.set("--seed", setting.seed);
    settings_of_run_.set("--tau-mean", setting.tau_mean);
    settings_of_run_.set("--eta", setting.eta);
    settings_of_run_.set("--precision", sizeof(Scalar) == sizeof(float) ? "float" : "double");
    settings_of_run_.set("seconds measured", setting.window);
    std::uint64_t hash = fnv1a(nullptr, 0);
    for (const Rate& rate : rates)
      hash = fnv1a(rate.samples.data(), rate.samples.size() * sizeof(double), hash);
    settings_of_run_.set("digest of the rates", example::hexadecimal(hash));
    recording.first.start(std::int64_t(0.1 * setting.window) * second,
                          std::min(setting.window, 0.9 * setting.priming()));
  }

  Recording recording;

  const Vector<Scalar>& weights() const { return network_.weights(); }
  const Connections& connections() const { return network_.circuit().input_to_exc; }
  double seconds() const { return double(network_.steps()) * dt; }

  /// What a checkpoint must have in common with the run that continues it; how long it runs may
  /// differ.
  const example::RunSettings& settings() const { return settings_of_run_; }

  void save(const std::filesystem::path& path) {
    save_checkpoint(path, network_, recording, settings_of_run_);
  }
  void load(const std::filesystem::path& path) {
    load_checkpoint(path, network_, recording, settings_of_run_);
  }

  /// Runs to the end; calls passed(seconds of biological time) now and then.
  void advance(auto&& passed) {
    const std::int64_t end = steps(setting_.total());
    const std::int64_t last =
        std::max(end - steps(setting_.window), std::min(network_.steps(), end - 1));
    if (recording.last.exc.size() == 0 || recording.last.begin + steps(setting_.window) != end)
      recording.last.start(last, double(end - last) * dt);
    while (network_.steps() < end) {
      const std::int64_t before = network_.steps();
      const auto start = std::chrono::steady_clock::now();
      network_.advance(std::min(second - before % second, end - before),
                       [&](Population population, const Spike& spike) {
                         recording.first.add(population, spike);
                         recording.last.add(population, spike);
                         if (population == Population::input) return;
                         const bool exc = population == Population::excitatory;
                         count(spike.step, exc);
                         if (double(end - spike.step) * dt <= Recording::raster_seconds)
                           (exc ? recording.raster_exc : recording.raster_inh).push(spike);
                       });
      recording.computing +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      passed(double(network_.steps() - before) * dt);
    }
    const std::int64_t raster_begin = end - steps(Recording::raster_seconds);
    recording.raster_exc.drop_before(raster_begin);
    recording.raster_inh.drop_before(raster_begin);
  }

 private:
  void count(std::int64_t step, bool exc) {
    Matrix<double>& course = recording.course;
    const Index at = Index(double(step) * dt / Recording::course_interval);
    if (at >= course.cols()) {
      const Index before = course.cols();
      course.conservativeResize(2, at + 1);
      course.rightCols(at + 1 - before).setZero();
    }
    course(exc ? 0 : 1, at) +=
        1 / Recording::course_interval / double(exc ? excitatory : inhibitory);
  }

  Setting setting_;
  SpikingLplNetwork<SpikingLpl<Scalar>, PoissonInput> network_;
  example::RunSettings settings_of_run_;
};

}  // namespace recurrent
