/// @file
/// Oracle of the optimisers, of learning-rate schedules, of bounds, and of normalisations.
#pragma once

#include <algorithm>
#include <numbers>

#include "tests/oracle/support.hpp"

namespace oracle {

/// Constant, or a linear warm-up and then half a cosine down to a floor.
struct Schedule {
  Count warmup = 0, total = 0;
  double floor = 0;

  double at(Count step) const {
    if (step < warmup) return double(step + 1) / double(warmup);
    if (total <= warmup) return 1;
    if (step >= total) return floor;
    const double share = double(step - warmup) / double(total - warmup);
    return floor + (1 - floor) * (1 + std::cos(std::numbers::pi * share)) / 2;
  }
};

/// Any optimiser, with any of its options.
///
/// d = change - decay W; clipped to a norm; d -= weight_decay W; then
///   plain:    W += eta d
///   momentum: V = momentum V + d,  W += eta V
///   adam:     M = b1 M + (1 - b1) d,  V = b2 V + (1 - b2) d^2,
///             W += eta (M / (1 - b1^t)) / (sqrt(V / (1 - b2^t)) + epsilon) - eta decoupled_decay W
/// and at last the bounds.
struct Optimizer {
  enum class Kind { plain, momentum, adam };
  static constexpr double none = std::numeric_limits<double>::infinity();

  Kind kind = Kind::plain;
  double momentum = 0.9, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0, decoupled_decay = 0;
  Schedule schedule = {};
  double longest = none;               ///< norm to which d is clipped
  double lower = -none, upper = none;  ///< bounds
  Count step = 0;
  Table first = {}, second = {};  ///< velocity, or the two moments

  void apply(Table& w, Table d, double eta) {
    if (first.empty()) first = second = Table(w.rows, w.cols);
    double squares = 0;
    for (const double x : d.data) squares += x * x;
    const double norm = std::sqrt(squares);
    const double rate = eta * schedule.at(step), t = double(++step);
    for (std::size_t n = 0; n < w.data.size(); ++n) {
      double x = d.data[n];
      if (norm > longest) x *= longest / norm;
      x -= weight_decay * w.data[n];
      double change = 0;
      switch (kind) {
        case Kind::plain:
          change = rate * x;
          break;
        case Kind::momentum:
          first.data[n] = momentum * first.data[n] + x;
          change = rate * first.data[n];
          break;
        case Kind::adam: {
          first.data[n] = beta1 * first.data[n] + (1 - beta1) * x;
          second.data[n] = beta2 * second.data[n] + (1 - beta2) * x * x;
          const double mean = first.data[n] / (1 - std::pow(beta1, t));
          const double square = second.data[n] / (1 - std::pow(beta2, t));
          change = rate * mean / (std::sqrt(square) + epsilon) - rate * decoupled_decay * w.data[n];
        }
      }
      w.data[n] = std::min(upper, std::max(lower, w.data[n] + change));
    }
  }

  static Optimizer random(Draw& draw) {
    Optimizer o;
    o.kind = Kind(draw.between(0, 2));
    o.momentum = draw.uniform(0, 0.95);
    o.beta1 = draw.uniform(0, 0.95);
    o.beta2 = draw.uniform(0.5, 0.999);
    o.epsilon = draw.scale(1e-4, 1);
    if (draw.chance(0.5)) o.weight_decay = draw.uniform(0, 0.5);
    if (draw.chance(0.5)) o.decoupled_decay = draw.uniform(0, 0.5);
    if (draw.chance(0.5))
      o.schedule = {draw.between(0, 3), draw.between(0, 6), draw.uniform(0, 0.9)};
    return o;
  }
};

/// Rows scaled to a p-norm; rows of zeros stay.
inline void normalize(Table& w, double p, double length) {
  for (Count i = 0; i < w.rows; ++i) {
    const double norm =
        std::pow(sum(w.cols, [&](Count j) { return std::pow(std::fabs(w(i, j)), p); }), 1 / p);
    for (Count j = 0; j < w.cols && norm > 0; ++j) w(i, j) *= length / norm;
  }
}

/// The same amount taken off every weight of a row, so that they add up to `total`.
inline void subtract_to(Table& w, double total) {
  for (Count i = 0; i < w.rows; ++i) {
    const double excess = (sum(w.cols, [&](Count j) { return w(i, j); }) - total) / double(w.cols);
    for (Count j = 0; j < w.cols; ++j) w(i, j) -= excess;
  }
}

}  // namespace oracle
