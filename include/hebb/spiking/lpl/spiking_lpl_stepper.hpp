/// @file
/// The spiking LPL network step by step, as its equations are written. Tests compare the fast form
/// with it, and its potentials can be clamped.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/spiking/lpl/spiking_lpl_circuit.hpp"
#include "hebb/spiking/spike_list.hpp"

namespace hebb {

/// Advances a circuit one step at a time. Every step visits every synapse; SpikingLplNetwork is
/// some tens of times faster.
///
/// Throws InvalidParameter or ShapeError for a circuit that cannot be run and, from step, before
/// anything changes, for input spikes or loaded numbers that do not fit and for a weight that was
/// set out of bounds; Divergence when a potential is not finite.
template <typename Rule = SpikingLpl<double>>
class SpikingLplStepper {
 public:
  using Scalar = typename Rule::Scalar;

  explicit SpikingLplStepper(const SpikingLplCircuit<Rule>& circuit)
      : circuit_((circuit.check(), circuit)),
        neuron_step_(circuit.neuron.template step<Scalar>(circuit.rule.times.dt_ms)),
        lpl_(circuit.rule.init(circuit.input_to_exc)),
        inhibition_(Inhibitory<Scalar>{}.init(circuit.inh_to_exc)),
        neurons_(Matrix<Scalar>::Zero(variables, circuit.potential_mv.size())) {
    lpl_.weights.setConstant(Scalar(circuit.input_to_exc_weight));
    inhibition_.weights.setConstant(Scalar(circuit.inh_to_exc_weight));
    neurons_.row(0) = circuit.potential_mv.transpose().template cast<Scalar>();
    potential_.setZero(circuit.excitatory());
  }

  /// One step, in which the listed inputs emit a spike.
  void step(std::span<const Index> input_spikes) {
    require_spikes(input_spikes, circuit_.inputs(), "SpikingLplStepper: the input");
    circuit_.rule.check(lpl_);
    if (!checked_) check_state();
    for (auto* spikes : {&exc_spikes_, &inh_spikes_}) spikes->clear();
    const Index excitatory = circuit_.excitatory();
    for (Index i = 0; i < neurons_.cols(); ++i) {
      auto n = neurons_.col(i);
      ConductanceLif::State<Scalar> neuron{n(0), n(1), n(2), n(3), n(4)};
      const bool spiked = neuron_step_(neuron);
      n << neuron.potential, neuron.ampa, neuron.nmda, neuron.gaba, neuron.raised;
      require<Divergence>(all_finite(&n(0), 1), "SpikingLplStepper: the potential of neuron ", i,
                          " is ", n(0), " at step ", lpl_.step);
      if (spiked && i < excitatory) exc_spikes_.push_back(i);
      if (spiked && i >= excitatory) inh_spikes_.push_back(i - excitatory);
    }
    potential_ = neurons_.row(0).head(excitatory);

    const std::int64_t now = lpl_.step;
    for (std::size_t k = 0; k < in_flight_.size(); ++k)
      take_arriving(now, in_flight_[k], arriving_[k]);
    deliver(arriving_[0], arriving_[1], arriving_[2]);
    circuit_.rule.update(arriving_[0], {exc_spikes_, potential_}, lpl_);
    const std::array<std::span<const Index>, 3> emitted{input_spikes, exc_spikes_, inh_spikes_};
    for (std::size_t k = 0; k < in_flight_.size(); ++k)
      for (const Index neuron : emitted[k]) in_flight_[k].push({now, neuron});
  }

  /// Overwrites an excitatory neuron's potential, as a voltage clamp does at the end of a step.
  void clamp(Index neuron, double potential_mv) {
    require<NonFinite>(std::isfinite(potential_mv), "SpikingLplStepper: a clamp at ", potential_mv,
                       " mV");
    require(0 <= neuron && neuron < neurons_.cols(), "SpikingLplStepper: there is no neuron ",
            neuron);
    neurons_(0, neuron) = Scalar(potential_mv);
  }

  std::int64_t steps() const { return lpl_.step; }                      ///< how many were made
  const std::vector<Index>& exc_spikes() const { return exc_spikes_; }  ///< in the last step
  const std::vector<Index>& inh_spikes() const { return inh_spikes_; }  ///< in the last step
  const Vector<Scalar>& weights() const { return lpl_.weights; }        ///< input -> excitatory
  /// Inhibitory -> excitatory.
  const Vector<Scalar>& inh_weights() const { return inhibition_.weights; }
  /// Of excitatory neurons after the last step, before a clamp.
  const Vector<Scalar>& potential_mv() const { return potential_; }
  typename Rule::State& lpl() { return lpl_; }

