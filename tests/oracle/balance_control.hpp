/// @file
/// Oracle of balance-controlled plasticity: pairs of an excitatory and an inhibitory neuron, and a
/// leaky proportional-integral controller.
///
///   u = kp eps + ki c,  c += dt (eps - leak c),  then from below, for each hidden layer
///   i += dt / tauI (a + g [e]+ - s B u - i),  e += dt / tauE (a - w [i]+ - e)
///   and for the output  o += dt / tauE (a + u - o)
#pragma once

#include "tests/oracle/backpropagation.hpp"

namespace oracle {

struct BalanceControl {
  double alpha, g, proportional, integral_gain, leak, dt, tau_e, tau_i;
  bool normalized, from_rate;
  Loss kind;
  Tables fixed = {};  ///< B_k of hidden layers; empty: the transposed Jacobian of the open loop
  Tables e = {}, i = {}, drive = {}, sent = {}, norms = {};

  double w() const { return alpha / (1 + (1 - alpha) * g); }

  static Table rectified(const Table& a) {
    return tabulate(a.rows, a.cols, [&](Count n, Count c) { return std::fmax(a(n, c), 0); });
  }

  /// The state without control, which becomes e, i and drive.
  void balance(const Layers& layers, const Table& x) {
    e = i = drive = Tables(layers.depth());
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      drive[k] = e[k] = i[k] = layers.drive_of(k, k == 0 ? x : rectified(e[k - 1]));
      if (k == layers.hidden()) return;
      for (double& one : e[k].data) one *= one > 0 ? 1 - alpha : 1;
      for (std::size_t n = 0; n < i[k].data.size(); ++n)
        i[k].data[n] += g * std::fmax(e[k].data[n], 0);
    }
  }

  /// Row n of the map of hidden layer k from the control to sample c's neurons.
  std::vector<Table> maps(const Layers& layers, std::size_t k, const Tables& active) const {
    std::vector<Table> all;
    for (Count c = 0; c < active[k].cols; ++c) {
      if (!fixed.empty()) {
        all.push_back(fixed[k]);
        continue;
      }
      Table map = transpose(layers.unbiased(layers.hidden()));
      for (std::size_t l = layers.hidden() - 1;; --l) {
        for (Count n = 0; n < map.rows; ++n)
          for (Count o = 0; o < map.cols; ++o) map(n, o) *= active[l](n, c);
        if (l == k) break;
        map = product(transpose(layers.unbiased(l)), map);
      }
      all.push_back(map);
    }
    return all;
  }

  void infer(const Layers& layers, const Table& x, const Table& y, Count most, double tolerance) {
    balance(layers, x);
    sent = e;
    Tables active;
    for (std::size_t k = 0; k < layers.hidden(); ++k)
      active.push_back(gains(Activation::relu, drive[k]));
    std::vector<std::vector<Table>> map;
    for (std::size_t k = 0; k < layers.hidden(); ++k) {
      map.push_back(maps(layers, k, active));
      for (Table& one : map.back()) {
        const double norm = std::sqrt(sum(Count(one.data.size()), [&](Count n) {
          return one.data[std::size_t(n)] * one.data[std::size_t(n)];
        }));
        if (normalized && norm > 0)
          for (double& entry : one.data) entry /= norm;
      }
      for (double& one : sent[k].data) one = 0;
    }
    for (double& one : sent.back().data) one = 0;
    Table c(y.rows, y.cols);
    norms = {norm_of(y)};
    std::vector<bool> stopped(std::size_t(x.cols), false);
    for (Count t = 0; t < most; ++t) {
      const Table eps = output_error(kind, e.back(), y);
      std::vector<double> largest(std::size_t(x.cols), 0.0);
      for (Count s = 0; s < x.cols; ++s) {
        if (stopped[std::size_t(s)]) continue;
        double& most_moved = largest[std::size_t(block_of(s, x.cols))];
        const auto go = [&](double& value, double way) {
          value += way;
          most_moved = std::fmax(most_moved, std::fabs(way));
        };
        for (Count o = 0; o < y.rows; ++o) {
          sent.back()(o, s) = proportional * eps(o, s) + integral_gain * c(o, s);
          go(c(o, s), dt * (eps(o, s) - leak * c(o, s)));
        }
        for (std::size_t k = 0; k < layers.depth(); ++k) {
          for (Count n = 0; k > 0 && n < drive[k].rows; ++n) {
            const Table& weights = layers.weights[k];
            drive[k](n, s) = weights(n, weights.cols - 1) + sum(weights.cols - 1, [&](Count m) {
                               return weights(n, m) * std::fmax(e[k - 1](m, s), 0);
                             });
          }
          for (Count n = 0; n < drive[k].rows; ++n) {
            double& soma = e[k](n, s);
            const double a = drive[k](n, s);
            if (k == layers.hidden()) {
              go(soma, dt / tau_e * (a + sent[k](n, s) - soma));
              continue;
            }
            const Table& to = map[k][std::size_t(s)];
            sent[k](n, s) = sum(y.rows, [&](Count o) { return to(n, o) * sent.back()(o, s); });
            double& other = i[k](n, s);
            go(other, dt / tau_i * (a + g * std::fmax(soma, 0) - sent[k](n, s) - other));
            go(soma, dt / tau_e * (a - w() * std::fmax(other, 0) - soma));
          }
        }
      }
      norms.push_back(norm_of(y));
      for (Count s = 0; s < x.cols; ++s)
        if (largest[std::size_t(block_of(s, x.cols))] <= tolerance) stopped[std::size_t(s)] = true;
    }
  }

  Table norm_of(const Table& y) const {
    const Table eps = output_error(kind, e.back(), y);
    return tabulate(y.cols, 1, [&](Count s, Count) {
      return std::sqrt(sum(y.rows, [&](Count o) { return eps(o, s) * eps(o, s); }));
    });
  }

  Table error(const Layers& layers, std::size_t k) const {
    if (k == layers.hidden()) return minus(e[k], drive[k]);
    return tabulate(e[k].rows, e[k].cols, [&](Count n, Count s) {
      const double balanced =
          from_rate ? alpha / (1 - alpha) * std::fmax(e[k](n, s), 0) : alpha * drive[k](n, s);
      return std::fmax(balanced, 0) - w() * std::fmax(i[k](n, s), 0);
    });
  }
};

}  // namespace oracle
