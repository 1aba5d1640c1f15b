/// @file
/// Inhibitory plasticity finds balance: every neuron comes to fire at its target rate, and
/// inhibition learns to meet excitation group by group.
///
/// T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Science 334:1569-1573 (2011).

#include <algorithm>
#include <cmath>
#include <iostream>

#include "balance/recurrent.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/analysis/lasso.hpp"

using namespace hebb;
using namespace example;

namespace {

constexpr double target_hz = 5;

Series rate_over_time(const RateMonitor& monitor, const std::string& name) {
  Series series{.name = name};
  for (Index bin = 0; bin < monitor.bins(); ++bin) {
    series.x.push_back(monitor.begin_ms(bin) / 1000);
    series.y.push_back(monitor.rate_hz(bin));
  }
  return series;
}

Series line_at(const std::string& name, const Series& along, double y) {
  return {.name = name, .x = {along.x.front(), along.x.back()}, .y = {y, y}, .shade = 6};
}

/// How many neurons fire at which whole rate; the last bin has all above it, too.
Series histogram(const std::string& name, const Vector<double>& rates_hz, Index bins) {
  Series series{.name = name, .y = std::vector<double>(std::size_t(bins))};
  for (const double rate : rates_hz)
    series.y[std::size_t(std::min(std::floor(rate), double(bins - 1)))] += 1;
  return series;
}

/// Dots where neurons spike.
Series raster(const std::string& name, const SpikeMonitor& monitor, Index neurons, double begin_ms,
              double end_ms) {
  Series series{.name = name};
  for (std::size_t k = 0; k < monitor.neurons().size(); ++k) {
    const double time = monitor.times_ms()[k];
    if (monitor.neurons()[k] >= neurons || time < begin_ms || time >= end_ms) continue;
    series.x.push_back(time - begin_ms);
    series.y.push_back(double(monitor.neurons()[k]));
  }
  return series;
}

void groups_study(const Options& options, Report& report, Summary& summary, Table& table) {
  const double seconds = options.quick ? 100 : 400, window_ms = 50e3;
  Groups network(target_hz, Random{.seed = options.seed}.stream("groups"));
  Progress progress("Groups", std::int64_t(seconds), "s");
  for (Index second = 0; double(second) < seconds; ++second) {
    stop_if_asked();
    network.run(1);
    progress.advance();
  }
  const Matrix<double> excitation = network.excitatory_current(),
                       inhibition = network.inhibitory_current();
  const Vector<double> before = network.spikes.rates_hz(Groups::neurons, 0, 1000);
  const Vector<double> after =
      network.spikes.rates_hz(Groups::neurons, 1000 * seconds - window_ms, 1000 * seconds);
  const double likeness = correlation(excitation, inhibition);
  table.add({"groups: rate in the first second, Hz", fixed(before.mean(), 1), ""});
  table.add({"groups: rate at the end, Hz", fixed(after.mean(), 2), fixed(target_hz, 0)});
  table.add({"groups: lowest and highest of a neuron",
             fixed(after.minCoeff(), 2) + " " + fixed(after.maxCoeff(), 2), ""});
  table.add({"groups: correlation of inhibition and excitation", fixed(likeness, 3), ""});
  summary.set("groups_rate_before_hz", before.mean());
  summary.set("groups_rate_after_hz", after.mean());
  summary.set("groups_correlation", likeness);

  report.section("Eight neurons, eight groups of inputs");
  report.paragraph(
      "Every group of 100 excitatory and 25 inhibitory inputs follows a signal of its own. Each "
      "neuron prefers one group: its excitatory "
      "weights, "
      "which are fixed, are greatest there. All inhibitory weights begin alike.");
  const Series rate = rate_over_time(network.rates, "neurons");
  report.figure(draw(options.directory, "groups_rate",
                     Lines{.x_label = "time, s",
                           .y_label = "rate, Hz",
                           .series = {rate, line_at("target", rate, target_hz)}}),
                {"The mean rate falls to the target of 5 Hz and stays.", "The same fall."});
  Bars bars{.y_label = "mean current, mV"};
  Series exc{.name = "excitation"}, inh{.name = "inhibition"};
  for (Index k = 0; k < Groups::groups; ++k) {
    bars.groups.push_back("group " + std::to_string(k + 1));
    exc.y.push_back(excitation(3, k));
    inh.y.push_back(inhibition(3, k));
  }
  bars.series = {exc, inh};
  report.figure(draw(options.directory, "groups_balance", bars),
                {"Currents into the neuron that prefers group 4. Inhibition has taken on the "
                 "tuning of excitation, group by group, although no "
                 "synapse is told which group it belongs to: those that fire with the neuron grow.",
                 "Inhibitory tuning becomes that of excitation."});
  Series pairs{.name = "neuron and group", .mark = Mark::Points};
  pairs.x.assign(excitation.reshaped().begin(), excitation.reshaped().end());
  pairs.y.assign(inhibition.reshaped().begin(), inhibition.reshaped().end());
  const double most = excitation.maxCoeff();
  report.figure(
      draw(options.directory, "groups_detailed_balance",
           Lines{.x_label = "mean excitation, mV",
                 .y_label = "mean inhibition, mV",
                 .series = {pairs, {.name = "equal", .x = {0, most}, .y = {0, most}, .shade = 6}}}),
      {"All eight neurons and eight groups: excitation is given, inhibition learned, in "
       "proportion. What excitation has more is what "
       "makes the neurons fire at the target."});
}

void recurrent_study(const Options& options, Report& report, Summary& summary, Table& table) {
  const double seconds = options.quick ? 8 : 40, window_ms = options.quick ? 3e3 : 10e3;
  Recurrent network(target_hz, Random{.seed = options.seed}.stream("network"));
  Progress progress("Recurrent network", std::int64_t(10 * seconds), "tenths of a second");
  network.run(seconds, [&] {
    stop_if_asked();
    progress.advance();
  });
  const double end_ms = network.time_ms(), begin_ms = end_ms - window_ms;
  const Vector<double> before = network.spikes.rates_hz(Recurrent::excitatory, 0, 500);
  const Vector<double> after = network.spikes.rates_hz(Recurrent::excitatory, begin_ms, end_ms);
  const double spread = std::sqrt((after.array() - after.mean()).square().mean()),
               cv = irregularity(network.spikes, Recurrent::excitatory, begin_ms);
  table.add({"network: rate in the first half second, Hz", fixed(before.mean(), 1), ""});
  table.add({"network: rate at the end, Hz", fixed(after.mean(), 2), fixed(target_hz, 0)});
  table.add({"network: standard deviation over neurons, Hz", fixed(spread, 2), ""});
  table.add({"network: variation of intervals", fixed(cv, 2), "1, if Poisson"});
  summary.set("network_rate_before_hz", before.mean());
  summary.set("network_rate_after_hz", after.mean());
  summary.set("network_rate_spread_hz", spread);
  summary.set("network_cv", cv);

  report.section("A network of 2000 neurons");
  report.paragraph(
      "1600 excitatory and 400 inhibitory neurons, one pair in ten connected. Inhibitory synapses "
      "on excitatory neurons begin at nothing "
      "and learn.");
  const Series rate = rate_over_time(network.rates, "excitatory neurons");
  report.figure(draw(options.directory, "network_rate",
                     Lines{.x_label = "time, s",
                           .y_label = "rate, Hz",
                           .series = {rate, line_at("target", rate, target_hz)}}),
                {"From uncontrolled firing to the target.", "The same."});
  const Index shown = 200;
  report.figure(draw(options.directory, "network_raster_before",
                     Scatter{.x_label = "time, ms",
                             .y_label = "neuron",
                             .series = {raster("first 300 ms", network.spikes, shown, 0, 300)}}),
                {"200 of the excitatory neurons. At first all fire together, at the limit of their "
                 "refractoriness; then inhibition grows."});
  report.figure(
      draw(options.directory, "network_raster_after",
           Scatter{.x_label = "time, ms",
                   .y_label = "neuron",
                   .series = {raster("last 300 ms", network.spikes, shown, end_ms - 300, end_ms)}}),
      {"The same neurons at the end: few spikes, irregular, with waves that all of them share.",
       "Asynchronous irregular firing."});
  const Index bins = 16;
  Bars histogram_of_rates{.y_label = "neurons"};
  for (Index bin = 0; bin < bins; ++bin) histogram_of_rates.groups.push_back(std::to_string(bin));
  histogram_of_rates.series = {histogram("neurons that fire at least so often, Hz", after, bins)};
  report.figure(draw(options.directory, "network_rates", histogram_of_rates),
                {"Every neuron has found the target for itself."});
}

void study(const Options& options) {
  Summary summary(options);
  Report report(options, "Inhibition that learns balance",
                "An inhibitory synapse grows when its two neurons fire together and shrinks with "
                "every lonely spike of its own. Its neuron "
                "then fires at a target rate, and "
                "inhibition comes to mirror excitation.");
  Table table{{"number", "found", "expected"}};
  summary.set("target_hz", target_hz);
  groups_study(options, report, summary, table);
  recurrent_study(options, report, summary, table);
  report.section("In numbers");
  report.table(table, {"Rates at the target, and inhibition in proportion to excitation.", ""});
  std::cout << table;
  report.write();
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("balance",
                  "Inhibitory plasticity balances neurons and a network at a target rate.");
  return program.run(argc, argv, study);
}
