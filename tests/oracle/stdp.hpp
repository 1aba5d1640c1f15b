/// @file
/// Oracle of spike-timing-dependent plasticity: sums over pairs and triplets of recorded spikes.
///
/// Times in ms. Spikes of one moment do not interact; changes at postsynaptic spikes come
/// first.
#pragma once

#include <algorithm>

#include "tests/oracle/support.hpp"

namespace oracle {

/// The spikes of one moment: presynaptic, postsynaptic, and the desired postsynaptic ones.
struct Moment {
  double time = 0;
  std::vector<Count> pre = {}, post = {}, target = {};
};

/// Hard bounds, or none.
struct Cut {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();

  double operator()(double w) const { return std::min(upper, std::max(lower, w)); }
};

/// All spikes so far of some neurons.
struct Trains {
  std::vector<std::vector<double>> of;

  explicit Trains(Count neurons = 0) : of(std::size_t(neurons)) {}
  const std::vector<double>& operator[](Count neuron) const { return of[std::size_t(neuron)]; }
  void add(const std::vector<Count>& neurons, double time) {
    for (const Count neuron : neurons) of[std::size_t(neuron)].push_back(time);
  }
  /// The last spike, or minus infinity.
  double last(Count neuron) const {
    return (*this)[neuron].empty() ? -std::numeric_limits<double>::infinity()
                                   : (*this)[neuron].back();
  }
  /// The sum over spikes of exp(-(now - spike) / tau), over all or the last.
  double trace(Count neuron, double now, double tau, bool nearest = false) const {
    if (nearest) return std::exp((last(neuron) - now) / tau);
    double result = 0;
    for (const double spike : (*this)[neuron]) result += std::exp((spike - now) / tau);
    return result;
  }
};

/// Pair STDP: which pairs count, and how changes depend on the weight.
struct PairStdp {
  enum class Scheme { all, nearest, pre_centred, reduced };
  enum class Dependence { additive, proportional, multiplicative, power };

  double a_plus, a_minus, tau_plus, tau_minus;
  Scheme scheme;
  Dependence dependence;
  double exponent, soft_upper;  ///< of a power law; of soft bounds
  Cut cut;
  Table w;
  Trains pre, post;

  double potentiation(double weight) const {
    const double left = 1 - weight / soft_upper;
    if (dependence == Dependence::multiplicative) return left;
    if (dependence == Dependence::power)
      return left <= 0 && exponent > 0 ? 0 : std::pow(left, exponent);
    return 1;
  }
  double depression(double weight) const {
    const double share = weight / soft_upper;
    if (dependence == Dependence::proportional) return weight;
    if (dependence == Dependence::multiplicative) return share;
    if (dependence == Dependence::power)
      return share <= 0 && exponent > 0 ? 0 : std::pow(share, exponent);
    return 1;
  }

  /// The sum over the pairs that a postsynaptic spike at `now` closes.
  double causal(Count i, Count j, double now) const {
    double result = 0;
    for (const double spike : pre[j]) {
      const bool last = spike == pre.last(j);
      const bool counts = scheme == Scheme::all || (scheme == Scheme::nearest && last) ||
                          (scheme == Scheme::pre_centred && spike >= post.last(i)) ||
                          (scheme == Scheme::reduced && last && spike >= post.last(i));
      if (counts) result += std::exp((spike - now) / tau_plus);
    }
    return result;
  }
  /// The sum over the pairs that a presynaptic spike at `now` closes.
  double anticausal(Count i, Count j, double now) const {
    double result = 0;
    for (const double spike : post[i]) {
      const bool last = spike == post.last(i);
      const bool counts =
          scheme == Scheme::all || (last && (scheme != Scheme::reduced || spike >= pre.last(j)));
      if (counts) result += std::exp((spike - now) / tau_minus);
    }
    return result;
  }

