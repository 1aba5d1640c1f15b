/// @file
/// The network that learns by spiking LPL, as a plan: who is connected to whom, and what the
/// neurons and synapses are.
#pragma once

#include <algorithm>

#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"

namespace hebb {

/// Input -> excitatory neurons by spiking LPL; excitatory -> inhibitory and inhibitory ->
/// inhibitory fixed; inhibitory -> excitatory by a symmetric rule that holds the excitatory neurons
/// at a target rate:
///
/// \f[ w \mathrel{+}= \zeta \, (y_i
///     - 2 \kappa \tau) \text{ when an inhibitory spike arrives}, \qquad
///     w \mathrel{+}= \zeta \, x_j \text{ when the excitatory neuron spikes} \f]
///
/// with x_j and y_i traces of arriving inhibitory and of excitatory spikes. (The paper's eq. 24
/// prints plus 2 kappa tau.) The first is cut off at 0, the second at `upper`, as in the published
/// program: soon after spikes of its neuron a weight may be above `upper` by some zeta, until the
/// next. All axons have the rule's delay. Within a step: neurons advance; spikes arrive, weakening
/// first those inhibitory synapses that they came by, then excitatory spikes strengthen; then LPL;
/// then traces grow by the step's spikes.
template <typename Rule = SpikingLpl<double>>
struct SpikingLplCircuit {
  struct Inhibition {
    double zeta = 1e-3;  ///< 0: fixed weights
    double tau = 20e-3;  ///< of both traces, s
    double kappa = 10;   ///< the target rate, Hz
    double upper =
        1;  ///< bound of the weights when the excitatory neuron spikes; when spikes arrive it is 0
  };

  Rule rule = {};
  ConductanceLif neuron = {};
  Inhibition inhibition = {};
  Connections input_to_exc, exc_to_inh = {}, inh_to_exc = {}, inh_to_inh = {};
  double input_to_exc_weight = 0.15, exc_to_inh_weight = 0.5, inh_to_exc_weight = 0.5,
         inh_to_inh_weight = 0.4;  ///< at the beginning
  Vector<double> potential;        ///< at the beginning; excitatory neurons first, V

  Index inputs() const { return input_to_exc.shape.pre; }
  Index excitatory() const { return input_to_exc.shape.post; }
  Index inhibitory() const { return inh_to_exc.shape.pre; }

  /// Throws InvalidParameter or ShapeError, naming the field, where the plan cannot be run.
  void check() const {
    rule.check();
    const double dt = rule.times.dt;
    neuron.step<double>(dt);
    require(inputs() > 0 && excitatory() > 0, "SpikingLplCircuit: an empty network, ", inputs(),
            " inputs and ", excitatory(), " excitatory neurons");
    const auto fits = [](const Connections& c, Index pre, Index post, const char* name) {
      require<ShapeError>(c.shape.pre == pre && c.shape.post == post, "SpikingLplCircuit: ", name,
                          " must connect ", pre, " to ", post, " neurons, not ", c.shape.pre,
                          " to ", c.shape.post);
    };
    fits(inh_to_exc, inhibitory(), excitatory(), "inh_to_exc");
    fits(exc_to_inh, excitatory(), inhibitory(), "exc_to_inh");
    fits(inh_to_inh, inhibitory(), inhibitory(), "inh_to_inh");
    require<ShapeError>(potential.size() == excitatory() + inhibitory(),
                        "SpikingLplCircuit: there are ", potential.size(), " potentials for ",
                        excitatory(), " excitatory and ", inhibitory(), " inhibitory neurons");
    require_finite<double>(potential, "SpikingLplCircuit: potential");
    require(std::isfinite(input_to_exc_weight) &&
                rule.bounds.cut(input_to_exc_weight) == input_to_exc_weight,
            "SpikingLplCircuit: input_to_exc_weight is out of bounds, ", input_to_exc_weight);
    const auto within = [](double weight, double upper, const char* name) {
      require(weight >= 0 && weight <= upper, "SpikingLplCircuit: ", name, " must be in [0, ",
              upper, "], got ", weight);
    };
    constexpr double any = std::numeric_limits<double>::max();
    within(inh_to_exc_weight, inhibition.upper, "inh_to_exc_weight");
    within(exc_to_inh_weight, any, "exc_to_inh_weight");
    within(inh_to_inh_weight, any, "inh_to_inh_weight");
    constexpr const char* owner = "SpikingLplCircuit";
    require_at_least(owner, "inhibition.zeta", inhibition.zeta, 0);
    require_at_least(owner, "inhibition.kappa", inhibition.kappa, 0);
    require_positive(owner, "inhibition.tau", inhibition.tau);
    require(inhibition.tau > dt,
            "SpikingLplCircuit: inhibition.tau must be longer than the step of ", dt, " s, got ",
            inhibition.tau);
  }
};

/// Inputs and excitatory neurons alone; potentials begin at -60 mV.
template <typename Rule>
SpikingLplCircuit<Rule> feedforward_lpl_circuit(const Rule& rule, const Connections& input_to_exc) {
  const Index excitatory = input_to_exc.shape.post;
  return {.rule = rule,
          .input_to_exc = input_to_exc,
          .exc_to_inh = connect_all({.pre = excitatory, .post = 0}),
          .inh_to_exc = connect_all({.pre = 0, .post = excitatory}),
          .inh_to_inh = connect_all({.pre = 0, .post = 0}),
          .potential = Vector<double>::Constant(excitatory, -60e-3)};
}

/// The network of the paper's figure 5: inputs reach 10 % of the excitatory neurons; these excite
/// the inhibitory neurons near them, with probability exp(-distance^2 / 20^2) of their indices;
/// inhibitory neurons reach half of the excitatory and a tenth of each other. Potentials begin
/// around -60 +- 10 mV. With no inhibitory neurons it is feed-forward.
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
      .potential =
          random.stream("potentials").normal<double>(excitatory + inhibitory, 1).array() * 10e-3 -
          60e-3};
}

}  // namespace hebb
