/// @file
/// Inhibitory plasticity: inhibition grows until its neuron fires at a target rate.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// Plasticity of inhibitory synapses, whose weights count as positive.
///
/// \f[ w_{ij} \mathrel{+}= \eta \, (y_i - 2 \rho_0 \tau) \;\; \text{at a spike of } j, \qquad
///     w_{ij} \mathrel{+}= \eta \, x_j \;\; \text{at a spike of } i \f]
///
/// with traces x and y of time constant \f$\tau\f$, to which a spike adds 1. Near coincidences
/// strengthen, in either order; an unaccompanied presynaptic spike weakens.
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
/// Cost: a column of the weights a presynaptic spike, a row a postsynaptic one. Without
/// correlations the drift is \f$\eta \nu_j (2 \tau
/// \nu_i - 2 \tau \rho_0)\f$: it vanishes at \f$\nu_i = \rho_0\f$. Throws InvalidParameter from init when a parameter is not positive.
///
/// T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath & W. Gerstner, Science 334:1569-1573 (2011).
/// With eta 1e-3 and a target of 10 Hz, the rule on the inhibitory synapses of M. S. Halvagal & F.
/// Zenke, Nat. Neurosci. 26:1906-1915 (2023); eq. 24 there is printed with a plus before 2 rho_0
/// tau, which their code and their erratum correct.
template <typename Scalar_ = float, typename Bounds = HardBounds>
struct Inhibitory {
  using Scalar = Scalar_;

  struct Parameters {
    double eta = 1e-3;     ///< learning rate, per spike; > 0
    double target_hz = 5;  ///< > 0
    double tau_ms = 20;    ///< > 0
  };

  struct State {
    Matrix<Scalar> weights;
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

  Parameters parameters = {};
  Bounds bounds = {};

  State init(Shape shape) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "Inhibitory";
    require_positive(owner, "eta", p.eta);
    require_positive(owner, "target_hz", p.target_hz);
    require_positive(owner, "tau_ms", p.tau_ms);
    bounds.check();
    return {Matrix<Scalar>::Constant(shape.post, shape.pre, bounds.cut(Scalar(0))),
            Traces::silent(shape.pre), Traces::silent(shape.post)};
  }

  /// The spikes of one moment.
  void update(const Spikes& pre, const Spikes& post, State& state) const {
    const Parameters& p = parameters;
    Matrix<Scalar>& w = state.weights;
    const Shape shape{.pre = state.pre_trace.value.size(), .post = state.post_trace.value.size()};
    require_size(w, shape.post, shape.pre, "Inhibitory", "weights");
    const double elapsed = begin_moment(pre, post, shape, bounds, "Inhibitory", state);
    state.pre_trace.decay(elapsed, p.tau_ms);
    state.post_trace.decay(elapsed, p.tau_ms);
    const double alpha = 2 * p.target_hz * p.tau_ms / 1000;
    for (const Index i : post.neurons)
      for (Index j = 0; j < w.cols(); ++j)
        w(i, j) = bounds.cut(Scalar(w(i, j) + p.eta * state.pre_trace.value(j)));
    for (const Index j : pre.neurons)
      for (Index i = 0; i < w.rows(); ++i)
        w(i, j) = bounds.cut(Scalar(w(i, j) + p.eta * (state.post_trace.value(i) - alpha)));
    state.pre_trace.add(pre.neurons);
    state.post_trace.add(post.neurons);
  }

  /// Forgets past spikes and their time.
  void forget(State& state) const {
    state.pre_trace.clear();
    state.post_trace.clear();
    state.time_ms = before_the_first;
  }
};

static_assert(RuleFor<Inhibitory<float>, Spikes, Spikes> &&
              RuleFor<Inhibitory<double, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
