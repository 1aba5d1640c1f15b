/// @file
/// The recorded feed-forward network of tests/data/spiking: 500 inputs, 100 neurons, 10 s.
#pragma once

#include <cmath>
#include <cstdlib>

#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/spike_list.hpp"
#include "tests/spiking/table.hpp"

/// The recorded input and output.
struct Replay {
  using Rule = hebb::SpikingLpl<double, hebb::PublishedCode>;

  hebb::SpikeList inputs = read_spikes("net_ff10_input_spikes.csv", "input_id"),
                  spikes = read_spikes("net_ff10_exc_spikes.csv", "neuron_id");
  hebb::SpikingLplCircuit<Rule> circuit = make_circuit();

  /// Spikes per second within 2: the record is in float.
  void check_counts(const hebb::SpikeList& found, std::int64_t seconds) const {
    for (std::int64_t second = 0; second < seconds; ++second) {
      const auto count = [&](const hebb::SpikeList& list) {
        return list.find(10000 * (second + 1)) - list.find(10000 * second);
      };
      CAPTURE(second);
      CHECK(std::abs(count(found) - count(spikes)) <= 2);
    }
  }

  void check_weights(const hebb::Vector<double>& weights) const {
    const auto table = read_table("net_ff10_final_weights.csv");
    hebb::Matrix<double> recorded = hebb::Matrix<double>::Zero(100, 500);
    for (std::size_t k = 0; k < table.at("w").size(); ++k)
      recorded(hebb::Index(table.at("post")[k]), hebb::Index(table.at("pre")[k])) =
          table.at("w")[k];
    hebb::Vector<double> expected(weights.size());
    circuit.input_to_exc.for_each(
        [&](hebb::Index j, hebb::Index i, hebb::Index k) { expected(k) = recorded(i, j); });
    CHECK((expected - weights).norm() / std::sqrt(double(weights.size())) <= 1e-3);
    const hebb::Vector<double> a = expected.array() - expected.mean(),
                               b = weights.array() - weights.mean();
    CHECK(a.dot(b) / (a.norm() * b.norm()) >= 0.9999);
  }

 private:
  static hebb::SpikeList read_spikes(const std::string& file, const std::string& column) {
    const auto table = read_table(file);
    hebb::SpikeList list;
    for (std::size_t k = 0; k < table.at(column).size(); ++k)
      list.push({std::int64_t(table.at("step_0.1ms")[k]), hebb::Index(table.at(column)[k])});
    return list;
  }

  static hebb::SpikingLplCircuit<Rule> make_circuit() {
    const auto table = read_table("net_ff10_final_weights.csv");
    std::vector<std::pair<hebb::Index, hebb::Index>> pairs;
    for (std::size_t k = 0; k < table.at("pre").size(); ++k)
      pairs.emplace_back(table.at("pre")[k], table.at("post")[k]);
    const Rule rule{.parameters = {.eta = 0.1}, .times = {.tau_mean_ms = 1000, .priming_ms = 3000}};
    auto circuit =
        hebb::feedforward_lpl_circuit(rule, hebb::connect_list({.pre = 500, .post = 100}, pairs));
    const auto potential = read_table("net_init_v.csv").at("v_init");
    circuit.potential_mv = 1000 * Eigen::Map<const hebb::Vector<double>>(potential.data(), 100);
    return circuit;
  }
};
