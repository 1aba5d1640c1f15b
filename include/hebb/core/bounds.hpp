/// @file
/// Bounds on weights: as a wrapper of any optimiser, and for rules that move one weight at a time.
#pragma once

#include <algorithm>

#include "hebb/core/optimizer.hpp"

namespace hebb {

/// Hard bounds: lands the change with another optimiser, then cuts all weights off at the bounds. A
/// weight that was set outside of them comes to the bound at the next update. One of the bounds may
/// be infinite. A divergence is named before anything is cut off.
template <typename Optimizer = Plain>
struct Bounded {
  static constexpr bool elementwise = requires { requires Optimizer::elementwise; };
  Optimizer optimizer = {};
  double lower = 0;
  double upper = 1;

  template <typename Scalar>
  struct State : Optimizer::template State<Scalar> {
    void each(auto&& visit) {
      visit("optimizer.bounded", label_of<"Bounded">);
      Optimizer::template State<Scalar>::each(visit);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require(lower < upper, "Bounded: lower must be below upper, got ", lower, " and ", upper);
    return {optimizer.template init<Scalar>(shape)};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    optimizer.template apply<Scalar>(weights, change, decay, eta, state);
    weights = weights.cwiseMax(Scalar(lower)).cwiseMin(Scalar(upper));
  }
};

/// Hard bounds on one weight. Either may be infinite. What a change makes of a weight is cut off at
/// them; a weight that a user set outside is refused by the spiking rules at the first update of a
/// state.
struct HardBounds {
  static constexpr std::string_view name = "HardBounds";
  double lower = 0;
  double upper = 1;

  void check() const {
    require(lower < upper, "HardBounds: lower must be below upper, got ", lower, " and ", upper);
  }

  template <typename Scalar>
  Scalar cut(Scalar weight) const {
    return std::clamp(weight, Scalar(lower), Scalar(upper));
  }
};

/// No bounds.
struct Unbounded {
  static constexpr std::string_view name = "Unbounded";
  void check() const {}

  template <typename Scalar>
  Scalar cut(Scalar weight) const {
    return weight;
  }
};

}  // namespace hebb
