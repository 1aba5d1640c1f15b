/// @file
/// SuperSpike: supervised learning of spike times, with a surrogate gradient and an error that each
/// neuron filters for itself.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/optimizer/plain.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// SuperSpike.
///
/// \f[ \Delta w_{ij} = \eta \int e_i(t) \; \alpha * \big( \sigma'(u_i) \,
///     (\epsilon * S_j) \big)(t) \, dt, \qquad
///     e_i = \alpha * (\hat S_i - S_i), \qquad \sigma'(u) = (1 + |\beta (u - \theta)|)^{-2} \f]
///
/// with target spikes \f$\hat S\f$ and double exponential kernels \f$\alpha, \epsilon\f$ of unit
/// area. An update is a step of the simulation. Changes are gathered and applied by the optimiser
/// once per window, and on `settle`.
///
/// | symbol               | code                                  | shape      | unit |
/// |----------------------|---------------------------------------|------------|------|
/// | \f$S_j\f$            | `pre`                                 | neurons    | ms   |
/// | \f$S_i, \hat S_i\f$  | `post.spikes`, `post.target`          | neurons    | ms   |
/// | \f$u\f$              | `post.potential_mv`                   | post x 1   | mV   |
/// | \f$w\f$              | `state.weights`                       | post x pre | 1    |
/// | \f$e\f$              | `state.error_fall`                    | post       | 1/ms |
/// | \f$\epsilon * S\f$   | `state.psp_fall`                      | pre        | 1/ms |
/// | eligibility          | `state.eligibility_fall`              | post x pre | 1/ms |
/// | \f$\eta\f$           | `parameters.eta`                      | scalar     | ms   |
/// | \f$\beta, \theta\f$  | `parameters.slope_per_mv`, `.threshold_mv` | scalar | 1/mV, mV |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: three passes over the synapses per step. Zero where output and target are the same
/// spikes. Exact for spikes; for the potential of first order in the step. Throws InvalidParameter
/// from init when a parameter is not positive.
///
/// F. Zenke & S. Ganguli, Neural Comput. 30:1514-1541 (2018), eqs. 2.9 and 3.1.
template <typename Scalar_ = float, typename Optimizer = Plain>
struct SuperSpike {
  using Scalar = Scalar_;

  struct Parameters {
    double eta = 1e-3;                    ///< learning rate; > 0
    double slope_per_mv = 1;              ///< slope of the surrogate; > 0
    double threshold_mv = -50;            ///< where the surrogate is greatest
    DoubleExponential epsilon = {5, 10};  ///< synapse and membrane
    DoubleExponential alpha = {5, 10};    ///< of error and eligibility
    double window_ms = 500;               ///< weights change once in this time; > 0
  };

  template <typename Synapses>
  struct StateOn {
    using Values = typename Synapses::template Values<Scalar>;  ///< one number per synapse
    Synapses connections;
    Values weights;  ///< one per synapse
    typename Optimizer::template State<Scalar> optimizer;
    Values change;                              ///< gathered in this window
    Values eligibility_rise, eligibility_fall;  ///< per sequence
    Vector<double> psp_rise, psp_fall;          ///< per sequence
    Vector<double> error_rise, error_fall;      ///< per sequence
    double window_begin_ms = before_the_first;  ///< per sequence
    double time_ms = before_the_first;          ///< per sequence
    bool begun = false;                         // whether the weights were checked; not saved
    Vector<Scalar> surrogate = {}, error = {};  ///< scratch space; not saved in checkpoints
    Matrix<Scalar> column = {};                 ///< likewise: sparse weights, for the optimiser

