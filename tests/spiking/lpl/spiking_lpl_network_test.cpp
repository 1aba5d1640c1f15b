#include "hebb/spiking/lpl/spiking_lpl_network.hpp"

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/lpl/spiking_lpl_stepper.hpp"
#include "tests/spiking/lpl/replay.hpp"

using namespace hebb;

namespace {

using Rule = SpikingLpl<double>;

const PoissonInput input({{60, Rate::constant(60)}, {40, {{10, 110, 10}, 50}}}, 0.1, {.seed = 3});

/// A small network that learns fast and is busy.
template <typename R = Rule>
auto make_circuit(const R& rule = {.parameters = {.eta = 20},
                                   .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}}) {
  return standard_lpl_circuit(rule, {.seed = 1}, 100, 40, 20);
}

/// Spikes by population.
using Trains = std::array<std::vector<Spike>, 3>;

template <typename Network>
Trains run(Network& network, std::int64_t steps) {
  Trains trains;
  network.advance(steps, [&](Population population, const Spike& spike) {
    trains[std::size_t(population)].push_back(spike);
  });
  return trains;
}

template <typename R>
void check_against_step_form(const SpikingLplCircuit<R>& circuit, const PoissonInput& source,
                             std::int64_t steps) {
  SpikingLplNetwork fast(circuit, source);
  SpikingLplStepper slow(circuit);
  const Trains found = run(fast, steps);
  Trains expected{found[0], {}, {}};
  std::vector<Index> now;
  for (auto next = found[0].begin(); slow.steps() < steps;) {
    const std::int64_t step = slow.steps();
    now.clear();
    for (; next != found[0].end() && next->step == step; ++next) now.push_back(next->neuron);
    slow.step(now);
    for (const Index i : slow.exc_spikes()) expected[1].push_back({step, i});
    for (const Index i : slow.inh_spikes()) expected[2].push_back({step, i});
  }
  CHECK(found == expected);
  CHECK(found[1].size() > 200);
  CHECK(found[2].size() > 200);
  CHECK(fast.weights().maxCoeff() - fast.weights().minCoeff() > 0.01);  // it learned
  CHECK((fast.weights() - slow.weights()).cwiseAbs().maxCoeff() < 1e-11);
  CHECK((fast.inh_weights() - slow.inh_weights()).cwiseAbs().maxCoeff() < 1e-13);
  for (Index i = 0; i < circuit.excitatory(); ++i)
    CHECK(fast.potential_mv(i) == doctest::Approx(slow.potential_mv()(i)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("spiking lpl network: the recorded feed-forward network is reproduced") {
  const Replay replay;
  SpikingLplNetwork network(replay.circuit, RecordedInput(500, replay.inputs));
  SpikeList spikes;
  network.advance(100000, [&](Population population, const Spike& spike) {
    if (population == Population::excitatory) spikes.push(spike);
  });
  replay.check_counts(spikes, 10);
  replay.check_weights(network.weights());
}

TEST_CASE(
    "spiking lpl network: over 15 s of the standard network, spikes equal those of the step form, "
    "and weights to 1e-11") {
  const Rule quick{.parameters = {.eta = 20}, .times = {.tau_mean_ms = 1000}};
  check_against_step_form(
      standard_lpl_circuit(quick, {.seed = 1}),
      PoissonInput({{100, Rate::constant(5)}, {400, {{5, 9, 5, 1, 5}, 750}}}, 0.1, {.seed = 2}),
      150001);
}

TEST_CASE("spiking lpl network: augmented gradient and weight decay equal the step form") {
  const SpikingLpl<double, PhysicalUnits, AugmentedGradient> rule{
      .parameters = {.eta = 0.02, .tau_weight_decay_ms = 20e3},
      .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000, .priming_ms = 300}};
  check_against_step_form(make_circuit(rule), input, 15001);
}

TEST_CASE("spiking lpl network: inhibitory weights at both their bounds equal the step form") {
  auto circuit = make_circuit();
  circuit.inhibition->parameters.eta = 0.1;
  circuit.inhibition->bounds.upper = 0.6;
  check_against_step_form(circuit, input, 15001);
  SpikingLplNetwork network(circuit, input);
  network.advance(15001);
  CHECK(network.inh_weights().minCoeff() == 0);
  CHECK((network.inh_weights().array() == 0.6).any());
}

TEST_CASE(
    "spiking lpl network: no bit depends on the calls that advance it, or on a checkpoint "
    "between them") {
  SpikingLplNetwork whole(make_circuit(), input), first(make_circuit(), input),
      second(make_circuit(), input);
  const Trains expected = run(whole, 9000);
  Trains found;
  const auto advance = [&](auto& network, std::int64_t steps) {
    const Trains more = run(network, steps);
    for (std::size_t p = 0; p < 3; ++p)
      found[p].insert(found[p].end(), more[p].begin(), more[p].end());
  };
  for (const std::int64_t steps : {1, 2, 3, 997, 13, 2000, 1, 1234}) advance(first, steps);
  parse_checkpoint(format_checkpoint(first), "memory", second);
  CHECK(digest(first) == digest(second));
  advance(second, 4000);
  advance(second, 5000 - 4000 + 4000 - 1 - 2 - 3 - 997 - 13 - 2000 - 1 - 1234);
  CHECK(second.steps() == whole.steps());
  CHECK(found == expected);
  CHECK(digest(second) == digest(whole));
}

TEST_CASE(
    "spiking lpl network: parameters can be changed between two steps; the same parameters change "
    "nothing") {
  SpikingLplNetwork plain(make_circuit(), input), changed(make_circuit(), input),
      other(make_circuit(), input);
  plain.advance(8000);
  changed.advance(3456);
  changed.change(changed.circuit().rule, changed.circuit().inhibition);
  changed.advance(8000 - 3456);
  CHECK((plain.weights() - changed.weights()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((plain.inh_weights() - changed.inh_weights()).cwiseAbs().maxCoeff() < 1e-12);

  other.advance(3456);
  Rule slower = other.circuit().rule;
  slower.parameters.eta /= 2;
  other.change(slower, std::nullopt);
  const Vector<double> weights = other.weights(), inh_weights = other.inh_weights();
  other.advance(8000 - 3456);
  CHECK(other.inh_weights() == inh_weights);
  CHECK(other.weights() != weights);
  CHECK(other.weights() != plain.weights());
}

TEST_CASE(
    "spiking lpl network: the estimated rate is the rate of spikes, and the variance about rate "
    "times dt") {
  const Rule rule{.parameters = {.eta = 1e-6},
                  .times = {.tau_mean_ms = 200, .tau_variance_ms = 200}};
  SpikingLplNetwork network(make_circuit(rule), input);
  network.advance(10000);
  std::vector<double> count(40, 0);
  network.advance(20000, [&](Population population, const Spike& spike) {
    if (population == Population::excitatory) count[std::size_t(spike.neuron)] += 1 / 2.0;
  });
  double rate = 0, variance = 0, counted = 0;
  for (Index i = 0; i < 40; ++i) {
    rate += network.rate_hz(i);
    variance += network.variance(i);
    counted += count[std::size_t(i)];
  }
  CHECK(rate == doctest::Approx(counted).epsilon(0.1));
  CHECK(variance == doctest::Approx(rate * 1e-4).epsilon(0.1));
}

TEST_CASE("spiking lpl network: in float the weights are those of double, but for rounding") {
  using Single = SpikingLpl<float>;
  const Single rule{.parameters = {.eta = 20},
                    .times = {.tau_mean_ms = 1000, .tau_variance_ms = 1000}};
  SpikingLplNetwork single(make_circuit(rule), input);
  SpikingLplNetwork twice(make_circuit(), input);
  single.advance(5001);
  twice.advance(5001);
  const double change = (twice.weights().array() - 0.15).matrix().norm();
  CHECK(change > 0.01);
  CHECK((single.weights().cast<double>() - twice.weights()).norm() < 1e-3 * change);
}

TEST_CASE(
    "spiking lpl network: circuits that cannot be run are refused, and divergence is an error") {
  CHECK_THROWS_AS(
      SpikingLplNetwork(make_circuit(), PoissonInput({{99, Rate::constant(5)}}, 0.1, {})),
      ShapeError);
  auto short_refractoriness = make_circuit();
  short_refractoriness.neuron.jump_mv = 52;
  CHECK_THROWS_AS(SpikingLplNetwork(short_refractoriness, input), InvalidParameter);
  auto bad_inhibition = make_circuit();
  bad_inhibition.inhibition->parameters.tau_ms = 0;
  CHECK_THROWS_AS(SpikingLplNetwork(bad_inhibition, input), InvalidParameter);

  SpikingLplNetwork bad(make_circuit(), input), heavy(make_circuit(), input),
      resized(make_circuit(), input);
  bad.advance(1);
  bad.weights().setConstant(std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(bad.advance(5000), InvalidParameter);
  heavy.weights()(7) = 1.5;
  CHECK_THROWS_WITH_AS(heavy.advance(5001),
                       "SpikingLpl: the weight of synapse 7, 1.5, is out of bounds",
                       InvalidParameter);
  CHECK(heavy.steps() == 0);
  resized.weights().resize(7);
  CHECK_THROWS_AS(resized.advance(1), ShapeError);
  auto strong = make_circuit();
  strong.rule.bounds.upper = strong.input_to_exc_weight = 1000;
  SpikingLplNetwork unstable(strong, input);
  CHECK_THROWS_AS(unstable.advance(5000), Divergence);
  CHECK_THROWS_AS(unstable.advance(-1), InvalidParameter);
  CHECK_THROWS_AS(bad.advance(std::numeric_limits<std::int64_t>::max()), InvalidParameter);
}

TEST_CASE("spiking lpl network: parameters that do not fit are refused before anything changes") {
  SpikingLplNetwork network(make_circuit(), input);
  network.advance(1234);
  const auto before = digest(network);
  Rule fast = network.circuit().rule;
  fast.times.tau_variance_ms = 1;
  CHECK_THROWS_AS(network.change(fast, network.circuit().inhibition), InvalidParameter);
  auto bad = network.circuit().inhibition;
  bad->parameters.tau_ms = 0;
  CHECK_THROWS_AS(network.change(network.circuit().rule, bad), InvalidParameter);
  CHECK(digest(network) == before);
  CHECK(network.circuit().inhibition->parameters.tau_ms == 20);
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

}  // namespace

TEST_CASE(
    "spiking lpl network: an input that emits spikes of neurons or times that do not exist is "
    "refused") {
  const auto advance = [](std::vector<Spike> spikes) {
    SpikingLplNetwork(make_circuit(), ForgedInput{spikes}).advance(50);
  };
  CHECK_NOTHROW(advance({{0, 5}, {0, 3}, {99, 5}}));
  CHECK_THROWS_AS(advance({{0, 100}}), InvalidParameter);
  CHECK_THROWS_AS(advance({{0, -1}}), InvalidParameter);
  CHECK_THROWS_AS(advance({{100, 5}}), InvalidParameter);
  CHECK_THROWS_AS(advance({{-1, 5}}), InvalidParameter);
  CHECK_THROWS_AS(advance({{7, 5}, {7, 3}, {7, 5}}), InvalidParameter);
}

TEST_CASE(
    "spiking lpl network: a checkpoint whose numbers do not fit together is refused before "
    "anything changes, whatever was forged") {
  SpikingLplNetwork saved(make_circuit(), input);
  saved.advance(3456);
  std::int64_t tried = 0, harmless = 0;
  const auto forge = [&](std::string_view name, const auto& change) {
    SpikingLplNetwork network(make_circuit(), input);
    parse_checkpoint(format_checkpoint(saved), "memory", network);
    network.each([&](std::string_view array, auto& value) {
      if constexpr (requires { change(value); })
        if (array == name) change(value), ++tried;
    });
    CAPTURE(name);
    try {
      network.advance(200);
      ++harmless;
    } catch (const std::invalid_argument&) {
      CHECK(network.steps() != 3656);
    }
  };
  using Table = Matrix<std::int64_t>;
  for (const char* list : {"lpl.pre.spikes", "lpl.post.spikes", "inh.spikes"}) {
    forge(list, [](Table& t) { t.resize(0, 0); });
    forge(list, [](Table& t) { t.resize(3, 1000), t.setZero(); });
    forge(list, [](Table& t) { t(1, t.cols() - 1) = 1000000; });
    forge(list, [](Table& t) { t(1, 0) = -1; });
    forge(list, [](Table& t) { t(0, 0) = -5000; });
    forge(list, [](Table& t) { t(0, t.cols() - 1) = 5000; });
    forge(list, [](Table& t) { t(0, t.cols() / 2) = std::numeric_limits<std::int64_t>::max(); });
  }
  for (const char* number :
       {"lpl.pre.count", "lpl.post.count", "inh.count", "lpl.pre.next", "lpl.post.next", "inh.next",
        "lpl.step", "lpl.block_start", "next_slice"})
    for (const std::int64_t value :
         {std::int64_t(-1), std::int64_t(1) << 40, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()})
      forge(number, [&](std::integral auto& n) { n = value; });
  for (const char* array :
       {"lpl.weights", "lpl.square", "inhibition.weights", "inhibition.pre_trace",
        "inhibition.post_trace", "lpl.blocks.trace", "lpl.blocks.mean"})
    forge(array, [](Vector<double>& v) { v.setZero(v.size() + 1); });
  for (const char* array :
       {"neurons", "lpl.blocks.synapses", "lpl.blocks.potential", "lpl.blocks.error"})
    forge(array, [](Matrix<double>& m) { m.setZero(2, 2); });
  for (const double time_ms : {double(NAN), 1e6, HUGE_VAL})
    forge("inhibition.time_ms", [&](std::floating_point auto& t) { t = time_ms; });
  CHECK(tried == 3 * 7 + 9 * 4 + 7 + 4 + 3);
  CHECK(harmless == 0);
}

TEST_CASE(
    "spiking lpl network: the standard circuit has the paper's connections, and no inhibitory "
    "neuron inhibits itself") {
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

TEST_CASE(
    "spiking lpl network: steps and spikes that no run has, as in a forged checkpoint, are refused "
    "before they are used") {
  SpikingLplNetwork saved(make_circuit(), input);
  saved.advance(1234);
  for (std::int64_t fewest = 0; fewest == 0;) {  // until every list holds a spike
    saved.advance(1);
    fewest = 1;
    saved.each([&](std::string_view name, auto& value) {
      if constexpr (std::same_as<decltype(value), std::int64_t&>)
        if (name.ends_with(".count")) fewest = std::min(fewest, value);
    });
  }
  const auto bytes = format_checkpoint(saved);
  const auto refused = [&](std::string_view name, const auto& forge) {
    SpikingLplNetwork network(make_circuit(), input);
    parse_checkpoint(bytes, "x.npz", network);
    bool found = false;
    network.each([&](std::string_view array, auto& value) {
      if constexpr (requires { forge(value); })
        if (array == name) forge(value), found = true;
    });
    REQUIRE(found);
    CHECK_THROWS_AS(network.advance(1), InvalidParameter);
    CHECK_THROWS_AS(network.change(network.circuit().rule, network.circuit().inhibition),
                    InvalidParameter);
  };
  const auto becomes = [](std::int64_t number) {
    return [=](std::int64_t& value) { value = number; };
  };
  const auto spike = [](Index row, std::int64_t number) {
    return [=](Matrix<std::int64_t>& spikes) { spikes(row, spikes.cols() - 1) = number; };
  };
  for (const std::int64_t number :
       {std::int64_t(-1), std::int64_t(7), std::int64_t(1) << 40, std::int64_t(1) << 62})
    for (const char* name : {"lpl.step", "lpl.block_start", "next_slice"})
      refused(name, becomes(number));
  for (const char* list : {"lpl.pre.", "lpl.post.", "inh."}) {
    for (const std::int64_t number : {std::int64_t(-1), std::int64_t(1) << 40}) {
      refused(std::string(list) + "count", becomes(number));
      refused(std::string(list) + "next", becomes(number));
      refused(std::string(list) + "spikes", spike(1, number));
    }
  }
  refused("lpl.pre.spikes", spike(0, -1));
  refused("lpl.pre.next", becomes(0));
}
