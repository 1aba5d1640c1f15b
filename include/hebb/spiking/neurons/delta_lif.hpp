/// @file
/// A leaky integrate-and-fire neuron whose potential jumps when a spike arrives.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/neuron.hpp"

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
  double rest_mv = 0;
  double reset_mv = 10;
  double threshold_mv = 20;  ///< above reset
  double tau_mem_ms = 20;    ///< > 0
  double refractory_ms = 2;  ///< >= 0; rounded to steps

  template <typename T>
  struct State {
    T potential, excitatory, inhibitory;
    T refractory;  ///< steps left
  };

  static constexpr std::array<std::string_view, 4> variables{"potential", "excitatory",
                                                             "inhibitory", "refractory"};
  static constexpr std::array<ReceptorOf, 2> receptors{{{"excitatory", 1}, {"inhibitory", 2}}};

  State<double> initial() const { return {rest_mv, 0, 0, 0}; }

  template <typename Scalar>
  struct Step {
    Scalar rest, reset, threshold, keep, held;

    template <typename T>
    [[gnu::always_inline]] auto operator()(State<T>& s, T current) const {
      const T zero{}, still = s.refractory - Scalar(1), level = rest + current;
      const T moved = level + keep * (s.potential + s.excitatory - s.inhibitory - level);
      const T v = still < zero ? moved : s.potential;
      s.excitatory = zero;
      s.inhibitory = zero;
      const auto spikes = v >= threshold;
      s.potential = spikes ? reset - zero : v;
      s.refractory = spikes ? held - zero : (still < zero ? zero : still);
      return spikes;
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
    require_at_least(owner, "refractory_ms", refractory_ms, 0);
    require(reset_mv < threshold_mv, "DeltaLif: reset must be below threshold, got ", reset_mv,
            " and ", threshold_mv);
    return {Scalar(rest_mv), Scalar(reset_mv), Scalar(threshold_mv),
            Scalar(std::exp(-dt_ms / tau_mem_ms)), Scalar(std::round(refractory_ms / dt_ms))};
  }
};

static_assert(NeuronModel<DeltaLif>);

}  // namespace hebb
