/// @file
/// The adaptive exponential integrate-and-fire neuron, with the spike shape that voltage-dependent
/// rules need.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/neuron.hpp"

namespace hebb {

/// The adaptive exponential integrate-and-fire neuron.
///
/// \f[ C \dot u = -g_L (u - E_L) + g_L \Delta_T e^{(u - V_T)/\Delta_T} - w + z + I, \qquad
///     \tau_w \dot w = a (u - E_L) - w, \quad \tau_z \dot z = -z, \quad
///     \tau_T \dot V_T = V_{T,rest} - V_T \f]
///
/// Where u reaches the peak it is a spike: u stays at the peak for `peak_ms`, but at least for one
/// step, then u is reset, w grows by b, z is set to I_sp and V_T to its maximum. The depolarising
/// afterpotential z and the adaptive threshold are Clopath's; without them (i_sp = 0, threshold_max
/// = threshold_rest) this is the neuron of Brette and Gerstner.
///
/// I is the sum of an external and the synaptic currents, whose receptors a spike adds its weight
/// to, in pA; it is constant over a step, of any length. Inside a step the equations are integrated
/// by the classical Runge-Kutta method in sub-steps as short as the upswing requires, and spikes
/// begin and end at their own times. Spike times differ from those of a solution in steps of 1e-5
/// ms by less than 1e-3 ms over 500 ms and up to 66 spikes, for steps of 0.1 and of 1 ms alike (a
/// test). A spike that is listed by a step began peak_ms - `peak_left` before its end, if peak_ms
/// is longer than the step.
///
/// | symbol        | code             | unit |
/// |---------------|------------------|------|
/// | \f$u\f$       | `potential`      | mV   |
/// | \f$w\f$       | `adaptation`     | pA   |
/// | \f$z\f$       | `afterpotential` | pA   |
/// | \f$V_T\f$     | `threshold`      | mV   |
/// | \f$I\f$       | `current` + `excitatory` - `inhibitory` | pA |
///
/// Cost: 4 exponentials per neuron and step, about 500 per spike; 0.1 us per neuron and step of 0.1
/// ms (forward Euler: 0.015). Throws InvalidParameter from step.
///
/// R. Brette & W. Gerstner, J. Neurophysiol. 94:3637-3642 (2005), eqs. 1 to 3; C. Clopath, L.
/// Buesing, E. Vasilaki & W. Gerstner, Nat. Neurosci. 13:344-352 (2010), methods.
struct AdEx {
  double capacitance_pf = 281;       ///< C; > 0
  double leak_ns = 30;               ///< g_L; > 0
  double rest_mv = -70.6;            ///< E_L
  double reset_mv = -49.5;           ///< u after a spike; below `peak_mv`
  double slope_mv = 2;               ///< Delta_T; > 0
  double threshold_rest_mv = -50.4;  ///< V_T at rest
  double threshold_max_mv = -30.4;   ///< V_T after a spike
  double peak_mv = 33;               ///< where u is a spike
  double peak_ms = 2;                ///< how long u stays there
  double a_ns = 4;                   ///< a: coupling of w to u
  double b_pa = 80.5;                ///< b: growth of w at a spike
  double i_sp_pa = 400;              ///< I_sp: z after a spike
  double tau_w_ms = 144;             ///< > 0, and may be infinite, like the next two
  double tau_z_ms = 40;              ///< of the afterpotential
  double tau_threshold_ms = 50;      ///< of the threshold

  double tau_exc_ms = 5, tau_inh_ms = 10;  ///< of the synaptic currents

  template <typename T>
  struct State {
    T potential, adaptation, afterpotential, threshold;  ///< u, w, z and V_T
    T peak_left;                                         ///< of a spike, ms
    T excitatory, inhibitory;                            ///< synaptic currents, pA
  };

