/// @file
/// Inhibitory plasticity: inhibition grows until its neuron fires at a target rate.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// Plasticity of inhibitory synapses, whose weights count as positive.
///
/// \f[ w_{ij} \mathrel{+}= \eta \, (y_i - 2 \rho_0 \tau) \;\; \text{at a spike of } j, \qquad
///     w_{ij} \mathrel{+}= \eta \, x_j \;\; \text{at a spike of } i \f]
///
/// with traces x and y of time constant \f$\tau\f$, to which a spike adds 1. Spikes of the two
/// neurons within about \f$\tau\f$ strengthen the synapse, in either order; a presynaptic spike
/// without a postsynaptic one weakens it.
///
/// | symbol         | code                    | shape      | unit      |
/// |----------------|-------------------------|------------|-----------|
/// | \f$w\f$        | `state.weights`         | post x pre | 1         |
/// | \f$x\f$        | `state.pre_trace`       | pre        | 1         |
/// | \f$y\f$        | `state.post_trace`      | post       | 1         |
/// | \f$\eta\f$     | `parameters.eta`        | scalar     | of weight |
/// | \f$\rho_0\f$   | `parameters.target_hz`  | scalar     | Hz        |
/// | \f$\tau\f$     | `parameters.tau_ms`     | scalar     | ms        |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron, each postsynaptic spike
/// those that reach its neuron. Without correlations the drift is \f$\eta \nu_j (2 \tau \nu_i
/// - 2 \tau \rho_0)\f$: it vanishes at \f$\nu_i = \rho_0\f$. Throws InvalidParameter from init when
/// a parameter is not positive.
///
/// T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Science 334:1569-1573 (2011).
/// With eta 1e-3 and a target of 10 Hz, the rule on the inhibitory synapses of M. S. Halvagal & F.
/// Zenke, Nat. Neurosci. 26:1906-1915 (2023); eq. 24 there is printed with a plus before 2 rho_0
/// tau, which their code and their erratum correct.
template <typename Scalar_ = float, typename Bounds = HardBounds>
struct Inhibitory {
  using Scalar = Scalar_;
  static constexpr bool changes_at_own_spikes = true;  ///< see ChangesAtOwnSpikes

  struct Parameters {
    double eta = 1e-3;     ///< learning rate, per spike; > 0
    double target_hz = 5;  ///< > 0
    double tau_ms = 20;    ///< > 0
  };

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights;
    Traces pre_trace, post_trace;       ///< per sequence
    double time_ms = before_the_first;  ///< per sequence
    bool begun = false;                 // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"Inhibitory", Bounds>);
      visit("weights", weights);
      visit("pre_trace", pre_trace.value);
      visit("post_trace", post_trace.value);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  Parameters parameters = {};
  Bounds bounds = {};

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// The spikes of one moment.
  template <typename Synapses>
  void update(const Spikes& pre, const Spikes& post, StateOn<Synapses>& state) const {
    const Parameters& p = parameters;
    const Synapses& synapses = state.connections;
    require_values(state.weights, synapses, "Inhibitory", "weights");
    require_size(state.pre_trace.value, synapses.shape.pre, 1, "Inhibitory", "pre_trace");
    require_size(state.post_trace.value, synapses.shape.post, 1, "Inhibitory", "post_trace");
    const double elapsed = begin_moment(pre, post, synapses.shape, bounds, "Inhibitory", state);
    const FlushDenormals guard;
    const double kept = std::exp(-elapsed / p.tau_ms);  // both traces have one time constant
    state.pre_trace.value *= kept;
    state.post_trace.value *= kept;
    const double alpha = 2 * p.target_hz * p.tau_ms / 1000;
    Scalar* w = state.weights.data();
    const double *x = state.pre_trace.value.data(), *y = state.post_trace.value.data();
    for (const Index i : post.neurons)
      synapses.incoming(i,
                        [&](Index j, Index k) { w[k] = bounds.cut(Scalar(w[k] + p.eta * x[j])); });
    for (const Index j : pre.neurons)
      synapses.outgoing(
          j, [&](Index i, Index k) { w[k] = bounds.cut(Scalar(w[k] + p.eta * (y[i] - alpha))); });
    state.pre_trace.add(pre.neurons);
    state.post_trace.add(post.neurons);
  }

  /// Forgets past spikes and their time.
  void forget(auto& state) const {
    state.pre_trace.clear();
    state.post_trace.clear();
    state.time_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "Inhibitory";
    require_positive(owner, "eta", p.eta);
    require_positive(owner, "target_hz", p.target_hz);
    require_positive(owner, "tau_ms", p.tau_ms);
    bounds.check();
    return {synapses, values_of(synapses, bounds.cut(Scalar(0))),
            Traces::silent(synapses.shape.pre), Traces::silent(synapses.shape.post)};
  }
};

static_assert(SpikingRuleFor<Inhibitory<float>, Spikes, Spikes> &&
              SpikingRuleFor<Inhibitory<double, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
