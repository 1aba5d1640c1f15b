/// @file
/// An optimiser with heavy-ball momentum.
#pragma once

#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Heavy-ball momentum, with coupled weight decay.
///
/// \f[ V \leftarrow \mu V + (d - \lambda W), \qquad W \leftarrow W + \eta_t V \f]
///
/// | symbol        | code                 | shape      | unit       |
/// |---------------|----------------------|------------|------------|
/// | \f$W\f$       | `weights`            | post x pre | 1          |
/// | \f$V\f$       | `state.velocity`     | post x pre | weight     |
/// | \f$d\f$       | `change - decay * W` | post x pre | weight     |
/// | \f$\eta_t\f$  | `eta * schedule(t)`  | scalar     | per update |
/// | \f$t\f$       | `state.step`         | scalar     | updates    |
/// | \f$\mu\f$     | `momentum`           | scalar     | 1          |
/// | \f$\lambda\f$ | `weight_decay`       | scalar     | 1          |
///
/// Cost: one pass over the weights and V. A change that stays the same moves the weights by eta_t /
/// (1 - momentum) per update in the end. `init` throws InvalidParameter unless 0 <= momentum < 1
/// and weight_decay >= 0; `apply` as in Plain.
///
/// B. T. Polyak, USSR Comput. Math. Math. Phys. 4(5):1-17 (1964).
struct Momentum {
  static constexpr bool elementwise = true;
  double momentum = 0.9;    ///< in [0, 1)
  double weight_decay = 0;  ///< >= 0
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> velocity;  ///< per synapse
    UpdateScratch<Scalar> scratch = {};
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Momentum">);
      visit("optimizer.step", step);
      visit("optimizer.velocity", velocity);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_in("Momentum", "momentum", momentum, 0, 1);
    require_at_least("Momentum", "weight_decay", weight_decay, 0);
    schedule.check();
    return {.velocity = Matrix<Scalar>::Zero(shape.post, shape.pre)};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const Scalar eta_now = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay),
                 keep = Scalar(momentum);
    require_shape<Scalar>(state.velocity, weights.rows(), weights.cols(), "Momentum: velocity");
    // All steps so far together move W by at most one step of size eta / (1 - momentum) along the
    // largest of their changes.
    const double gain = double(eta_now) / (1 - momentum);
    StepSize size = step_size<Scalar>(change, decay, weight_decay, gain);
    size.factor = 1 + gain * size.decay;
    for_each_column_watched(
        weights, change, decay, state.scratch,
        [&](auto w, const auto& d, Index j, Index n) {
          state.velocity.middleCols(j, n) =
              keep * state.velocity.middleCols(j, n) + (d - shrink * w);
          w += eta_now * state.velocity.middleCols(j, n);
        },
        size, state.step, state.watch);
    ++state.step;
  }
};

}  // namespace hebb
