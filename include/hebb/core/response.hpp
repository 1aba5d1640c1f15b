/// @file
/// The postsynaptic signal that a layer passes to its rule: rates and their gain.
#pragma once

#include "hebb/core/finite.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The name that a compiler's message shows: convert with `.cast<float>()` or `.cast<double>()`.
template <typename Rate, typename Gain, typename Scalar>
concept HaveAnotherScalarType =
    MatrixHasAnotherScalarType<Rate, Scalar> || MatrixHasAnotherScalarType<Gain, Scalar>;

/// The name that a compiler's message shows: pass `Response<Scalar>(rate, gain)`.
template <typename M>
concept RatesWithoutGainWhereTheRuleNeedsAResponse = std::derived_from<M, Eigen::DenseBase<M>>;

/// Rates and gains of a layer's neurons. It refers to the caller's matrices, or holds the values of
/// expressions, for one call; it cannot be copied.
///
/// Throws ShapeError when the gain has not the shape of the rate, NonFinite when it holds NaN or
/// infinity. The rate is checked by the rule.
template <typename Scalar>
struct Response {
  View<Scalar> rate;  ///< z = f(a): post x columns
  View<Scalar> gain;  ///< d rate / d (what the layer's eligibility is linear in): post x columns
  Index places = 1;   ///< columns = places x samples, place fastest

  /// Checks the gain. `places` are the places of a convolution, 1 in a dense layer.
  template <typename Rate, typename Gain>
  Response(const Eigen::DenseBase<Rate>& rate_, const Eigen::DenseBase<Gain>& gain_,
           Index places_ = 1) requires MatrixOf<Rate, Scalar> && MatrixOf<Gain, Scalar>
      : rate(rate_), gain(gain_), places(places_) {
    require_shape<Scalar>(gain, rate.rows(), rate.cols(), "gain");
    require_finite<Scalar>(gain, "gain");
  }

  template <typename R, typename G>
  Response(const R&, const G&, Index = 1) requires HaveAnotherScalarType<R, G, Scalar>
  = delete;
  template <typename Rate>
  Response(const Rate&) requires RatesWithoutGainWhereTheRuleNeedsAResponse<Rate>
  = delete;

  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  operator const View<Scalar>&() const { return rate; }  ///< for rules that need rates only

  Index rows() const { return rate.rows(); }  ///< number of neurons
  Index cols() const { return rate.cols(); }  ///< number of columns
};

}  // namespace hebb
