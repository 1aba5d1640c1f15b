/// @file
/// Pair STDP: a synapse strengthens when its neurons spike in causal order and weakens in the
/// other.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/spiking/pairing.hpp"
#include "hebb/spiking/weight_dependence.hpp"

namespace hebb {

/// Spike-timing-dependent plasticity of pairs of spikes.
///
/// \f[ \Delta w_{ij} = A_+ f_+(w_{ij}) \, e^{-d/\tau_+} \;\; (d > 0), \qquad
///     \Delta w_{ij} = -A_- f_-(w_{ij}) \, e^{d/\tau_-} \;\; (d < 0) \f]
///
/// for every pair of spikes that the scheme `Pairing` counts, with \f$d = t_i - t_j\f$, post minus
/// pre. It is computed from traces:
///
/// \f[ w_{ij} \mathrel{+}= A_+ f_+ r_j \;\; \text{at a postsynaptic spike}, \qquad
///     w_{ij} \mathrel{-}= A_- f_- o_i \;\; \text{at a presynaptic one} \f]
///
/// See spikes.hpp for d = 0 and for delays. The factors f are the policy `Dependence`.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$t_j\f$, \f$t_i\f$ | `pre`, `post` | neurons | ms |
/// | \f$w\f$ | `state.weights` | post x pre | 1 |
/// | \f$r\f$, \f$o\f$ | `state.pairing` | pre, post | 1 |
/// | \f$A_+\f$, \f$A_-\f$ | `parameters.a_plus`, `parameters.a_minus` | scalar | of weight |
/// | \f$\tau_+\f$, \f$\tau_-\f$ | `parameters.tau_plus_ms`, `.tau_minus_ms` | scalar | ms |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron, each postsynaptic spike
/// those that reach its neuron. The traces decay once per call. Additive weights run to the bounds;
/// the others have a fixed point. Throws InvalidParameter from init when a time constant or an
/// amplitude is not positive, or where bounds lie outside the range of `Dependence`.
///
/// S. Song, K. D. Miller & L. F. Abbott, Nat. Neurosci. 3:919-926 (2000); schemes: see pairing.hpp;
/// factors: see weight_dependence.hpp.
template <typename Scalar_ = float, typename Dependence = Additive, typename Pairing = AllToAll,
          typename Bounds = HardBounds>
struct PairStdp {
  using Scalar = Scalar_;

  using Parameters = PairParameters;

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights;
    typename Pairing::template State<Synapses> pairing;  ///< per sequence
    double time_ms = before_the_first;                   ///< per sequence
    bool begun = false;  // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"PairStdp", Dependence, Pairing, Bounds>);
      visit("weights", weights);
      pairing.each(visit);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  Parameters parameters = {};
  Dependence dependence = {};  ///< of both changes on the weight
  Bounds bounds = {};

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// The spikes of one moment.
  template <typename Synapses>
  void update(const Spikes& pre, const Spikes& post, StateOn<Synapses>& state) const {
    const Synapses& synapses = state.connections;
    require_values(state.weights, synapses, "PairStdp", "weights");
    state.pairing.check(synapses, "PairStdp");
    const double elapsed = begin_moment(pre, post, synapses.shape, bounds, "PairStdp", state);
    Pairing::decay(elapsed, parameters.tau_plus_ms, parameters.tau_minus_ms, state.pairing);
    Scalar* w = state.weights.data();
    for (const Index i : post.neurons)
      synapses.incoming(i, [&](Index j, Index k) {
        w[k] = bounds.cut(Scalar(w[k] + parameters.a_plus * dependence.potentiation(w[k]) *
                                            Pairing::pre_trace(i, j, k, state.pairing)));
      });
    for (const Index j : pre.neurons)
      synapses.outgoing(j, [&](Index i, Index k) {
        w[k] = bounds.cut(Scalar(w[k] - parameters.a_minus * dependence.depression(w[k]) *
                                            Pairing::post_trace(i, j, state.pairing)));
      });
    Pairing::record(pre, post, synapses, state.pairing);
  }

  /// Forgets past spikes and their time.
  void forget(auto& state) const {
    state.pairing = Pairing::init(state.connections);
    state.time_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    parameters.check("PairStdp");
    bounds.check();
    dependence.check(bounds);
    return {synapses, values_of(synapses, bounds.cut(Scalar(0))), Pairing::init(synapses)};
  }
};

static_assert(
    SpikingRuleFor<PairStdp<float>, Spikes, Spikes> &&
    SpikingRuleFor<PairStdp<double, PowerLaw, NearestPreCentred, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
