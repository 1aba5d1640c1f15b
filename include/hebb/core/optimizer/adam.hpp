/// @file
/// Adam: steps whose size does not depend on the scale of the change.
#pragma once

#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Adam, with coupled and decoupled weight decay.
///
/// \f[ M \leftarrow \beta_1 M + (1 - \beta_1) (d - \lambda W), \qquad
///     V \leftarrow \beta_2 V + (1 - \beta_2) (d - \lambda W)^2 \f]
/// \f[ W \leftarrow (1 - \eta_t \lambda') W + \eta_t \, \frac{M / (1 - \beta_1^{t+1})}
///     {\sqrt{V / (1 - \beta_2^{t+1})} + \epsilon} \f]
///
/// | symbol                  | code                 | shape      | unit              |
/// |-------------------------|----------------------|------------|-------------------|
/// | \f$W\f$                 | `weights`            | post x pre | 1                 |
/// | \f$M\f$                 | `state.mean`         | post x pre | weight            |
/// | \f$V\f$                 | `state.square`       | post x pre | weight^2          |
/// | \f$d\f$                 | `change - decay * W` | post x pre | weight            |
/// | \f$\eta_t\f$            | `eta * schedule(t)`  | scalar     | weight per update |
/// | \f$t\f$                 | `state.step`         | scalar     | updates, from 0   |
/// | \f$\beta_1, \beta_2\f$  | `beta1`, `beta2`     | scalar     | 1                 |
/// | \f$\epsilon\f$          | `epsilon`            | scalar     | weight            |
/// | \f$\lambda\f$           | `weight_decay`       | scalar     | 1                 |
/// | \f$\lambda'\f$          | `decoupled_decay`    | scalar     | 1                 |
///
/// Cost: one pass over the weights, M and V. Steps have about the size of eta_t, whatever the scale
/// of d. `init` throws InvalidParameter for a parameter out of its range; `apply` as in Plain, and
/// Divergence when V overflows.
///
/// D. P. Kingma & J. Ba, ICLR 2015, algorithm 1; decoupled decay: I. Loshchilov & F. Hutter, ICLR
/// 2019, algorithm 2.
struct Adam {
  static constexpr bool elementwise = true;
  double beta1 = 0.9;          ///< in [0, 1)
  double beta2 = 0.999;        ///< in [0, 1)
  double epsilon = 1e-8;       ///< > 0
  double weight_decay = 0;     ///< coupled: added to d, before the moments; >= 0
  double decoupled_decay = 0;  ///< applied to W, after the moments; >= 0
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> mean, square;  ///< M and V, per synapse
    UpdateScratch<Scalar> scratch = {};
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Adam">);
      visit("optimizer.step", step);
      visit("optimizer.mean", mean);
      visit("optimizer.square", square);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_in("Adam", "beta1", beta1, 0, 1);
    require_in("Adam", "beta2", beta2, 0, 1);
    // Smaller numbers than the smallest normal one count as 0.
    require_at_least("Adam", "epsilon", epsilon, double(std::numeric_limits<Scalar>::min()));
    require_at_least("Adam", "weight_decay", weight_decay, 0);
    require_at_least("Adam", "decoupled_decay", decoupled_decay, 0);
    schedule.check();
    const Matrix<Scalar> zero = Matrix<Scalar>::Zero(shape.post, shape.pre);
    return {.mean = zero, .square = zero};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const double eta_now = eta * schedule(state.step), t = double(state.step + 1);
    const Scalar b1 = Scalar(beta1), b2 = Scalar(beta2), shrink = Scalar(weight_decay);
    const Scalar mean_scale = Scalar(eta_now / (1 - std::pow(beta1, t)));
    const Scalar square_scale = Scalar(1 / (1 - std::pow(beta2, t)));
    const Scalar eps = Scalar(epsilon), keep = Scalar(1 - eta_now * decoupled_decay);
    require_shape<Scalar>(state.mean, weights.rows(), weights.cols(), "Adam: mean");
    require_shape<Scalar>(state.square, weights.rows(), weights.cols(), "Adam: square");
    StepSize size = step_size<Scalar>(change, decay, weight_decay, eta_now);
    // For every d, |mean| <= limit * sqrt(square) by the inequality of Cauchy and Schwarz, bias
    // corrections included.
    const double rest = (1 - beta2) * (1 - beta1 * beta1 / beta2),
                 limit = rest > 0 ? 1 / std::sqrt(rest) : size.change;
    size.factor = std::abs(1 - eta_now * decoupled_decay);
    size.added = eta_now * limit;
    const bool read = state.watch.must_read(size);
    std::atomic<bool> overflow{false};
    const auto update = [&](auto w, const auto& d, Index j, Index n) {
      auto mean = state.mean.middleCols(j, n);
      auto square = state.square.middleCols(j, n);
      mean = b1 * mean + (1 - b1) * (d - shrink * w);
      // d is formed a second time, in registers: to store it would cost more.
      square.array() = b2 * square.array() + (1 - b2) * (d - shrink * w).array().square();
      w.array() = keep * w.array() +
                  mean_scale * mean.array() / ((square_scale * square.array()).sqrt() + eps);
      if (read && !all_finite(square.data(), square.size()))
        overflow.store(true, std::memory_order_relaxed);
    };
    for_each_column_watched(weights, change, decay, state.scratch, update, size, state.step,
                            state.watch);
    if (overflow) [[unlikely]]  // a weight with an infinite square would never change again
      require_finite<Scalar, Divergence>(
          state.square, sentence("Adam's mean square of the change after step ", state.step));
    ++state.step;
  }
};

}  // namespace hebb
