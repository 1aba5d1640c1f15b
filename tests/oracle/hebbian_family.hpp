/// @file
/// Oracle of the Hebbian rules: the change d that each requests in a step, before the optimiser.
///
/// x is pre x columns, y is post x columns, w is post x pre, <.> the mean over columns.
#pragma once

#include "tests/oracle/support.hpp"

namespace oracle {

/// <term(i, j, c)> for every synapse.
template <typename Term>
Table mean_over_columns(const Table& x, const Table& y, const Term& term) {
  return tabulate(y.rows, x.rows, [&](Count i, Count j) {
    return sum(x.cols, [&](Count c) { return term(i, j, c); }) / double(x.cols);
  });
}

inline double row_mean(const Table& a, Count i) {
  return sum(a.cols, [&](Count c) { return a(i, c); }) / double(a.cols);
}

/// <y x>
inline Table hebbian(const Table& x, const Table& y) {
  return mean_over_columns(x, y, [&](Count i, Count j, Count c) { return y(i, c) * x(j, c); });
}

/// <y x - alpha y^2 w>
inline Table oja(const Table& x, const Table& y, const Table& w, double alpha) {
  return mean_over_columns(x, y, [&](Count i, Count j, Count c) {
    return y(i, c) * x(j, c) - alpha * y(i, c) * y(i, c) * w(i, j);
  });
}

/// <y (x - w)>
inline Table instar(const Table& x, const Table& y, const Table& w) {
  return mean_over_columns(
      x, y, [&](Count i, Count j, Count c) { return y(i, c) * (x(j, c) - w(i, j)); });
}

/// <y_i (x_j - sum over k of y_k w_kj)>, the sum over all neurons, or over those up to i (Sanger).
inline Table reconstructing(const Table& x, const Table& y, const Table& w, bool triangular) {
  Table d(w.rows, w.cols);
  for (Count c = 0; c < x.cols; ++c)
    for (Count j = 0; j < w.cols; ++j) {
      const double all = sum(w.rows, [&](Count k) { return y(k, c) * w(k, j); });
      double upto = 0;
      for (Count i = 0; i < w.rows; ++i) {
        upto += y(i, c) * w(i, j);
        d(i, j) += y(i, c) * (x(j, c) - (triangular ? upto : all)) / double(x.cols);
      }
    }
  return d;
}

/// Means over columns and updates: exact averages of the batches so far up to tau updates,
/// exponential ones after that.
struct RunningMean {
  double tau;
  Count updates = 0;
  Table mean = {};

  /// Advances, and returns x less its mean.
  Table centre(const Table& x) {
    if (updates == 0) mean = Table(x.rows);
    const double count = double(++updates), rate = count < tau ? 1 / count : 1 / tau;
    for (Count j = 0; j < x.rows; ++j) mean(j) = (1 - rate) * mean(j) + rate * row_mean(x, j);
    return tabulate(x.rows, x.cols, [&](Count j, Count c) { return x(j, c) - mean(j); });
  }
};

/// <(y - ybar)(x - xbar)>, either mean of which may be left out.
struct Covariance {
  bool on_pre, on_post;
  RunningMean pre, post;

  Table step(const Table& x, const Table& y) {
    return hebbian(on_pre ? pre.centre(x) : x, on_post ? post.centre(y) : y);
  }
};

/// <y (y - theta) x>, with `law_cooper` divided by theta, which then has a floor.
struct Bcm {
  bool law_cooper;
  double smallest_threshold, tau;
  Table theta;

  Table step(const Table& x, const Table& y) {
    const Table d = mean_over_columns(x, y, [&](Count i, Count j, Count c) {
      const double phi = y(i, c) * (y(i, c) - theta(i));
      return x(j, c) * (law_cooper ? phi / std::fmax(theta(i), smallest_threshold) : phi);
    });
    for (Count i = 0; i < y.rows; ++i) {
      const double power = sum(y.cols, [&](Count c) { return y(i, c) * y(i, c); }) / double(y.cols);
      theta(i) += (power - theta(i)) / tau;
    }
    return d;
  }
};

/// w ((a* - a) + gamma sum over updates of (a* - a)).
struct HomeostaticScaling {
  double target_rate, tau, gain;
  Table activity, error_sum;

  Table step(const Table& y, const Table& w) {
    for (Count i = 0; i < y.rows; ++i) {
      activity(i) += (row_mean(y, i) - activity(i)) / tau;
      error_sum(i) += target_rate - activity(i);
    }
    return tabulate(w.rows, w.cols, [&](Count i, Count j) {
      return w(i, j) * (target_rate - activity(i) + gain * error_sum(i));
    });
  }
};

/// <x(t-1) dy>, <dx dy> or <dx dy> - w.
struct DifferentialHebbian {
  bool of_pre;
  double decay;
  Table previous_x = {}, previous_y = {};

  Table step(const Table& x, const Table& y, const Table& w) {
    if (previous_x.empty()) previous_x = x, previous_y = y;
    const Table d = mean_over_columns(x, y, [&](Count i, Count j, Count c) {
      const double side = of_pre ? x(j, c) - previous_x(j, c) : previous_x(j, c);
      return side * (y(i, c) - previous_y(i, c)) - decay * w(i, j);
    });
    previous_x = x, previous_y = y;
    return d;
  }
};

}  // namespace oracle
