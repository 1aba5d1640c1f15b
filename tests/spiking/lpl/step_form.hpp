/// @file
/// A circuit of spiking LPL step by step, as its equations are written: every step visits every
/// synapse. Tests compare networks with it.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/spike_list.hpp"

template <typename Rule>
class StepForm {
 public:
  using Index = hebb::Index;
  using Scalar = typename Rule::Scalar;

  std::vector<Index> exc_spikes = {}, inh_spikes = {};  ///< in the last step
  hebb::Vector<Scalar> potential_mv;                    ///< of excitatory neurons
  typename Rule::State lpl;
  typename hebb::Inhibitory<Scalar>::template StateOn<hebb::SparseSynapses> inhibition;

  explicit StepForm(const hebb::SpikingLplCircuit<Rule>& circuit)
      : lpl(circuit.rule.init(circuit.input_to_exc)),
        inhibition(hebb::Inhibitory<Scalar>{}.init(circuit.inh_to_exc)),
        circuit_(circuit),
        neuron_step_(circuit.neuron.template step<Scalar>(circuit.rule.times.dt_ms)),
        neurons_(std::size_t(circuit.excitatory() + circuit.inhibitory()),
                 {Scalar(circuit.neuron.rest_mv), 0, 0, 0, 0}) {
    lpl.weights.setConstant(Scalar(circuit.input_to_exc_weight));
    inhibition.weights.setConstant(Scalar(circuit.inh_to_exc_weight));
    for (std::size_t i = 0; i < neurons_.size(); ++i)
      neurons_[i].potential = Scalar(circuit.potential_mv(Index(i)));
    potential_mv.setZero(circuit.excitatory());
  }

  /// One step, in which the listed inputs emit a spike.
  void step(std::span<const Index> input_spikes) {
    exc_spikes.clear();
    inh_spikes.clear();
    const Index excitatory = circuit_.excitatory();
    for (std::size_t i = 0; i < neurons_.size(); ++i) {
      const bool spikes = neuron_step_(neurons_[i]);
      const Index neuron = Index(i);
      if (neuron < excitatory) potential_mv(neuron) = neurons_[i].potential;
      if (spikes && neuron < excitatory) exc_spikes.push_back(neuron);
      if (spikes && neuron >= excitatory) inh_spikes.push_back(neuron - excitatory);
    }
    const std::int64_t now = lpl.step;
    const std::array<std::span<const Index>, 3> emitted{input_spikes, exc_spikes, inh_spikes};
    for (std::size_t k = 0; k < 3; ++k) {
      for (const Index neuron : emitted[k]) in_flight_[k].push({now, neuron});
      take_arriving(now, in_flight_[k], arriving_[k]);
    }
    deliver(arriving_[0], arriving_[1], arriving_[2]);
    circuit_.rule.update(arriving_[0], {exc_spikes, potential_mv}, lpl);
  }

 private:
  /// Lists the neurons whose spikes arrive in this step, and drops earlier ones.
  void take_arriving(std::int64_t now, hebb::SpikeList& emitted, std::vector<Index>& neurons) {
    const std::int64_t due = now - circuit_.rule.times.steps(circuit_.rule.times.delay_ms);
    neurons.clear();
    emitted.drop_before(due);
    for (Index k = 0; k < emitted.size() && emitted[k].step == due; ++k)
      neurons.push_back(emitted[k].neuron);
  }

  void deliver(const std::vector<Index>& inputs, const std::vector<Index>& exc,
               const std::vector<Index>& inh) {
    const auto send = [&](const hebb::Connections& to, const std::vector<Index>& spikes,
                          Index first, auto receptor, const auto& weight) {
      for (const Index j : spikes)
        for (Index k = to.begin(j); k < to.end(j); ++k)
          neurons_[std::size_t(first + to.post[std::size_t(k)])].*receptor += Scalar(weight(k));
    };
    using Neuron = hebb::ConductanceLif::State<Scalar>;
    const Index excitatory = circuit_.excitatory();
    send(circuit_.input_to_exc, inputs, 0, &Neuron::ampa, [&](Index k) { return lpl.weights(k); });
    send(circuit_.exc_to_inh, exc, excitatory, &Neuron::ampa,
         [&](Index) { return circuit_.exc_to_inh_weight; });
    send(circuit_.inh_to_exc, inh, 0, &Neuron::gaba,
         [&](Index k) { return inhibition.weights(k); });
    send(circuit_.inh_to_inh, inh, excitatory, &Neuron::gaba,
         [&](Index) { return circuit_.inh_to_inh_weight; });
    if (!circuit_.inhibition || (inh.empty() && exc_spikes.empty())) return;
    const double now = double(lpl.step) * circuit_.rule.times.dt_ms;
    circuit_.inhibition->update({now, inh}, {now, exc_spikes}, inhibition);
  }

  hebb::SpikingLplCircuit<Rule> circuit_;
  hebb::ConductanceLif::Step<Scalar> neuron_step_;
  std::vector<hebb::ConductanceLif::State<Scalar>> neurons_;  // excitatory first
  /// Emitted and not yet arrived: of inputs, excitatory and inhibitory neurons.
  std::array<hebb::SpikeList, 3> in_flight_ = {};
  std::array<std::vector<Index>, 3> arriving_ = {};
};
