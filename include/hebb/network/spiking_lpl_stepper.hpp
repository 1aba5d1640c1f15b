/// @file
/// The spiking LPL network step by step, as its equations are written: the form to which the fast one is held, and the one whose
/// potentials can be clamped.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "hebb/network/spiking_lpl_circuit.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// Advances a circuit by one step at a time. Cost: every synapse, every step; SpikingLplNetwork is some tens of times faster.
///
/// Throws InvalidParameter or ShapeError for a circuit that cannot be run, Divergence when a potential is not finite.
template <typename Rule = SpikingLpl<double>>
class SpikingLplStepper {
 public:
  using Scalar = typename Rule::Scalar;

  explicit SpikingLplStepper(const SpikingLplCircuit<Rule>& circuit)
      : circuit_((circuit.check(), circuit)),
        neuron_step_(circuit.neuron.template step<Scalar>(circuit.rule.times.dt)),
        inh_inputs_(circuit.inh_to_exc),
        lpl_(circuit.rule.init(circuit.input_to_exc)),
        inh_weights_(Vector<Scalar>::Constant(circuit.inh_to_exc.size(), Scalar(circuit.inh_to_exc_weight))),
        inh_trace_(Vector<Scalar>::Zero(circuit.inhibitory())),
        exc_trace_(Vector<Scalar>::Zero(circuit.excitatory())),
        in_flight_(std::size_t(circuit.rule.times.steps(circuit.rule.times.delay))) {
    lpl_.weights.setConstant(Scalar(circuit.input_to_exc_weight));
    neurons_.resize(std::size_t(circuit.potential.size()), {});
    for (std::size_t i = 0; i < neurons_.size(); ++i) neurons_[i].potential = Scalar(circuit.potential(Index(i)));
    potential_.setZero(circuit.excitatory());
  }

  /// One step, in which the listed inputs emit a spike.
  void step(std::span<const Index> input_spikes) {
    for (auto* spikes : {&exc_spikes_, &inh_spikes_}) spikes->clear();
    const Index excitatory = circuit_.excitatory();
    for (std::size_t i = 0; i < neurons_.size(); ++i) {
      const bool spiked = neuron_step_(neurons_[i]);
      require<Divergence>(all_finite(&neurons_[i].potential, 1), "SpikingLplStepper: the potential of neuron ", i, " is ",
                          neurons_[i].potential, " at step ", lpl_.step);
      if (spiked && Index(i) < excitatory) exc_spikes_.push_back(Index(i));
      if (spiked && Index(i) >= excitatory) inh_spikes_.push_back(Index(i) - excitatory);
    }
    for (Index i = 0; i < excitatory; ++i) potential_(i) = neurons_[std::size_t(i)].potential;

    std::array<std::vector<Index>, 3>& arriving = in_flight_[std::size_t(lpl_.step) % in_flight_.size()];
    deliver(arriving[0], arriving[1], arriving[2]);
    circuit_.rule.update(arriving[0], {exc_spikes_, potential_}, lpl_);
    arriving = {std::vector<Index>(input_spikes.begin(), input_spikes.end()), exc_spikes_, inh_spikes_};
  }

  /// Overwrites an excitatory neuron's potential, as a voltage clamp does at the end of a step.
  void clamp(Index neuron, double potential) { neurons_.at(std::size_t(neuron)).potential = Scalar(potential); }

  std::int64_t steps() const { return lpl_.step; }                      ///< how many were made
  const std::vector<Index>& exc_spikes() const { return exc_spikes_; }  ///< in the last step
  const std::vector<Index>& inh_spikes() const { return inh_spikes_; }  ///< in the last step
  const Vector<Scalar>& weights() const { return lpl_.weights; }        ///< input -> excitatory
  const Vector<Scalar>& inh_weights() const { return inh_weights_; }    ///< inhibitory -> excitatory
  const Vector<Scalar>& potential() const { return potential_; }        ///< of excitatory neurons, before a clamp
  typename Rule::State& lpl() { return lpl_; }

 private:
  void deliver(const std::vector<Index>& inputs, const std::vector<Index>& exc, const std::vector<Index>& inh) {
    const auto send = [&](const Connections& to, const std::vector<Index>& spikes, Index first, auto receptor, const auto& weight) {
      for (const Index j : spikes)
        for (Index k = to.begin(j); k < to.end(j); ++k)
          neurons_[std::size_t(first + to.post[std::size_t(k)])].*receptor += Scalar(weight(k));
    };
    using Neuron = ConductanceLif::State<Scalar>;
    const Index excitatory = circuit_.excitatory();
    send(circuit_.input_to_exc, inputs, 0, &Neuron::ampa, [&](Index k) { return lpl_.weights(k); });
    send(circuit_.exc_to_inh, exc, excitatory, &Neuron::ampa, [&](Index) { return circuit_.exc_to_inh_weight; });
    send(circuit_.inh_to_exc, inh, 0, &Neuron::gaba, [&](Index k) { return inh_weights_(k); });
    send(circuit_.inh_to_inh, inh, excitatory, &Neuron::gaba, [&](Index) { return circuit_.inh_to_inh_weight; });

    const auto& [zeta, tau, kappa, upper] = circuit_.inhibition;
    const Connections& out = circuit_.inh_to_exc;
    for (const Index j : inh)
      for (Index k = out.begin(j); k < out.end(j); ++k)
        inh_weights_(k) =
            std::max(Scalar(0), inh_weights_(k) + Scalar(zeta) * (exc_trace_(out.post[std::size_t(k)]) - Scalar(2 * kappa * tau)));
    for (const Index i : exc_spikes_)
      for (Index p = inh_inputs_.first[std::size_t(i)]; p < inh_inputs_.first[std::size_t(i) + 1]; ++p) {
        Scalar& weight = inh_weights_(inh_inputs_.synapse[std::size_t(p)]);
        weight = std::min(Scalar(upper), weight + Scalar(zeta) * inh_trace_(inh_inputs_.pre[std::size_t(p)]));
      }
    for (const Index j : inh) inh_trace_(j) += 1;
    for (const Index i : exc_spikes_) exc_trace_(i) += 1;
    const Scalar decay = Scalar(std::exp(-circuit_.rule.times.dt / tau));
    inh_trace_ *= decay;
    exc_trace_ *= decay;
  }

  SpikingLplCircuit<Rule> circuit_;
  ConductanceLif::Step<Scalar> neuron_step_;
  ConnectionsByPost inh_inputs_;
  typename Rule::State lpl_;
  Vector<Scalar> inh_weights_, inh_trace_, exc_trace_;
  std::vector<ConductanceLif::State<Scalar>> neurons_ = {};   // excitatory first
  std::vector<std::array<std::vector<Index>, 3>> in_flight_;  // of inputs, excitatory, inhibitory; by step
  Vector<Scalar> potential_ = {};
  std::vector<Index> exc_spikes_ = {}, inh_spikes_ = {};
};

}  // namespace hebb