  static constexpr std::array<std::string_view, 7> variables{
      "potential", "adaptation", "afterpotential", "threshold",
      "peak_left", "excitatory", "inhibitory"};
  static constexpr std::array<ReceptorOf, 2> receptors{{{"excitatory", 5}, {"inhibitory", 6}}};

  State<double> initial() const { return {rest_mv, 0, 0, threshold_rest_mv, 0, 0, 0}; }

  /// Steps of some length. It advances one neuron at a time: the number of sub-steps differs.
  template <typename Scalar>
  class Step;

  template <typename Scalar>
  Step<Scalar> step(double dt_ms) const {
    constexpr const char* owner = "AdEx";
    require_positive(owner, "dt_ms", dt_ms);
    require_positive(owner, "capacitance_pf", capacitance_pf);
    require_positive(owner, "leak_ns", leak_ns);
    require_finite_parameter(owner, "rest_mv", rest_mv);
    require_finite_parameter(owner, "reset_mv", reset_mv);
    require_positive(owner, "slope_mv", slope_mv);
    require_finite_parameter(owner, "threshold_rest_mv", threshold_rest_mv);
    require_finite_parameter(owner, "threshold_max_mv", threshold_max_mv);
    require_finite_parameter(owner, "peak_mv", peak_mv);
    require_at_least(owner, "peak_ms", peak_ms, 0);
    require_finite_parameter(owner, "a_ns", a_ns);
    require_finite_parameter(owner, "b_pa", b_pa);
    require_finite_parameter(owner, "i_sp_pa", i_sp_pa);
    require_time_constant(owner, "tau_w_ms", tau_w_ms);
    require_time_constant(owner, "tau_z_ms", tau_z_ms);
    require_time_constant(owner, "tau_threshold_ms", tau_threshold_ms);
    require_time_constant(owner, "tau_exc_ms", tau_exc_ms);
    require_time_constant(owner, "tau_inh_ms", tau_inh_ms);
    require(reset_mv < peak_mv, "AdEx: reset must be below the peak, got ", reset_mv, " and ",
            peak_mv);
    return {*this, dt_ms};
  }
};

template <typename Scalar>
class AdEx::Step {
 public:
  /// For steps of this length.
  Step(const AdEx& model, double dt_ms)
      : model_(model),
        dt_ms_(dt_ms),
        exc_keep_(Scalar(std::exp(-dt_ms / model.tau_exc_ms))),
        inh_keep_(Scalar(std::exp(-dt_ms / model.tau_inh_ms))),
        per_ms_{1 / model.capacitance_pf, 1 / model.tau_w_ms, 1 / model.tau_z_ms,
                1 / model.tau_threshold_ms} {}

  /// Advances one neuron; returns whether it spikes.
  bool operator()(State<Scalar>& s, Scalar current_pa) const {
    Cell cell{double(s.potential), double(s.adaptation), double(s.afterpotential),
              double(s.threshold)};
    if (!finite(cell)) {  // the integration would take NaN for a spike
      s.potential = std::numeric_limits<Scalar>::quiet_NaN();
      return false;
    }
    double peak_left = double(s.peak_left);
    const double current = double(current_pa) + double(s.excitatory) - double(s.inhibitory);
    const bool spike = advance(current, cell, peak_left);
    s = {Scalar(cell.u),          Scalar(cell.w),    Scalar(cell.z),
         Scalar(cell.threshold),  Scalar(peak_left), exc_keep_ * s.excitatory,
         inh_keep_ * s.inhibitory};
    return spike;
  }

 private:
  struct Cell {
    double u, w, z, threshold;
  };

  static bool finite(const Cell& cell) {
    return std::isfinite(cell.u) && std::isfinite(cell.w) && std::isfinite(cell.z) &&
           std::isfinite(cell.threshold);
  }

  /// from + h * slope.
  static Cell along(const Cell& from, double h, const Cell& slope) {
    return {from.u + h * slope.u, from.w + h * slope.w, from.z + h * slope.z,
            from.threshold + h * slope.threshold};
  }

