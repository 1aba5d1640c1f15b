/// @file
/// An optimiser that shortens large changes before another optimiser applies them.
#pragma once

#include "hebb/core/optimizer/adam.hpp"

namespace hebb {

/// Shortens a change to the length `norm` if it is longer.
///
/// \f[ d \leftarrow d \, \min(1, c / |d|) \f]
///
/// | symbol    | code                 | shape      | unit   |
/// |-----------|----------------------|------------|--------|
/// | \f$d\f$   | `change - decay * W` | post x pre | weight |
/// | \f$|d|\f$ | Frobenius norm       | scalar     | weight |
/// | \f$c\f$   | `norm`               | scalar     | weight |
///
/// The inner optimiser adds its weight decay to the shortened change. Cost: one more pass over the
/// weights, and a matrix of their size. `init` throws InvalidParameter when `norm` is not positive;
/// `apply` throws what the inner optimiser throws.
///
/// R. Pascanu, T. Mikolov & Y. Bengio, ICML 2013, algorithm 1.
template <typename Inner = Adam>
struct Clipped {
  double norm = 1;   ///< > 0
  Inner inner = {};  ///< applies the shortened change

  template <typename Scalar>
  struct State {
    typename Inner::template State<Scalar> inner;  ///< that of the inner optimiser
    Matrix<Scalar> shortened = {};                 // scratch space; not saved in checkpoints
    UpdateScratch<Scalar> scratch = {};

    void each(auto&& visit) {
      visit("optimizer.clipped", label_of<"Clipped">);
      inner.each(visit);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_positive("Clipped", "norm", norm);
    return {inner.template init<Scalar>(shape), Matrix<Scalar>(shape.post, shape.pre)};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    Matrix<Scalar>& d = state.shortened;
    d.resize(weights.rows(), weights.cols());
    for_each_column(weights, change, decay, state.scratch,
                    [&](auto, const auto& part, Index j, Index n) { d.middleCols(j, n) = part; });
    double length = double(d.norm());
    if (!std::isfinite(length)) {  // the square overflows, the direction is still known
      d /= Scalar(largest_of<Scalar>(d));
      length = double(d.norm());
      d *= Scalar(norm / length);
    } else if (length > norm) {
      d *= Scalar(norm / length);
    }
    // Twice the length, because lengths are rounded.
    const double largest = std::isfinite(length) ? 2 * std::min(length, norm) : length;
    inner.template apply<Scalar>(weights, Change<Scalar>(d, largest), None{}, eta, state.inner);
  }
};

}  // namespace hebb
