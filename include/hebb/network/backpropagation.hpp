/// @file
/// Backpropagation and its variants with random feedback, for comparison with the other networks.
#pragma once

#include "hebb/core/loss.hpp"
#include "hebb/network/feedback_weights.hpp"
#include "hebb/network/taught_network.hpp"

namespace hebb {

/// A network taught by an error that is sent back, one sweep forward and one backward.
///
/// \f[ \delta_L = -\partial\mathcal{L}/\partial o, \quad \delta_l = f'(a_l)
///     \odot B_l \delta, \quad \Delta W_l \propto \langle \delta_l
/// r_{l-1}^T \rangle \f]
///
/// where \f$B_l \delta\f$ is the feedback's: \f$W_{l+1}^T \delta_{l+1}\f$ in backpropagation, which
/// is then the exact gradient.
///
/// | symbol          | code                  | shape             | unit |
/// |-----------------|-----------------------|-------------------|------|
/// | \f$r_{l-1}\f$   | `activity.rate[k]`    | pre + 1 x columns | rate |
/// | \f$a_l\f$       | `activity.drive[k]`   | post x columns    | rate |
/// | \f$\delta_l\f$  | `errors[k]`           | post x columns    | rate |
/// | \f$W_l\f$       | `layers.biased(k)`    | post x (pre + 1)  | 1    |
/// | \f$B_l\f$       | `feedback`            | of its kind       | 1    |
///
/// Layer l of the equations is k = l - 1 here. The rule gets \f$r_{l-1}\f$ and \f$\delta_l\f$: with
/// `Hebbian` this is gradient descent. Cost: 6 flops per synapse and sample, 4 in the first layer.
/// Throws ShapeError and NonFinite on bad input, InvalidCall and InvalidParameter on calls before
/// `infer` or of no layer, Divergence, naming layer and training step (from 0), when a drive, an
/// error or a weight leaves the finite numbers.
///
/// D. E. Rumelhart, G. E. Hinton & R. J. Williams, Nature 323:533-536 (1986).
template <FactoredRule Rule, ActivationFor<typename Rule::Scalar> Hidden = Tanh,
          LossFunction Loss = SquaredError, ErrorPath Feedback = TransposedWeights>
class SentBackError : public TaughtNetwork<Rule, Hidden> {
  using Base = TaughtNetwork<Rule, Hidden>;

 public:
  using Scalar = typename Rule::Scalar;
  using Base::layers, Base::output_errors;

  typename Feedback::template Path<Scalar> feedback_path = {};

  explicit SentBackError(DenseLayers<Rule, Hidden> layers_)
      : Base("SentBackError", std::move(layers_)) {
    feedback_path.prepare(layers);
  }

  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    feedback_path.init(layers.sizes, random);
  }

  /// The outputs for the inputs x: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Runs the two sweeps; no weight moves. There are no steps of inference.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y) {
    layers.require_batch(x, y);
    require_shapes();
    feedback_path.require_nonzero(layers);
    calls_.infer([&] {
      layers.begin(x, activity);
      resize_all(errors, layers.neurons(), x.cols());
      output_errors.begin(0, x.cols());
      layers.for_each_block(x.cols(), [&](const Columns& columns) {
        layers.sweep(columns, activity);
        Loss::template error<Scalar>(columns.of(activity.drive.back()), columns.of(y),
                                     columns.of(errors.back()));
        output_errors.watch(columns, 0, errors.back());
        for (std::size_t k = layers.depth() - 1; k-- > 0;) {
          feedback_path(layers, errors, k, columns, columns.of(errors[k]));
          columns.of(errors[k]).array() *= columns.of(activity.gain[k]).array();
        }
      });
      require_finite_layers("SentBackError: the drive", activity.drive);
      require_finite_layers("SentBackError: the error", errors);
    });
    return {.steps = 0, .converged = true};
  }

  /// Every layer learns from the last inference.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      this->learn_layers([&](std::size_t k) { layers[k].learn(activity.rate[k], errors[k]); });
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// The change of layer k's weights, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return this->change_by(k, activity.rate[k], errors[k]);
  }

  /// The mean norm of the feedback that reached layer k in the last inference.
  double feedback(std::size_t k) const {
    calls_.require_layer("feedback()", k, layers.depth());
    return mean_norm<Scalar>(errors.at(k));
  }

  Index planned_steps() const { return 0; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"SentBackError", Hidden, Loss, Feedback>);
    feedback_path.each(visit);
  }

  Activity<Scalar> activity;  ///< of the last inference
  Matrices<Scalar> errors;    ///< of the last inference, one per layer

 private:
  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  using Base::calls_, Base::prediction_;
};

/// Errors return through the transposed forward weights.
template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using Backpropagation = SentBackError<Rule, Hidden, Loss, TransposedWeights>;

/// Errors return through fixed random weights, layer by layer.
template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using FeedbackAlignment = SentBackError<Rule, Hidden, Loss, RandomWeights>;

/// The error of the output reaches every layer through fixed random weights.
template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using DirectFeedbackAlignment = SentBackError<Rule, Hidden, Loss, DirectRandomWeights>;

}  // namespace hebb
