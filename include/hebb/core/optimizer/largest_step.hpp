/// @file
/// An optimiser whose largest change of a weight is the learning rate.
#pragma once

#include "hebb/core/concepts.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Scales the change so that the weight that changes most changes by eta_t.
///
/// \f[ W \leftarrow W + \eta_t \, \frac{d}{\max(|d|_\infty, \epsilon)} \f]
///
/// | symbol              | code                     | shape      | unit              |
/// |---------------------|--------------------------|------------|-------------------|
/// | \f$W\f$             | `weights`                | post x pre | 1                 |
/// | \f$d\f$             | `change - decay * W`     | post x pre | weight            |
/// | \f$|d|_\infty\f$    | largest magnitude in d   | scalar     | weight            |
/// | \f$\eta_t\f$        | `eta * schedule(t)`      | scalar     | weight per update |
/// | \f$t\f$             | `state.step`             | scalar     | updates           |
/// | \f$\epsilon\f$      | `smallest`               | scalar     | weight            |
///
/// With a learning rate of its own for every neuron, `eta_factor`, the change is divided first and
/// the rates come after it: \f$W_i \leftarrow W_i + \eta_t \, \eta_i \, d_i / |d|_\infty\f$.
///
/// Cost: two passes over the weights. `init` throws InvalidParameter when `smallest` is not
/// positive; `apply` as in Plain.
///
/// D. Krotov & J. J. Hopfield, PNAS 116:7723-7731 (2019), the published program.
struct LargestStep {
  double smallest = 1e-30;  ///< floor of the divisor; > 0
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> formed = {};   // scratch space; not saved in checkpoints (also the next two)
    Vector<Scalar> largest = {};  ///< scratch space: per neuron
    UpdateScratch<Scalar> scratch = {};
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"LargestStep">);
      visit("optimizer.step", step);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape) const {
    require_positive("LargestStep", "smallest", smallest);
    schedule.check();
    return {};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    apply_columns<Scalar>(weights, change, decay, eta, state, None{});
  }

  /// d is read twice. A product of many samples is formed once and kept; that of one sample is
  /// formed twice, which costs less. `eta_factor` is None, or a Vector with a factor of eta for
  /// every neuron.
  template <typename Scalar, OneOf<None, Vector<Scalar>> EtaFactor = None>
  void apply(Matrix<Scalar>& weights, const Change<Scalar>& change, const auto& decay, double eta,
             State<Scalar>& state, const EtaFactor& eta_factor = {}) const {
    if (change.is_one_sample())
      apply_columns<Scalar>(weights, change, decay, eta, state, eta_factor);
    else
      apply_columns<Scalar>(weights, Change<Scalar>(change.matrix(state.formed), change.largest()),
                            decay, eta, state, eta_factor);
  }

 private:
  template <typename Scalar, typename EtaFactor>
  void apply_columns(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
                     State<Scalar>& state, const EtaFactor& eta_factor) const {
    constexpr bool per_neuron = std::same_as<EtaFactor, Vector<Scalar>>;
    if constexpr (per_neuron)
      require_shape<Scalar>(eta_factor, weights.rows(), 1, "LargestStep: eta_factor");
    state.largest.setZero(
        weights.cols());  // a block of columns writes to its first: threads share nothing
    for_each_column(weights, change, decay, state.scratch,
                    [&](const auto&, const auto& d, Index j, Index) {
                      state.largest(j) = d.cwiseAbs().maxCoeff();
                    });
    const double largest = std::max(largest_of<Scalar>(state.largest), smallest),
                 length = eta * schedule(state.step);
    const Scalar scale = Scalar(length / largest);
    // A maximum may skip a NaN in d; the bounds of the step show it.
    StepSize size = step_size<Scalar>(change, decay, 0, 0);
    size.added = std::isfinite(largest) ? length : largest;
    if constexpr (per_neuron) size.added *= largest_of<Scalar>(eta_factor);
    for_each_column_watched(
        weights, change, decay, state.scratch,
        [&](auto w, const auto& d, Index, Index) {
          if constexpr (per_neuron)
            for (Index j = 0; j < w.cols(); ++j)
              w.col(j) += scale * eta_factor.cwiseProduct(d.col(j));
          else
            w += scale * d;
        },
        size, state.step, state.watch);
    ++state.step;
  }
};

}  // namespace hebb
