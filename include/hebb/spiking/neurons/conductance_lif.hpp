/// @file
/// A leaky integrate-and-fire neuron with conductances and a threshold that jumps after each spike.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/neuron.hpp"

namespace hebb {

/// The conductance-based integrate-and-fire neuron.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) - (a_A g_A + a_N g_N) V - g_G (V - V_{inh}) + I, \qquad
///     V > \theta \Rightarrow V \to V_{reset} \f]
///
/// AMPA and GABA conductances decay exponentially. The NMDA conductance is the AMPA conductance,
/// low-pass filtered with tau_nmda. The excitatory reversal potential is 0. A spike sets the rise
/// of the threshold to `jump_mv`, whatever it was before; it decays with tau_threshold, and there
/// is no other refractoriness. (The paper's eq. 16 adds the jump; its code sets it, as here.)
///
/// A step is one forward Euler step, in this order: currents from the old state; decay of
/// conductances and threshold; V moves and is clipped to [V_inh, 0]; a neuron above threshold
/// spikes. Spikes that arrive in the step are added to the conductances after it: a weight to
/// `ampa` or to `gaba`.
///
/// | symbol               | code            | unit |
/// |----------------------|-----------------|------|
/// | \f$V\f$              | `potential`     | mV   |
/// | \f$g_A, g_N, g_G\f$  | `ampa`, `nmda`, `gaba` | leak conductance |
/// | \f$\theta\f$         | `threshold_mv + raised` | mV |
/// | \f$I\f$              | `current`       | mV   |
///
/// Stable while dt (1 + g_A a_A + g_N a_N + g_G) < 2 tau_mem. F. Zenke & W. Gerstner, Front.
/// Neuroinform. 8:76 (2014).
struct ConductanceLif {
  double rest_mv = -70, reset_mv = -70, threshold_mv = -50;  ///< at rest, after a spike, of a spike
  double inh_mv = -80;   ///< reversal potential of GABA receptors
  double jump_mv = 100;  ///< of the threshold at a spike
  /// Time constants of the membrane, the three conductances and the threshold; > the step.
  double tau_mem_ms = 20, tau_ampa_ms = 5, tau_gaba_ms = 10, tau_nmda_ms = 100,
         tau_threshold_ms = 5;
  double ampa_share = 0.5, nmda_share = 0.5;  ///< a_A, a_N; both 0: no excitatory current

  /// One neuron, or a vector of them.
  template <typename T>
  struct State {
    T potential, ampa, nmda, gaba, raised;  ///< `raised`: of the threshold, mV
  };

  static constexpr std::array<std::string_view, 5> variables{"potential", "ampa", "nmda", "gaba",
                                                             "raised"};
  static constexpr std::array<ReceptorOf, 4> receptors{
      {{"ampa", 1}, {"gaba", 3}, {"excitatory", 1}, {"inhibitory", 3}}};

  State<double> initial() const { return {rest_mv, 0, 0, 0, 0}; }

  /// The numbers of a step.
  template <typename Scalar>
  struct Step {
    /// Factors and levels of one step.
    Scalar keep, leak, leak_ampa, leak_nmda, leak_rest, leak_inhibitory, lowest, highest,
        decay_ampa, decay_gaba, nmda_gain, nmda_keep, decay_raised, threshold, reset, jump;

    /// Advances by one step; returns which neurons spike.
    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s) const {
      return advance(s, leak_rest);
    }

    /// The same under an external current.
    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s, T current) const {
      return advance(s, leak * current + leak_rest);
    }

    /// The factor of the potential in the next step.
    template <typename T>
    [[gnu::always_inline]] T amplification(const State<T>& s) const {
      return keep - leak_ampa * s.ampa - leak_nmda * s.nmda - leak * s.gaba;
    }

   private:
    template <typename T>
    [[gnu::always_inline]] auto advance(State<T>& s, const auto& constant_drive) const {
      const T kept = amplification(s);
      const T drive = leak_inhibitory * s.gaba + constant_drive;
      s.nmda = (s.nmda + nmda_gain * s.ampa) * nmda_keep;
      s.ampa *= decay_ampa;
      s.gaba *= decay_gaba;
      s.raised *= decay_raised;
      const T zero{}, least = lowest - zero, most = highest - zero;  // in every lane
      T v = s.potential * kept + drive;
      v = v < least ? least : v;
      v = v > most ? most : v;
      const auto spikes = v > threshold + s.raised;
      s.potential = spikes ? reset - zero : v;
      s.raised = spikes ? jump - zero : s.raised;
      return spikes;
    }
  };

  template <typename Scalar>
  Step<Scalar> step(double dt_ms) const {
    constexpr const char* owner = "ConductanceLif";
    require_positive(owner, "dt_ms", dt_ms);
    for (const double tau : {tau_mem_ms, tau_ampa_ms, tau_gaba_ms, tau_nmda_ms, tau_threshold_ms})
      require(tau > dt_ms && std::isfinite(tau),
              "ConductanceLif: time constants must be finite and longer than the step of ", dt_ms,
              " ms, got ", tau, " ms");
    require_finite_parameter(owner, "inh_mv", inh_mv);
    require_finite_parameter(owner, "jump_mv", jump_mv);
    require_at_least(owner, "ampa_share", ampa_share, 0);
    require_at_least(owner, "nmda_share", nmda_share, 0);
    require(inh_mv <= rest_mv && inh_mv <= reset_mv && rest_mv <= threshold_mv &&
                reset_mv <= threshold_mv && threshold_mv < 0,
            "ConductanceLif: potentials must be ordered, inh_mv ", inh_mv, " <= rest_mv ", rest_mv,
            ", reset_mv ", reset_mv, " <= threshold_mv ", threshold_mv, " < 0");
    const double q = -std::expm1(-dt_ms / tau_nmda_ms), leak = dt_ms / tau_mem_ms;
    return {Scalar(1 - leak),
            Scalar(leak),
            Scalar(leak * ampa_share),
            Scalar(leak * nmda_share),
            Scalar(leak * rest_mv),
            Scalar(leak * inh_mv),
            Scalar(inh_mv),
            Scalar(0),
            Scalar(std::exp(-dt_ms / tau_ampa_ms)),
            Scalar(std::exp(-dt_ms / tau_gaba_ms)),
            Scalar(q),
            Scalar(1 - q),
            Scalar(std::exp(-dt_ms / tau_threshold_ms)),
            Scalar(threshold_mv),
            Scalar(reset_mv),
            Scalar(jump_mv)};
  }

  /// The smallest number of steps between two spikes that the threshold's jump allows.
  Index shortest_interval(double dt_ms) const {
    return jump_mv > -threshold_mv
               ? Index(std::ceil(tau_threshold_ms / dt_ms * std::log(jump_mv / -threshold_mv)))
               : 1;
  }
};

static_assert(NeuronModel<ConductanceLif>);

}  // namespace hebb
