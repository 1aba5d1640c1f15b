/// @file
/// Reward-modulated STDP: pairs of spikes leave an eligibility, and a later reward turns it into a
/// change.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// The integral of exp(-t / tau) over some time; that time itself where tau is infinite.
inline double decayed_time(double elapsed, double tau) {
  return std::isinf(tau) ? elapsed : -tau * std::expm1(-elapsed / tau);
}

/// A concentration d that decays. A reward adds to it, and its distance from a baseline b modulates
/// learning. Izhikevich (2007).
struct Dopamine {
  static constexpr std::string_view name = "Dopamine";
  static constexpr bool remembers = true;  ///< whether there is an eligibility
  double tau_ms = 200;                     ///< > 0; infinite: the level does not decay
  double baseline = 0;                     ///< b; finite

  void check() const {
    require_time_constant("Dopamine", "tau_ms", tau_ms);
    require_finite_parameter("Dopamine", "baseline", baseline);
  }
  /// Changes the level by a reward.
  static void reward(double amount, double& level) { level += amount; }

  /// The integral of (level - baseline) exp(-t / tau) over the time that passes; advances the
  /// level.
  double integral(double elapsed_ms, double tau, double& level) const {
    const double both = 1 / (1 / tau + 1 / tau_ms);
    const double sum =
        level * decayed_time(elapsed_ms, both) - baseline * decayed_time(elapsed_ms, tau);
    level *= std::exp(-elapsed_ms / tau_ms);
    return sum;
  }
};

/// A reward that lasts until the next one is given. Florian's MSTDPET (2007).
struct HeldReward {
  static constexpr std::string_view name = "HeldReward";
  static constexpr bool remembers = true;  ///< whether there is an eligibility

  static void check() {}
  /// Changes the level by a reward.
  static void reward(double amount, double& level) { level = amount; }
  /// The integral of level exp(-t / tau) over the time that passes.
  static double integral(double elapsed_ms, double tau, const double& level) {
    return level * decayed_time(elapsed_ms, tau);
  }
};

/// A reward that lasts until the next one is given and acts on pairs as they happen, with no
/// eligibility. Florian's MSTDP (2007).
struct ImmediateReward {
  static constexpr std::string_view name = "ImmediateReward";
  static constexpr bool remembers = false;  ///< whether there is an eligibility

  static void check() {}
  /// Changes the level by a reward.
  static void reward(double amount, double& level) { level = amount; }
};

/// Reward-modulated STDP.
///
/// \f[ \dot c_{ij} = -c_{ij} / \tau_c + \zeta_{ij}, \qquad \dot w_{ij} = \eta \, c_{ij} \, (d
///     - b), \qquad
///     \zeta_{ij} = A_+ r_j S_i - A_- o_i S_j \f]
///
/// with pre- and postsynaptic traces r and o, and a reward signal d that is broadcast to all
/// synapses. The policy `Reward` determines what `reward` does to d, and whether there is an
/// eligibility c (ImmediateReward has none: \f$\Delta w = \eta \, d \, \zeta\f$).
///
/// The eligibility of a synapse changes only at the spikes of its two neurons. All eligibilities
/// decay alike, so that \f$\int c \, (d - b)\f$ is the eligibility at some past moment times a
/// number that all synapses share. Weights are current after `settle`, which also applies the
/// bounds; update calls it once every \f$\tau_c\f$.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$S_j, S_i\f$ | `pre`, `post` | neurons | ms |
/// | \f$w\f$ | `state.weights`, after `settle` | post x pre | 1 |
/// | \f$c\f$ | `state.eligibility`, after `settle` | post x pre | 1 |
/// | \f$r, o\f$ | `state.pre_trace`, `state.post_trace` | pre, post | 1 |
/// | \f$d\f$ | `state.level` | scalar | reward |
/// | \f$\eta\f$ | `parameters.eta` | scalar | 1/s; with ImmediateReward 1 |
/// | \f$A_\pm\f$ | `parameters.a_plus`, `.a_minus` | scalar | 1 |
/// | \f$\tau_c\f$ | `parameters.tau_eligibility_ms` | scalar | ms |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron, each postsynaptic spike
/// those that reach its neuron. All synapses are updated once every \f$\tau_c\f$. Throws
/// InvalidParameter from init when a time constant or eta is not positive.
///
/// E. M. Izhikevich, Cereb. Cortex 17:2443-2452 (2007); R. V. Florian, Neural Comput. 19:1468-1502
/// (2007): his eligibility z is this c / tau_c, so that his gamma is eta tau_c.
template <typename Scalar_ = float, typename Reward = Dopamine, typename Bounds = HardBounds>
struct RewardStdp {
  using Scalar = Scalar_;

