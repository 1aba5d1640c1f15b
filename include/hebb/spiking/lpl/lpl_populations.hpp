/// @file
/// A circuit of spiking LPL in a SpikingNetwork.
#pragma once

#include <optional>

#include "hebb/spiking/lpl/lpl_bundle.hpp"
#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/network.hpp"

namespace hebb {

/// The populations and learning projections of a circuit.
template <typename Rule>
struct LplPopulations {
  PopulationRef input, exc;               ///< sources of spikes, and excitatory neurons
  std::optional<PopulationRef> inh = {};  ///< none in a feed-forward circuit
  ProjectionRef<Rule> learned;            ///< input -> exc
  /// inh -> exc, where it learns.
  std::optional<ProjectionRef<Inhibitory<typename Rule::Scalar>>> inhibition = {};
};

/// Adds the populations "input", "exc" and "inh" of a circuit to a network, and connects them.
///
/// The standard circuit of 125 neurons and about 5,000 learning synapses takes less than half a
/// microsecond per step in double, on one core with AVX2.
///
/// Throws InvalidParameter or ShapeError for a circuit that cannot be run, and InvalidParameter for
/// a network with another step.
template <typename Rule, SpikeSource Source>
LplPopulations<Rule> add_lpl_circuit(SpikingNetwork<typename Rule::Scalar>& network,
                                     const SpikingLplCircuit<Rule>& circuit, const Source& input) {
  circuit.check();
  const SpikingLplTimes& times = circuit.rule.times;
  require(times.dt_ms == network.dt_ms(), "add_lpl_circuit: the step of the rule is ", times.dt_ms,
          " ms, that of the network ", network.dt_ms(), " ms");
  const Index excitatory = circuit.excitatory(), inhibitory = circuit.inhibitory();
  const auto synapses = [&](double weight, Receptor onto) {
    return SynapseOptions{.weight = weight, .delay_ms = times.delay_ms, .onto = onto};
  };
  LplPopulations<Rule> result{.input = network.add(input, circuit.inputs(), "input"),
                              .exc = network.add(circuit.neuron, excitatory, "exc"),
                              .learned = {}};
  const PopulationRef inputs = result.input, exc = result.exc;
  network.set(exc, "potential", Vector<double>(circuit.potential_mv.head(excitatory)));
  result.learned =
      network.connect(inputs, exc, circuit.input_to_exc,
                      synapses(circuit.input_to_exc_weight, receptor::ampa), circuit.rule);
  if (inhibitory == 0) return result;

  const PopulationRef inh = network.add(circuit.neuron, inhibitory, "inh");
  result.inh = inh;
  network.set(inh, "potential", Vector<double>(circuit.potential_mv.tail(inhibitory)));
  network.connect(exc, inh, circuit.exc_to_inh,
                  synapses(circuit.exc_to_inh_weight, receptor::ampa));
  const SynapseOptions inh_to_exc = synapses(circuit.inh_to_exc_weight, receptor::gaba);
  if (circuit.inhibition)
    result.inhibition =
        network.connect(inh, exc, circuit.inh_to_exc, inh_to_exc, *circuit.inhibition);
  else
    network.connect(inh, exc, circuit.inh_to_exc, inh_to_exc);
  network.connect(inh, inh, circuit.inh_to_inh,
                  synapses(circuit.inh_to_inh_weight, receptor::gaba));
  return result;
}

}  // namespace hebb
