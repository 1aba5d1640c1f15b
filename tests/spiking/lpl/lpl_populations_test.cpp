#include "hebb/spiking/lpl/lpl_populations.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "tests/spiking/lpl/replay.hpp"
#include "tests/spiking/lpl/step_form.hpp"

using namespace hebb;

namespace {

using Rule = SpikingLpl<double>;

/// Fast learning.
const Rule quick{.parameters = {.eta = 20},
                 .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}};

/// A small network with high rates.
template <typename R = Rule>
SpikingLplCircuit<R> make_circuit(const R& rule = quick, Index inhibitory = 20) {
  return standard_lpl_circuit(rule, {.seed = 1}, 100, 40, inhibitory);
}

/// Rates that vary.
struct Source {
  std::vector<PoissonInput::Population> populations{{60, Rate::constant(60)},
                                                    {40, {{10, 110, 10}, 50}}};
  PoissonInput start(Index, double dt_ms, const Random& random) const {
    return PoissonInput(populations, dt_ms, random);
  }
};
const Source source;

/// A circuit in a network of its own.
template <typename R = Rule>
struct Network {
  SpikingNetwork<typename R::Scalar> net{{.seed = 3}};
  LplPopulations<R> added;

  explicit Network(const SpikingLplCircuit<R>& circuit, const auto& input)
      : added(add_lpl_circuit(net, circuit, input)) {}
  explicit Network(const SpikingLplCircuit<R>& circuit) : Network(circuit, source) {}

  auto weights() { return net.weights(added.learned); }
  auto inh_weights() { return net.weights(*added.inhibition); }
};

/// Steps and neurons of a recording, in the count of the step form.
std::vector<Spike> spikes_of(const SpikeRecording& recording) {
  std::vector<Spike> spikes;
  for (Index k = 0; k < recording.size(); ++k)
    spikes.push_back({std::llround(recording.times_ms()[std::size_t(k)] / 0.1) - 1,
                      recording.neurons()[std::size_t(k)]});
  return spikes;
}

template <typename R>
void check_against_step_form(const SpikingLplCircuit<R>& circuit, std::int64_t steps,
                             const Source& spikes = source) {
  Network<R> network(circuit, spikes);
  const auto& added = network.added;
  const auto input = network.net.record_spikes(added.input),
             exc = network.net.record_spikes(added.exc);
  std::optional<SpikeRecording> inh;
  if (added.inh) inh = network.net.record_spikes(*added.inh);
  network.net.run(0.1 * double(steps / 3));
  network.net.run(0.1 * double(steps - steps / 3));

  StepForm<R> expected(circuit);
  const std::vector<Spike> trains = spikes_of(input);
  std::vector<Spike> expected_exc, expected_inh;
  std::vector<Index> now;
  auto next = trains.begin();
  for (std::int64_t step = 0; step < steps; ++step) {
    now.clear();
    for (; next != trains.end() && next->step == step; ++next) now.push_back(next->neuron);
    expected.step(now);
    for (const Index i : expected.exc_spikes) expected_exc.push_back({step, i});
    for (const Index i : expected.inh_spikes) expected_inh.push_back({step, i});
  }
  CHECK(spikes_of(exc) == expected_exc);
  CHECK(expected_exc.size() > 200);
  const Vector<double> weights = network.weights();
  CHECK(weights.maxCoeff() - weights.minCoeff() > 0.01);  // it learned
  CHECK((weights - expected.lpl.weights).cwiseAbs().maxCoeff() < 1e-11);
  const Vector<double> potential = network.net.values(added.exc, "potential");
  CHECK((potential - expected.potential_mv).cwiseAbs().maxCoeff() < 1e-9);
  if (!inh) return;
  CHECK(spikes_of(*inh) == expected_inh);
  CHECK(expected_inh.size() > 200);
  if (added.inhibition)
    CHECK((network.inh_weights() - expected.inhibition.weights).cwiseAbs().maxCoeff() < 1e-13);
}

}  // namespace

