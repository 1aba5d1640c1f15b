/// @file
/// Every rule of include/hebb/rules, under the name of its header, for the laws to be tried on.
#pragma once

#include <tuple>

#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/laws.hpp"

namespace hebb {

template <typename Scalar, typename Statistics>
struct laws::Trial<Lpl<Scalar, Symmetric, Plain, Statistics>> : laws::Trial<Lpl<Scalar, Causal>> {
  static constexpr Index fewest_columns = 2;
};

/// Lateral weights: square and inhibitory.
template <typename Rule>
struct LateralTrial {
  static constexpr Shape shape{.pre = 9, .post = 9};
  static constexpr Index fewest_columns = 1;

  static Matrix<typename Rule::Scalar> weights(Random& random) {
    Matrix<typename Rule::Scalar> result =
        random.uniform<typename Rule::Scalar>(shape.post, shape.pre, -2, -1);
    result.diagonal().setZero();
    return result;
  }
};
template <typename Scalar>
struct laws::Trial<Foldiak<Scalar>> : LateralTrial<Foldiak<Scalar>> {};
template <typename Scalar>
struct laws::Trial<LinearAntiHebbian<Scalar>> : LateralTrial<LinearAntiHebbian<Scalar>> {};

/// Rules of one header.
template <typename... Rules>
struct Header {
  const char* name;
};

/// The decays of the equations, per neuron and column.
template <typename Rule>
struct DiagonalDecay {
  template <typename Term>
  static laws::MatrixOf<Rule> of_each(const laws::MatrixOf<Rule>& post, const Term& term) {
    laws::MatrixOf<Rule> result = laws::MatrixOf<Rule>::Zero(post.rows(), post.rows());
    for (Index i = 0; i < post.rows(); ++i)
      for (Index c = 0; c < post.cols(); ++c)
        result(i, i) += term(i, c) / typename Rule::Scalar(post.cols());
    return result;
  }
};
template <typename Scalar>
struct laws::Decay<Oja<Scalar>> : DiagonalDecay<Oja<Scalar>> {
  static Matrix<Scalar> of(const Oja<Scalar>& rule, const Matrix<Scalar>& y, const auto&) {
    return Decay::of_each(
        y, [&](Index i, Index c) { return rule.parameters.alpha * y(i, c) * y(i, c); });
  }
};
template <typename Scalar>
struct laws::Decay<Instar<Scalar>> : DiagonalDecay<Instar<Scalar>> {
  static Matrix<Scalar> of(const Instar<Scalar>&, const Matrix<Scalar>& y, const auto&) {
    return Decay::of_each(y, [&](Index i, Index c) { return y(i, c); });
  }
};
template <typename Scalar>
struct laws::Decay<OjaSubspace<Scalar>> {
  static Matrix<Scalar> of(const OjaSubspace<Scalar>&, const Matrix<Scalar>& y, const auto&) {
    return y * y.transpose() / Scalar(y.cols());
  }
};
template <typename Scalar>
struct laws::Decay<Sanger<Scalar>> {
  static Matrix<Scalar> of(const Sanger<Scalar>&, const Matrix<Scalar>& y, const auto&) {
    Matrix<Scalar> result = y * y.transpose() / Scalar(y.cols());
    for (Index i = 0; i < y.rows(); ++i)
      result.row(i).tail(y.rows() - 1 - i).setZero();  // the neurons after it
    return result;
  }
};
template <typename Scalar>
struct laws::Decay<KrotovHopfield<Scalar, Plain>> : DiagonalDecay<KrotovHopfield<Scalar, Plain>> {
  static Matrix<Scalar> of(const KrotovHopfield<Scalar, Plain>& rule, const Matrix<Scalar>& h,
                           const auto&) {
    return Decay::of_each(h, [&](Index i, Index c) {
      const Index before = (h.col(c).array() > h(i, c)).count();  // no two are equal
      return h(i, c) * (before == 0                          ? 1
                        : before == rule.parameters.rank - 1 ? -rule.parameters.delta
                                                             : 0);
    });
  }
};
/// The adaptive learning rate | |w| - 1 |^(1/2) multiplies the decay as it does the change.
template <typename Scalar, typename Competition, typename Adaptation>
struct laws::Decay<SoftHebb<Scalar, Competition, Adaptation>>
    : DiagonalDecay<SoftHebb<Scalar, Competition, Adaptation>> {
  static Matrix<Scalar> of(const SoftHebb<Scalar, Competition, Adaptation>& rule,
                           const Matrix<Scalar>& u, const auto& state) {
    return Decay::of_each(u, [&](Index i, Index c) {
      Scalar sum = 0, adapted = 1;
      for (Index k = 0; k < u.rows(); ++k)
        sum += std::exp((u(k, c) - u(i, c)) / rule.parameters.temperature);
      if (std::is_same_v<Adaptation, AdaptiveEta>)
        adapted = std::sqrt(std::abs(state.weights.row(i).norm() - 1));
      const bool winner = u(i, c) == u.col(c).maxCoeff();
      return adapted * (std::is_same_v<Competition, SoftWinners> || winner ? 1 : -1) * u(i, c) /
             sum;
    });
  }
};
template <typename Scalar, typename Control>
struct laws::Decay<HomeostaticScaling<Scalar, Control>>
    : DiagonalDecay<HomeostaticScaling<Scalar, Control>> {
  static Matrix<Scalar> of(const HomeostaticScaling<Scalar, Control>& rule, const Matrix<Scalar>& y,
                           const auto& state) {
    Matrix<Scalar> result =
        Decay::of_each(y, [&](Index i, Index c) { return y(i, c); });  // the mean rates
    for (Index i = 0; i < y.rows(); ++i) {
      const Scalar activity =
          state.activity(i) + (result(i, i) - state.activity(i)) / rule.parameters.tau;
      result(i, i) = activity - rule.parameters.target_rate;
      if constexpr (std::is_same_v<Control, ProportionalIntegral>)
        result(i, i) += Scalar(rule.control.gain) *
                        (activity - rule.parameters.target_rate - state.error_sum(i));
    }
    return result;
  }
};

/// All rules in all forms, by family.
template <typename Scalar>
struct Catalogue {
  static constexpr std::tuple hebbian{
      Header<Hebbian<Scalar>>{"hebbian"},
      Header<Covariance<Scalar>, Covariance<Scalar, PresynapticThreshold>,
             Covariance<Scalar, PostsynapticThreshold>>{"covariance"},
      Header<DifferentialHebbian<Scalar>, DifferentialHebbian<Scalar, BothChange>,
             DifferentialHebbian<Scalar, BothChangeWithDecay>>{"differential_hebbian"},
      Header<Instar<Scalar>>{"instar"}};
  static constexpr std::tuple components{Header<Oja<Scalar>>{"oja"},
                                         Header<OjaSubspace<Scalar>>{"oja_subspace"},
                                         Header<Sanger<Scalar>>{"sanger"}};
  static constexpr std::tuple competition{
      Header<KrotovHopfield<Scalar>, KrotovHopfield<Scalar, Plain>>{"krotov_hopfield"},
      Header<SoftHebb<Scalar>, SoftHebb<Scalar, SoftAntiHebbian, AdaptiveEta>>{"soft_hebb"}};
  static constexpr std::tuple homeostasis{
      Header<Bcm<Scalar>, Bcm<Scalar, LawCooper>>{"bcm"},
      Header<HomeostaticScaling<Scalar>, HomeostaticScaling<Scalar, ProportionalIntegral>>{
          "homeostatic_scaling"},
      Header<Foldiak<Scalar>, LinearAntiHebbian<Scalar>>{"anti_hebbian"}};
  static constexpr std::tuple lpl{Header<Lpl<Scalar, Causal>, Lpl<Scalar, Symmetric>>{"lpl"}};
  static constexpr std::tuple lpl_statistics{
      Header<Lpl<Scalar, Causal, Plain, RunningStatistics>,
             Lpl<Scalar, Symmetric, Plain, RunningStatistics>,
             Lpl<Scalar, Symmetric, Plain, PreviousBatchStatistics>>{"lpl"}};
  static constexpr std::tuple all =
      std::tuple_cat(hebbian, components, competition, homeostasis, lpl, lpl_statistics);
};

}  // namespace hebb
