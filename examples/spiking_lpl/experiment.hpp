/// @file
/// The recurrent network of spiking LPL among five populations of inputs, under five conditions.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "common/run_settings.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/spiking/lpl/lpl_populations.hpp"
#include "spiking_lpl/recording.hpp"

namespace recurrent {

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
  double eta = 0.2;       ///< mV ms
  std::uint64_t seed = 1;

  /// Learning begins when the mean rates are known.
  double priming() const { return 3 * tau_mean; }
  double total() const { return priming() + seconds; }
};

template <typename Scalar>
SpikingLplCircuit<SpikingLpl<Scalar>> make_circuit(Condition condition, const Setting& setting) {
  SpikingLpl<Scalar> rule{
      .parameters = {.eta = setting.eta},
      .times = {.tau_mean_ms = 1000 * setting.tau_mean, .priming_ms = 1000 * setting.priming()}};
  if (condition == no_prediction) rule.parameters.predictive = 0;
  if (condition == no_hebbian) rule.parameters.hebbian = 0;
  const Index inputs = populations * population_size;
  auto circuit = standard_lpl_circuit(rule, Random{.seed = setting.seed}.stream("circuit"), inputs,
                                      excitatory, condition == no_inhibition ? 0 : inhibitory);
  if (condition == fixed_inhibition) circuit.inhibition.reset();
  return circuit;
}

/// The five populations of inputs, side by side.
struct Inputs {
  Rates rates;
  Random random;

  PoissonInput start(Index, double dt_ms, const Random&) const {
    std::vector<PoissonInput::Population> all;
    for (const Rate& rate : rates) all.push_back({population_size, rate});
    return PoissonInput(all, dt_ms, random);
  }
};

/// One condition, ready to run or to continue from a checkpoint.
template <typename Scalar>
class Run {
 public:
  Run(Condition condition, const Setting& setting, const Rates& rates)
      : setting_(setting),
        circuit_(make_circuit<Scalar>(condition, setting)),
        network_({.dt_ms = 1000 * dt}),
        populations_(add_lpl_circuit(network_, circuit_,
                                     Inputs{rates, Random{.seed = setting.seed}.stream("input")})) {
    listen(populations_.input, Population::input);
    listen(populations_.exc, Population::exc);
    if (populations_.inh) listen(*populations_.inh, Population::inh);
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

  Vector<Scalar> weights() { return network_.weights(populations_.learned); }
  const Connections& connections() const { return circuit_.input_to_exc; }
  double seconds() const { return double(step()) * dt; }

  /// The settings that a checkpoint must share with the run that continues it. The length of the
  /// run may differ.
  const example::RunSettings& settings() const { return settings_of_run_; }

  void save(const std::filesystem::path& path) {
    save_checkpoint(path, network_, recording, settings_of_run_);
  }
  void load(const std::filesystem::path& path) {
    load_checkpoint(path, network_, recording, settings_of_run_);
  }

  /// Runs to the end. Calls passed(seconds of biological time) about once per second.
  void advance(auto&& passed) {
    end_ = steps(setting_.total());
    const std::int64_t last = std::max(end_ - steps(setting_.window), std::min(step(), end_ - 1));
    if (recording.last.exc.size() == 0 || recording.last.begin + steps(setting_.window) != end_)
      recording.last.start(last, double(end_ - last) * dt);
    while (step() < end_) {
      const std::int64_t before = step();
      const auto start = std::chrono::steady_clock::now();
      network_.run(1000 * dt * double(std::min(second - before % second, end_ - before)));
      recording.computing +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      passed(double(step() - before) * dt);
    }
    const std::int64_t raster_begin = end_ - steps(Recording::raster_seconds);
    recording.raster_exc.drop_before(raster_begin);
    recording.raster_inh.drop_before(raster_begin);
  }

 private:
  std::int64_t step() const { return steps(network_.time_ms() / 1000); }

  void listen(const PopulationRef& ref, Population population) {
    network_.listen(ref, [this, population](const Spikes& spikes) {
      const std::int64_t now = steps(spikes.time_ms / 1000) - 1;
      for (const Index neuron : spikes.neurons) {
        const Spike spike{now, neuron};
        recording.first.add(population, spike);
        recording.last.add(population, spike);
        if (population == Population::input) continue;
        const bool exc = population == Population::exc;
        count(now, exc);
        if (double(end_ - now) * dt <= Recording::raster_seconds)
          (exc ? recording.raster_exc : recording.raster_inh).push(spike);
      }
    });
  }

  void count(std::int64_t now, bool exc) {
    Matrix<double>& course = recording.course;
    const Index at = Index(double(now) * dt / Recording::course_interval);
    if (at >= course.cols()) {
      const Index before = course.cols();
      course.conservativeResize(2, at + 1);
      course.rightCols(at + 1 - before).setZero();
    }
    course(exc ? 0 : 1, at) +=
        1 / Recording::course_interval / double(exc ? excitatory : inhibitory);
  }

  Setting setting_;
  SpikingLplCircuit<SpikingLpl<Scalar>> circuit_;
  SpikingNetwork<Scalar> network_;
  LplPopulations<SpikingLpl<Scalar>> populations_;
  std::int64_t end_ = 0;  // of the run, in steps
  example::RunSettings settings_of_run_;
};

}  // namespace recurrent
