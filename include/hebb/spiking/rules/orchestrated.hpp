/// @file
/// Orchestrated plasticity: Hebbian triplets, and three slower or non-Hebbian processes that
/// stabilise them.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// Depression of constant amplitude B.
struct ConstantDepression {
  static constexpr std::string_view name = "ConstantDepression";
  double amplitude = 1e-3;  ///< B; >= 0

  struct State {
    void each(auto&&) {}
    void check(Index, const char*) const {}
  };
  void check() const { require_at_least("ConstantDepression", "amplitude", amplitude, 0); }
  static State init(Index) { return {}; }
  static void decay(double, State&) {}
  static void record(const Spikes&, State&) {}
  double at(Index, const State&) const { return amplitude; }
};

/// Depression that grows with the square of a neuron's running mean rate: B = amplitude (rate /
/// target)^2.
struct RateDependentDepression {
  static constexpr std::string_view name = "RateDependentDepression";
  double amplitude = 1e-3;  ///< B at the target rate; >= 0
  double target_hz = 4;     ///< the rate at which B is `amplitude`; > 0
  double tau_ms = 1200e3;   ///< of the mean; > 0

  struct State {
    Traces trace;  ///< rate times tau

    void each(auto&& visit) { visit("depression.trace", trace.value); }
    void check(Index neurons, const char* rule) const {
      require_size(trace.value, neurons, 1, rule, "depression.trace");
    }
  };
  void check() const {
    constexpr const char* owner = "RateDependentDepression";
    require_at_least(owner, "amplitude", amplitude, 0);
    require_positive(owner, "target_hz", target_hz);
    require_positive(owner, "tau_ms", tau_ms);
  }
  static State init(Index neurons) { return {Traces::silent(neurons)}; }
  void decay(double elapsed_ms, State& state) const { state.trace.decay(elapsed_ms, tau_ms); }
  static void record(const Spikes& post, State& state) { state.trace.add(post.neurons); }
  double at(Index i, const State& state) const {
    const double part = state.trace.value(i) / (target_hz * tau_ms / 1000);
    return amplitude * part * part;
  }
};

/// Orchestrated plasticity.
///
/// \f[ \dot w_{ij} = A \, z^+_j z^{slow}_i S_i - B_i \, z^-_i S_j - \beta \, (w_{ij}
///     - \tilde w_{ij}) (z^-_i)^3 S_i + \delta \, S_j \f]
/// \f[ \tau_{cons} \dot{\tilde w}_{ij} = w_{ij} - \tilde w_{ij} - P \, \tilde w_{ij}
///     (\tfrac{w_P}{2} - \tilde w_{ij}) (w_P - \tilde w_{ij})
/// \f]
///
/// Potentiation by triplets, depression by pairs, a heterosynaptic pull at high postsynaptic rates
/// towards a reference weight, and a small strengthening by every presynaptic spike. The reference
/// slowly follows the weight, into one of two wells. Traces are read before the moment's spikes
/// enter them, the rate of RateDependentDepression included; the pull is an exponential, which
/// cannot overshoot. The reference moves in Euler steps of `consolidation_step_ms`.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$S_j, S_i\f$ | `pre`, `post` | neurons | ms |
/// | \f$w, \tilde w\f$ | `state.weights`, `state.reference` | post x pre | 1 |
/// | \f$z^+\f$ | `state.plus` | pre | 1 |
/// | \f$z^-, z^{slow}\f$ | `state.minus`, `state.slow` | post | 1 |
/// | \f$A, B\f$ | `parameters.a`, `depression` | scalar | of weight |
/// | \f$\beta, \delta\f$ | `parameters.beta`, `.delta` | scalar | of weight |
/// | \f$\tau_{cons}\f$ | `parameters.tau_consolidation_ms` | scalar | ms |
/// | \f$P, w_P\f$ | `parameters.potential`, `.well` | scalar | 1 |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron, each postsynaptic spike
/// those that reach its neuron. Every consolidation step changes the reference of all synapses.
/// With the weight held at \f$w_P / 2\f$ the reference has two stable values if \f$P w_P^2 > 4\f$.
/// Throws InvalidParameter from init when a time constant is not positive.
///
/// F. Zenke, E. J. Agnes & W. Gerstner, Nat. Commun. 6:6922 (2015), eqs. 1 to 4. Without the
/// short-term plasticity of that model.
template <typename Scalar_ = float, typename Depression = ConstantDepression,
          typename Bounds = HardBounds>
struct Orchestrated {
  using Scalar = Scalar_;
  using Breaks = Exceptions<law::SilentPre>;  // the heterosynaptic pull

  /// The bounds of the paper: 0 to 5.
  static constexpr Bounds usual_bounds() {
    if constexpr (std::same_as<Bounds, HardBounds>)
      return {.lower = 0, .upper = 5};
    else
      return {};
  }

