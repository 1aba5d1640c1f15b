/// @file
/// The voltage rule: plasticity from presynaptic spikes and the postsynaptic potential, as in a
/// voltage clamp.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// Parameters of the voltage rule.
struct VoltageParameters {
  double theta_minus_mv;  ///< potential above which a synapse weakens
  double theta_plus_mv;   ///< potential above which it strengthens
  double a_ltd;           ///< per mV
  double a_ltp;           ///< per mV^2
  double tau_x_ms = 15;   ///< of the presynaptic trace; > 0, and may be infinite, like the next two
  double tau_minus_ms = 10;  ///< of the filtered potential in the depression term
  double tau_plus_ms = 7;    ///< of the filtered potential in the potentiation term
  /// Both filters take the potential of so many updates ago, so that a postsynaptic spike does not
  /// affect the change at its own time.
  Index delay_updates = 0;
};

/// The published fits (table 1). No filter constants are given for the hippocampal clamp
/// experiments, where they have no effect; those of visual cortex are used.
namespace voltage {
/// Slices of visual cortex.
inline constexpr VoltageParameters visual_cortex{.theta_minus_mv = -70.6,
                                                 .theta_plus_mv = -45.3,
                                                 .a_ltd = 14e-5,
                                                 .a_ltp = 8e-5,
                                                 .tau_x_ms = 15,
                                                 .tau_minus_ms = 10,
                                                 .tau_plus_ms = 7};
/// Slices of somatosensory cortex.
inline constexpr VoltageParameters somatosensory{.theta_minus_mv = -70.6,
                                                 .theta_plus_mv = -45.3,
                                                 .a_ltd = 21e-5,
                                                 .a_ltp = 30e-5,
                                                 .tau_x_ms = 30,
                                                 .tau_minus_ms = 6,
                                                 .tau_plus_ms = 5};
/// Hippocampal slices under voltage clamp.
inline constexpr VoltageParameters hippocampal{.theta_minus_mv = -41,
                                               .theta_plus_mv = -38,
                                               .a_ltd = 38e-5,
                                               .a_ltp = 2e-5,
                                               .tau_x_ms = 16,
                                               .tau_minus_ms = 10,
                                               .tau_plus_ms = 7};
}  // namespace voltage

/// Depression of constant amplitude.
struct FixedDepression {
  static constexpr std::string_view name = "FixedDepression";
  struct State {
    void each(auto&&) {}
    void check(Index, const char*) const {}
  };
  void check() const {}
  static State init(Index) { return {}; }
  static void advance(const View<double>&, double, State&) {}
  static double factor(Index, const State&) { return 1; }
};

/// Depression that grows with the square of a neuron's mean depolarisation: a sliding threshold.
struct HomeostaticDepression {
  static constexpr std::string_view name = "HomeostaticDepression";
  double reference_mv2 = 60;  ///< the squared depolarisation at which the factor is 1; > 0
  double rest_mv = -70.6;     ///< the potential without depolarisation
  double tau_ms = 1000;       ///< of the running mean; > 0

  struct State {
    Vector<double> depolarisation;  ///< running mean, mV

    void each(auto&& visit) { visit("depolarisation", depolarisation); }
    void check(Index neurons, const char* rule) const {
      require_size(depolarisation, neurons, 1, rule, "depolarisation");
    }
  };

  void check() const {
    constexpr const char* owner = "HomeostaticDepression";
    require_positive(owner, "reference_mv2", reference_mv2);
    require_finite_parameter(owner, "rest_mv", rest_mv);
    require_positive(owner, "tau_ms", tau_ms);
  }
  static State init(Index neurons) { return {Vector<double>::Zero(neurons)}; }
  void advance(const View<double>& potential_mv, double elapsed_ms, State& state) const {
    const double reached = -std::expm1(-elapsed_ms / tau_ms);
    for (Index i = 0; i < state.depolarisation.size(); ++i)
      state.depolarisation(i) += reached * (potential_mv(i, 0) - rest_mv - state.depolarisation(i));
  }
  double factor(Index i, const State& state) const {
    return state.depolarisation(i) * state.depolarisation(i) / reference_mv2;
  }
};

