/// @file
/// A leaky integrate-and-fire neuron driven by currents.
#pragma once

#include "hebb/spiking/neurons/lif.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// The current-based integrate-and-fire neuron.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) + I_e - I_i + I, \qquad \tau_{e,i} \dot I_{e,i} = -I_{e,i},
///     \qquad V \ge \theta \Rightarrow V \to V_{reset} \f]
///
/// with currents in units of the depolarisation they would hold, mV. A spike adds its weight to the
/// current of its receptor. Exact for an external current that is constant over a step; spikes
/// are found at the ends of steps. After a spike the potential is held at reset.
///
/// | symbol          | code         | unit |
/// |-----------------|--------------|------|
/// | \f$V\f$         | `potential`  | mV   |
/// | \f$I_e, I_i\f$  | `excitatory`, `inhibitory` | mV |
/// | \f$I\f$         | `current`    | mV   |
///
/// Throws InvalidParameter from step.
///
/// W. Gerstner, W. M. Kistler, R. Naud & L. Paninski, Neuronal Dynamics (2014), sec. 1.3; R. Brette
/// et al., J. Comput. Neurosci. 23:349-398 (2007), benchmark 2.
struct CurrentLif {
  double rest_mv = -70;       ///< V without input
  double reset_mv = -70;      ///< V after a spike
  double threshold_mv = -50;  ///< above reset
  double tau_mem_ms = 20;     ///< > 0, and unlike those of the currents
  double tau_exc_ms = 5;      ///< > 0
  double tau_inh_ms = 10;     ///< > 0
  double refractory_ms = 2;   ///< >= 0; rounded to steps

  template <typename T>
  using State = lif::State<T>;
  static constexpr auto variables = lif::variables;
  static constexpr auto receptors = lif::receptors;

  State<double> initial() const { return {rest_mv, 0, 0, 0}; }

  /// One step of the length for which it was made.
  template <typename Scalar>
  struct Step {
    /// Constants of the step.
    Scalar rest, reset, threshold, keep, exc_share, inh_share, exc_keep, inh_keep, held;

    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s, T current) const {
      const T level = rest + current;
      const T moved = level + keep * (s.potential - level) + exc_share * s.excitatory -
                      inh_share * s.inhibitory;
      s.excitatory *= exc_keep;
      s.inhibitory *= inh_keep;
      return lif::spike(s, moved, threshold, reset, held);
    }
  };

  template <typename Scalar>
  Step<Scalar> step(double dt_ms) const {
    constexpr const char* owner = "CurrentLif";
    require_positive(owner, "dt_ms", dt_ms);
    require_finite_parameter(owner, "rest_mv", rest_mv);
    require_finite_parameter(owner, "reset_mv", reset_mv);
    require_finite_parameter(owner, "threshold_mv", threshold_mv);
    lif::require_reset(owner, refractory_ms, reset_mv, threshold_mv);
    const DoubleExponential exc{tau_exc_ms, tau_mem_ms}, inh{tau_inh_ms, tau_mem_ms};
    exc.check(owner, "tau_exc_ms", "tau_mem_ms");
    inh.check(owner, "tau_inh_ms", "tau_mem_ms");
    const auto from_exc = exc.step(dt_ms), from_inh = inh.step(dt_ms);
    return {Scalar(rest_mv),
            Scalar(reset_mv),
            Scalar(threshold_mv),
            Scalar(from_exc.keep_fall),
            Scalar(from_exc.mix),
            Scalar(from_inh.mix),
            Scalar(from_exc.keep_rise),
            Scalar(from_inh.keep_rise),
            Scalar(std::round(refractory_ms / dt_ms))};
  }

  Index shortest_interval(double dt_ms) const {
    return lif::shortest_interval(refractory_ms, dt_ms);
  }
};

static_assert(NeuronModel<CurrentLif>);

}  // namespace hebb
