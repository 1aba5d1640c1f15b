/// @file
/// Spike trains drawn from rates, and the pair window of STDP that turns them into changes of weights.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "hebb/core/finite.hpp"
#include "hebb/core/random.hpp"

namespace hebb {

/// The balanced pair window of STDP in discrete time, all pairs:
///
/// \f[ K(k) = \operatorname{sgn}(k) \, (1 - d) \, d^{|k|}, \quad k = t_{post} - t_{pre} \f]
///
/// Potentiation and depression cancel for constant rates: what is left is differential Hebbian learning.
struct StdpWindow {
  double decay = 0.9416;  ///< d, per step

  void check() const { require(decay > 0 && decay < 1, "StdpWindow: decay must be in (0, 1), got ", decay); }

  double operator()(Index k) const { return k == 0 ? 0 : (k > 0 ? 1 : -1) * (1 - decay) * std::pow(decay, std::abs(double(k))); }

  /// sum_k k K(k): how many times the differential Hebbian change it makes of rates that move slowly.
  double gain() const { return 2 * decay / (1 - decay); }

  /// answer[t] = sum_k K(k) train[t + k]: what a presynaptic spike at t changes, given the postsynaptic train; columns are steps.
  /// An anticausal trace minus a causal one, which begin at `after` and `before`: what they would hold of the steps outside.
  template <typename Scalar>
  void filter(const auto& train, const auto& before, const auto& after, Matrix<Scalar>& answer) const {
    const Scalar d = Scalar(decay), fresh = Scalar(1 - decay);
    const Index steps = train.cols();
    answer.resize(train.rows(), steps + 1);  // the last column carries the causal trace
    answer.col(steps - 1) = d * after + fresh * train.col(steps - 1);
    for (Index t = steps - 1; t-- > 0;) answer.col(t) = d * answer.col(t + 1) + fresh * train.col(t);
    auto causal = answer.col(steps);
    causal = before;
    for (Index t = 0; t < steps; ++t) {
      causal = d * causal + fresh * train.col(t);
      answer.col(t) -= causal;
    }
  }
};

/// Outside the inference the rates stay what they are at its ends, as traces of stationary trains hold on average. Then a presynaptic side
/// that stands still learns the whole change of its partner, and slow rates learn `gain()` times the differential Hebbian sum.
struct HeldRates {
  static constexpr double share = 1;
};

/// Outside the inference nobody spikes, as in the published program. The pairs cut off at the ends take gain() / 2 [r_post r_pre] from the
/// sum: half of what is learned where the presynaptic side stands still.
struct Silence {
  static constexpr double share = 0;
};

/// Throws InvalidParameter, naming the first, when a rate cannot be the probability of a spike in a step.
template <typename Scalar>
void require_probabilities(const View<Scalar>& rates, const char* what) {
  for (Index c = 0; c < rates.cols(); ++c)
    for (Index i = 0; i < rates.rows(); ++i)
      require(rates(i, c) >= 0 && rates(i, c) <= 1, "a rate of ", what, " is ", rates(i, c), " (neuron ", i,
              "): spikes need rates in [0, 1], map them there");
}

/// spikes(i, t) is 1 with probability rate(i, t), else 0, in its first `rows` rows. The probability is met to 2^-32.
template <typename Scalar>
void draw_spikes(Index rows, const auto& rate, Random random, Matrix<Scalar>& spikes) {
  std::array<std::uint32_t, 4> bits{};
  std::size_t used = bits.size();
  for (Index t = 0; t < spikes.cols(); ++t)
    for (Index i = 0; i < rows; ++i) {
      const double p = double(rate(i, t));
      if (p <= 0) {
        spikes(i, t) = 0;
        continue;
      }
      if (used == bits.size()) {
        bits = random.bits();
        used = 0;
      }
      spikes(i, t) = Scalar(double(bits[used++]) < p * 4294967296.0);
    }
}

}  // namespace hebb
