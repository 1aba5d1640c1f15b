#include "hebb/network/spiking_lpl_network.hpp"

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/network/spiking_lpl_stepper.hpp"
#include "tests/spiking/replay.hpp"

using namespace hebb;

namespace {

using Rule = SpikingLpl<double>;

const PoissonInput input({{60, Rate::constant(60)}, {40, {{10, 110, 10}, 0.05}}}, 1e-4, {.seed = 3});

/// A small network that learns fast and is busy.
template <typename R = Rule>
auto make_circuit(const R& rule = {.parameters = {.eta = 2e-5}, .times = {.mean = 1, .variance = 1}}) {
  return standard_lpl_circuit(rule, {.seed = 1}, 100, 40, 20);
}

/// Spikes by population.
using Trains = std::array<std::vector<Spike>, 3>;

template <typename Network>
Trains run(Network& network, std::int64_t steps) {
  Trains trains;
  network.advance(steps, [&](Population population, const Spike& spike) { trains[std::size_t(population)].push_back(spike); });
  return trains;
}

template <typename R>
void check_against_step_form(const SpikingLplCircuit<R>& circuit, const PoissonInput& source, std::int64_t steps) {
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
  for (Index i = 0; i < circuit.excitatory(); ++i) CHECK(fast.potential(i) == doctest::Approx(slow.potential()(i)).epsilon(1e-12));
}

}  // namespace

TEST_CASE("spiking lpl network: the recorded feed-forward network runs again") {
  const Replay replay;
  SpikingLplNetwork network(replay.circuit, RecordedInput(500, replay.inputs));
  SpikeList spikes;
  network.advance(100000, [&](Population population, const Spike& spike) {
    if (population == Population::excitatory) spikes.push(spike);
  });
  replay.check_counts(spikes, 10);
  replay.check_weights(network.weights());
}

TEST_CASE("spiking lpl network: fifteen seconds of the standard network equal the step form, spike for spike, weights to 1e-11") {
  const Rule quick{.parameters = {.eta = 2e-5}, .times = {.mean = 1}};
  check_against_step_form(standard_lpl_circuit(quick, {.seed = 1}),
                          PoissonInput({{100, Rate::constant(5)}, {400, {{5, 9, 5, 1, 5}, 0.75}}}, 1e-4, {.seed = 2}), 150001);
}

TEST_CASE("spiking lpl network: augmented gradient and weight decay equal the step form") {
  const SpikingLpl<double, PhysicalUnits, AugmentedGradient> rule{.parameters = {.eta = 0.02, .weight_decay_tau = 20},
                                                                  .times = {.mean = 1, .variance = 1, .priming = 0.3}};
  check_against_step_form(make_circuit(rule), input, 15001);
}

