/// @file
/// Oracle of equilibrium propagation:
///
///   s_k <- clip(s_k + eps (rho'(s_k) (W_k s_{k-1} + b_k + B_k s_{k+1}) - s_k + [output] beta (y -
///   s_k)), 0, 1), all at once,
///
/// with B_k = W_{k+1}^T or weights of its own.
#pragma once

#include "tests/oracle/backpropagation.hpp"

namespace oracle {

struct EquilibriumPropagation {
  double epsilon;
  bool open;             ///< rho' = 0 at the borders
  Tables feedback = {};  ///< of hidden layer k, where it has weights of its own

  /// The states after each step, from `states` on; stops in a block when no state moves by more
  /// than `tolerance`.
  std::vector<Tables> settle(const Layers& layers, const Table& x, const Table& y, Tables states,
                             Count most, double tolerance, double beta) const {
    std::vector<Tables> path{states};
    std::vector<bool> stopped(std::size_t(x.cols), false);
    for (Count t = 0; t < most; ++t) {
      const Tables before = states;
      std::vector<double> largest(std::size_t(x.cols), 0.0);
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        const Table drive = layers.drive_of(k, k == 0 ? x : before[k - 1]);
        Table back(drive.rows, drive.cols);
        if (k < layers.hidden())
          back = feedback.empty() ? layers.back(k + 1, before[k + 1])
                                  : product(feedback[k], before[k + 1]);
        for (Count c = 0; c < x.cols; ++c)
          for (Count i = 0; i < drive.rows; ++i) {
            if (stopped[std::size_t(c)]) continue;
            const double s = before[k](i, c);
            const double slope = open && (s <= 0 || s >= 1) ? 0 : 1;
            double next = s + epsilon * (slope * (drive(i, c) + back(i, c)) - s);
            if (k == layers.hidden()) next += epsilon * beta * (y(i, c) - s);
            next = std::fmin(1, std::fmax(0, next));
            double& block = largest[std::size_t(block_of(c, x.cols))];
            block = std::fmax(block, std::fabs(next - s));
            states[k](i, c) = next;
          }
      }
      for (Count c = 0; c < x.cols; ++c)
        if (largest[std::size_t(block_of(c, x.cols))] <= tolerance) stopped[std::size_t(c)] = true;
      path.push_back(states);
    }
    return path;
  }
};

/// What a pair of layers changes by between the negative and the positive end: `scale` sum of
/// `term` over phases, where each phase is the path of (pre, post), with `sign` 1 towards the
/// target and -1 away from it.
struct Contrast {
  enum class Kind { ends, symmetric_changes, one_sided_ends, one_sided_changes };

  Kind kind;
  Table sum = {};

  void add(double factor, const Tables& pre, const Tables& post) {
    const auto product_of = [&](double share, const Table& a, const Table& b) {
      const Table d = mean_outer(a, b);
      if (sum.empty()) sum = Table(d.rows, d.cols);
      for (std::size_t n = 0; n < d.data.size(); ++n) sum.data[n] += factor * share * d.data[n];
    };
    switch (kind) {
      case Kind::ends:
        product_of(1, post.back(), pre.back());
        product_of(-1, post.front(), pre.front());
        return;
      case Kind::one_sided_ends:
        product_of(1, minus(post.back(), post.front()), pre.front());
        return;
      default:
        for (std::size_t t = 0; t + 1 < pre.size(); ++t) {
          const Table moved = minus(post[t + 1], post[t]);
          if (kind == Kind::one_sided_changes) {
            product_of(1, moved, pre[t]);
            continue;
          }
          product_of(0.5, moved, pre[t]), product_of(0.5, moved, pre[t + 1]);
          const Table moved_pre = minus(pre[t + 1], pre[t]);
          product_of(0.5, post[t], moved_pre), product_of(0.5, post[t + 1], moved_pre);
        }
    }
  }
};

}  // namespace oracle
