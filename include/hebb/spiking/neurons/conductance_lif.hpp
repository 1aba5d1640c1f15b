/// @file
/// A leaky integrate-and-fire neuron with conductances and a threshold that jumps after each spike.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The conductance-based integrate-and-fire neuron.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) - (a_A g_A + a_N g_N) V - g_G (V - V_{inh}), \qquad
///     V > \theta \Rightarrow V \to V_{reset} \f]
///
/// AMPA and GABA conductances decay exponentially; NMDA is AMPA's low-pass with tau_nmda. The
/// excitatory reversal potential is 0. After a spike the threshold is raised by `jump`, whatever it
/// was, and decays to rest with tau_threshold; there is no other refractoriness. (The paper's eq.
/// 16 adds the jump; its code sets it, as here.) One forward Euler step, in this order: currents
/// from the old state; conductances and threshold decay; V moves and is clipped to [V_inh, 0]; a
/// neuron above threshold spikes. Spikes that arrive in the step are added to the conductances
/// after it: a weight to `ampa` or to `gaba`.
///
/// | symbol               | code            | unit |
/// |----------------------|-----------------|------|
/// | \f$V\f$              | `potential`     | V    |
/// | \f$g_A, g_N, g_G\f$  | `ampa`, `nmda`, `gaba` | leak conductance |
/// | \f$\theta\f$         | `threshold + raised`   | V |
///
/// Stable while dt (1 + g_A a_A + g_N a_N + g_G) < 2 tau_mem. F. Zenke & W. Gerstner, Front.
/// Neuroinform. 8:76 (2014).
struct ConductanceLif {
  double rest = -70e-3, reset = -70e-3, inhibitory = -80e-3, threshold = -50e-3;  ///< V
  double jump = 100e-3;  ///< of the threshold after a spike, V
  double tau_mem = 20e-3, tau_ampa = 5e-3, tau_gaba = 10e-3, tau_nmda = 100e-3,
         tau_threshold = 5e-3;                ///< s
  double ampa_share = 0.5, nmda_share = 0.5;  ///< a_A, a_N; both 0: no excitatory current

  /// One neuron, or a vector of them.
  template <typename T>
  struct State {
    T potential, ampa, nmda, gaba, raised;
  };

  /// The numbers of a step of `dt` seconds.
  template <typename Scalar>
  struct Step {
    Scalar leak, leak_rest, inhibitory, ampa_share, nmda_share, decay_ampa, decay_gaba, nmda_gain,
        nmda_keep, decay_raised, threshold, reset, jump;

    /// Advances by one step; says who spiked.
    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s) const {
      const T excitation = ampa_share * s.ampa + nmda_share * s.nmda;
      const T keep = Scalar(1) - leak * (Scalar(1) + excitation + s.gaba);
      const T drive = leak * inhibitory * s.gaba + leak_rest;
      s.nmda = (s.nmda + nmda_gain * s.ampa) * nmda_keep;
      s.ampa *= decay_ampa;
      s.gaba *= decay_gaba;
      s.raised *= decay_raised;
      const T zero{}, lowest = inhibitory - zero, highest = zero;  // in every lane
      T v = s.potential * keep + drive;
      v = v < lowest ? lowest : v;
      v = v > highest ? highest : v;
      const auto spikes = v > threshold + s.raised;
      s.potential = spikes ? reset - zero : v;
      s.raised = spikes ? jump - zero : s.raised;
      return spikes;
    }
  };

  template <typename Scalar>
  Step<Scalar> step(double dt) const {
    constexpr const char* owner = "ConductanceLif";
    require_positive(owner, "dt", dt);
    for (const double tau : {tau_mem, tau_ampa, tau_gaba, tau_nmda, tau_threshold})
      require(tau > dt && std::isfinite(tau),
              "ConductanceLif: time constants must be finite and longer than the step of ", dt,
              " s, got ", tau, " s");
    require_finite_parameter(owner, "inhibitory", inhibitory);
    require_finite_parameter(owner, "jump", jump);
    require_at_least(owner, "ampa_share", ampa_share, 0);
    require_at_least(owner, "nmda_share", nmda_share, 0);
    require(inhibitory <= rest && inhibitory <= reset && rest <= threshold && reset <= threshold &&
                threshold < 0,
            "ConductanceLif: potentials must be ordered, inhibitory ", inhibitory, " <= rest ",
            rest, ", reset ", reset, " <= threshold ", threshold, " < 0");
    const double q = -std::expm1(-dt / tau_nmda), leak = dt / tau_mem;
    return {Scalar(leak),
            Scalar(leak * rest),
            Scalar(inhibitory),
            Scalar(ampa_share),
            Scalar(nmda_share),
            Scalar(std::exp(-dt / tau_ampa)),
            Scalar(std::exp(-dt / tau_gaba)),
            Scalar(q),
            Scalar(1 - q),
            Scalar(std::exp(-dt / tau_threshold)),
            Scalar(threshold),
            Scalar(reset),
            Scalar(jump)};
  }

  /// The least number of steps between two spikes, by the threshold alone.
  Index shortest_interval(double dt) const {
    return jump > -threshold ? Index(std::ceil(tau_threshold / dt * std::log(jump / -threshold)))
                             : 1;
  }
};

}  // namespace hebb
