/// @file
/// What is recorded in a run: counts of spikes, the last seconds of spikes, and the course of
/// rates.
#pragma once

#include <string>

#include "hebb/core/types.hpp"
#include "hebb/spiking/spike_list.hpp"
#include "spiking_lpl/signals.hpp"

namespace recurrent {

constexpr double dt = 1e-4;             // s
constexpr std::int64_t second = 10000;  // steps

inline std::int64_t steps(double seconds) { return std::llround(seconds / dt); }

constexpr Index excitatory = 100, inhibitory = 25;

enum class Population { input, exc, inh };

/// Spikes in bins of 25 ms, one column per bin: of each excitatory neuron, and of each population
/// of inputs.
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
    if (population == Population::exc) ++exc(spike.neuron, at);
    if (population == Population::input) ++input(spike.neuron / population_size, at);
  }

  void each(auto&& visit) {
    visit("begin", begin);
    visit("exc", exc);
    visit("input", input);
  }
};

/// What is recorded in a run, and saved with it.
struct Recording {
  static constexpr double course_interval = 10, raster_seconds = 3;

  Counts first, last;
  SpikeList raster_exc, raster_inh;  // of the last seconds
  Matrix<double> course = {};        // excitatory and inhibitory rates, Hz; one column per interval
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

}  // namespace recurrent