  struct Parameters {
    double eta = 1e-2;                 ///< learning rate; > 0
    double a_plus = 1;                 ///< eligibility left by a pair at d = 0+
    double a_minus = 1;                ///< minus the eligibility left by a pair at d = 0-
    double tau_plus_ms = 20;           ///< > 0; infinite: traces do not decay
    double tau_minus_ms = 20;          ///< likewise
    double tau_eligibility_ms = 1000;  ///< > 0, finite: weights are settled once in it
  };

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights, eligibility;
    Traces pre_trace, post_trace;  ///< per sequence
    double level = 0;              ///< of the reward; per sequence
    double gathered = 0;  ///< the integral, since the last settling, of the reward times an
                          ///< eligibility that was 1 then and decays, ms; per sequence
    double settled_ms = before_the_first;  ///< time of the last settling; per sequence
    double time_ms = before_the_first;     ///< per sequence
    bool begun = false;                    // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"RewardStdp", Reward, Bounds>);
      visit("weights", weights);
      visit("eligibility", eligibility);
      visit("pre_trace", pre_trace.value);
      visit("post_trace", post_trace.value);
      visit("level", level);
      visit("gathered", gathered);
      visit("settled_ms", settled_ms);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  Parameters parameters = {};
  Reward modulation = {};  ///< what a reward does to the level
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
    check_sizes(state);
    const double before = state.time_ms,
                 elapsed = begin_moment(pre, post, synapses.shape, bounds, "RewardStdp", state);
    if (before == before_the_first) {
      state.settled_ms = state.time_ms;
    } else {
      if constexpr (Reward::remembers)
        state.gathered += std::exp((state.settled_ms - before) / p.tau_eligibility_ms) *
                          modulation.integral(elapsed, p.tau_eligibility_ms, state.level);
      if (state.time_ms - state.settled_ms >= p.tau_eligibility_ms) settle(state);
    }
    state.pre_trace.decay(elapsed, p.tau_plus_ms);
    state.post_trace.decay(elapsed, p.tau_minus_ms);
    const double scale = std::exp((state.time_ms - state.settled_ms) / p.tau_eligibility_ms);
    const double *r = state.pre_trace.value.data(), *o = state.post_trace.value.data();
    for (const Index i : post.neurons)
      synapses.incoming(i, [&](Index j, Index k) { add(p.a_plus * r[j], scale, k, state); });
    for (const Index j : pre.neurons)
      synapses.outgoing(j, [&](Index i, Index k) { add(-p.a_minus * o[i], scale, k, state); });
    state.pre_trace.add(pre.neurons);
    state.post_trace.add(post.neurons);
  }

  /// A reward at the moment of the last update. Throws NonFinite.
  void reward(double amount, auto& state) const {
    require<NonFinite>(std::isfinite(amount), "RewardStdp: a reward of ", amount);
    modulation.reward(amount, state.level);
  }

  /// Brings the weights and eligibilities up to the moment of the last update.
  void settle(auto& state) const {
    if (state.time_ms == before_the_first) return;
    check_sizes(state);
    const Scalar postponed = Scalar(parameters.eta / 1000 * state.gathered);
    const Scalar left =
        Scalar(std::exp((state.settled_ms - state.time_ms) / parameters.tau_eligibility_ms));
    for (Index k = 0; k < state.weights.size(); ++k) {
      Scalar &w = state.weights.data()[k], &c = state.eligibility.data()[k];
      w = bounds.cut(w + postponed * c);
      c *= left;
    }
    state.gathered = 0;
    state.settled_ms = state.time_ms;
  }

  /// Forgets past spikes, eligibility, reward and time. Call `settle` first to apply the
  /// postponed changes.
  void forget(auto& state) const {
    state.eligibility.setZero();
    state.pre_trace.clear();
    state.post_trace.clear();
    state.level = state.gathered = 0;
    state.settled_ms = state.time_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const Parameters& p = parameters;
    constexpr const char* owner = "RewardStdp";
    require_positive(owner, "eta", p.eta);
    require_finite_parameter(owner, "a_plus", p.a_plus);
    require_finite_parameter(owner, "a_minus", p.a_minus);
    require_time_constant(owner, "tau_plus_ms", p.tau_plus_ms);
    require_time_constant(owner, "tau_minus_ms", p.tau_minus_ms);
    require_positive(owner, "tau_eligibility_ms", p.tau_eligibility_ms);
    modulation.check();
    bounds.check();
    return {synapses, values_of(synapses, bounds.cut(Scalar(0))), values_of(synapses, Scalar(0)),
            Traces::silent(synapses.shape.pre), Traces::silent(synapses.shape.post)};
  }

  static void check_sizes(const auto& state) {
    const auto& synapses = state.connections;
    require_values(state.weights, synapses, "RewardStdp", "weights");
    require_values(state.eligibility, synapses, "RewardStdp", "eligibility");
    require_size(state.pre_trace.value, synapses.shape.pre, 1, "RewardStdp", "pre_trace");
    require_size(state.post_trace.value, synapses.shape.post, 1, "RewardStdp", "post_trace");
  }

  /// Adds to an eligibility, kept as of the last settling, but not to its postponed changes.
  void add(double pair, double scale, Index place, auto& state) const {
    Scalar& w = state.weights.data()[place];
    if constexpr (Reward::remembers) {
      state.eligibility.data()[place] += Scalar(pair * scale);
      w -= Scalar(parameters.eta / 1000 * state.gathered * pair * scale);
    } else {
      w = bounds.cut(Scalar(w + parameters.eta * state.level * pair));
    }
  }
};

/// Reward-modulated STDP with eligibility trace, after Florian (2007).
template <typename Scalar = float, typename Bounds = HardBounds>
using Mstdpet = RewardStdp<Scalar, HeldReward, Bounds>;

/// Reward-modulated STDP without eligibility trace, after Florian (2007).
template <typename Scalar = float, typename Bounds = HardBounds>
using Mstdp = RewardStdp<Scalar, ImmediateReward, Bounds>;

static_assert(SpikingRuleFor<RewardStdp<float>, Spikes, Spikes> &&
              SpikingRuleFor<Mstdp<double>, Spikes, Spikes> &&
              SpikingRuleFor<Mstdpet<double>, Spikes, Spikes>);

}  // namespace hebb