/// The voltage rule.
///
/// \f[ \dot w_{ij} = -A_{LTD} \, S_j \, [\bar u^-_i - \theta_-]_+ + A_{LTP} \, \bar x_j \, [u_i
///     - \theta_+]_+ \, [\bar u^+_i - \theta_-]_+
/// \f]
///
/// with presynaptic spikes S, their trace \f$\bar x\f$ of unit area, and low-passed potentials
/// \f$\bar u^\pm\f$. The policy `Depression` may let \f$A_{LTD}\f$ follow the neuron's mean
/// depolarisation.
///
/// An update is a step of the simulation, of any length: `potential_mv` has been constant since the
/// last one, and all filters are exact for that; \f$\bar u^+\f$ is taken as at the beginning of the
/// step, \f$\bar u^-\f$ as at its end. The first update sets the filters to its potential.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$S\f$ | `pre` | neurons | ms |
/// | \f$u\f$ | `post.potential_mv` | post x 1 | mV |
/// | \f$w\f$ | `state.weights` | post x pre | 1 |
/// | \f$\bar x\f$ times \f$\tau_x\f$ | `state.pre_trace` | pre | 1 |
/// | \f$\bar u^-, \bar u^+\f$ | `state.slow`, `state.fast` | post | mV |
/// | \f$A_{LTD}, A_{LTP}\f$ | `parameters.a_ltd`, `parameters.a_ltp` | scalar | 1/mV, 1/mV^2 |
/// | \f$\theta_-, \theta_+\f$ | `parameters.theta_minus_mv`, `.theta_plus_mv` | scalar | mV |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron. Every step changes
/// those that reach a neuron above \f$\theta_+\f$. At a clamped potential u a presynaptic spike
/// changes the weight by \f$(u - \theta_-)_+ (A_{LTP} (u - \theta_+)_+ - A_{LTD})\f$, so that the
/// sign turns at \f$\theta_+ + A_{LTD} / A_{LTP}\f$. Throws InvalidParameter from init when a time
/// constant is not positive.
///
/// C. Clopath, L. Buesing, E. Vasilaki & W. Gerstner, Nat. Neurosci. 13:344-352 (2010), eqs. 1 to
/// 4, table 1.
template <typename Scalar_ = float, typename Depression = FixedDepression,
          typename Bounds = HardBounds>
