// Steps that a block of neurons makes at once, beside the same steps one by one.
#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/io/checkpoint.hpp"
#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"

using namespace hebb;

namespace {

/// Excitation by Poisson spikes, and inhibition between neurons, learned or not. A population with
/// an injection is advanced step by step, also with a current of 0.
struct Circuit {
  SpikingNetwork<double> net;
  PopulationRef input, exc;
  ProjectionRef<Inhibitory<double>> learned;
  SpikeRecording spikes;

  Circuit(const auto& model, bool by_steps, double excitation, double inhibition,
          double inhibitor_hz)
      : net({.dt_ms = 0.1, .seed = 5}),
        input(net.add(PoissonNeurons{.rate_hz = 60}, 100, "input")),
        exc(net.add(model, 70, "exc")),
        spikes(net.record_spikes(exc)) {
    const auto inhibitors = net.add(PoissonNeurons{.rate_hz = inhibitor_hz}, 30, "inhibitors");
    const auto back = net.add(model, 20, "back");
    const auto delayed = [](double weight, Receptor onto) {
      return SynapseOptions{.weight = weight, .delay_ms = 1.1, .onto = onto};
    };
    net.connect(input, exc, Randomly{0.5}, delayed(excitation, receptor::excitatory));
    net.connect(exc, back, Randomly{0.5}, delayed(excitation, receptor::excitatory));
    net.connect(back, back, Randomly{0.3}, delayed(inhibition, receptor::inhibitory));
    learned = net.connect(
        inhibitors, exc, Randomly{0.5}, delayed(inhibition, receptor::inhibitory),
        Inhibitory<double>{.parameters = {.eta = 0.2, .target_hz = 10},
                           .bounds = {.upper = 2 * inhibition}});  // steps remain stable
    if (by_steps)
      for (const auto& population : {exc, back}) net.inject(population, ConstantCurrent{0.0});
  }
};

void check_against_single_steps(const auto& model, double excitation, double inhibition,
                                double inhibitor_hz) {
  Circuit at_once(model, false, excitation, inhibition, inhibitor_hz),
      by_steps(model, true, excitation, inhibition, inhibitor_hz);
  for (Circuit* circuit : {&at_once, &by_steps}) circuit->net.run(2000);
  CHECK(at_once.spikes.size() > 500);
  CHECK(at_once.spikes.times_ms() == by_steps.spikes.times_ms());
  CHECK(at_once.spikes.neurons() == by_steps.spikes.neurons());
  const Vector<double> weights = at_once.net.weights(at_once.learned);
  CHECK(weights.maxCoeff() - weights.minCoeff() > 0.3);  // it learned
  CHECK((weights - by_steps.net.weights(by_steps.learned)).cwiseAbs().maxCoeff() < 1e-10);
  CHECK((at_once.net.values(at_once.exc, "potential") -
         by_steps.net.values(by_steps.exc, "potential"))
            .cwiseAbs()
            .maxCoeff() < 1e-8);
}

}  // namespace

TEST_CASE(
    "network: steps made at once give the spikes of single steps, also where inhibitory weights "
    "change before a spike arrives, or between two spikes of a neuron") {
  check_against_single_steps(ConductanceLif{}, 0.3, 2, 30);
  check_against_single_steps(ConductanceLif{}, 0.3, 1, 800);  // many spikes in every delay
}

TEST_CASE("network: likewise for other neurons, with and without branches") {
  check_against_single_steps(CurrentLif{.refractory_ms = 2}, 4, 3, 30);
  check_against_single_steps(VogelsAbbottLif{}, 0.15, 1, 30);
  check_against_single_steps(AdEx{}, 300, 100, 30);
}

TEST_CASE("network: no bit depends on how steps made at once are cut into runs or saved") {
  const auto make = [] { return Circuit(ConductanceLif{}, false, 0.3, 2, 100); };
  Circuit whole = make(), pieces = make(), resumed = make();
  whole.net.run(300);
  for (const double part : {0.1, 0.4, 1.1, 7.3, 100.0, 40.2}) pieces.net.run(part);
  parse_checkpoint(format_checkpoint(pieces.net), "memory", resumed.net);
  resumed.net.run(300 - 149.1);
  CHECK(digest(resumed.net) == digest(whole.net));
  CHECK(whole.spikes.size() > 100);
}
