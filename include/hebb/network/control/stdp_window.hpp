/// @file
/// Spike trains drawn from rates, and the pair window of STDP that turns them into changes of
/// weights.
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
/// Potentiation and depression cancel for constant rates; the remaining effect is differential
/// Hebbian learning.
struct StdpWindow {
  double decay = 0.9416;  ///< d, per step

  void check() const {
    require(decay > 0 && decay < 1, "StdpWindow: decay must be in (0, 1), got ", decay);
  }

  /// K(k): what a pair that is k steps apart changes.
  double operator()(Index k) const {
    return k == 0 ? 0 : (k > 0 ? 1 : -1) * (1 - decay) * std::pow(decay, std::abs(double(k)));
  }

  /// sum_k k K(k): the ratio of the window's change to the differential Hebbian change, for rates
  /// that move slowly.
  double gain() const { return 2 * decay / (1 - decay); }

  /// answer[t] = sum_k K(k) train[t + k] in its first columns, one per step: the change caused by a
  /// presynaptic spike at t, given the postsynaptic train. Two more columns hold the sums of the
  /// answers at all steps before the first and after the last. `before` and `after` are the
  /// postsynaptic rates outside the recorded steps, where both traces are stationary.
  ///
  /// answer[t] = A(t) - C(t), with the anticausal trace A and the causal trace C. Outside, one
  /// trace is at the rate and the other approaches it by a factor d per step, so each sum is d / (1
  /// - d) times the difference at the first or the last step.
  template <typename Scalar>
  void filter(const auto& train, const auto& before, const auto& after,
              Matrix<Scalar>& answer) const {
    const Scalar d = Scalar(decay), fresh = Scalar(1 - decay), outside = Scalar(gain() / 2);
    const Index steps = train.cols();
    answer.resize(train.rows(), steps + 2);
    answer.col(steps - 1) = d * after + fresh * train.col(steps - 1);
    for (Index t = steps - 1; t-- > 0;)
      answer.col(t) = d * answer.col(t + 1) + fresh * train.col(t);
    answer.col(steps) = outside * (answer.col(0) - before);
    auto causal = answer.col(steps + 1);
    causal = before;
    for (Index t = 0; t < steps; ++t) {
      causal = d * causal + fresh * train.col(t);
      answer.col(t) -= causal;
    }
    causal = outside * (after - causal);
  }
};

/// Outside the inference both sides keep the rates that they have at its ends, and pairs with a
/// spike outside are counted at their mean. The expected change is then the sum over all
/// presynaptic times: `gain()` times the whole change of the postsynaptic rate where the
/// presynaptic side is constant, and `gain()` times the differential Hebbian sum where rates move
/// slowly.
struct HeldRates {
  static constexpr double share = 1;  ///< of the rates at the ends, outside the inference
};

/// Outside the inference there are no spikes, as in the published program. The pairs cut off at the
/// ends take gain() / 2 [r_post r_pre] from the sum: half of the change where the presynaptic side
/// is constant.
struct Silence {
  static constexpr double share = 0;  ///< of the rates at the ends, outside the inference
};

/// Throws InvalidParameter, naming the first, when a rate cannot be the probability of a spike in a
/// step.
template <typename Scalar>
void require_probabilities(const View<Scalar>& rates, const char* what) {
  for (Index c = 0; c < rates.cols(); ++c)
    for (Index i = 0; i < rates.rows(); ++i)
      require(rates(i, c) >= 0 && rates(i, c) <= 1, "a rate of ", what, " is ", rates(i, c),
              " (neuron ", i, "): spikes need rates in [0, 1], map them there");
}

/// spikes(i, t) is 1 with probability rate(i, t), else 0, in its first `rows` rows. The probability
/// is exact to 2^-32.
template <typename Scalar>
void draw_spikes(Index rows, const auto& rate, Random random, Eigen::Ref<Matrix<Scalar>> spikes) {
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
