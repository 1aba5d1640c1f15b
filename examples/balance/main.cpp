/// @file
/// Inhibitory plasticity brings neurons near a target rate, and the learned inhibition follows
/// excitation group by group.
///
/// T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Science 334:1569-1573 (2011).

#include <cmath>
#include <iostream>
#include <string>

#include "balance/report.hpp"
#include "common/progress.hpp"
#include "common/stop.hpp"
#include "common/summary.hpp"
#include "hebb/analysis/lasso.hpp"

using namespace hebb;
using namespace example;

namespace {

struct Setting {
  double target_hz = 5;
  double groups_s = 400, network_s = 40;         ///< simulated time
  double groups_eta = 1e-3, network_eta = 1e-2;  ///< learning rates
  double inh_weight = 0.3;  ///< of inhibitory synapses on inhibitory neurons of the network
};

/// Seconds as text, e.g. "400 s".
std::string seconds(double time_s) { return significant(time_s, 6) + " s"; }

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

void groups_study(const Options& options, const Setting& setting, Report& report, Summary& summary,
                  Table& table) {
  const double target_hz = setting.target_hz, duration_ms = 1000 * setting.groups_s;
  Groups network(target_hz, duration_ms, setting.groups_eta, options.seed);
  double before = 0;
  run(network, "Groups", 1_s, duration_ms, [&] { before = network.spikes.rate_hz(); });
  const Vector<double> after = network.spikes.rates_hz(0.875 * duration_ms);
  const Matrix<double> excitation = network.excitatory_current(),
                       inhibition = network.inhibitory_current();
  const double likeness = correlation(excitation, inhibition);
  table.add({"groups: rate in the first second, Hz", fixed(before, 1), ""});
  table.add({"groups: rate at the end, Hz", fixed(after.mean(), 2), significant(target_hz)});
  table.add({"groups: lowest and highest rate of a neuron at the end, Hz",
             fixed(after.minCoeff(), 2) + " " + fixed(after.maxCoeff(), 2), ""});
  table.add({"groups: correlation of inhibition and excitation", fixed(likeness, 3), ""});
  summary.set("groups_rate_before_hz", before);
  summary.set("groups_rate_after_hz", after.mean());
  summary.set("groups_correlation", likeness);
  report_groups(options, report, network, target_hz, excitation, inhibition);
}

void recurrent_study(const Options& options, const Setting& setting, Report& report,
                     Summary& summary, Table& table) {
  const double target_hz = setting.target_hz, duration_ms = 1000 * setting.network_s;
  Recurrent network(target_hz, setting.network_eta, setting.inh_weight, options.seed);
  double before = 0;
  run(network, "Recurrent network", 500_ms, duration_ms,
      [&] { before = network.spikes.rate_hz(); });
  const double begin_ms = 0.75 * duration_ms;
  const Vector<double> after = network.spikes.rates_hz(begin_ms);
  const double spread = std::sqrt((after.array() - after.mean()).square().mean()),
               cv = network.spikes.irregularity(begin_ms);
  table.add({"network: rate in the first half second, Hz", fixed(before, 1), ""});
  table.add({"network: rate at the end, Hz", fixed(after.mean(), 2), significant(target_hz)});
  table.add({"network: standard deviation over neurons, Hz", fixed(spread, 2), ""});
  table.add({"network: coefficient of variation of intervals", fixed(cv, 2), "1, if Poisson"});
  summary.set("network_rate_before_hz", before);
  summary.set("network_rate_after_hz", after.mean());
  summary.set("network_rate_spread_hz", spread);
  summary.set("network_cv", cv);
  report_network(options, report, network, target_hz, after);
}

void study(const Options& options, const Setting& setting) {
  Summary summary(options);
  Report report(options, "Inhibition that learns balance",
                "An inhibitory synapse grows when its two neurons fire within about 20 ms of each "
                "other. It shrinks at each presynaptic spike without a postsynaptic one. The "
                "postsynaptic neuron then fires near a target rate.",
                {"Vogels et al. (2011)",
                 "T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Inhibitory "
                 "plasticity balances excitation and inhibition in sensory pathways and memory "
                 "networks, Science 334:1569-1573 (2011)",
                 "10.1126/science.1211095"});
  Table table{{"number", "found", "expected"}};
  summary.set("target_hz", setting.target_hz);
  groups_study(options, setting, report, summary, table);
  recurrent_study(options, setting, report, summary, table);
  report.section("In numbers");
  report.table(table,
               {"\"At the end\" is the last eighth of " + seconds(setting.groups_s) +
                " (groups) and the last quarter of " + seconds(setting.network_s) + " (network)."});
  std::cout << table;
  summary.write();
  report.write();
}

}  // namespace

int main(int argc, char** argv) {
  Program program("balance",
                  "Inhibitory plasticity brings neurons and a network near a target rate.");
  Setting setting;
  program.positive("--target", setting.target_hz, "target rate, Hz");
  program.option("--groups-seconds", setting.groups_s, "simulated time of the groups, s")
      ->check(CLI::Range(8.0, 1e6));
  program.option("--network-seconds", setting.network_s, "simulated time of the network, s")
      ->check(CLI::Range(2.0, 1e6));
  program.positive("--groups-eta", setting.groups_eta, "learning rate of the groups' synapses");
  program.positive("--network-eta", setting.network_eta, "learning rate of the network's synapses");
  program.not_negative("--inhibitory-weight", setting.inh_weight,
                       "weight of the network's synapses between inhibitory neurons");
  return program.run(argc, argv, [&](const Options& options) {
    if (options.quick) {
      setting.groups_s = std::min(setting.groups_s, 100.0);
      setting.network_s = std::min(setting.network_s, 8.0);
    }
    study(options, setting);
  });
}
