/// @file
/// A leaky integrate-and-fire neuron driven by currents.
#pragma once

#include <vector>

#include "hebb/core/label.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// The current-based integrate-and-fire neuron.
///
/// \f[ \tau_m \dot V = -(V - V_{rest}) + I + I_{ext}, \qquad \tau_s \dot I = -I, \qquad
///     V \ge \theta \Rightarrow V \to V_{reset} \f]
///
/// with currents in units of the depolarisation they would hold, mV. A presynaptic spike adds its
/// weight to `state.current`. Exact for an external current that is constant over a step; spikes
/// are found at the ends of steps. After a spike the potential is held at reset.
///
/// | symbol          | code              | shape   | unit |
/// |-----------------|-------------------|---------|------|
/// | \f$V\f$         | `state.potential` | neurons | mV   |
/// | \f$I\f$         | `state.current`   | neurons | mV   |
/// | \f$I_{ext}\f$   | `external_mv`     | neurons | mV   |
///
/// Throws InvalidParameter from init; ShapeError and NonFinite from step.
///
/// W. Gerstner, W. M. Kistler, R. Naud & L. Paninski, Neuronal Dynamics (2014), sec. 1.3.
struct CurrentLif {
  double rest_mv = -70;
  double reset_mv = -70;
  double threshold_mv = -50;  ///< above reset
  double tau_mem_ms = 20;     ///< > 0, and not tau_syn
  double tau_syn_ms = 5;      ///< > 0
  double refractory_ms = 2;   ///< >= 0

  struct State {
    Vector<double> potential, current;
    Vector<double> refractory;  ///< time left, ms

    void each(auto&& visit) {
      visit("neuron", label_of<"CurrentLif">);
      visit("potential", potential);
      visit("current", current);
      visit("refractory", refractory);
    }
  };

  State init(Index neurons) const {
    require(neurons > 0, "CurrentLif: an empty group of neurons");
    constexpr const char* owner = "CurrentLif";
    require_finite_parameter(owner, "rest_mv", rest_mv);
    require_finite_parameter(owner, "reset_mv", reset_mv);
    require_finite_parameter(owner, "threshold_mv", threshold_mv);
    require_at_least(owner, "refractory_ms", refractory_ms, 0);
    DoubleExponential{tau_syn_ms, tau_mem_ms}.check("CurrentLif", "tau_syn_ms", "tau_mem_ms");
    require(reset_mv < threshold_mv, "CurrentLif: reset must be below threshold, got ", reset_mv,
            " and ", threshold_mv);
    return {Vector<double>::Constant(neurons, rest_mv), Vector<double>::Zero(neurons),
            Vector<double>::Zero(neurons)};
  }

  /// Advances by one step and lists who spikes at its end.
  void step(double dt_ms, const View<double>& external_mv, State& state,
            std::vector<Index>& spikes) const {
    require_positive("CurrentLif", "dt_ms", dt_ms);
    const Index neurons = state.potential.size();
    require_size(state.current, neurons, 1, "CurrentLif", "current");
    require_size(state.refractory, neurons, 1, "CurrentLif", "refractory");
    require_shape<double>(external_mv, neurons, 1, "external_mv");
    require_finite<double>(external_mv, "external_mv");
    require_finite<double>(state.potential, "CurrentLif: the potential");
    require_finite<double>(state.current, "CurrentLif: the synaptic current");
    const DoubleExponential::Step kept = DoubleExponential{tau_syn_ms, tau_mem_ms}.step(dt_ms);
    const FlushDenormals guard;
    spikes.clear();
    for (Index i = 0; i < neurons; ++i) {
      const double rest = rest_mv + external_mv(i, 0);
      double& potential = state.potential(i);
      if (state.refractory(i) > 0.5 * dt_ms) {
        state.refractory(i) -= dt_ms;
      } else {
        potential = rest + kept.keep_fall * (potential - rest) + kept.mix * state.current(i);
      }
      state.current(i) *= kept.keep_rise;
      if (potential < threshold_mv) continue;
      potential = reset_mv;
      state.refractory(i) = refractory_ms;
      spikes.push_back(i);
    }
  }
};

}  // namespace hebb
