/// @file
/// The adaptive exponential integrate-and-fire neuron, with the spike shape that voltage-dependent rules hear.
#pragma once

#include <algorithm>
#include <vector>

#include "hebb/core/label.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// The adaptive exponential integrate-and-fire neuron.
///
/// \f[ C \dot u = -g_L (u - E_L) + g_L \Delta_T e^{(u - V_T)/\Delta_T} - w + z + I, \qquad
///     \tau_w \dot w = a (u - E_L) - w, \quad \tau_z \dot z = -z, \quad \tau_T \dot V_T = V_{T,rest} - V_T \f]
///
/// Where u reaches the peak it is a spike: u stays at the peak for `peak_ms`, then u is reset, w grows by b, z is set to I_sp and V_T to
/// its maximum. The depolarising afterpotential z and the adaptive threshold are Clopath's; without them (i_sp = 0, threshold_max =
/// threshold_rest) this is the neuron of Brette and Gerstner. Forward Euler; steps of 0.1 ms are short enough.
///
/// | symbol        | code                   | shape   | unit |
/// |---------------|------------------------|---------|------|
/// | \f$u\f$       | `state.potential`      | neurons | mV   |
/// | \f$w\f$       | `state.adaptation`     | neurons | pA   |
/// | \f$z\f$       | `state.afterpotential` | neurons | pA   |
/// | \f$V_T\f$     | `state.threshold`      | neurons | mV   |
/// | \f$I\f$       | `current_pa`           | neurons | pA   |
///
/// Throws InvalidParameter from init; ShapeError, NonFinite and Divergence from step.
///
/// R. Brette & W. Gerstner, J. Neurophysiol. 94:3637-3642 (2005), eqs. 1 to 3; C. Clopath, L. Buesing, E. Vasilaki & W. Gerstner, Nat.
/// Neurosci. 13:344-352 (2010), methods.
struct AdEx {
  double capacitance_pf = 281;
  double leak_ns = 30;
  double rest_mv = -70.6;
  double reset_mv = -49.5;
  double slope_mv = 2;  ///< Delta_T
  double threshold_rest_mv = -50.4;
  double threshold_max_mv = -30.4;  ///< V_T after a spike
  double peak_mv = 33;
  double peak_ms = 2;
  double a_ns = 4;
  double b_pa = 80.5;
  double i_sp_pa = 400;
  double tau_w_ms = 144;
  double tau_z_ms = 40;
  double tau_threshold_ms = 50;

  struct State {
    Vector<double> potential, adaptation, afterpotential, threshold;
    Vector<double> peak_left;  ///< of a spike, ms

    void each(auto&& visit) {
      visit("neuron", label_of<"AdEx">);
      visit("potential", potential);
      visit("adaptation", adaptation);
      visit("afterpotential", afterpotential);
      visit("threshold", threshold);
      visit("peak_left", peak_left);
    }
  };

  State init(Index neurons) const {
    require(neurons > 0, "AdEx: an empty group of neurons");
    for (const double positive : {capacitance_pf, leak_ns, slope_mv, tau_w_ms, tau_z_ms, tau_threshold_ms})
      require(positive > 0, "AdEx: capacitance, leak, slope and time constants must be > 0, got ", positive);
    require(reset_mv < peak_mv, "AdEx: reset must be below the peak, got ", reset_mv, " and ", peak_mv);
    const auto all = [&](double value) -> Vector<double> { return Vector<double>::Constant(neurons, value); };
    return {all(rest_mv), all(0), all(0), all(threshold_rest_mv), all(0)};
  }

  /// Advances by one step and lists whose spikes begin in it.
  void step(double dt_ms, const View<double>& current_pa, State& state, std::vector<Index>& spikes) const {
    require(dt_ms > 0 && dt_ms < std::min(tau_w_ms, capacitance_pf / leak_ns), "AdEx: a step of ", dt_ms, " ms is not stable");
    require_shape<double>(current_pa, state.potential.size(), 1, "current_pa");
    require_finite<double>(current_pa, "current_pa");
    spikes.clear();
    for (Index i = 0; i < state.potential.size(); ++i) {
      double &u = state.potential(i), &w = state.adaptation(i), &z = state.afterpotential(i), &threshold = state.threshold(i);
      const double voltage = u, adaptation = w;
      w += dt_ms / tau_w_ms * (a_ns * (voltage - rest_mv) - w);
      if (state.peak_left(i) > 0.5 * dt_ms) {
        state.peak_left(i) -= dt_ms;
        if (state.peak_left(i) > 0.5 * dt_ms) continue;
        u = reset_mv;
        w += b_pa;
        z = i_sp_pa;
        threshold = threshold_max_mv;
        continue;
      }
      const double upswing = leak_ns * slope_mv * std::exp(std::min(voltage - threshold, 50 * slope_mv) / slope_mv);
      u += dt_ms / capacitance_pf * (-leak_ns * (voltage - rest_mv) + upswing - adaptation + z + current_pa(i, 0));
      z -= dt_ms / tau_z_ms * z;
      threshold += dt_ms / tau_threshold_ms * (threshold_rest_mv - threshold);
      require<Divergence>(std::isfinite(u), "AdEx: the potential of neuron ", i, " is ", u);
      if (u < peak_mv) continue;
      u = peak_mv;
      state.peak_left(i) = std::max(peak_ms, dt_ms);
      spikes.push_back(i);
    }
  }
};

}  // namespace hebb