struct Voltage {
  using Scalar = Scalar_;

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights;
    typename Depression::State depression;  ///< per neuron
    Traces pre_trace;                       ///< per sequence
    Vector<double> slow, fast;              ///< filtered potentials, per sequence
    Matrix<double> delayed;             ///< the last potentials, a ring: post x delay, per sequence
    Index place = 0;                    ///< of the oldest in the ring
    double time_ms = before_the_first;  ///< per sequence
    bool begun = false;                 // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"Voltage", Depression, Bounds>);
      visit("weights", weights);
      depression.each(visit);
      visit("pre_trace", pre_trace.value);
      visit("slow", slow);
      visit("fast", fast);
      visit("delayed", delayed);
      visit("place", place);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  VoltageParameters parameters = voltage::visual_cortex;  ///< namespace voltage has fitted sets
  Depression depression = {};                             ///< factor of the amplitude of depression
  Bounds bounds = {};

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// One step of the simulation.
  template <typename Synapses>
  void update(const Spikes& pre, const SpikesAndPotential& post, StateOn<Synapses>& state) const {
    const VoltageParameters& p = parameters;
    const Synapses& synapses = state.connections;
    const Shape shape = synapses.shape;
    require_values(state.weights, synapses, "Voltage", "weights");
    require_size(state.pre_trace.value, shape.pre, 1, "Voltage", "pre_trace");
    require_size(state.slow, shape.post, 1, "Voltage", "slow");
    require_size(state.fast, shape.post, 1, "Voltage", "fast");
    require_size(state.delayed, shape.post, p.delay_updates, "Voltage", "delayed");
    require<ShapeError>(state.place >= 0 && state.place < std::max<Index>(1, p.delay_updates),
                        "Voltage: state.place is ", state.place, " in a ring of ", p.delay_updates);
    state.depression.check(shape.post, "Voltage");
    require_potential(post.potential_mv, shape.post, "Voltage");
    const bool first = state.time_ms == before_the_first;
    const double elapsed = begin_moment(pre, post.spikes, shape, bounds, "Voltage", state);
    if (first) {
      state.slow = state.fast = post.potential_mv;
      state.delayed.colwise() = state.slow;
    }

    const double area =
        -std::expm1(-elapsed / p.tau_x_ms);  // of the presynaptic trace in this step
    Scalar* w = state.weights.data();
    const double *x = state.pre_trace.value.data(), *slow = state.slow.data();
    for (Index i = 0; i < shape.post; ++i) {
      const double above = post.potential_mv(i, 0) - p.theta_plus_mv,
                   before = state.fast(i) - p.theta_minus_mv;
      if (above <= 0 || before <= 0) continue;
      const double amplitude = p.a_ltp * above * before * area;
      synapses.incoming(
          i, [&](Index j, Index k) { w[k] = bounds.cut(Scalar(w[k] + amplitude * x[j])); });
    }

    filter(post.potential_mv, elapsed, state);
    depression.advance(post.potential_mv, elapsed, state.depression);
    for (const Index j : pre.neurons)
      synapses.outgoing(j, [&](Index i, Index k) {
        const double above = std::max(0.0, slow[i] - p.theta_minus_mv);
        w[k] = bounds.cut(Scalar(w[k] - p.a_ltd * depression.factor(i, state.depression) * above));
      });
    state.pre_trace.decay(elapsed, p.tau_x_ms);
    state.pre_trace.add(pre.neurons);
  }

  /// Forgets past spikes, potentials and their time.
  void forget(auto& state) const {
    state.pre_trace.clear();
    state.time_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const VoltageParameters& p = parameters;
    constexpr const char* owner = "Voltage";
    require_finite_parameter(owner, "theta_minus_mv", p.theta_minus_mv);
    require_finite_parameter(owner, "theta_plus_mv", p.theta_plus_mv);
    require_finite_parameter(owner, "a_ltd", p.a_ltd);
    require_finite_parameter(owner, "a_ltp", p.a_ltp);
    require_time_constant(owner, "tau_x_ms", p.tau_x_ms);
    require_time_constant(owner, "tau_minus_ms", p.tau_minus_ms);
    require_time_constant(owner, "tau_plus_ms", p.tau_plus_ms);
    require(p.delay_updates >= 0, "Voltage: delay_updates must be >= 0, got ", p.delay_updates);
    depression.check();
    bounds.check();
    const Shape shape = synapses.shape;
    const Vector<double> zero = Vector<double>::Zero(shape.post);
    return {synapses,
            values_of(synapses, bounds.cut(Scalar(0))),
            depression.init(shape.post),
            Traces::silent(shape.pre),
            zero,
            zero,
            Matrix<double>::Zero(shape.post, p.delay_updates)};
  }

  void filter(const View<double>& potential_mv, double elapsed_ms, auto& state) const {
    const double slow = -std::expm1(-elapsed_ms / parameters.tau_minus_ms),
                 fast = -std::expm1(-elapsed_ms / parameters.tau_plus_ms);
    for (Index i = 0; i < state.slow.size(); ++i) {
      const double delayed_mv =
          parameters.delay_updates > 0 ? state.delayed(i, state.place) : potential_mv(i, 0);
      state.slow(i) += slow * (delayed_mv - state.slow(i));
      state.fast(i) += fast * (delayed_mv - state.fast(i));
    }
    if (parameters.delay_updates == 0) return;
    state.delayed.col(state.place) = potential_mv;
    state.place = (state.place + 1) % parameters.delay_updates;
  }
};

static_assert(
    SpikingRuleFor<Voltage<float>, Spikes, SpikesAndPotential> &&
    SpikingRuleFor<Voltage<double, HomeostaticDepression, Unbounded>, Spikes, SpikesAndPotential>);

}  // namespace hebb