  /// Names the saved state. A new stepper of the same circuit that loads it continues as this one
  /// would.
  void each(auto&& visit) {
    checked_ = false;  // the visitor may change the state
    const auto nested = [&](const std::string& name, auto& object) {
      object.each([&](std::string_view array, auto& value) {
        visit(name + "." + std::string(array), value);
      });
    };
    visit("network", label_of<"SpikingLplStepper">);
    nested("lpl", lpl_);
    nested("inhibition", inhibition_);
    visit("neurons", neurons_);
    nested("inputs", in_flight_[0]), nested("excitatory", in_flight_[1]),
        nested("inhibitory", in_flight_[2]);
  }

 private:
  // Variables of a neuron, in the order of ConductanceLif::State.
  static constexpr Index variables = 5, ampa = 1, gaba = 3;

  /// Throws unless the state, which a checkpoint may have set, fits together.
  void check_state() {
    const Index excitatory = circuit_.excitatory(), inhibitory = circuit_.inhibitory();
    circuit_.check_inhibition(inhibition_, lpl_.step, "SpikingLplStepper");
    require_size(neurons_, variables, excitatory + inhibitory, "SpikingLplStepper", "neurons");
    const Index neurons[] = {circuit_.inputs(), excitatory, inhibitory};
    for (std::size_t k = 0; k < in_flight_.size(); ++k)
      in_flight_[k].check(neurons[k], 0, 0, lpl_.step, "SpikingLplStepper: spikes in flight");
    checked_ = true;
  }

  double time_ms(std::int64_t step) const { return double(step) * circuit_.rule.times.dt_ms; }

  /// Lists the neurons whose spikes arrive in this step, and drops earlier ones.
  void take_arriving(std::int64_t now, SpikeList& emitted, std::vector<Index>& neurons) const {
    const std::int64_t due = now - circuit_.rule.times.steps(circuit_.rule.times.delay_ms);
    neurons.clear();
    emitted.drop_before(due);
    for (Index k = 0; k < emitted.size() && emitted[k].step == due; ++k)
      neurons.push_back(emitted[k].neuron);
  }

  void deliver(const std::vector<Index>& inputs, const std::vector<Index>& exc,
               const std::vector<Index>& inh) {
    const auto send = [&](const Connections& to, const std::vector<Index>& spikes, Index first,
                          Index receptor, const auto& weight) {
      for (const Index j : spikes)
        for (Index k = to.begin(j); k < to.end(j); ++k)
          neurons_(receptor, first + to.post[std::size_t(k)]) += Scalar(weight(k));
    };
    const Index excitatory = circuit_.excitatory();
    send(circuit_.input_to_exc, inputs, 0, ampa, [&](Index k) { return lpl_.weights(k); });
    send(circuit_.exc_to_inh, exc, excitatory, ampa,
         [&](Index) { return circuit_.exc_to_inh_weight; });
    send(circuit_.inh_to_exc, inh, 0, gaba, [&](Index k) { return inhibition_.weights(k); });
    send(circuit_.inh_to_inh, inh, excitatory, gaba,
         [&](Index) { return circuit_.inh_to_inh_weight; });

    if (circuit_.inhibition && !(inh.empty() && exc_spikes_.empty())) {
      const double now = time_ms(lpl_.step);
      circuit_.inhibition->update({now, inh}, {now, exc_spikes_}, inhibition_);
    }
  }

  SpikingLplCircuit<Rule> circuit_;
  ConductanceLif::Step<Scalar> neuron_step_;
  typename Rule::State lpl_;
  typename SpikingLplCircuit<Rule>::InhibitionState inhibition_;
  Matrix<Scalar> neurons_;  // variables x neurons, excitatory first
  /// Emitted and not yet arrived: of inputs, excitatory and inhibitory neurons.
  std::array<SpikeList, 3> in_flight_ = {};
  std::array<std::vector<Index>, 3> arriving_ = {};  // scratch space; not saved in checkpoints
  Vector<Scalar> potential_ = {};
  std::vector<Index> exc_spikes_ = {}, inh_spikes_ = {};
  bool checked_ = false;  // whether the state was checked since it was last open to changes
};

}  // namespace hebb
