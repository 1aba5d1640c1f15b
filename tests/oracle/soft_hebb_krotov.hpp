/// @file
/// Oracle of competitive learning: SoftHebb, and the rule of Krotov and Hopfield.
#pragma once

#include "tests/oracle/support.hpp"

namespace oracle {

/// <s y (x - u w)> with y = softmax(u / T), times ||w| - 1|^power where the rate is adaptive.
struct SoftHebb {
  double temperature;
  bool anti;     ///< s = -1 for all but the winner
  double power;  ///< 0: the rate is constant

  Table step(const Table& x, const Table& u, const Table& w) const {
    Table d(w.rows, w.cols);
    for (Count c = 0; c < x.cols; ++c) {
      Count winner = 0;
      for (Count i = 1; i < u.rows; ++i)
        if (u(i, c) > u(winner, c)) winner = i;
      double total = 0;
      for (Count i = 0; i < u.rows; ++i) total += std::exp(u(i, c) / temperature);
      for (Count i = 0; i < w.rows; ++i) {
        const double share = std::exp(u(i, c) / temperature) / total;
        const double g = anti && i != winner ? -share : share;
        for (Count j = 0; j < w.cols; ++j)
          d(i, j) += g * (x(j, c) - u(i, c) * w(i, j)) / double(x.cols);
      }
    }
    for (Count i = 0; i < w.rows && power > 0; ++i) {
      const double length = std::sqrt(sum(w.cols, [&](Count j) { return w(i, j) * w(i, j); }));
      for (Count j = 0; j < w.cols; ++j) d(i, j) *= std::pow(std::fabs(length - 1), power);
    }
    return d;
  }
};

/// <g (x - h w)>, g = 1 for the largest h and -delta for the rank-th largest.
struct KrotovHopfield {
  double delta, p;
  Count rank;

  Table overlap(const Table& x, const Table& w) const {
    return tabulate(w.rows, x.cols, [&](Count i, Count c) {
      return sum(w.cols, [&](Count j) {
        const double size = std::pow(std::fabs(w(i, j)), p - 1);
        return (w(i, j) < 0 ? -size : size) * x(j, c);
      });
    });
  }

  Table step(const Table& x, const Table& h, const Table& w) const {
    Table d(w.rows, w.cols);
    for (Count c = 0; c < x.cols; ++c)
      for (Count i = 0; i < w.rows; ++i) {
        Count before = 0;  // neurons with a larger overlap
        for (Count k = 0; k < w.rows; ++k) before += h(k, c) > h(i, c);
        const double g = before == 0 ? 1 : before == rank - 1 ? -delta : 0;
        for (Count j = 0; j < w.cols; ++j)
          d(i, j) += g * (x(j, c) - h(i, c) * w(i, j)) / double(x.cols);
      }
    return d;
  }
};

/// d divided by its largest entry, or by `smallest` where that is larger.
inline Table of_unit_size(Table d, double smallest) {
  double largest = smallest;
  for (const double x : d.data) largest = std::fmax(largest, std::fabs(x));
  for (double& x : d.data) x /= largest;
  return d;
}

}  // namespace oracle