TEST_CASE("lpl populations: the recorded feed-forward network is reproduced") {
  const Replay replay;
  RecordedNeurons inputs;
  for (Index k = 0; k < replay.inputs.size(); ++k) {
    inputs.times_ms.push_back(0.1 * double(replay.inputs[k].step + 1));
    inputs.neurons.push_back(replay.inputs[k].neuron);
  }
  Network<Replay::Rule> network(replay.circuit, inputs);
  SpikeList spikes;
  network.net.listen(network.added.exc, [&](const Spikes& now) {
    for (const Index i : now.neurons) spikes.push({std::llround(now.time_ms / 0.1) - 1, i});
  });
  network.net.run(10000);
  replay.check_counts(spikes, 10);
  replay.check_weights(network.weights());
}

TEST_CASE(
    "lpl populations: over 15 s of the standard network, spikes equal those of the step form, and "
    "weights to 1e-11") {
  const Rule rule{.parameters = {.eta = 20}, .times = {.tau_mean_ms = 1000}};
  check_against_step_form(standard_lpl_circuit(rule, {.seed = 1}), 150001,
                          {{{100, Rate::constant(5)}, {400, {{5, 9, 5, 1, 5}, 750}}}});
}

TEST_CASE("lpl populations: likewise with augmented gradient and decay") {
  const SpikingLpl<double, PhysicalUnits, AugmentedGradient> rule{
      .parameters = {.eta = 0.02, .tau_weight_decay_ms = 20e3},
      .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000, .priming_ms = 300}};
  check_against_step_form(make_circuit(rule), 15001);
}

TEST_CASE("lpl populations: likewise with fixed inhibition, and without inhibitory neurons") {
  auto circuit = make_circuit();
  circuit.inhibition.reset();
  check_against_step_form(circuit, 15001);
  check_against_step_form(make_circuit(quick, 0), 6000);
}

TEST_CASE("lpl populations: likewise where inhibitory weights meet both their bounds") {
  auto circuit = make_circuit();
  circuit.inhibition->parameters.eta = 0.1;
  circuit.inhibition->bounds.upper = 0.6;
  check_against_step_form(circuit, 15001);
  Network network(circuit);
  network.net.run(1500.1);
  CHECK(network.inh_weights().minCoeff() == 0);
  CHECK((network.inh_weights().array() == 0.6).any());
}

TEST_CASE(
    "lpl populations: no bit depends on the calls that advance a network, or on a checkpoint "
    "between them") {
  Network whole(make_circuit()), first(make_circuit()), second(make_circuit());
  whole.net.run(900);
  for (const double part : {0.1, 0.2, 0.3, 99.7, 1.3, 200.0, 0.1, 123.4}) first.net.run(part);
  parse_checkpoint(format_checkpoint(first.net), "memory", second.net);
  CHECK(digest(second.net) == digest(first.net));
  second.net.run(400);
  second.net.run(900 - 400 - 425.1);
  CHECK(digest(second.net) == digest(whole.net));
  const Vector<double> weights = whole.weights();
  CHECK(weights.maxCoeff() - weights.minCoeff() > 0.01);  // it learned
}

