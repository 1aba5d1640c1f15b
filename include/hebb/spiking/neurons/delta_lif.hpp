/// @file
/// A leaky integrate-and-fire neuron whose potential jumps when a spike arrives.
#pragma once

#include "hebb/spiking/neurons/lif.hpp"

namespace hebb {

/// The integrate-and-fire neuron with delta-shaped synaptic currents.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) + I + \tau_m \sum_j w_j S_j, \qquad
///     V \ge \theta \Rightarrow V \to V_{reset} \f]
///
/// A spike moves the potential by its weight, in mV, upward at the excitatory receptor and downward
/// at the inhibitory one. Spikes that arrive at the end of a step are kept in `excitatory` and
/// `inhibitory` and added at the beginning of the next. Exact; what arrives during the refractory
/// time is lost.
///
/// | symbol  | code        | unit |
/// |---------|-------------|------|
/// | \f$V\f$ | `potential` | mV   |
/// | \f$I\f$ | `current`   | mV   |
///
/// Throws InvalidParameter from step.
///
/// N. Brunel, J. Comput. Neurosci. 8:183-208 (2000), eq. 1.
struct DeltaLif {
  double rest_mv = 0;        ///< V without input
  double reset_mv = 10;      ///< V after a spike
  double threshold_mv = 20;  ///< above reset
  double tau_mem_ms = 20;    ///< > 0
  double refractory_ms = 2;  ///< >= 0; rounded to steps

  template <typename T>
  using State = lif::State<T>;
  static constexpr auto variables = lif::variables;
  static constexpr auto receptors = lif::receptors;

  State<double> initial() const { return {rest_mv, 0, 0, 0}; }

  /// One step of the length for which it was made.
  template <typename Scalar>
  struct Step {
    Scalar rest, reset, threshold, keep, held;  ///< constants of the step

    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s, T current) const {
      const T level = rest + current;
      const T moved = level + keep * (s.potential + s.excitatory - s.inhibitory - level);
      s.excitatory = s.inhibitory = T{};
      return lif::spike(s, moved, threshold, reset, held);
    }
  };

  template <typename Scalar>
  Step<Scalar> step(double dt_ms) const {
    constexpr const char* owner = "DeltaLif";
    require_positive(owner, "dt_ms", dt_ms);
    require_positive(owner, "tau_mem_ms", tau_mem_ms);
    require_finite_parameter(owner, "rest_mv", rest_mv);
    require_finite_parameter(owner, "reset_mv", reset_mv);
    require_finite_parameter(owner, "threshold_mv", threshold_mv);
    lif::require_reset(owner, refractory_ms, reset_mv, threshold_mv);
    return {Scalar(rest_mv), Scalar(reset_mv), Scalar(threshold_mv),
            Scalar(std::exp(-dt_ms / tau_mem_ms)), Scalar(std::round(refractory_ms / dt_ms))};
  }

  Index shortest_interval(double dt_ms) const {
    return lif::shortest_interval(refractory_ms, dt_ms);
  }
};

static_assert(NeuronModel<DeltaLif>);

}  // namespace hebb