  double upswing(const Cell& cell) const {
    const AdEx& m = model_;
    return m.leak_ns * m.slope_mv *
           std::exp(std::min((cell.u - cell.threshold) / m.slope_mv, 50.0));
  }

  /// d cell / dt, per ms.
  Cell slope(const Cell& cell, double current_pa) const {
    const AdEx& m = model_;
    const double above = cell.u - m.rest_mv;
    return {(upswing(cell) - m.leak_ns * above - cell.w + cell.z + current_pa) * per_ms_.u,
            (m.a_ns * above - cell.w) * per_ms_.w, -cell.z * per_ms_.z,
            (m.threshold_rest_mv - cell.threshold) * per_ms_.threshold};
  }

  /// Advances one neuron by a step; true if a spike begins in it.
  bool advance(double current_pa, Cell& cell, double& peak_left) const {
    const AdEx& m = model_;
    bool spike = false;
    for (double left = dt_ms_; left > 0;) {
      if (peak_left > 0) {
        const double held = std::min(left, peak_left), target = m.a_ns * (m.peak_mv - m.rest_mv);
        cell.w = target + (cell.w - target) * std::exp(-held / m.tau_w_ms);
        left -= held;
        peak_left -= held;
        if (peak_left <= 0) cell = {m.reset_mv, cell.w + m.b_pa, m.i_sp_pa, m.threshold_max_mv};
        continue;
      }
      const Cell first = slope(cell, current_pa);
      // 20 slopes above V_T the peak is less than (C / g_L) e^-20 away in time.
      const double top = std::min(m.peak_mv, cell.threshold + 20 * m.slope_mv);
      double passed = 0;
      if (cell.u < top || (cell.u < m.peak_mv && first.u <= 0)) {
        passed = std::min(left, substep(cell, first));
        const Cell next = runge_kutta(cell, first, passed, current_pa);
        const bool reached = next.u >= top && next.u > cell.u;
        if (reached && cell.u < top) {
          const double share = (top - cell.u) / (next.u - cell.u);
          passed *= share;
          cell = along(
              cell, share,
              {next.u - cell.u, next.w - cell.w, next.z - cell.z, next.threshold - cell.threshold});
        } else {
          cell = next;
        }
        left -= passed;
        if (!reached) {
          if (!finite(cell)) return spike;
          continue;
        }
      }
      spike = true;
      cell.u = m.peak_mv;
      peak_left = std::max(m.peak_ms, dt_ms_);
    }
    return spike;
  }

  /// How long a sub-step may be: a quarter of every time constant, that of the upswing included,
  /// and so short that u rises by a quarter of the slope at most, or to where the upswing begins.
  double substep(const Cell& cell, const Cell& first) const {
    const AdEx& m = model_;
    double fastest = std::max({per_ms_.w, per_ms_.z, per_ms_.threshold, m.leak_ns * per_ms_.u});
    if (cell.u > cell.threshold)
      fastest = std::max(fastest, upswing(cell) / m.slope_mv * per_ms_.u);
    if (first.u <= 0) return 0.25 / fastest;
    return std::min(
        0.25 / fastest,
        std::max(0.25 * m.slope_mv, cell.threshold - 8 * m.slope_mv - cell.u) / first.u);
  }

  Cell runge_kutta(const Cell& cell, const Cell& first, double h, double current_pa) const {
    const Cell second = slope(along(cell, 0.5 * h, first), current_pa);
    const Cell third = slope(along(cell, 0.5 * h, second), current_pa);
    const Cell fourth = slope(along(cell, h, third), current_pa);
    const Cell sum = along(along(along(first, 2, second), 2, third), 1, fourth);
    return along(cell, h / 6, sum);
  }

  AdEx model_;
  double dt_ms_;
  Scalar exc_keep_, inh_keep_;
  Cell per_ms_;  // 1 / capacitance, and 1 / time constants
};

static_assert(NeuronModel<AdEx>);

}  // namespace hebb
