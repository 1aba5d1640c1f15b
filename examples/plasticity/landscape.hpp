/// @file
/// The losses of two clusters of activity as a function of the distance between them.
#pragma once

#include <cmath>

#include "hebb/core/random.hpp"
#include "hebb/rules/lpl.hpp"

namespace example {

using namespace hebb;

/// The losses of two Gaussian clusters at distance D, each of standard deviation D/4. Successive
/// samples are independent draws from the same cluster.
struct Landscape {
  double predictive, variance;

  /// The loss of latent predictive learning.
  double log_variance() const { return predictive - std::log(variance); }
  /// The same without the logarithm.
  double plain_variance() const { return predictive - variance; }
  double hinge() const { return predictive + std::max(0.0, 1 - std::sqrt(variance)); }
};

inline Landscape closed_form_landscape(double distance) {
  const double square = distance * distance;
  return {square / 8, square * (1.0 / 4 + 1.0 / 16)};
}

/// A batch of pairs of successive samples from both clusters, whose losses the library computes.
class Clusters {
 public:
  explicit Clusters(const Random& random, Index members = 4000)
      : now_(1, 8 * members), before_(1, 8 * members) {
    // Every pair of deviations (a, b) appears with all four combinations of signs in both clusters,
    // so that the moments are exact.
    Matrix<double> deviation = Random(random).normal<double>(1, members);
    deviation *= 0.25 * std::sqrt(double(members)) / deviation.norm();
    Index column = 0;
    for (Index i = 0; i < members; ++i)
      for (const double centre : {-0.5, 0.5})
        for (const double a : {-deviation(i), deviation(i)})
          for (const double b : {-deviation((i + 1) % members), deviation((i + 1) % members)}) {
            now_(column) = centre + a;
            before_(column++) = centre + b;
          }
  }

  Landscape at(double distance) const {
    const Lpl<double> rule{{.epsilon = 1e-12}};
    const Matrix<double> rate = distance * now_, previous = distance * before_,
                         gain = Matrix<double>::Ones(1, now_.cols());
    const auto loss = rule.loss(Response<double>(rate, gain), previous);
    const double columns = double(now_.cols());
    // The batch is the whole population: its variance is a sum divided by n, not n - 1.
    return {loss.predictive, std::exp(-loss.hebbian) * (columns - 1) / columns};
  }

 private:
  Matrix<double> now_, before_;  // at distance 1
};

/// The place of the only minimum of a loss between low and high, by golden section.
template <typename Loss>
double minimum(const Loss& loss, double low, double high) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  for (int i = 0; i < 60; ++i) {
    const double a = high - golden * (high - low), b = low + golden * (high - low);
    if (loss(a) < loss(b))
      high = b;
    else
      low = a;
  }
  return (low + high) / 2;
}

}  // namespace example
