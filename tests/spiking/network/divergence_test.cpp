// A network stops with an error where a step makes no sense any more.
#include <doctest/doctest.h>

#include "hebb/spiking/lpl/lpl_populations.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"

using namespace hebb;

namespace {

/// One spike, which arrives at neuron 33 of 40, by two synapses. As many steps as the delay has are
/// made at once, or one by one where a current is injected.
struct OneArrival {
  SpikingNetwork<float> net{{.dt_ms = 0.1}};

  OneArrival(const auto& model, double weight, Receptor onto, bool by_steps, double spike_ms = 3,
             double delay_ms = 1) {
    const auto source = net.add(RecordedNeurons{{spike_ms}, {0}}, 1);
    const auto post = net.add(model, 40, "post");
    for (int k = 0; k < 2; ++k)
      net.connect(source, post, Pairs{{{0, 33}}},
                  {.weight = weight / 2, .delay_ms = delay_ms, .onto = onto});
    if (by_steps) net.inject(post, ConstantCurrent{0});
  }
};

/// A neuron that branches, and whose explicit step multiplies the potential by 1 - gain. The gain
/// falls by a tenth per step.
struct Branching {
  template <typename T>
  struct State {
    T potential, gain;
  };
  static constexpr std::array<std::string_view, 2> variables{"potential", "gain"};
  static constexpr std::array<ReceptorOf, 1> receptors{{{"excitatory", 1}}};

  State<double> initial() const { return {}; }

  template <typename Scalar>
  struct Step {
    bool operator()(State<Scalar>& s, Scalar) const {
      if (s.potential > 0) s.potential = 0;
      s.potential *= amplification(s);
      s.gain *= Scalar(0.9);
      return false;
    }
    Scalar amplification(const State<Scalar>& s) const { return 1 - s.gain; }
  };
  template <typename Scalar>
  Step<Scalar> step(double) const {
    return {};
  }
};

}  // namespace

TEST_CASE("network: numbers that the scalar type cannot hold are refused") {
  SpikingNetwork<float> net;
  const auto neurons = net.add(CurrentLif{}, 3);
  CHECK_THROWS_WITH_AS(net.set(neurons, "potential", 1e300),
                       "potential holds inf at row 0, column 0", NonFinite);
  CHECK_THROWS_AS(net.connect(neurons, neurons, All{}, {.weight = 1e300}), NonFinite);
  CHECK_THROWS_WITH_AS(net.add(CurrentLif{}, Index(1) << 31, "many"),
                       "SpikingNetwork: population many has 2147483648 neurons", InvalidParameter);
  net.run(1);
}

TEST_CASE("network: a potential that is not finite is an error that names its time") {
  for (const bool by_steps : {false, true}) {
    OneArrival at(CurrentLif{}, 6e38, receptor::inhibitory, by_steps);
    CHECK_THROWS_WITH_AS(at.net.run(10),
                         "SpikingNetwork: the potential of neuron 33 of population post is not "
                         "finite at 4.1 ms",
                         Divergence);
  }
}

TEST_CASE("network: a step that conductances make unstable is an error that names its time") {
  // The step of 0.1 ms is 0.005 membrane time constants: g times the leak gives 1 - 0.005 (1 + g).
  // AMPA receptors count half.
  for (const bool by_steps : {false, true}) {
    const auto check = [&](const auto& model, double most, Receptor onto, const char* factor) {
      OneArrival stable(model, most - 1, onto, by_steps), unstable(model, most + 1, onto, by_steps);
      stable.net.run(10);
      CHECK_THROWS_WITH_AS(
          unstable.net.run(10),
          sentence("SpikingNetwork: the step of 0.1 ms is unstable for neuron 33 of population "
                   "post at 4 ms, where it multiplies a difference of potentials by ",
                   factor)
              .c_str(),
          Divergence);
    };
    check(ConductanceLif{}, 798, receptor::ampa, "-1.0025");
    check(ConductanceLif{}, 399, receptor::gaba, "-1.005");
    check(VogelsAbbottLif{}, 399, receptor::excitatory, "-1.005");
    check(VogelsAbbottLif{}, 399, receptor::inhibitory, "-1.005");
    check(Branching{}, 2, receptor::excitatory, "-2");
  }
}

