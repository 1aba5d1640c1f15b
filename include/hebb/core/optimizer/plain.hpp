/// @file
/// The simplest optimiser: a step along the change.
#pragma once

#include <cstdint>

#include "hebb/core/label.hpp"
#include "hebb/core/optimizer/update.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/schedule.hpp"

namespace hebb {

/// Steps along the change, with coupled weight decay.
///
/// \f[ W \leftarrow W + \eta_t \, (d - \lambda W), \qquad d = \Delta - D W, \qquad
///     \eta_t = \eta \, s(t) \f]
///
/// Here and in the other optimisers \f$\Delta\f$ is the change and \f$D\f$ the decay that the rule
/// asks for. Rules ascend: where there is a loss, d is minus its gradient.
///
/// | symbol        | code                     | shape                            | unit       |
/// |---------------|--------------------------|----------------------------------|------------|
/// | \f$W\f$       | `weights`                | post x pre                       | 1          |
/// | \f$\Delta\f$  | `change`                 | post x pre                       | weight     |
/// | \f$D\f$       | `decay`                  | none, post, or post x post       | 1          |
/// | \f$\eta\f$    | `eta`, of the rule       | scalar                           | per update |
/// | \f$s\f$       | `schedule`               | function of the step             | 1          |
/// | \f$t\f$       | `state.step`             | scalar, from 0                   | updates    |
/// | \f$\lambda\f$ | `weight_decay`           | scalar                           | 1          |
///
/// Cost: one pass over the weights. `init` throws InvalidParameter when `weight_decay` is negative.
/// `apply` throws ShapeError when change, decay or weights do not fit each other, before anything
/// changes, and Divergence in the step that makes a weight infinite or NaN, after the change.
struct Plain {
  static constexpr bool elementwise = true;  ///< no weight's step depends on another's change
  double weight_decay = 0;                   ///< >= 0
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    UpdateScratch<Scalar> scratch = {};
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Plain">);
      visit("optimizer.step", step);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape) const {
    require_at_least("Plain", "weight_decay", weight_decay, 0);
    schedule.check();
    return {};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const Scalar eta_now = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay);
    for_each_column_watched(
        weights, change, decay, state.scratch,
        [&](auto w, const auto& d, Index, Index) { w += eta_now * (d - shrink * w); },
        step_size<Scalar>(change, decay, weight_decay, double(eta_now)), state.step, state.watch);
    ++state.step;
  }
};

}  // namespace hebb
