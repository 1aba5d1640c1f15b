/// @file
/// An optimiser that keeps weights between bounds.
#pragma once

#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Applies the change with another optimiser, then clips all weights at the bounds.
///
/// \f[ W \leftarrow \min(\max(W, l), u) \f]
///
/// | symbol  | code      | shape      | unit   |
/// |---------|-----------|------------|--------|
/// | \f$W\f$ | `weights` | post x pre | 1      |
/// | \f$l\f$ | `lower`   | scalar     | weight |
/// | \f$u\f$ | `upper`   | scalar     | weight |
///
/// One of the bounds may be infinite. A weight that was set out of bounds comes to the bound at the
/// next update. Cost: one more pass over the weights. `init` throws InvalidParameter unless lower <
/// upper; `apply` throws what the inner optimiser throws, before any weight is clipped.
template <typename Inner = Plain>
struct Bounded {
  static constexpr bool elementwise = requires { requires Inner::elementwise; };
  Inner inner = {};  ///< applies the change
  double lower = 0;  ///< l, may be -infinity
  double upper = 1;  ///< u, may be infinity; above `lower`

  /// The state of the optimizer inside.
  template <typename Scalar>
  struct State : Inner::template State<Scalar> {
    void each(auto&& visit) {
      visit("optimizer.bounded", label_of<"Bounded">);
      Inner::template State<Scalar>::each(visit);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require(lower < upper, "Bounded: lower must be below upper, got ", lower, " and ", upper);
    return {inner.template init<Scalar>(shape)};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    inner.template apply<Scalar>(weights, change, decay, eta, state);
    weights = weights.cwiseMax(Scalar(lower)).cwiseMin(Scalar(upper));
  }
};

}  // namespace hebb