TEST_CASE("spiking lpl network: neither the calls that advance it nor a checkpoint between them change a bit") {
  SpikingLplNetwork whole(make_circuit(), input), first(make_circuit(), input), second(make_circuit(), input);
  const Trains expected = run(whole, 9000);
  Trains found;
  const auto advance = [&](auto& network, std::int64_t steps) {
    const Trains more = run(network, steps);
    for (std::size_t p = 0; p < 3; ++p) found[p].insert(found[p].end(), more[p].begin(), more[p].end());
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

TEST_CASE("spiking lpl network: parameters change between two steps, and the same parameters change nothing") {
  SpikingLplNetwork plain(make_circuit(), input), changed(make_circuit(), input), other(make_circuit(), input);
  plain.advance(8000);
  changed.advance(3456);
  changed.change(changed.circuit().rule, changed.circuit().inhibition);
  changed.advance(8000 - 3456);
  CHECK((plain.weights() - changed.weights()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK((plain.inh_weights() - changed.inh_weights()).cwiseAbs().maxCoeff() < 1e-12);

  other.advance(3456);
  Rule slower = other.circuit().rule;
  slower.parameters.eta /= 2;
  auto fixed = other.circuit().inhibition;
  fixed.zeta = 0;
  other.change(slower, fixed);
  const Vector<double> weights = other.weights(), inh_weights = other.inh_weights();
  other.advance(8000 - 3456);
  CHECK(other.inh_weights() == inh_weights);
  CHECK(other.weights() != weights);
  CHECK(other.weights() != plain.weights());
}

TEST_CASE("spiking lpl network: the estimated rate is the rate of spikes, and the variance about rate times dt") {
  const Rule rule{.parameters = {.eta = 1e-12}, .times = {.mean = 0.2, .variance = 0.2}};
  SpikingLplNetwork network(make_circuit(rule), input);
  network.advance(10000);
  std::vector<double> count(40, 0);
  network.advance(20000, [&](Population population, const Spike& spike) {
    if (population == Population::excitatory) count[std::size_t(spike.neuron)] += 1 / 2.0;
  });
  double rate = 0, variance = 0, counted = 0;
  for (Index i = 0; i < 40; ++i) {
    rate += network.rate(i);
    variance += network.variance(i);
    counted += count[std::size_t(i)];
  }
  CHECK(rate == doctest::Approx(counted).epsilon(0.1));
  CHECK(variance == doctest::Approx(rate * 1e-4).epsilon(0.1));
}

TEST_CASE("spiking lpl network: in float the weights are those of double, but for rounding") {
  using Single = SpikingLpl<float>;
  const Single rule{.parameters = {.eta = 2e-5}, .times = {.mean = 1, .variance = 1}};
  SpikingLplNetwork single(make_circuit(rule), input);
  SpikingLplNetwork twice(make_circuit(), input);
  single.advance(5001);
  twice.advance(5001);
  const double change = (twice.weights().array() - 0.15).matrix().norm();
  CHECK(change > 0.01);
  CHECK((single.weights().cast<double>() - twice.weights()).norm() < 1e-3 * change);
}

TEST_CASE("spiking lpl network: what cannot be run is refused, and what leaves the finite numbers stops") {
  CHECK_THROWS_AS(SpikingLplNetwork(make_circuit(), PoissonInput({{99, Rate::constant(5)}}, 1e-4, {})), ShapeError);
  auto short_refractoriness = make_circuit();
  short_refractoriness.neuron.jump = 52e-3;
  CHECK_THROWS_AS(SpikingLplNetwork(short_refractoriness, input), InvalidParameter);
  auto fast_trace = make_circuit();
  fast_trace.inhibition.tau = 1e-3;
  CHECK_THROWS_AS(SpikingLplNetwork(fast_trace, input), InvalidParameter);

  SpikingLplNetwork bad(make_circuit(), input), heavy(make_circuit(), input);
  bad.advance(1);
  bad.weights().setConstant(std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(bad.advance(5000), Divergence);
  heavy.weights()(7) = 1.5;
  CHECK_THROWS_WITH_AS(heavy.advance(5001), "SpikingLpl: the weight of synapse 7, 1.5, is out of bounds", InvalidParameter);
  auto strong = make_circuit();
  strong.rule.bounds.upper = strong.input_to_exc_weight = 1000;
  SpikingLplNetwork unstable(strong, input);
  CHECK_THROWS_AS(unstable.advance(5000), Divergence);
  CHECK_THROWS_AS(unstable.advance(-1), InvalidParameter);
}

TEST_CASE("spiking lpl network: steps and spikes that no run has, as in a forged checkpoint, are refused before they are used") {
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
    CHECK_THROWS_AS(network.change(network.circuit().rule, network.circuit().inhibition), InvalidParameter);
  };
  const auto becomes = [](std::int64_t number) { return [=](std::int64_t& value) { value = number; }; };
  const auto spike = [](Index row, std::int64_t number) { return [=](Matrix<std::int64_t>& spikes) { spikes(row, spikes.cols() - 1) = number; }; };
  for (const std::int64_t number : {std::int64_t(-1), std::int64_t(7), std::int64_t(1) << 40, std::int64_t(1) << 62})
    for (const char* name : {"step", "block_start", "next_slice"}) refused(name, becomes(number));
  for (const char* list : {"inputs.", "exc.", "inh."}) {
    for (const std::int64_t number : {std::int64_t(-1), std::int64_t(1) << 40}) {
      refused(std::string(list) + "count", becomes(number));
      refused(std::string(list) + "next", becomes(number));
      refused(std::string(list) + "spikes", spike(1, number));
    }
  }
  refused("inputs.spikes", spike(0, -1));
  refused("inputs.next", becomes(0));
}
