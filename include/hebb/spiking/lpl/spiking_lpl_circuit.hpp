/// @file
/// The description of a network that learns by spiking LPL: its neurons, synapses and connections.
#pragma once

#include <algorithm>
#include <optional>

#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"

namespace hebb {

/// Synapses from inputs to excitatory neurons learn by spiking LPL, those from inhibitory to
/// excitatory neurons by the inhibitory rule. Synapses from excitatory to inhibitory and between
/// inhibitory neurons are fixed. All axons have the delay of the LPL rule.
///
/// Within a step, neurons advance and spike; spikes arrive and are transmitted with the weights as
/// they are; then the inhibitory rule learns, then LPL.
///
/// The published program cuts inhibitory weights off at 0 only when a spike arrives, and at the
/// upper bound only when the neuron spikes. Here both bounds hold at every change.
template <typename Rule = SpikingLpl<double>>
struct SpikingLplCircuit {
  using Scalar = typename Rule::Scalar;

  Rule rule = {};                         ///< of the synapses from inputs to excitatory neurons
  ConductanceLif neuron = {};             ///< all neurons but the inputs
  using Inhibition = Inhibitory<Scalar>;  ///< the inhibitory rule
  /// Of synapses from inhibitory to excitatory neurons; none: their weights are fixed.
  std::optional<Inhibition> inhibition = Inhibitory<Scalar>{.parameters = {.target_hz = 10}};
  /// The synapses of each kind; without synapses the kind is absent.
  Connections input_to_exc, exc_to_inh = {}, inh_to_exc = {}, inh_to_inh = {};
  double input_to_exc_weight = 0.15, inh_to_exc_weight = 0.5;  ///< at the beginning
  double exc_to_inh_weight = 0.5,
         inh_to_inh_weight = 0.4;  ///< of all synapses of a kind; they do not learn
  Vector<double> potential_mv;     ///< at the beginning; excitatory neurons first

  Index inputs() const { return input_to_exc.shape.pre; }       ///< number of sources
  Index excitatory() const { return input_to_exc.shape.post; }  ///< number of neurons
  /// Number of inhibitory neurons; 0 in a feed-forward circuit.
  Index inhibitory() const { return inh_to_exc.shape.pre; }

  /// Throws InvalidParameter or ShapeError, naming the field, for a circuit that cannot be run.
  void check() const {
    rule.check();
    neuron.step<double>(rule.times.dt_ms);
    require(inputs() > 0 && excitatory() > 0, "SpikingLplCircuit: an empty network, ", inputs(),
            " inputs and ", excitatory(), " excitatory neurons");
    const auto fits = [](const Connections& c, Index pre, Index post, const char* name) {
      require<ShapeError>(c.shape.pre == pre && c.shape.post == post, "SpikingLplCircuit: ", name,
                          " must connect ", pre, " to ", post, " neurons, not ", c.shape.pre,
                          " to ", c.shape.post);
      c.check();
    };
    input_to_exc.check();
    fits(inh_to_exc, inhibitory(), excitatory(), "inh_to_exc");
    fits(exc_to_inh, excitatory(), inhibitory(), "exc_to_inh");
    fits(inh_to_inh, inhibitory(), inhibitory(), "inh_to_inh");
    require<ShapeError>(potential_mv.size() == excitatory() + inhibitory(),
                        "SpikingLplCircuit: there are ", potential_mv.size(), " potentials for ",
                        excitatory(), " excitatory and ", inhibitory(), " inhibitory neurons");
    require_finite<double>(potential_mv, "SpikingLplCircuit: potential_mv");
    const auto within = [](double weight, const auto& bounds, const char* name) {
      require(std::isfinite(weight) && bounds.cut(weight) == weight, "SpikingLplCircuit: ", name,
              " is out of bounds, ", weight);
    };
    const HardBounds positive{.upper = std::numeric_limits<double>::infinity()};
    within(input_to_exc_weight, rule.bounds, "input_to_exc_weight");
    within(inh_to_exc_weight, inhibition ? inhibition->bounds : positive, "inh_to_exc_weight");
    within(exc_to_inh_weight, positive, "exc_to_inh_weight");
    within(inh_to_inh_weight, positive, "inh_to_inh_weight");
    if (inhibition) inhibition->init(Shape{});
  }
};

/// Inputs and excitatory neurons only. Potentials begin at -60 mV.
template <typename Rule>
SpikingLplCircuit<Rule> feedforward_lpl_circuit(const Rule& rule, const Connections& input_to_exc) {
  const Index excitatory = input_to_exc.shape.post;
  return {.rule = rule,
          .input_to_exc = input_to_exc,
          .exc_to_inh = connect_all({.pre = excitatory, .post = 0}),
          .inh_to_exc = connect_all({.pre = 0, .post = excitatory}),
          .inh_to_inh = connect_all({.pre = 0, .post = 0}),
          .potential_mv = Vector<double>::Constant(excitatory, -60)};
}

/// The network of the paper's figure 5: inputs reach 10 % of the excitatory neurons; these excite
/// the inhibitory neurons near them, with probability exp(-distance^2 / 20^2) of their indices;
/// inhibitory neurons reach half of the excitatory neurons and a tenth of each other. Potentials
/// begin normally distributed, with a mean of -60 mV and a standard deviation of 10 mV. Without
/// inhibitory neurons the network is feed-forward.
template <typename Rule>
SpikingLplCircuit<Rule> standard_lpl_circuit(const Rule& rule, const Random& random,
                                             Index inputs = 500, Index excitatory = 100,
                                             Index inhibitory = 25) {
  const double range = 0.2 * double(excitatory);
  std::vector<double> exc_places, inh_places;
  for (Index i = 0; i < excitatory; ++i) exc_places.push_back(double(i));
  for (Index c = 0; c < inhibitory; ++c)
    inh_places.push_back(double(excitatory) * double(c) /
                         double(std::max<Index>(inhibitory - 1, 1)));
  return {
      .rule = rule,
      .input_to_exc =
          connect_randomly({.pre = inputs, .post = excitatory}, 0.1, random.stream("input to exc")),
      .exc_to_inh = connect_by_distance(
          exc_places, inh_places, [&](double d) { return std::exp(-d * d / (range * range)); },
          random.stream("exc to inh")),
      .inh_to_exc = connect_randomly({.pre = inhibitory, .post = excitatory}, 0.5,
                                     random.stream("inh to exc")),
      .inh_to_inh = without_autapses(connect_randomly({.pre = inhibitory, .post = inhibitory}, 0.1,
                                                      random.stream("inh to inh"))),
      .potential_mv =
          random.stream("potentials").normal<double>(excitatory + inhibitory, 1).array() * 10 - 60};
}

}  // namespace hebb