  struct Parameters {
    double a = 1e-3;                       ///< triplet potentiation
    double beta = 0.05;                    ///< heterosynaptic pull; >= 0
    double delta = 2e-5;                   ///< transmitter-triggered growth
    double potential = 20;                 ///< P, depth of the two wells; >= 0
    double well = 0.5;                     ///< w_P, the upper one; > 0
    double tau_plus_ms = 20;               ///< > 0, and may be infinite, like the next three
    double tau_minus_ms = 20;              ///< of z^-
    double tau_slow_ms = 100;              ///< of z^slow
    double tau_consolidation_ms = 1200e3;  ///< of the reference
    double consolidation_step_ms = 1200;   ///< > 0
  };

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights, reference;
    typename Depression::State depression;      ///< per neuron
    Traces plus, minus, slow;                   ///< per sequence
    double consolidated_ms = before_the_first;  ///< the time of the reference; per sequence
    double time_ms = before_the_first;          ///< per sequence
    bool begun = false;                         // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"Orchestrated", Depression, Bounds>);
      visit("weights", weights);
      visit("reference", reference);
      depression.each(visit);
      visit("plus", plus.value);
      visit("minus", minus.value);
      visit("slow", slow.value);
      visit("consolidated_ms", consolidated_ms);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  Parameters parameters = {};
  Depression depression = {};  ///< gives the amplitude B
  Bounds bounds = usual_bounds();

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// The spikes of one moment.
  template <typename Synapses>
  void update(const Spikes& pre, const Spikes& post, StateOn<Synapses>& state) const {
    const Parameters& p = parameters;
    const Synapses& synapses = state.connections;
    const Shape shape = synapses.shape;
    require_values(state.weights, synapses, "Orchestrated", "weights");
    require_values(state.reference, synapses, "Orchestrated", "reference");
    require_size(state.plus.value, shape.pre, 1, "Orchestrated", "plus");
    require_size(state.minus.value, shape.post, 1, "Orchestrated", "minus");
    require_size(state.slow.value, shape.post, 1, "Orchestrated", "slow");
    state.depression.check(shape.post, "Orchestrated");
    const double due =
        state.consolidated_ms == before_the_first
            ? 0
            : std::floor((pre.time_ms - state.consolidated_ms) / p.consolidation_step_ms);
    require(!(due > most_steps), "Orchestrated: an update at ", pre.time_ms, " ms after one at ",
            state.time_ms, " ms asks for ", due, " consolidation steps; the most is ", most_steps);
    const double elapsed = begin_moment(pre, post, shape, bounds, "Orchestrated", state);
    if (state.consolidated_ms == before_the_first) state.consolidated_ms = state.time_ms;
    for (double step = 0; step < due; ++step) consolidate(state);
    state.consolidated_ms += due * p.consolidation_step_ms;

    state.plus.decay(elapsed, p.tau_plus_ms);
    state.minus.decay(elapsed, p.tau_minus_ms);
    state.slow.decay(elapsed, p.tau_slow_ms);
    depression.decay(elapsed, state.depression);
    Scalar* w = state.weights.data();
    const double *plus = state.plus.value.data(), *minus = state.minus.value.data();
    const Scalar* reference = state.reference.data();
    for (const Index i : post.neurons) {
      const double z = minus[i], amplitude = p.a * state.slow.value(i),
                   pull = -std::expm1(-p.beta * z * z * z);
      synapses.incoming(i, [&](Index j, Index k) {
        w[k] = bounds.cut(Scalar(w[k] + amplitude * plus[j] - pull * (w[k] - reference[k])));
      });
    }
    for (const Index j : pre.neurons)
      synapses.outgoing(j, [&](Index i, Index k) {
        w[k] = bounds.cut(Scalar(w[k] + p.delta - depression.at(i, state.depression) * minus[i]));
      });
    depression.record(post, state.depression);
    state.plus.add(pre.neurons);
    state.minus.add(post.neurons);
    state.slow.add(post.neurons);
  }

  /// Forgets past spikes and their time.
  void forget(auto& state) const {
    for (Traces* traces : {&state.plus, &state.minus, &state.slow}) traces->clear();
    state.time_ms = state.consolidated_ms = before_the_first;
  }

 private:
  static constexpr double most_steps = 1e9;

  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "Orchestrated";
    require_finite_parameter(owner, "a", p.a);
    require_at_least(owner, "beta", p.beta, 0);
    require_finite_parameter(owner, "delta", p.delta);
    require_at_least(owner, "potential", p.potential, 0);
    require_positive(owner, "well", p.well);
    require_time_constant(owner, "tau_plus_ms", p.tau_plus_ms);
    require_time_constant(owner, "tau_minus_ms", p.tau_minus_ms);
    require_time_constant(owner, "tau_slow_ms", p.tau_slow_ms);
    require_time_constant(owner, "tau_consolidation_ms", p.tau_consolidation_ms);
    require_positive(owner, "consolidation_step_ms", p.consolidation_step_ms);
    depression.check();
    bounds.check();
    const Shape shape = synapses.shape;
    const auto zero = values_of(synapses, bounds.cut(Scalar(0)));
    return {synapses,
            zero,
            zero,
            depression.init(shape.post),
            Traces::silent(shape.pre),
            Traces::silent(shape.post),
            Traces::silent(shape.post)};
  }

  void consolidate(auto& state) const {
    const Scalar rate = Scalar(parameters.consolidation_step_ms / parameters.tau_consolidation_ms);
    const Scalar depth = Scalar(parameters.potential), well = Scalar(parameters.well);
    auto reference = state.reference.array();
    reference += rate * (state.weights.array() - reference -
                         depth * reference * (well / 2 - reference) * (well - reference));
  }
};

static_assert(SpikingRuleFor<Orchestrated<float>, Spikes, Spikes> &&
              SpikingRuleFor<Orchestrated<double, RateDependentDepression>, Spikes, Spikes> &&
              SpikingRuleFor<Orchestrated<double, ConstantDepression, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
