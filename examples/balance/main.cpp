/// @file
/// Inhibitory plasticity brings neurons near a target rate, and the learned inhibition follows
/// excitation group by group.
///
/// T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Science 334:1569-1573 (2011).

#include <cmath>
#include <iostream>

#include "balance/report.hpp"
#include "common/progress.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/analysis/lasso.hpp"

using namespace hebb;
using namespace example;

namespace {

constexpr double target_hz = 5;

/// Runs a network until `begin_ms`, calls at_begin(), and runs it until `end_ms`.
void run(auto& network, const std::string& label, double begin_ms, double end_ms,
         const auto& at_begin) {
  Progress progress(label, std::llround(end_ms / 100), "tenths of a second");
  const auto advance = [&](double) {
    stop_if_asked();
    progress.advance();
  };
  network.run(begin_ms, advance);
  at_begin();
  network.run(end_ms - begin_ms, advance);
}

void groups_study(const Options& options, Report& report, Summary& summary, Table& table) {
  const double duration_ms = options.quick ? 100_s : 400_s;
  Groups network(target_hz, duration_ms, options.seed);
  double before = 0;
  run(network, "Groups", 1_s, duration_ms, [&] { before = network.spikes.rate_hz(); });
  const Vector<double> after = network.spikes.rates_hz(duration_ms - 50_s);
  const Matrix<double> excitation = network.excitatory_current(),
                       inhibition = network.inhibitory_current();
  const double likeness = correlation(excitation, inhibition);
  table.add({"groups: rate in the first second, Hz", fixed(before, 1), ""});
  table.add({"groups: rate at the end, Hz", fixed(after.mean(), 2), fixed(target_hz, 0)});
  table.add({"groups: lowest and highest rate of a neuron at the end, Hz",
             fixed(after.minCoeff(), 2) + " " + fixed(after.maxCoeff(), 2), ""});
  table.add({"groups: correlation of inhibition and excitation", fixed(likeness, 3), ""});
  summary.set("groups_rate_before_hz", before);
  summary.set("groups_rate_after_hz", after.mean());
  summary.set("groups_correlation", likeness);
  report_groups(options, report, network, target_hz, excitation, inhibition);
}

void recurrent_study(const Options& options, Report& report, Summary& summary, Table& table) {
  const double duration_ms = options.quick ? 8_s : 40_s;
  Recurrent network(target_hz, options.seed);
  double before = 0;
  run(network, "Recurrent network", 500_ms, duration_ms,
      [&] { before = network.spikes.rate_hz(); });
  const double begin_ms = duration_ms - (options.quick ? 3_s : 10_s);
  const Vector<double> after = network.spikes.rates_hz(begin_ms);
  const double spread = std::sqrt((after.array() - after.mean()).square().mean()),
               cv = network.spikes.irregularity(begin_ms);
  table.add({"network: rate in the first half second, Hz", fixed(before, 1), ""});
  table.add({"network: rate at the end, Hz", fixed(after.mean(), 2), fixed(target_hz, 0)});
  table.add({"network: standard deviation over neurons, Hz", fixed(spread, 2), ""});
  table.add({"network: coefficient of variation of intervals", fixed(cv, 2), "1, if Poisson"});
  summary.set("network_rate_before_hz", before);
  summary.set("network_rate_after_hz", after.mean());
  summary.set("network_rate_spread_hz", spread);
  summary.set("network_cv", cv);
  report_network(options, report, network, target_hz, after);
}

void study(const Options& options) {
  Summary summary(options);
  Report report(options, "Inhibition that learns balance",
                "An inhibitory synapse grows when its two neurons fire within about 20 ms of each "
                "other. It shrinks at each presynaptic spike without a postsynaptic one. The "
                "postsynaptic neuron then fires near a target rate.");
  Table table{{"number", "found", "expected"}};
  summary.set("target_hz", target_hz);
  groups_study(options, report, summary, table);
  recurrent_study(options, report, summary, table);
  report.section("In numbers");
  report.table(
      table, {options.quick ? "\"At the end\" is the last 50 s of 100 s (groups) and the last 3 s "
                              "of 8 s (network)."
                            : "\"At the end\" is the last 50 s of 400 s (groups) and the last 10 s "
                              "of 40 s (network)."});
  std::cout << table;
  report.write();
  summary.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("balance",
                  "Inhibitory plasticity brings neurons and a network near a target rate.");
  return program.run(argc, argv, study);
}