    void each(auto&& visit) {
      visit("rule", label_of<"SuperSpike">);
      visit("weights", weights);
      optimizer.each(visit);
      visit("change", change);
      visit("eligibility_rise", eligibility_rise);
      visit("eligibility_fall", eligibility_fall);
      visit("psp_rise", psp_rise);
      visit("psp_fall", psp_fall);
      visit("error_rise", error_rise);
      visit("error_fall", error_fall);
      visit("window_begin_ms", window_begin_ms);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// One step of the simulation.
  template <typename Synapses>
  void update(const Spikes& pre, const SpikesAndTarget& post, StateOn<Synapses>& state) const {
    const Parameters& p = parameters;
    const Synapses& synapses = state.connections;
    const auto [pres, posts] = synapses.shape;
    check_sizes(state);
    require_potential(post.potential_mv, posts, "SuperSpike");
    require(post.target.time_ms == pre.time_ms, "pre is at ", pre.time_ms, " ms and target at ",
            post.target.time_ms, " ms: an update is one moment");
    require_spikes(post.target.neurons, posts, "target");
    const bool first = state.time_ms == before_the_first;
    const double elapsed =
        begin_moment(pre, post.spikes, synapses.shape, bounds(), "SuperSpike", state);
    if (first) state.window_begin_ms = state.time_ms;

    const FlushDenormals guard;
    p.epsilon.step(elapsed).advance(state.psp_rise, state.psp_fall);
    const DoubleExponential::Step alpha = p.alpha.step(elapsed);
    alpha.advance(state.error_rise, state.error_fall);
    state.error = (elapsed * state.error_fall).template cast<Scalar>();
    const Scalar keep_rise = Scalar(alpha.keep_rise), keep_fall = Scalar(alpha.keep_fall),
                 mix = Scalar(alpha.mix);
    state.surrogate = (1 + p.slope_per_mv * (post.potential_mv.array() - p.threshold_mv).abs())
                          .square()
                          .inverse()
                          .matrix()
                          .template cast<Scalar>();
    Scalar *rise = state.eligibility_rise.data(), *fall = state.eligibility_fall.data(),
           *change = state.change.data();
    const Scalar *surrogate = state.surrogate.data(), *error = state.error.data();
    for (Index j = 0; j < pres; ++j) {
      const Scalar psp = Scalar(state.psp_fall(j));
      synapses.outgoing(j, [&](Index i, Index k) {
        const Scalar drive = psp * surrogate[i];
        fall[k] = drive + keep_fall * (fall[k] - drive) + mix * (rise[k] - drive);
        rise[k] = drive + keep_rise * (rise[k] - drive);
        change[k] += error[i] * fall[k];
      });
    }

    for (const Index j : pre.neurons) state.psp_rise(j) += 1 / p.epsilon.tau_rise_ms;
    for (const Index i : post.target.neurons) state.error_rise(i) += 1 / p.alpha.tau_rise_ms;
    for (const Index i : post.spikes.neurons) state.error_rise(i) -= 1 / p.alpha.tau_rise_ms;
    if (state.time_ms - state.window_begin_ms >= p.window_ms) settle(state);
  }

  /// Applies the changes gathered so far.
  template <typename Synapses>
  void settle(StateOn<Synapses>& state) const {
    check_sizes(state);
    if (!state.change.isZero(0)) {
      if constexpr (std::same_as<Synapses, FullSynapses>) {
        optimizer.apply(state.weights, state.change, None{}, parameters.eta, state.optimizer);
      } else {
        state.column = state.weights;
        optimizer.apply(state.column, state.change, None{}, parameters.eta, state.optimizer);
        state.weights = state.column;
      }
    }
    state.change.setZero();
    state.window_begin_ms = state.time_ms;
  }

  /// Forgets past spikes and their time. Call `settle` first to keep the changes they ask for.
  void forget(auto& state) const {
    state.change.setZero();
    state.eligibility_rise.setZero();
    state.eligibility_fall.setZero();
    for (Vector<double>* filter :
         {&state.psp_rise, &state.psp_fall, &state.error_rise, &state.error_fall})
      filter->setZero();
    state.time_ms = state.window_begin_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "SuperSpike";
    require_positive(owner, "eta", p.eta);
    require_positive(owner, "slope_per_mv", p.slope_per_mv);
    require_finite_parameter(owner, "threshold_mv", p.threshold_mv);
    require_positive(owner, "window_ms", p.window_ms);
    p.epsilon.check("SuperSpike epsilon");
    p.alpha.check("SuperSpike alpha");
    const auto zero = values_of(synapses, Scalar(0));
    const Vector<double> pre = Vector<double>::Zero(synapses.shape.pre),
                         post = Vector<double>::Zero(synapses.shape.post);
    return {synapses, zero, optimizer.template init<Scalar>(synapses.values_shape()),
            zero,     zero, zero,
            pre,      pre,  post,
            post};
  }

  static void check_sizes(const auto& state) {
    const auto& synapses = state.connections;
    const auto [pres, posts] = synapses.shape;
    require_values(state.weights, synapses, "SuperSpike", "weights");
    require_values(state.change, synapses, "SuperSpike", "change");
    require_values(state.eligibility_rise, synapses, "SuperSpike", "eligibility_rise");
    require_values(state.eligibility_fall, synapses, "SuperSpike", "eligibility_fall");
    require_size(state.psp_rise, pres, 1, "SuperSpike", "psp_rise");
    require_size(state.psp_fall, pres, 1, "SuperSpike", "psp_fall");
    require_size(state.error_rise, posts, 1, "SuperSpike", "error_rise");
    require_size(state.error_fall, posts, 1, "SuperSpike", "error_fall");
  }

  /// Those of the optimiser, where it has any.
  auto bounds() const {
    if constexpr (requires { optimizer.lower, optimizer.upper; })
      return HardBounds{optimizer.lower, optimizer.upper};
    else
      return Unbounded{};
  }
};

static_assert(SpikingRuleFor<SuperSpike<float>, Spikes, SpikesAndTarget>);

}  // namespace hebb
