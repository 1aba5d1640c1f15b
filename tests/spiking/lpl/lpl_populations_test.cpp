#include "hebb/spiking/lpl/lpl_populations.hpp"

#include <doctest/doctest.h>

#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/lpl/spiking_lpl_stepper.hpp"

using namespace hebb;

namespace {

/// A small network that learns fast and fires much.
template <typename Rule>
SpikingLplCircuit<Rule> make_circuit(const Rule& rule, Index inhibitory = 20) {
  return standard_lpl_circuit(rule, {.seed = 1}, 100, 40, inhibitory);
}

const PoissonNeurons source{.rate_hz = 60};

/// Steps and neurons of a recording, in the count of the stepper.
std::vector<Spike> spikes_of(const SpikeRecording& recording) {
  std::vector<Spike> spikes;
  for (Index k = 0; k < recording.size(); ++k)
    spikes.push_back({std::llround(recording.times_ms()[std::size_t(k)] / 0.1) - 1,
                      recording.neurons()[std::size_t(k)]});
  return spikes;
}

template <typename Rule>
void check_against_step_form(const SpikingLplCircuit<Rule>& circuit, std::int64_t steps) {
  SpikingNetwork<double> network({.dt_ms = 0.1, .seed = 3});
  const auto added = add_lpl_circuit(network, circuit, source);
  const auto input = network.record_spikes(added.input), exc = network.record_spikes(added.exc);
  std::optional<SpikeRecording> inh;
  if (added.inh) inh = network.record_spikes(*added.inh);
  network.run(0.1 * double(steps / 3));
  network.run(0.1 * double(steps - steps / 3));

  SpikingLplStepper stepper(circuit);
  const std::vector<Spike> trains = spikes_of(input);
  std::vector<Spike> expected_exc, expected_inh;
  std::vector<Index> now;
  for (auto next = trains.begin(); stepper.steps() < steps;) {
    const std::int64_t step = stepper.steps();
    now.clear();
    for (; next != trains.end() && next->step == step; ++next) now.push_back(next->neuron);
    stepper.step(now);
    for (const Index i : stepper.exc_spikes()) expected_exc.push_back({step, i});
    for (const Index i : stepper.inh_spikes()) expected_inh.push_back({step, i});
  }
  CHECK(spikes_of(exc) == expected_exc);
  CHECK(expected_exc.size() > 200);
  const Vector<double> weights = network.weights(added.learned);
  CHECK(weights.maxCoeff() - weights.minCoeff() > 0.01);  // it learned
  CHECK((weights - stepper.weights()).cwiseAbs().maxCoeff() < 1e-11);
  const Vector<double> potential = network.values(added.exc, "potential");
  CHECK((potential - stepper.potential_mv()).cwiseAbs().maxCoeff() < 1e-9);
  if (!inh) return;
  CHECK(spikes_of(*inh) == expected_inh);
  CHECK(expected_inh.size() > 200);
  if (added.inhibition)
    CHECK((network.weights(*added.inhibition) - stepper.inh_weights()).cwiseAbs().maxCoeff() <
          1e-13);
}

}  // namespace

TEST_CASE("lpl populations: a network has the spikes and weights of the step form") {
  const SpikingLpl<double> rule{.parameters = {.eta = 20},
                                .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}};
  check_against_step_form(make_circuit(rule), 15001);
}

TEST_CASE("lpl populations: likewise with fixed inhibition, augmented gradient and decay") {
  const SpikingLpl<double, PhysicalUnits, AugmentedGradient> rule{
      .parameters = {.eta = 0.02, .tau_weight_decay_ms = 20e3},
      .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000, .priming_ms = 300}};
  auto circuit = make_circuit(rule);
  circuit.inhibition.reset();
  check_against_step_form(circuit, 15001);
}

TEST_CASE("lpl populations: likewise without inhibitory neurons") {
  const SpikingLpl<double> rule{.parameters = {.eta = 20},
                                .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}};
  check_against_step_form(make_circuit(rule, 0), 6000);
}

TEST_CASE("lpl populations: saved and loaded into another network, it continues bit for bit") {
  const SpikingLpl<double> rule{.parameters = {.eta = 20}, .times = {.tau_mean_ms = 1000}};
  SpikingNetwork<double> whole({.seed = 3}), first({.seed = 3}), second({.seed = 3});
  const auto added = add_lpl_circuit(whole, make_circuit(rule), source);
  for (auto* network : {&first, &second}) add_lpl_circuit(*network, make_circuit(rule), source);
  whole.run(700);
  first.run(333.3);
  const auto saved = format_checkpoint(first);
  parse_checkpoint(saved, "memory", second);
  second.run(700 - 333.3);
  CHECK(digest(second) == digest(whole));
  const Vector<double> weights = whole.weights(added.learned);
  CHECK(weights.maxCoeff() - weights.minCoeff() > 0.01);  // it learned

  Index forged = 0;
  for (const std::int64_t number : {std::int64_t(-7), std::int64_t(1) << 40}) {
    SpikingNetwork<double> other({.seed = 3});
    add_lpl_circuit(other, make_circuit(rule), source);
    parse_checkpoint(saved, "memory", other);
    other.each([&](std::string_view name, auto& value) {
      if constexpr (std::same_as<decltype(value), std::int64_t&>)
        if (name.ends_with("block_start")) value = number, ++forged;
    });
    CHECK_THROWS_AS(other.run(1), InvalidParameter);
  }
  CHECK(forged == 2);
}

TEST_CASE("lpl populations: another time step and weights out of bounds are refused") {
  SpikingNetwork<double> coarse({.dt_ms = 0.2}), network({.dt_ms = 0.1});
  auto circuit = make_circuit(SpikingLpl<double>{});
  CHECK_THROWS_AS(add_lpl_circuit(coarse, circuit, source), InvalidParameter);
  circuit.input_to_exc_weight = 1.5;
  CHECK_THROWS_AS(add_lpl_circuit(network, circuit, source), InvalidParameter);
  const auto input = network.add(source, 10), neurons = network.add(ConductanceLif{}, 5);
  CHECK_THROWS_AS(network.connect(input, neurons, All{},
                                  {.weight = 1.5, .delay_ms = 0.8, .onto = receptor::ampa},
                                  SpikingLpl<double>{}),
                  InvalidParameter);
}
