/// @file
/// Oracle of rules that depend on the postsynaptic potential: the voltage rule and SuperSpike.
/// Times in ms, potentials in mV.
#pragma once

#include "tests/oracle/stdp.hpp"

namespace oracle {

/// dw/dt = -A_LTD S_j [u- - theta-]+  +  A_LTP x_j [u - theta+]+ [u+ - theta-]+ with a potential
/// that is constant between moments, x the trace of unit area, u+ as at the beginning of an
/// interval and u- as at its end.
struct Voltage {
  double theta_minus, theta_plus, a_ltd, a_ltp, tau_x, tau_minus, tau_plus;
  Count delay;
  bool homeostatic;
  double reference, rest, tau_mean;
  Cut cut;
  Table w;
  Trains pre;
  Table slow, fast, depolarisation;
  std::vector<Table> potentials = {};  ///< of this sequence
  double time = 0;

  static double above(double x) { return x > 0 ? x : 0; }

  void step(const Moment& m, const Table& u) {
    if (potentials.empty()) slow = fast = u, time = m.time;
    potentials.push_back(u);
    const double elapsed = m.time - time, before = time;
    time = m.time;
    const Count now = Count(potentials.size()) - 1;
    const Table& filtered = potentials[std::size_t(now < delay ? 0 : now - delay)];
    for (Count i = 0; i < w.rows; ++i) {
      const double drive = a_ltp * above(u(i) - theta_plus) * above(fast(i) - theta_minus);
      for (Count j = 0; j < w.cols && drive > 0; ++j)
        w(i, j) =
            cut(w(i, j) + drive * pre.trace(j, before, tau_x) * (1 - std::exp(-elapsed / tau_x)));
      slow(i) = filtered(i) + (slow(i) - filtered(i)) * std::exp(-elapsed / tau_minus);
      fast(i) = filtered(i) + (fast(i) - filtered(i)) * std::exp(-elapsed / tau_plus);
      depolarisation(i) =
          u(i) - rest + (depolarisation(i) - u(i) + rest) * std::exp(-elapsed / tau_mean);
    }
    for (const Count j : m.pre)
      for (Count i = 0; i < w.rows; ++i) {
        const double factor = homeostatic ? depolarisation(i) * depolarisation(i) / reference : 1;
        w(i, j) = cut(w(i, j) - a_ltd * factor * above(slow(i) - theta_minus));
      }
    pre.add(m.pre, m.time);
  }
  void forget() { pre = Trains(w.cols), potentials.clear(); }
};

/// C. Clopath and others, Nat. Neurosci. 13:344-352 (2010), table 1b: theta-, theta+, A_LTD, A_LTP,
/// tau_x, tau-, tau+. Where the table is blank, the filters are those of visual cortex.
inline constexpr double published_voltage[3][7] = {
    {-70.6, -45.3, 14e-5, 8e-5, 15, 10, 7},  // visual cortex
    {-70.6, -45.3, 21e-5, 30e-5, 30, 6, 5},  // somatosensory
    {-41, -38, 38e-5, 2e-5, 16, 10, 7}};     // hippocampal

/// Two exponential filters in a row, of unit area together.
struct Kernel {
  double rise, fall;

  double operator()(double t) const {
    return t < 0 ? 0 : (std::exp(-t / fall) - std::exp(-t / rise)) / (fall - rise);
  }
  /// The integral from 0 to t.
  double area(double t) const {
    return 1 - (fall * std::exp(-t / fall) - rise * std::exp(-t / rise)) / (fall - rise);
  }
  double trace(const Trains& trains, Count neuron, double now) const {
    double result = 0;
    for (const double spike : trains[neuron]) result += (*this)(now - spike);
    return result;
  }
};

/// d = sum over steps of dt e(t) (alpha * drive)(t), e = alpha * (target - spikes), with the drive
/// sigma'(u) (epsilon * S) held over each step at its value at the step's end. The change is
/// applied once per window.
struct SuperSpike {
  double beta, threshold, window;
  Kernel epsilon, alpha;
  Count posts, pres;
  Trains pre, post, target;
  std::vector<double> times = {};
  std::vector<Table> drives = {};
  Table gathered;
  double window_begin = 0;

  /// True where a window ended; the caller then applies `gathered`.
  bool step(const Moment& m, const Table& u) {
    if (times.empty()) window_begin = m.time;
    const double elapsed = times.empty() ? 0 : m.time - times.back();
    times.push_back(m.time);
    drives.push_back(tabulate(posts, pres, [&](Count i, Count j) {
      const double x = 1 + beta * std::fabs(u(i) - threshold);
      return epsilon.trace(pre, j, m.time) / (x * x);
    }));
    for (Count i = 0; i < posts; ++i) {
      const double error = alpha.trace(target, i, m.time) - alpha.trace(post, i, m.time);
      for (Count j = 0; j < pres; ++j) {
        double eligibility = 0;
        for (std::size_t n = 1; n < times.size(); ++n)
          eligibility +=
              drives[n](i, j) * (alpha.area(m.time - times[n - 1]) - alpha.area(m.time - times[n]));
        gathered(i, j) += elapsed * error * eligibility;
      }
    }
    pre.add(m.pre, m.time), post.add(m.post, m.time), target.add(m.target, m.time);
    return m.time - window_begin >= window;
  }
  void settle() {
    gathered = Table(posts, pres);
    window_begin = times.back();
  }
  void forget() {
    pre = Trains(pres), post = target = Trains(posts), gathered = Table(posts, pres);
    times.clear(), drives.clear();
  }
};

}  // namespace oracle