TEST_CASE(
    "lpl populations: parameters can be changed between two steps; the same parameters change "
    "nothing, and those that do not fit are refused") {
  const auto change = [](Network<Rule>& network, const Rule& rule) {
    network.net.for_each_state(network.added.learned,
                               [&](const auto&, auto& state) { state.change(rule); });
  };
  Network plain(make_circuit()), changed(make_circuit()), slower(make_circuit());
  plain.net.run(800);
  for (Network<Rule>* network : {&changed, &slower}) network->net.run(345.6);
  change(changed, quick);
  Rule slow = quick;
  slow.parameters.eta /= 2;
  change(slower, slow);
  const auto before = digest(slower.net);
  Rule fast = quick;
  fast.times.tau_variance_ms = 1;
  CHECK_THROWS_AS(change(slower, fast), InvalidParameter);
  CHECK(digest(slower.net) == before);
  for (Network<Rule>* network : {&changed, &slower}) network->net.run(800 - 345.6);
  CHECK((plain.weights() - changed.weights()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((plain.inh_weights() - changed.inh_weights()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((plain.weights() - slower.weights()).cwiseAbs().maxCoeff() > 1e-3);
}

TEST_CASE(
    "lpl populations: the estimated rate is the rate of spikes, and the variance about rate times "
    "dt") {
  const Rule rule{.parameters = {.eta = 1e-6},
                  .times = {.tau_mean_ms = 200, .tau_variance_ms = 200}};
  Network network(make_circuit(rule));
  network.net.run(1000);
  const auto spikes = network.net.record_spikes(network.added.exc);
  network.net.run(2000);
  const double rate = network.net.values(network.added.learned, "rate_hz").mean(),
               variance = network.net.values(network.added.learned, "variance").mean();
  CHECK(rate == doctest::Approx(spikes.rate_hz()).epsilon(0.1));
  CHECK(variance == doctest::Approx(rate * 1e-4).epsilon(0.1));

  network.net.for_each_state(network.added.learned,
                             [](const auto&, auto& state) { state.set_estimates(7, 12, 0.25); });
  CHECK(network.net.values(network.added.learned, "rate_hz")(7) == doctest::Approx(12));
  CHECK(network.net.values(network.added.learned, "variance")(7) == 0.25);
}

TEST_CASE("lpl populations: in float the weights are those of double, but for rounding") {
  const SpikingLpl<float> rule{.parameters = {.eta = 20},
                               .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}};
  Network<SpikingLpl<float>> single(make_circuit(rule));
  Network twice(make_circuit());
  single.net.run(500.1);
  twice.net.run(500.1);
  const double change = (twice.weights().array() - 0.15).matrix().norm();
  CHECK(change > 0.01);
  CHECK((single.weights().cast<double>() - twice.weights()).norm() < 1e-3 * change);
}

TEST_CASE("lpl populations: inhibitory weights follow the traces, worked by hand") {
  for (const double eta : {1e-3, 10.0}) {
    auto circuit = standard_lpl_circuit(Rule{}, {.seed = 1}, 1, 1, 1);
    circuit.inh_to_exc = connect_all({.pre = 1, .post = 1});
    circuit.inhibition->parameters.eta = eta;
    circuit.inhibition->bounds.upper = 0.51;
    // The inhibitory neuron spikes at 0.1 ms, and arrives at 0.9 ms.
    circuit.potential_mv << -60, -45;
    Network network(circuit, PoissonNeurons{.rate_hz = 0});
    network.net.run(1.2);
    const double alone = std::max(0.0, 0.5 - eta * 2 * 10 * 0.020);
    CHECK(network.inh_weights()(0) == doctest::Approx(alone).epsilon(1e-14));
    // The excitatory neuron spikes at 1.3 ms: four decays after the arrival.
    network.net.set(network.added.exc, "potential", -45);
    network.net.run(0.1);
    CHECK(network.inh_weights()(0) ==
          doctest::Approx(std::min(0.51, alone + eta * std::exp(-4 * 0.1 / 20))).epsilon(1e-14));
  }
}

TEST_CASE("lpl populations: circuits that cannot be run are refused") {
  SpikingNetwork<double> coarse({.dt_ms = 0.2}), network({.dt_ms = 0.1});
  const auto refused = [&]<typename Error>(Error, const auto& spoil) {
    auto circuit = make_circuit();
    spoil(circuit);
    SpikingNetwork<double> net({.dt_ms = 0.1});
    CHECK_THROWS_AS(add_lpl_circuit(net, circuit, source), Error);
  };
  CHECK_THROWS_AS(add_lpl_circuit(coarse, make_circuit(), source), InvalidParameter);
  const InvalidParameter invalid("");
  refused(invalid, [](auto& c) { c.input_to_exc_weight = 1.5; });
  refused(invalid, [](auto& c) { c.inhibition->parameters.tau_ms = 0; });
  refused(invalid, [](auto& c) { c.rule.times.dt_ms = 30; });
  refused(invalid, [](auto& c) { c.neuron.tau_ampa_ms = 0.05; });
  refused(NonFinite(""), [](auto& c) { c.potential_mv(1) = std::nan(""); });
  refused(ShapeError(""), [](auto& c) { c.potential_mv.resize(2); });
  const auto input = network.add(PoissonNeurons{}, 10), neurons = network.add(ConductanceLif{}, 5);
  CHECK_THROWS_AS(network.connect(input, neurons, All{},
                                  {.weight = 1.5, .delay_ms = 0.8, .onto = receptor::ampa}, Rule{}),
                  InvalidParameter);
}

TEST_CASE("lpl populations: weights that were set out of bounds are refused before a step") {
  const auto spoiled = [](const auto& spoil) {
    auto network = std::make_unique<Network<Rule>>(make_circuit());
    network->net.run(0.1);
    network->net.for_each_state(network->added.learned,
                                [&](const auto&, auto& state) { spoil(state.weights); });
    return network;
  };
  const auto nan = spoiled([](auto& w) { w.setConstant(std::nan("")); });
  CHECK_THROWS_AS(nan->net.run(1), InvalidParameter);
  const auto heavy = spoiled([](auto& w) { w(7) = 1.5; });
  CHECK_THROWS_WITH_AS(heavy->net.run(1),
                       "SpikingLpl: the weight of synapse 7, 1.5, is out of bounds",
                       InvalidParameter);
  CHECK(heavy->net.time_ms() == doctest::Approx(0.1));
  const auto resized = spoiled([](auto& w) { w.resize(7); });
  CHECK_THROWS_AS(resized->net.run(1), ShapeError);
}

namespace {

/// An input that emits the spikes it is given, whatever slice it is asked for.
struct ForgedInput {
  static constexpr std::int64_t slice = 100;
  std::vector<Spike> spikes;

  Index size() const { return 100; }
  void emit(std::int64_t, SpikeList& list) const {
    for (const Spike& spike : spikes) list.push(spike);
  }
};
static_assert(SpikeInput<ForgedInput>);

struct ForgedSource {
  std::vector<Spike> spikes;
  ForgedInput start(Index, double, const Random&) const { return {spikes}; }
};

}  // namespace

TEST_CASE(
    "lpl populations: an input that emits spikes of neurons or times that do not exist is "
    "refused") {
  const auto run = [](std::vector<Spike> spikes) {
    Network<Rule>(make_circuit(), ForgedSource{spikes}).net.run(5);
  };
  CHECK_NOTHROW(run({{0, 5}, {0, 3}, {99, 5}}));
  CHECK_THROWS_AS(run({{0, 100}}), InvalidParameter);
  CHECK_THROWS_AS(run({{0, -1}}), InvalidParameter);
  CHECK_THROWS_AS(run({{100, 5}}), InvalidParameter);
  CHECK_THROWS_AS(run({{-1, 5}}), InvalidParameter);
  CHECK_THROWS_AS(run({{7, 5}, {7, 3}, {7, 5}}), InvalidParameter);
}

TEST_CASE(
    "lpl populations: a checkpoint whose numbers do not fit together is refused, whatever was "
    "forged") {
  Network saved(make_circuit());
  saved.net.run(345.6);
  for (Index fewest = 0; fewest == 0;) {  // until every list holds a spike
    saved.net.run(0.1);
    fewest = 1;
    saved.net.each([&](std::string_view name, auto& value) {
      if constexpr (std::same_as<decltype(value), Index&>)
        if (name.ends_with(".count")) fewest = std::min(fewest, value);
    });
  }
  const auto bytes = format_checkpoint(saved.net);
  Index tried = 0;
  const auto forge = [&](std::string_view name, const auto& change) {
    Network network(make_circuit());
    parse_checkpoint(bytes, "memory", network.net);
    network.net.each([&](std::string_view array, auto& value) {
      if constexpr (requires { change(value); })
        if (array.ends_with(name)) change(value), ++tried;
    });
    CAPTURE(name);
    CHECK_THROWS_AS(network.net.run(20), std::invalid_argument);
  };
  using Table = Matrix<std::int64_t>;
  for (const char* list : {"0.delay8.pre.spikes", "0.delay8.post.spikes"}) {
    forge(list, [](Table& t) { t.resize(0, 0); });
    forge(list, [](Table& t) { t.resize(3, 1000), t.setZero(); });
    forge(list, [](Table& t) { t(1, t.cols() - 1) = 1000000; });
    forge(list, [](Table& t) { t(1, 0) = -1; });
    forge(list, [](Table& t) { t(0, 0) = -5000; });
    forge(list, [](Table& t) { t(0, t.cols() - 1) = 5000; });
    forge(list, [](Table& t) { t(0, t.cols() / 2) = std::numeric_limits<std::int64_t>::max(); });
  }
  for (const char* number : {".pre.count", ".post.count", ".pre.next", ".post.next", ".delay8.step",
                             ".delay8.block_start"})
    for (const std::int64_t value :
         {std::int64_t(-1), std::int64_t(1) << 40, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()})
      forge(number,
            [&](std::integral auto& n) { n = std::remove_reference_t<decltype(n)>(value); });
  for (const char* array : {"0.block0.delay8.weights", ".delay8.square", "pre_trace", "post_trace",
                            ".blocks.trace", ".blocks.mean"})
    forge(array, [](Vector<double>& v) { v.setZero(v.size() + 1); });
  for (const char* array :
       {"exc.0.state", "inh.0.state", ".blocks.synapses", ".blocks.potential", ".blocks.error"})
    forge(array, [](Matrix<double>& m) { m.setZero(2, 2); });
  for (const double time_ms : {double(NAN), 1e6, HUGE_VAL})
    forge(".time_ms", [&](double& t) { t = time_ms; });
  CHECK(tried == 2 * 7 + 6 * 4 + 6 + 5 + 3);
}

TEST_CASE(
    "lpl populations: the standard circuit has the paper's connections, and no inhibitory neuron "
    "inhibits itself") {
  const auto circuit = standard_lpl_circuit(Rule{}, {.seed = 3});
  circuit.inh_to_inh.for_each([](Index j, Index i, Index) { CHECK(i != j); });
  const auto density = [](const Connections& c) {
    return double(c.size()) / double(c.shape.pre * c.shape.post);
  };
  CHECK(density(circuit.input_to_exc) == doctest::Approx(0.1).epsilon(0.05));
  CHECK(density(circuit.inh_to_exc) == doctest::Approx(0.5).epsilon(0.08));
  CHECK(density(circuit.inh_to_inh) == doctest::Approx(0.1).epsilon(0.4));
  // An inhibitory neuron has sum exp(-d^2 / 20^2) = 20 sqrt(pi) = 35.4 presynaptic neurons
  // of 100; one at an end of the line has half as many.
  Vector<double> inputs = Vector<double>::Zero(25);
  circuit.exc_to_inh.for_each([&](Index, Index i, Index) { inputs(i) += 1; });
  CHECK(inputs.segment(10, 5).mean() == doctest::Approx(35.4).epsilon(0.15));
  CHECK((inputs(0) + inputs(24)) / 2 == doctest::Approx(17.7).epsilon(0.35));
  CHECK((circuit.potential_mv.array() + 60).abs().maxCoeff() < 50);
  CHECK(std::sqrt((circuit.potential_mv.array() + 60).square().mean()) ==
        doctest::Approx(10).epsilon(0.2));
}
