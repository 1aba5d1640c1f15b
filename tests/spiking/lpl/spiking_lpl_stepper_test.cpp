#include "hebb/spiking/lpl/spiking_lpl_stepper.hpp"

#include "hebb/io/checkpoint.hpp"
#include "tests/spiking/lpl/replay.hpp"

using namespace hebb;

TEST_CASE("spiking lpl stepper: a recorded feed-forward network is reproduced") {
  const Replay replay;
  SpikingLplStepper network(replay.circuit);
  std::vector<Index> input;
  SpikeList spikes;
  for (Index next = 0; network.steps() < 40000;) {
    const std::int64_t step = network.steps();
    input.clear();
    for (; next < replay.inputs.size() && replay.inputs[next].step == step; ++next)
      input.push_back(replay.inputs[next].neuron);
    network.step(input);
    for (const Index i : network.exc_spikes()) spikes.push({step, i});
  }
  replay.check_counts(spikes, 4);
}

TEST_CASE(
    "spiking lpl stepper: a spike arrives eight steps after it was emitted, and moves the "
    "potential two steps later") {
  const SpikingLpl<double> rule;
  auto circuit = feedforward_lpl_circuit(rule, connect_all({.pre = 1, .post = 1}));
  circuit.potential_mv.setConstant(circuit.neuron.rest_mv);
  circuit.input_to_exc_weight = 1;
  SpikingLplStepper network(circuit);
  const std::vector<Index> spike{0}, none;
  std::vector<double> potential;
  for (int n = 0; n < 12; ++n) {
    network.step(n == 0 ? spike : none);
    potential.push_back(network.potential_mv()(0));
  }
  for (std::size_t n = 0; n <= 8; ++n) CHECK(potential[n] == -70);
  // In step 8 the weight is added; in step 9 the current flows: dt / tau_mem * a_A * w * 70 mV.
  CHECK(potential[9] == doctest::Approx(-70 + 0.1 / 20 * 0.5 * 1 * 70).epsilon(1e-12));
}

TEST_CASE(
    "spiking lpl stepper: loaded into a new one in the middle, it continues bit for bit, spikes in "
    "flight included") {
  const auto circuit = standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 20, 8, 5);
  const auto run = [](auto& network, Random random, int steps) {
    for (int n = 0; n < steps; ++n) {
      std::vector<Index> input;
      for (Index i = 0; i < 20; ++i)
        if (random.bernoulli(0.05)) input.push_back(i);
      network.step(input);
    }
  };
  SpikingLplStepper first(circuit), second(circuit);
  run(first, {.seed = 2}, 5003);
  parse_checkpoint(format_checkpoint(first), "memory", second);
  CHECK(digest(second) == digest(first));
  for (auto* network : {&first, &second}) run(*network, {.seed = 3}, 6001);
  CHECK(digest(second) == digest(first));
  CHECK(first.weights() != SpikingLplStepper(circuit).weights());  // it learned between the two
}

TEST_CASE(
    "spiking lpl stepper: a neuron that starts above threshold spikes at once, and not again while "
    "its threshold is above 0") {
  auto circuit = feedforward_lpl_circuit(SpikingLpl<double>{}, connect_all({.pre = 1, .post = 1}));
  circuit.potential_mv.setConstant(-45);
  SpikingLplStepper network(circuit);
  std::vector<std::int64_t> spikes;
  for (int n = 0; n < 100; ++n) {
    network.step({});
    if (!network.exc_spikes().empty()) spikes.push_back(n);
    network.clamp(0, 0);  // as high as it goes; the leak takes 0.35 mV of it, and 100 exp(-36 / 50)
                          // < 49.65 < 100 exp(-35 / 50)
  }
  CHECK(spikes == std::vector<std::int64_t>{0, 36, 72});
}

TEST_CASE("spiking lpl stepper: inhibitory weights follow the traces, worked by hand") {
  auto circuit = standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 1, 1, 1);
  circuit.inh_to_exc = connect_all({.pre = 1, .post = 1});
  circuit.potential_mv << -60,
      -45;  // the inhibitory neuron spikes in step 0, and arrives in step 8
  SpikingLplStepper network(circuit);
  for (int n = 0; n < 12; ++n) network.step({});
  CHECK(network.inh_weights()(0) ==
        doctest::Approx(0.5 - 1e-3 * 2 * 10 * 0.020).epsilon(1e-14));  // alone: weaker
  network.clamp(0, -45);
  network.step({});  // the excitatory neuron spikes in step 12: four decays after the arrival
  REQUIRE(network.exc_spikes().size() == 1);
  CHECK(network.inh_weights()(0) ==
        doctest::Approx(0.5 - 4e-4 + 1e-3 * std::exp(-4 * 0.1 / 20)).epsilon(1e-14));
}

