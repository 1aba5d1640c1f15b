/// @file
/// Oracle of spiking LPL: its difference equations, with the whole past kept.
///
///   dev = s_i[n-d] - m_i dt / tau_mean
///   err = lambda dev / (v_i + xi) + delta - phi (s_i[n-d] - s_i[n-prediction])
///   el += p_j[n-d] f'_i[n-d];  elf += (dt / tau_fall) (el - elf);  el *= exp(-dt / tau_rise)
///   acc += elf e2_i;  every window: w = cut(w + eta scale acc), acc = 0
///   p_j += (dt / tau_mem) (x_j - p_j);  v_i = (v_i + gain dev^2) exp(-dt / tau_var)
///   x_j = (x_j + s_j[n-d]) exp(-dt / tau_syn);  m_i = (m_i + s_i[n]) exp(-dt / tau_mean)
///   e1_i += (dt / tau_rise) (err - e1_i);  e2_i += (dt / tau_fall) (e1_i - e2_i)
#pragma once

#include "tests/oracle/stdp.hpp"

namespace oracle {

struct SpikingLpl {
  enum class Gradient { plain, augmented, layerwise };

  double dt, synapse, membrane, rise, fall, mean_tau, variance_tau;  ///< ms
  Count delay, prediction, window, priming;                          ///< steps
  double eta, phi, lambda, xi, delta;                                ///< delta per step
  double gain, scale, weight_decay;  ///< of the variance; of acc; per window
  Gradient gradient;
  double square_tau;
  double slope, threshold;
  Cut cut;
  Table connected, w;  ///< 1 where there is a synapse

  Count n = 0, began = 0;  ///< steps; the first of this sequence
  Table m = {}, v = {}, p = {}, x = {}, e1 = {}, e2 = {}, el = {}, elf = {}, acc = {}, square = {};
  std::vector<Table> p_past = {}, slope_past = {}, s_past = {};

  void begin() {
    m = v = Table(w.rows);
    square = Table(w.rows, w.cols);
    forget();
  }
  void forget() {
    e1 = e2 = Table(w.rows);
    p = x = Table(w.cols);
    el = elf = acc = Table(w.rows, w.cols);
    began = n;
  }

  void step(const Moment& moment, const Table& potential) {
    const auto past = [&](const std::vector<Table>& kept, Count i, Count ago) {
      return n - ago < began ? 0 : kept[std::size_t(n - ago)](i);
    };
    Table err(w.rows);
    for (Count i = 0; i < w.rows; ++i) {
      const double dev = past(s_past, i, delay) - m(i) * dt / mean_tau;
      err(i) = lambda * dev / (v(i) + xi) + delta -
               phi * (past(s_past, i, delay) - past(s_past, i, prediction));
      v(i) = (v(i) + gain * dev * dev) * std::exp(-dt / variance_tau);
      for (Count j = 0; j < w.cols; ++j) {
        el(i, j) += past(p_past, j, delay) * past(slope_past, i, delay);
        elf(i, j) += dt / fall * (el(i, j) - elf(i, j));
        el(i, j) *= std::exp(-dt / rise);
        acc(i, j) += elf(i, j) * e2(i);
      }
    }
    if (n % window == 0) apply();

    Table spikes(w.rows), slopes(w.rows);
    for (const Count i : moment.post) spikes(i) = 1;
    for (Count i = 0; i < w.rows; ++i) {
      const double distance = 1 + slope * std::fabs(potential(i) - threshold);
      slopes(i) = slope / (distance * distance);
    }
    p_past.push_back(p), slope_past.push_back(slopes), s_past.push_back(spikes);
    for (Count j = 0; j < w.cols; ++j) p(j) += dt / membrane * (x(j) - p(j));
    for (const Count j : moment.pre) x(j) += 1;
    for (Count j = 0; j < w.cols; ++j) x(j) *= std::exp(-dt / synapse);
    for (Count i = 0; i < w.rows; ++i) {
      m(i) = (m(i) + spikes(i)) * std::exp(-dt / mean_tau);
      e1(i) += dt / rise * (err(i) - e1(i));
      e2(i) += dt / fall * (e1(i) - e2(i));
    }
    ++n;
  }

 private:
  void apply() {
    const double keep = std::exp(-double(window) * dt / square_tau);
    double largest = 0;
    for (std::size_t k = 0; k < w.data.size(); ++k) {
      acc.data[k] *= scale * connected.data[k];
      square.data[k] = std::fmax(acc.data[k] * acc.data[k], keep * square.data[k]);
      largest = std::fmax(largest, square.data[k]);
    }
    for (std::size_t k = 0; k < w.data.size(); ++k) {
      const double divisor =
          gradient == Gradient::plain
              ? 1
              : std::sqrt(gradient == Gradient::augmented ? square.data[k] : largest);
      const double step = acc.data[k] == 0 ? 0 : acc.data[k] / divisor;
      if (n >= priming && connected.data[k] > 0)
        w.data[k] = cut(w.data[k] + eta * step - weight_decay * w.data[k]);
      acc.data[k] = 0;
    }
  }
};

}  // namespace oracle