  /// Calls deliver(i, j, weight) where a presynaptic spike arrives.
  template <typename Deliver>
  void step(const Moment& moment, const Deliver& deliver) {
    for (const Count i : moment.post)
      for (Count j = 0; j < w.cols; ++j)
        w(i, j) = cut(w(i, j) + a_plus * potentiation(w(i, j)) * causal(i, j, moment.time));
    for (const Count j : moment.pre)
      for (Count i = 0; i < w.rows; ++i) {
        deliver(i, j, w(i, j));
        w(i, j) = cut(w(i, j) - a_minus * depression(w(i, j)) * anticausal(i, j, moment.time));
      }
    pre.add(moment.pre, moment.time), post.add(moment.post, moment.time);
  }
  void step(const Moment& moment) {
    step(moment, [](Count, Count, double) {});
  }
  void forget() { pre = Trains(w.cols), post = Trains(w.rows); }
};

/// w += r1 (A2+ + A3+ o2) at a postsynaptic spike, w -= o1 (A2- + A3- r2) at a presynaptic one.
struct Triplet {
  double a2_plus, a3_plus, a2_minus, a3_minus, tau_x, tau_y, tau_plus, tau_minus;
  bool nearest;
  Cut cut;
  Table w;
  Trains pre, post;

  void step(const Moment& m) {
    for (const Count i : m.post)
      for (Count j = 0; j < w.cols; ++j)
        w(i, j) = cut(w(i, j) + pre.trace(j, m.time, tau_plus, nearest) *
                                    (a2_plus + a3_plus * post.trace(i, m.time, tau_y, nearest)));
    for (const Count j : m.pre)
      for (Count i = 0; i < w.rows; ++i)
        w(i, j) = cut(w(i, j) - post.trace(i, m.time, tau_minus, nearest) *
                                    (a2_minus + a3_minus * pre.trace(j, m.time, tau_x, nearest)));
    pre.add(m.pre, m.time), post.add(m.post, m.time);
  }
  void forget() { pre = Trains(w.cols), post = Trains(w.rows); }
};

/// J.-P. Pfister & W. Gerstner, J. Neurosci. 26:9673-9682 (2006), tables 3 and 4: A2+, A3+, A2-,
/// A3-, tau_x, tau_y. A dash in the tables is the time constant of the full set here; its amplitude
/// is 0.
inline constexpr double published_triplets[8][6] = {
    {5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125},     // visual cortex, all to all, full
    {0, 6.5e-3, 7.1e-3, 0, 101, 114},            // and minimal
    {8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714, 40},  // visual cortex, nearest, full
    {0, 5e-2, 8e-3, 0, 714, 40},                 // and minimal
    {6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946, 27},   // hippocampus, all to all, full
    {5.3e-3, 8e-3, 3.5e-3, 0, 946, 40},          // and minimal
    {4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575, 47},     // hippocampus, nearest, full
    {4.6e-3, 9.1e-3, 3e-3, 0, 575, 48}};         // and minimal
inline constexpr double published_tau_plus = 16.8, published_tau_minus = 33.7;

/// w += eta (y - 2 rho tau) at a presynaptic spike, w += eta x at a postsynaptic one.
struct Inhibitory {
  double eta, target_hz, tau;
  Cut cut;
  Table w;
  Trains pre, post;

  void step(const Moment& m) {
    for (const Count i : m.post)
      for (Count j = 0; j < w.cols; ++j) w(i, j) = cut(w(i, j) + eta * pre.trace(j, m.time, tau));
    const double expected = 2 * target_hz * tau * 1e-3;
    for (const Count j : m.pre)
      for (Count i = 0; i < w.rows; ++i)
        w(i, j) = cut(w(i, j) + eta * (post.trace(i, m.time, tau) - expected));
    pre.add(m.pre, m.time), post.add(m.post, m.time);
  }
  void forget() { pre = Trains(w.cols), post = Trains(w.rows); }
};

/// Orchestrated plasticity:
///
///   at a postsynaptic spike   w += A z+_j zslow_i - (1 - exp(-beta z-_i^3)) (w - ref)
///   at a presynaptic spike    w += delta - B z-_i,  B constant or amplitude (rate_i / target)^2
///   every consolidation step  ref += (step / tau) (w - ref - P ref (w_P / 2 - ref) (w_P - ref))
///
/// all traces and the rate as just before the moment's spikes.
struct Orchestrated {
  double a, beta, delta, potential, well, tau_plus, tau_minus, tau_slow, tau_consolidation, every;
  double depression;
  bool rate_dependent;
  double target_hz, tau_rate;
  Cut cut;
  Table w, reference;
  Trains pre, post;
  Table counted;  ///< the trace of the postsynaptic spikes of past sequences, as at the
                  ///< beginning of this one
  bool began = false;
  double consolidated = 0, begin = 0, last = 0;

