/// @file
/// Oracle of anti-Hebbian lateral weights.
#pragma once

#include "tests/oracle/hebbian_family.hpp"

namespace oracle {

/// w_ij -= eta <y_i y_j - p^2>, w <= 0, no self-connection; t_i += gamma <y_i - p>.
struct Foldiak {
  double eta, gamma, p, slope;
  Table w, threshold;

  void step(const Table& y) {
    for (Count j = 0; j < w.cols; ++j)
      for (Count i = 0; i < w.rows; ++i) {
        const double together = sum(y.cols, [&](Count c) { return y(i, c) * y(j, c); });
        w(i, j) = i == j ? 0 : std::fmin(0, w(i, j) - eta * (together / double(y.cols) - p * p));
      }
    for (Count i = 0; i < w.rows; ++i) threshold(i) += gamma * (row_mean(y, i) - p);
  }

  /// dy/dt = f(drive + w y - t) - y by Euler steps, f(u) = 1 / (1 + exp(-slope u)); active above
  /// 1/2.
  Table respond(const Table& drive, Count steps, double dt) const {
    Table y(drive.rows, drive.cols);
    for (Count n = 0; n < steps; ++n) {
      const Table before = y;
      for (Count c = 0; c < y.cols; ++c)
        for (Count i = 0; i < y.rows; ++i) {
          const double input = drive(i, c) - threshold(i) +
                               sum(y.rows, [&](Count k) { return w(i, k) * before(k, c); });
          y(i, c) += dt * (1 / (1 + std::exp(-slope * input)) - before(i, c));
        }
    }
    for (double& value : y.data) value = value > 0.5 ? 1 : 0;
    return y;
  }
};

/// -<y_i y_j> off the diagonal.
inline Table linear_anti_hebbian(const Table& y) {
  Table d = hebbian(y, y);
  for (Count j = 0; j < d.cols; ++j)
    for (Count i = 0; i < d.rows; ++i) d(i, j) = i == j ? 0 : -d(i, j);
  return d;
}

}  // namespace oracle
