/// @file
/// The losses of two clusters against the distance between them.
#pragma once

#include <cmath>

#include "hebb/core/random.hpp"
#include "hebb/rules/lpl.hpp"

namespace example {

using namespace hebb;

/// What two Gaussian clusters at distance D, each D/4 wide, whose members follow each other at
/// random, cost.
struct Landscape {
  double predictive, variance;

  double log_variance() const {
    return predictive - std::log(variance);
  }  ///< what latent predictive learning descends
  double plain_variance() const { return predictive - variance; }  ///< without the logarithm
  double hinge() const { return predictive + std::max(0.0, 1 - std::sqrt(variance)); }
};

inline Landscape closed_form_landscape(double distance) {
  const double square = distance * distance;
  return {square / 8, square * (1.0 / 4 + 1.0 / 16)};
}

/// A batch of members of both clusters and of their followers, whose losses the library takes.
class Clusters {
 public:
  explicit Clusters(const Random& random, Index members = 4000)
      : now_(1, 8 * members), before_(1, 8 * members) {
    // With every pair of deviations (a, b) also (a, -b), (-a, b), (-a, -b), in both clusters: the
    // moments come out exact.
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
    return {loss.predictive, std::exp(-loss.hebbian) * (columns - 1) /
                                 columns};  // the batch is the population, not a sample of it
  }

 private:
  Matrix<double> now_, before_;  // at distance 1
};

/// Where a loss with one minimum between low and high has it, by golden section.
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