TEST_CASE("spiking lpl stepper: forged or invalid values are refused before anything changes") {
  const std::vector<Index> some{0, 1};
  const auto forge = [&](const auto& change) {
    auto circuit = standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 5, 4, 3);
    circuit.potential_mv.setConstant(-45);
    SpikingLplStepper network(circuit);
    for (int n = 0; n < 5; ++n) network.step(n == 0 ? some : std::vector<Index>{});
    network.each([&](std::string_view name, auto& value) {
      if constexpr (requires { change(name, value); }) change(name, value);
    });
    const auto before = digest(network);
    CHECK_THROWS_AS(network.step({}), std::invalid_argument);
    CHECK(digest(network) == before);
  };
  using Table = Matrix<std::int64_t>;
  for (const char* list : {"inputs.spikes", "excitatory.spikes", "inhibitory.spikes"}) {
    forge([&](std::string_view name, Table& t) {
      if (name == list) t(1, 0) = 1000;
    });
    forge([&](std::string_view name, Table& t) {
      if (name == list) t(0, 0) = 1000;
    });
  }
  for (const char* array : {"inhibition.weights", "inhibition.pre_trace", "inhibition.post_trace",
                            "lpl.weights", "lpl.trace"})
    forge([&](std::string_view name, Vector<double>& v) {
      if (name == array) v.setZero(v.size() + 1);
    });
  forge([](std::string_view name, Matrix<double>& m) {
    if (name == "neurons") m.setZero(5, 2);
  });
  forge([](std::string_view name, std::int64_t& step) {
    if (name == "lpl.step") step = -1;
  });

  SpikingLplStepper resized(standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 5, 4, 3));
  resized.step(some);
  resized.each([](std::string_view name, auto& value) {
    if constexpr (requires { value.setZero(3, 9); })
      if (name == "inputs.spikes") value.setZero(3, 9);
  });
  CHECK_THROWS_AS(resized.step({}), InvalidParameter);

  SpikingLplStepper network(standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 5, 4, 3));
  network.lpl().weights(0) = 1.5;
  CHECK_THROWS_AS(network.step({}), InvalidParameter);
  CHECK(network.potential_mv().isZero());  // of no step
}

TEST_CASE("spiking lpl stepper: inhibitory weights end at 0 and at their upper bound") {
  for (const double eta : {1e-3, 10.0}) {
    auto circuit = standard_lpl_circuit(SpikingLpl<double>{}, {.seed = 1}, 1, 1, 1);
    circuit.inh_to_exc = connect_all({.pre = 1, .post = 1});
    circuit.potential_mv << -60, -45;
    circuit.inhibition->parameters.eta = eta;
    circuit.inhibition->bounds.upper = 0.5;
    SpikingLplStepper network(circuit);
    for (int n = 0; n < 12; ++n) network.step({});
    CHECK(network.inh_weights()(0) == doctest::Approx(eta > 1 ? 0 : 0.5 - 4e-4));  // one arrival
    network.clamp(0, -45);
    network.step({});
    CHECK(network.inh_weights()(0) == 0.5);  // and one spike of the neuron
  }
}

TEST_CASE("spiking lpl stepper: circuits that cannot be run are refused") {
  using Rule = SpikingLpl<double>;
  const auto good = [] {
    return feedforward_lpl_circuit(Rule{}, connect_all({.pre = 2, .post = 3}));
  };
  CHECK_NOTHROW(SpikingLplStepper<Rule>{good()});
  auto circuit = good();
  circuit.input_to_exc_weight = 1.5;
  CHECK_THROWS_AS(SpikingLplStepper<Rule>{circuit}, InvalidParameter);
  circuit = good();
  circuit.potential_mv(1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(SpikingLplStepper<Rule>{circuit}, NonFinite);
  circuit = good();
  circuit.potential_mv.resize(2);
  CHECK_THROWS_AS(SpikingLplStepper<Rule>{circuit}, ShapeError);
  circuit = good();
  circuit.rule.times.dt_ms = 30;
  CHECK_THROWS_AS(SpikingLplStepper<Rule>{circuit}, InvalidParameter);
  circuit = good();
  circuit.neuron.tau_ampa_ms = 0.05;
  CHECK_THROWS_AS(SpikingLplStepper<Rule>{circuit}, InvalidParameter);
  CHECK_THROWS_AS(
      SpikingLplStepper<Rule>{feedforward_lpl_circuit(Rule{}, connect_all({.pre = 0, .post = 3}))},
      InvalidParameter);
  SpikingLplStepper<Rule> network{good()};
  CHECK_THROWS_AS(network.clamp(5, 0), InvalidParameter);
  CHECK_THROWS_AS(network.clamp(0, std::nan("")), NonFinite);
  const std::vector<Index> outside{2}, twice{1, 0, 1};
  CHECK_THROWS_AS(network.step(outside), ShapeError);
  CHECK_THROWS_AS(network.step(twice), InvalidParameter);
  CHECK(network.steps() == 0);
}
