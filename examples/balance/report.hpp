/// @file
/// The figures of the report.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "balance/recurrent.hpp"
#include "common/report.hpp"

namespace example {

/// A rate in bins of time, beside the target.
inline Lines rate_over_time(const hebb::RateRecording& rates, const std::string& name,
                            double target_hz) {
  Series rate{.name = name};
  for (Index bin = 0; bin < rates.bins(); ++bin) {
    rate.x.push_back(rates.begin_ms(bin) / 1000);
    rate.y.push_back(rates.rate_hz(bin));
  }
  const Series target{.name = "target",
                      .x = {rate.x.front(), rate.x.back()},
                      .y = {target_hz, target_hz},
                      .shade = 6};
  return {.x_label = "time, s", .y_label = "rate, Hz", .series = {rate, target}};
}

/// Spikes of the first 200 neurons within 300 ms.
inline Scatter raster(const std::string& name, const hebb::SpikeRecording& spikes,
                      double begin_ms) {
  Series series{.name = name};
  for (std::size_t k = 0; k < spikes.neurons().size(); ++k) {
    const double time = spikes.times_ms()[k] - begin_ms;
    if (spikes.neurons()[k] >= 200 || time <= 0 || time > 300) continue;
    series.x.push_back(time);
    series.y.push_back(double(spikes.neurons()[k]));
  }
  return {.x_label = "time, ms", .y_label = "neuron", .series = {series}};
}

/// The number of neurons per rate, in bins of 1 Hz. The last bin also holds all higher rates.
inline Bars histogram(const hebb::Vector<double>& rates_hz) {
  constexpr Index bins = 16;
  Bars bars{
      .y_label = "excitatory neurons", .groups = {}, .x_label = "mean rate, Hz, rounded down"};
  for (Index bin = 0; bin < bins; ++bin) bars.groups.push_back(std::to_string(bin));
  bars.groups.back() += "+";
  Series series{.name = "neurons per bin of 1 Hz", .y = std::vector<double>(bins)};
  for (const double rate : rates_hz)
    series.y[std::size_t(std::min(std::floor(rate), double(bins - 1)))] += 1;
  bars.series = {series};
  return bars;
}

inline void report_groups(const Options& options, Report& report, const Groups& network,
                          double target_hz, const hebb::Matrix<double>& excitation,
                          const hebb::Matrix<double>& inhibition) {
  report.section("Eight neurons, eight groups of inputs");
  report.paragraph(
      "Each group has 100 excitatory and 25 inhibitory inputs, whose rate follows the signal of "
      "the group. Each neuron prefers one group: its excitatory weights, which are fixed, are "
      "largest for that group. All inhibitory weights begin with the same value.");
  report.figure(
      draw(options.directory, "groups_rate", rate_over_time(network.rates, "neurons", target_hz)),
      {"Mean rate of the eight neurons in bins of 1 s, and the target rate."});
  constexpr Index shown = 3;
  Bars bars{.y_label = "mean current, mV", .groups = {}};
  Series exc{.name = "excitation"}, inh{.name = "inhibition"};
  for (Index k = 0; k < Groups::groups; ++k) {
    bars.groups.push_back("group " + std::to_string(k + 1));
    exc.y.push_back(excitation(shown, k));
    inh.y.push_back(inhibition(shown, k));
  }
  bars.series = {exc, inh};
  report.figure(draw(options.directory, "groups_balance", bars),
                {"Mean currents at the end into the neuron that prefers group 4, by group of "
                 "inputs.",
                 "The inhibitory tuning comes to match the excitatory tuning."});
  Series pairs{.name = "neuron and group", .mark = Mark::Points};
  pairs.x.assign(excitation.reshaped().begin(), excitation.reshaped().end());
  pairs.y.assign(inhibition.reshaped().begin(), inhibition.reshaped().end());
  const double most = excitation.maxCoeff();
  report.figure(
      draw(options.directory, "groups_detailed_balance",
           Lines{.x_label = "mean excitation, mV",
                 .y_label = "mean inhibition, mV",
                 .series = {pairs, {.name = "equal", .x = {0, most}, .y = {0, most}, .shade = 6}}}),
      {"The same currents for all pairs of a neuron and a group. Excitatory weights are fixed, "
       "inhibitory weights are learned."});
}

inline void report_network(const Options& options, Report& report, const Recurrent& network,
                           double target_hz, const hebb::Vector<double>& rates_at_end_hz) {
  report.section("A network of 2000 neurons");
  report.paragraph(
      "1600 excitatory and 400 inhibitory neurons; a pair is connected with probability 0.1. "
      "Inhibitory synapses on excitatory neurons begin with weight 0 and learn.");
  report.figure(draw(options.directory, "network_rate",
                     rate_over_time(network.rates, "excitatory neurons", target_hz)),
                {"Mean rate of the excitatory neurons in bins of 100 ms, and the target rate."});
  report.figure(
      draw(options.directory, "network_raster_before", raster("first 300 ms", network.spikes, 0)),
      {"Spikes of 200 excitatory neurons in the first 300 ms."});
  report.figure(
      draw(options.directory, "network_raster_after",
           raster("last 300 ms", network.spikes, network.time_ms() - 300)),
      {"Spikes of the same neurons in the last 300 ms.", "Asynchronous irregular firing."});
  report.figure(draw(options.directory, "network_rates", histogram(rates_at_end_hz)),
                {"How many excitatory neurons have which mean rate at the end."});
}

}  // namespace example
