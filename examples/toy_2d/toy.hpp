/// @file
/// A linear unit with two inputs: one that persists and one that fluctuates.
///
/// Parallel sequences of points (x, y): x = +-1 + 0.1 n with a sign that flips with probability p
/// from one step to the next, y = sigma_y n, where n is standard normal noise. All units of a sweep
/// learn from the same batches.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/core/types.hpp"

namespace example {

using namespace hebb;

using Pair = Eigen::Vector2d;
using Square = Eigen::Matrix2d;

/// Points of a batch, x and y / sigma_y.
using PointRows = Eigen::Matrix<double, Eigen::Dynamic, 2>;

/// Second moments of a batch. The change of a linear unit, a mean over samples of products of
/// z = w.q, depends on the batch through these moments alone. They are computed once per step for
/// all units, so that the cost of a unit's step does not depend on the batch size.
struct Moments {
  Square second;      ///< <q q^T>
  Square lagged;      ///< <q q'^T>, with q' the point before q
  Square covariance;  ///< unbiased
};

inline Moments moments_of(const PointRows& now, const PointRows& before) {
  const double n = double(now.rows());
  Moments moments;
  Pair mean;
  for (int i = 0; i < 2; ++i) {
    mean(i) = now.col(i).mean();
    for (int j = 0; j < 2; ++j) {
      moments.second(i, j) = now.col(i).dot(now.col(j)) / n;
      moments.lagged(i, j) = now.col(i).dot(before.col(j)) / n;
    }
  }
  moments.covariance = n / (n - 1) * (moments.second - mean * mean.transpose());
  return moments;
}

/// Noise of one step, shared by the sequences of every p.
struct Noise {
  PointRows normal;
  Vector<double> uniform;

  void draw(const Random& random, Index batch) {
    Random stream = random;
    normal = stream.normal<double>(batch, 2);
    uniform = stream.uniform<double>(batch, 1);
  }
};

/// A batch of sequences that flip with probability p, half of them starting in either cluster.
struct Sequences {
  double flip = 0;
  Vector<double> sign;
  PointRows now, before;

  Sequences(double flip_, Index batch) : flip(flip_), sign(batch), now(batch, 2), before(batch, 2) {
    for (Index b = 0; b < batch; ++b) sign(b) = 2 * b < batch ? 1 : -1;
  }

  void begin(const Noise& noise) {
    now.col(0) = sign + 0.1 * noise.normal.col(0);
    now.col(1) = noise.normal.col(1);
  }

  void advance(const Noise& noise) {
    before.swap(now);
    sign = (noise.uniform.array() < flip).select(-sign, sign);
    begin(noise);
  }
};

enum class Rule { Lpl, Hebbian, Predictive, Oja, Naive, Hinge };

constexpr double variance_floor = 1e-8;

/// A linear unit that learns from points with y = sigma_y n.
struct Unit {
  Rule rule = Rule::Lpl;
  double sigma_y = 1, weight_decay = 0.15;
  Pair w = Pair::Zero();
  double largest_eta = 1e-2;

  double eta() const { return std::min(largest_eta, largest_eta / sigma_y); }

  /// One step. The batch holds y / sigma_y, so the response uses weights scaled by sigma_y, and the
  /// change is scaled in the same way.
  void learn(const Moments& batch) {
    const Pair u(w.x(), sigma_y * w.y());
    double forgetting = weight_decay;
    const Pair d = change(batch, u, forgetting);
    w += eta() * (Pair(d.x(), sigma_y * d.y()) - forgetting * w);
  }

 private:
  Pair change(const Moments& batch, const Pair& u, double& forgetting) const {
    const Pair spread = batch.covariance * u;
    const double variance = u.dot(spread) + variance_floor;
    const auto prediction = [&]() -> Pair {
      return 2 * (batch.lagged - batch.second) * u;
    };  // minus the gradient of <(z - z')^2>
    switch (rule) {
      case Rule::Lpl:
        return prediction() + 2 / variance * spread;
      case Rule::Hebbian:
        return 2 / variance * spread;
      case Rule::Predictive:
        return prediction();
      case Rule::Naive:
        return prediction() + 2 * spread;
      case Rule::Hinge:
        return variance < 1 ? Pair(prediction() + spread / std::sqrt(variance)) : prediction();
      case Rule::Oja:
        const Pair drive = batch.second * u;
        forgetting += u.dot(drive);
        return drive;
    }
    return Pair::Zero();
  }
};

/// A unit after learning.
struct Outcome {
  /// Distance between the mean responses to the two clusters, divided by the range of responses.
  double selectivity;
  double alignment;  ///< |w_x| / |w|
  double norm;       ///< |w|: a collapsed unit shows here, not in the other two, which are ratios
};

/// Points for the measurement, not used for learning: the first half of the rows from one cluster,
/// the second half from the other.
inline PointRows fresh_points(const Random& random, Index per_cluster = 5000) {
  Noise noise;
  noise.draw(random, 2 * per_cluster);
  Sequences sequences(0, 2 * per_cluster);
  sequences.begin(noise);
  return sequences.now;
}

inline Outcome measure(const Unit& unit, const PointRows& points) {
  const Vector<double> z = points * Pair(unit.w.x(), unit.sigma_y * unit.w.y());
  const Index half = z.size() / 2;
  return {std::abs(z.head(half).mean() - z.tail(half).mean()) / (z.maxCoeff() - z.minCoeff()),
          std::abs(unit.w.x()) / unit.w.norm(), unit.w.norm()};
}

/// Fixed points of the mean dynamics. Along x the variance is 1.01, and 0.01 + 2p of it changes
/// from step to step.
struct ClosedForm {
  double weight_decay = 0.15;

  double lpl(double p = 0) const { return 1 / std::sqrt(0.01 + 2 * p + weight_decay / 2); }
  double hebbian() const { return 1 / std::sqrt(weight_decay / 2); }
  double oja(double sigma_y) const {
    return std::sqrt(std::max(0.0, 1 - weight_decay / std::max(1.01, sigma_y * sigma_y)));
  }
  static double hinge() { return 1 / std::sqrt(1.01); }
  static double variance_switch() { return std::sqrt(1.01); }
  /// x is preferred while 1.01 / (0.01 + 2p + weight_decay / 2) > 1 / (1 + weight_decay / 2), at
  /// sigma_y = 1.
  double flip_switch() const {
    return (1.01 * (1 + weight_decay / 2) - 0.01 - weight_decay / 2) / 2;
  }
  double lpl_at_equal_variance(double p) const {
    return p < flip_switch() ? lpl(p) : 1 / std::sqrt(1 + weight_decay / 2);
  }
};

}  // namespace example
