/// @file
/// Oracle of spiking neurons, and of the spiking LPL network step by step.
#pragma once

#include "tests/oracle/spiking_lpl.hpp"

namespace oracle {

/// tau_m dV/dt = -(V - rest) + I + external, tau_s dI/dt = -I, exact over a step; mV and ms.
struct CurrentNeuron {
  double rest, reset, threshold, tau_m, tau_s, refractory;
  double v = 0, current = 0, left = 0;  ///< left: of the refractory time

  bool step(double dt, double external) {
    if (left > dt / 2) {
      left -= dt;
    } else {
      // V relaxes to rest + external; the current adds the solution of tau_m u' = -u + I.
      const double kept = std::exp(-dt / tau_m);
      v = rest + external + (v - rest - external) * kept +
          current * tau_s / (tau_m - tau_s) * (kept - std::exp(-dt / tau_s));
    }
    current *= std::exp(-dt / tau_s);
    if (v < threshold) return false;
    v = reset, left = refractory;
    return true;
  }
};

/// The conductance-based neuron: one Euler step, in mV and ms.
struct ConductanceNeuron {
  double rest, reset, inhibitory, threshold, jump;
  double tau_mem, tau_ampa, tau_gaba, tau_nmda, tau_threshold, ampa_share, nmda_share;
  double v = 0, ampa = 0, nmda = 0, gaba = 0, raised = 0;

  bool step(double dt) {
    const double current = -(ampa_share * ampa + nmda_share * nmda) * v - gaba * (v - inhibitory);
    const double q = 1 - std::exp(-dt / tau_nmda);
    nmda = (nmda + q * ampa) * (1 - q);
    ampa *= std::exp(-dt / tau_ampa);
    gaba *= std::exp(-dt / tau_gaba);
    raised *= std::exp(-dt / tau_threshold);
    v += dt / tau_mem * (current - (v - rest));
    v = std::fmin(0, std::fmax(inhibitory, v));
    if (v <= threshold + raised) return false;
    v = reset, raised = jump;
    return true;
  }
};

/// Inputs -> excitatory by LPL, excitatory -> inhibitory and inhibitory -> inhibitory fixed,
/// inhibitory -> excitatory by
///
///   w += eta x_j when the excitatory neuron spikes,  w += eta (y_i - 2 target tau) when an
///   inhibitory spike arrives.
///
/// In a step: neurons advance; spikes emitted one delay ago arrive; excitatory spikes strengthen;
/// arriving inhibitory spikes weaken; traces grow by the spikes of the step and decay; LPL learns.
struct SpikingCircuit {
  SpikingLpl lpl;
  std::vector<ConductanceNeuron> neurons;    ///< excitatory ones first
  double eta, tau, target, lower, upper;     ///< of inhibition; ms, spikes per ms
  Table exc_to_inh, inh_to_exc, inh_to_inh;  ///< weights, post x pre
  Table connected;                           ///< 1 where inhibitory -> excitatory is a synapse
  Table x = {}, y = {};              ///< traces of arriving inhibitory, and of excitatory spikes
  std::vector<Moment> emitted = {};  ///< pre: inputs, post: excitatory, target: inhibitory
  Count spikes = 0;                  ///< of all neurons

  Count excitatory() const { return lpl.w.rows; }
  ConductanceNeuron& of(Count neuron) { return neurons[std::size_t(neuron)]; }

  void step(const std::vector<Count>& inputs) {
    Moment now{.pre = inputs};
    for (Count n = 0; n < Count(neurons.size()); ++n) {
      if (!of(n).step(lpl.dt)) continue;
      ++spikes;
      if (n < excitatory())
        now.post.push_back(n);
      else
        now.target.push_back(n - excitatory());
    }
    emitted.push_back(now);
    const Count ago = Count(emitted.size()) - 1 - lpl.delay;
    const Moment arriving = ago < 0 ? Moment{} : emitted[std::size_t(ago)];
    for (const Count j : arriving.pre)
      for (Count i = 0; i < excitatory(); ++i) of(i).ampa += lpl.w(i, j);
    for (const Count j : arriving.post)
      for (Count i = 0; i < exc_to_inh.rows; ++i) of(excitatory() + i).ampa += exc_to_inh(i, j);
    for (const Count j : arriving.target) {
      for (Count i = 0; i < inh_to_inh.rows; ++i) of(excitatory() + i).gaba += inh_to_inh(i, j);
      for (Count i = 0; i < excitatory(); ++i) of(i).gaba += inh_to_exc(i, j);
    }
    const auto change = [&](Count i, Count j, double amount) {
      if (connected(i, j) > 0)
        inh_to_exc(i, j) = std::fmin(upper, std::fmax(lower, inh_to_exc(i, j) + eta * amount));
    };
    for (const Count i : now.post)
      for (Count j = 0; j < inh_to_exc.cols; ++j) change(i, j, x(j));
    for (const Count j : arriving.target)
      for (Count i = 0; i < excitatory(); ++i) change(i, j, y(i) - 2 * target * tau);
    for (const Count j : arriving.target) x(j) += 1;
    for (const Count i : now.post) y(i) += 1;
    for (Table* traces : {&x, &y})
      for (double& value : traces->data) value *= std::exp(-lpl.dt / tau);
    const Table potential = tabulate(excitatory(), 1, [&](Count i, Count) { return of(i).v; });
    lpl.step({.pre = arriving.pre, .post = now.post}, potential);
  }
};

/// The pair window K(k) = sgn(k) (1 - d) d^|k|, cut off where it is below rounding.
struct Window {
  static constexpr Count reach = 400;
  std::vector<double> powers = {};

  explicit Window(double d) {
    for (Count k = 0; k <= reach; ++k) powers.push_back((1 - d) * std::pow(d, double(k)));
  }

  /// What a presynaptic spike at step t changes, given a train at some steps and constant rates
  /// before and after them: the sum over all k of K(k) train[t + k].
  double answer(const Table& train, Count neuron, double before, double after, Count t) const {
    const auto at = [&](Count s) {
      return s < 0 ? before : s >= train.cols ? after : train(neuron, s);
    };
    double total = 0;
    for (Count k = 1; k <= reach; ++k) total += powers[std::size_t(k)] * (at(t + k) - at(t - k));
    return total;
  }
};

}  // namespace oracle
