/// @file
/// A leaky integrate-and-fire neuron with excitatory and inhibitory conductances and absolute
/// refractoriness.
#pragma once

#include "hebb/spiking/neurons/lif.hpp"

namespace hebb {

/// The conductance-based neuron of Vogels and Abbott.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) - g_e (V - E_e) - g_i (V - E_i) + I, \qquad
///     \tau_{e,i} \dot g_{e,i} = -g_{e,i}, \qquad V \ge \theta \Rightarrow V \to V_{reset} \f]
///
/// A spike adds its weight to the conductance of its receptor. A forward Euler step of the
/// potential from the old conductances, which decay exactly; then a neuron above threshold spikes,
/// and its potential is held at reset for the refractory time. ConductanceLif has NMDA receptors
/// and a moving threshold instead.
///
/// | symbol         | code        | unit |
/// |----------------|-------------|------|
/// | \f$V\f$        | `potential` | mV   |
/// | \f$g_e, g_i\f$ | `excitatory`, `inhibitory` | leak conductance |
/// | \f$I\f$        | `current`   | mV   |
///
/// Stable while dt (1 + g_e + g_i) < 2 tau_mem. Throws InvalidParameter from step.
///
/// T. P. Vogels & L. F. Abbott, J. Neurosci. 25:10786-10795 (2005); R. Brette et al., J. Comput.
/// Neurosci. 23:349-398 (2007), benchmark 1.
struct VogelsAbbottLif {
  double rest_mv = -60;             ///< V without input
  double reset_mv = -60;            ///< V after a spike
  double threshold_mv = -50;        ///< above reset
  double exc_mv = 0, inh_mv = -80;  ///< reversal potentials
  double tau_mem_ms = 20;           ///< longer than the step
  double tau_exc_ms = 5;            ///< longer than the step
  double tau_inh_ms = 10;           ///< longer than the step
  double refractory_ms = 5;         ///< >= 0; rounded to steps

  template <typename T>
  using State = lif::State<T>;
  static constexpr auto variables = lif::variables;
  static constexpr auto receptors = lif::receptors;

  State<double> initial() const { return {rest_mv, 0, 0, 0}; }

  /// One step of the length for which it was made.
  template <typename Scalar>
  struct Step {
    /// Constants of the step.
    Scalar leak, leak_rest, leak_exc, leak_inh, reset, threshold, exc_keep, inh_keep, held;

    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s, T current) const {
      const T open = Scalar(1) + s.excitatory + s.inhibitory;
      const T drive =
          leak_rest + leak_exc * s.excitatory + leak_inh * s.inhibitory + leak * current;
      const T moved = s.potential - leak * open * s.potential + drive;
      s.excitatory *= exc_keep;
      s.inhibitory *= inh_keep;
      return lif::spike(s, moved, threshold, reset, held);
    }

    /// The factor of the potential in the next step.
    template <typename T>
    [[gnu::always_inline]] T amplification(const State<T>& s) const {
      return Scalar(1) - leak * (Scalar(1) + s.excitatory + s.inhibitory);
    }
  };

  template <typename Scalar>
  Step<Scalar> step(double dt_ms) const {
    constexpr const char* owner = "VogelsAbbottLif";
    require_positive(owner, "dt_ms", dt_ms);
    for (const double tau : {tau_mem_ms, tau_exc_ms, tau_inh_ms})
      require(tau > dt_ms && std::isfinite(tau), owner,
              ": time constants must be finite and longer than the step of ", dt_ms, " ms, got ",
              tau, " ms");
    for (const double potential : {rest_mv, reset_mv, threshold_mv, exc_mv, inh_mv})
      require(std::isfinite(potential), owner, ": potentials must be finite, got ", potential);
    lif::require_reset(owner, refractory_ms, reset_mv, threshold_mv);
    const double leak = dt_ms / tau_mem_ms;
    return {Scalar(leak),
            Scalar(leak * rest_mv),
            Scalar(leak * exc_mv),
            Scalar(leak * inh_mv),
            Scalar(reset_mv),
            Scalar(threshold_mv),
            Scalar(std::exp(-dt_ms / tau_exc_ms)),
            Scalar(std::exp(-dt_ms / tau_inh_ms)),
            Scalar(std::round(refractory_ms / dt_ms))};
  }

  Index shortest_interval(double dt_ms) const {
    return lif::shortest_interval(refractory_ms, dt_ms);
  }
};

static_assert(NeuronModel<VogelsAbbottLif>);

}  // namespace hebb
