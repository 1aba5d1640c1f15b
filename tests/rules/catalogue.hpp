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

template <typename Scalar>
struct laws::Trial<Lpl<Scalar, Symmetric>> : laws::Trial<Lpl<Scalar, Causal>> {
  static constexpr Index fewest_columns = 2;
};

/// Lateral weights: square and inhibitory.
template <typename Rule>
struct LateralTrial {
  static constexpr Shape shape{.pre = 9, .post = 9};
  static constexpr Index fewest_columns = 1;

  static Matrix<typename Rule::Scalar> weights(Random& random) {
    Matrix<typename Rule::Scalar> result = random.uniform<typename Rule::Scalar>(shape.post, shape.pre, -2, -1);
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

/// All rules in all forms, in three parts so that the tests compile side by side.
template <typename Scalar>
struct Catalogue {
  static constexpr std::tuple first{
      Header<Foldiak<Scalar>, LinearAntiHebbian<Scalar>>{"anti_hebbian"},
      Header<Bcm<Scalar>, Bcm<Scalar, LawCooper>>{"bcm"},
      Header<Covariance<Scalar>, Covariance<Scalar, PresynapticThreshold>, Covariance<Scalar, PostsynapticThreshold>>{"covariance"}};
  static constexpr std::tuple second{
      Header<DifferentialHebbian<Scalar>, DifferentialHebbian<Scalar, BothChange>, DifferentialHebbian<Scalar, BothChangeWithDecay>>{
          "differential_hebbian"},
      Header<Hebbian<Scalar>>{"hebbian"},
      Header<HomeostaticScaling<Scalar>, HomeostaticScaling<Scalar, ProportionalIntegral>>{"homeostatic_scaling"},
      Header<Instar<Scalar>>{"instar"}};
  static constexpr std::tuple third{Header<KrotovHopfield<Scalar>, KrotovHopfield<Scalar, Plain>>{"krotov_hopfield"},
                                    Header<Lpl<Scalar, Causal>, Lpl<Scalar, Symmetric>>{"lpl"}};
  static constexpr std::tuple fourth{Header<Oja<Scalar>>{"oja"}, Header<OjaSubspace<Scalar>>{"oja_subspace"},
                                     Header<Sanger<Scalar>>{"sanger"},
                                     Header<SoftHebb<Scalar>, SoftHebb<Scalar, SoftAntiHebbian, AdaptiveRate>>{"soft_hebb"}};
};

}  // namespace hebb