TEST_CASE("network: conductances that are too large inside a chunk only are an error, too") {
  // The spike arrives at the end of the first of 16 steps. Conductances decay by at least 0.86
  // until the end of the last one.
  for (const bool by_steps : {false, true}) {
    const auto check = [&](const auto& model, double most, Receptor onto) {
      OneArrival stable(model, 0.99 * most, onto, by_steps, 3.3, 1.6),
          unstable(model, 1.01 * most, onto, by_steps, 3.3, 1.6);
      stable.net.run(10);
      CHECK_THROWS_WITH_AS(unstable.net.run(10),
                           doctest::Contains("is unstable for neuron 33 of population post at "
                                             "4.9 ms, where it multiplies a difference"),
                           Divergence);
    };
    check(ConductanceLif{}, 798, receptor::ampa);
    check(ConductanceLif{}, 399, receptor::gaba);
    check(VogelsAbbottLif{}, 399, receptor::excitatory);
    check(VogelsAbbottLif{}, 399, receptor::inhibitory);
    check(Branching{}, 2, receptor::excitatory);
  }
}

TEST_CASE(
    "network: a weight that has grown in the same chunk and makes a step unstable is an error, "
    "too") {
  // The synapse learns at a spike of its neuron. The next spike by it arrives at the end of step
  // 106, in the same chunk of 16 steps, and brings 408 times the leak; 399 is the limit.
  for (const bool by_steps : {false, true}) {
    SpikingNetwork<float> net({.dt_ms = 0.1});
    const auto inputs = net.add(RecordedNeurons{{3.0, 9.0}, {0, 0}}, 1),
               trigger = net.add(RecordedNeurons{{8.2}, {0}}, 1),
               post = net.add(VogelsAbbottLif{}, 1, "post");
    net.connect(trigger, post, All{}, {.weight = 50, .delay_ms = 1.6});
    net.connect(inputs, post, All{}, {.weight = 1, .delay_ms = 1.6, .onto = receptor::inhibitory},
                Inhibitory<float, Unbounded>{.parameters = {.eta = 530, .target_hz = 1e-6f}});
    if (by_steps) net.inject(post, ConstantCurrent{0});
    CHECK_THROWS_WITH_AS(
        net.run(20), doctest::Contains("is unstable for neuron 0 of population post at 10.6 ms"),
        Divergence);
  }
}

TEST_CASE("network: conductances that were set are checked in the first step") {
  for (const bool by_steps : {false, true}) {
    OneArrival at(ConductanceLif{}, 1, receptor::ampa, by_steps);
    at.net.set({at.net.add(ConductanceLif{}, 3, "other")}, "gaba", 500);
    CHECK_THROWS_WITH_AS(
        at.net.run(0.1),
        "SpikingNetwork: the step of 0.1 ms is unstable for neuron 0 of population "
        "other at 0 ms, where it multiplies a difference of potentials by -1.505",
        Divergence);
  }
}

TEST_CASE("network: spiking LPL with weights that make steps unstable is an error") {
  const SpikingLpl<double> rule{.bounds = {.upper = 1000}};
  auto circuit = standard_lpl_circuit(rule, {.seed = 1}, 100, 40, 10);
  circuit.input_to_exc_weight = 1000;
  SpikingNetwork<double> net({.dt_ms = 0.1});
  add_lpl_circuit(net, circuit, PoissonNeurons{.rate_hz = 5});
  CHECK_THROWS_AS(net.run(500), Divergence);
}

TEST_CASE("group of neurons: likewise without a network") {
  NeuronGroup<VogelsAbbottLif, double> group({}, 20, 0.1);
  std::vector<Index> spikes;
  const Matrix<double> none = Matrix<double>::Zero(20, 1);
  group["inhibitory"](17) = 398;
  group.step(none, spikes);
  group["inhibitory"](17) = 401;
  CHECK_THROWS_WITH_AS(group.step(none, spikes),
                       "VogelsAbbottLif: the step is unstable for neuron 17, where it multiplies a "
                       "difference of potentials by -1.01",
                       Divergence);
}