  /// The mean rate times its time constant, just before the spikes of a moment.
  double mean(Count i, double now) const {
    return counted(i) * std::exp((begin - now) / tau_rate) + post.trace(i, now, tau_rate);
  }
  double strength(Count i, double now) const {
    if (!rate_dependent) return depression;
    const double hz = mean(i, now) / (tau_rate * 1e-3);
    return depression * hz * hz / (target_hz * target_hz);
  }

  void step(const Moment& m) {
    if (!began) consolidated = begin = m.time;
    began = true;
    last = m.time;
    for (; m.time - consolidated >= every; consolidated += every)
      for (std::size_t n = 0; n < w.data.size(); ++n) {
        double& r = reference.data[n];
        r += every / tau_consolidation *
             (w.data[n] - r - potential * r * (well / 2 - r) * (well - r));
      }
    for (const Count i : m.post) {
      const double z = post.trace(i, m.time, tau_minus), slow = post.trace(i, m.time, tau_slow);
      for (Count j = 0; j < w.cols; ++j)
        w(i, j) = cut(w(i, j) + a * slow * pre.trace(j, m.time, tau_plus) -
                      (1 - std::exp(-beta * z * z * z)) * (w(i, j) - reference(i, j)));
    }
    for (const Count j : m.pre)
      for (Count i = 0; i < w.rows; ++i)
        w(i, j) = cut(w(i, j) + delta - strength(i, m.time) * post.trace(i, m.time, tau_minus));
    pre.add(m.pre, m.time), post.add(m.post, m.time);
  }
  /// The mean rate is kept over sequences. The time between sequences does not count.
  void forget() {
    if (began)
      for (Count i = 0; i < w.rows; ++i) counted(i) = mean(i, last);
    pre = Trains(w.cols), post = Trains(w.rows), began = false;
  }
};

/// dc/dt = -c / tau_c + zeta, dw/dt = eta c (d - b), zeta = A+ r_j S_i - A- o_i S_j; eta per
/// second.
///
/// Bounds act at settlings: on request, and at a moment that is tau_c or more after the last.
struct RewardStdp {
  enum class Reward { dopamine, held, immediate };

  double eta, a_plus, a_minus, tau_plus, tau_minus, tau_c;
  Reward reward;
  double tau_d, baseline;  ///< of dopamine
  Cut cut;
  Table w, c;
  Trains pre, post;
  double d = 0, time = 0, settled = 0;
  bool began = false;

  void step(const Moment& m) {
    if (!began) time = settled = m.time;
    began = true;
    const double elapsed = m.time - time;
    time = m.time;
    if (reward != Reward::immediate) {
      // The integral of (d - b) exp(-s / tau_c) over the time that passed.
      const double rate = 1 / tau_c + (reward == Reward::dopamine ? 1 / tau_d : 0);
      double integral = d * (1 - std::exp(-elapsed * rate)) / rate;
      if (reward == Reward::dopamine)
        integral -= baseline * tau_c * (1 - std::exp(-elapsed / tau_c));
      for (std::size_t n = 0; n < w.data.size(); ++n) {
        w.data[n] += eta * 1e-3 * c.data[n] * integral;
        c.data[n] *= std::exp(-elapsed / tau_c);
      }
      if (reward == Reward::dopamine) d *= std::exp(-elapsed / tau_d);
    }
    if (time - settled >= tau_c) settle();
    for (const Count i : m.post)
      for (Count j = 0; j < w.cols; ++j) mark(i, j, a_plus * pre.trace(j, time, tau_plus));
    for (const Count j : m.pre)
      for (Count i = 0; i < w.rows; ++i) mark(i, j, -a_minus * post.trace(i, time, tau_minus));
    pre.add(m.pre, time), post.add(m.post, time);
  }
  void give(double amount) { d = reward == Reward::dopamine ? d + amount : amount; }
  void settle() {
    for (double& weight : w.data) weight = cut(weight);
    settled = time;
  }
  void forget() {
    pre = Trains(w.cols), post = Trains(w.rows), c = Table(w.rows, w.cols), d = 0, began = false;
  }

 private:
  void mark(Count i, Count j, double zeta) {
    if (reward == Reward::immediate)
      w(i, j) = cut(w(i, j) + eta * d * zeta);
    else
      c(i, j) += zeta;
  }
};

}  // namespace oracle
