/// @file
/// Backpropagation and its relatives with random feedback: the controls of the networks that learn
/// by feedback.
#pragma once

#include "hebb/core/kernels/softmax.hpp"
#include "hebb/network/dense_layers.hpp"
#include "hebb/network/teaching.hpp"

namespace hebb {

/// L = |y - o|^2 / 2, so that -dL/do = y - o.
struct SquaredError {
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    error = target - output;
  }

  template <typename Scalar>
  static double loss(const View<Scalar>& output, const View<Scalar>& target) {
    return 0.5 * double((target - output).squaredNorm()) / double(output.cols());
  }
};

/// L = -sum_i y_i log softmax(o)_i, so that -dL/do = y - softmax(o) for targets that sum to 1.
struct CrossEntropy {
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    for (Index c = 0; c < output.cols(); ++c) {
      const Scalar sum = softmax_terms<Scalar>(output.col(c), error.col(c)).sum;
      error.col(c) = target.col(c) - error.col(c) / sum;
    }
  }

  template <typename Scalar>
  static double loss(const View<Scalar>& output, const View<Scalar>& target) {
    double sum = 0;
    for (Index c = 0; c < output.cols(); ++c) {
      const Scalar log_of_sum = log_sum_exp<Scalar>(output.col(c));
      sum += double((target.col(c).array() * (log_of_sum - output.col(c).array())).sum());
    }
    return sum / double(output.cols());
  }
};

/// The error travels back through the forward weights, W^T: backpropagation.
template <typename Scalar>
struct TransposedWeights {
  void prepare(const auto&) {}
  void require_shapes(const auto&) const {}
  void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
  void init(const std::vector<Index>&, Random) {}

  /// back = the error of layer k + 1 as hidden layer k hears it.
  void operator()(const auto& layers, const Matrices<Scalar>& errors, std::size_t k,
                  const Columns& columns, auto&& back) const {
    back.noalias() = layers.weights(k + 1).transpose() * columns.of(errors[k + 1]);
  }

  void each(auto&&) {}
};

/// Fixed feedback weights: one matrix for each hidden layer k, its neurons x the neurons that its
/// feedback comes from. `Source` gives the number of the latter.
template <typename Scalar, typename Source>
struct FeedbackWeights {
  Matrices<Scalar> weights;

  /// Weights of 0, until they are drawn, set or loaded.
  void prepare(const auto& layers) {
    weights.clear();
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k)
      weights.push_back(
          Matrix<Scalar>::Zero(layers.sizes[k + 1], Source::neurons(layers.sizes, k)));
  }

  void require_shapes(const auto& layers) const {
    require<ShapeError>(weights.size() + 1 == layers.depth(), "there are feedback weights for ",
                        weights.size(), " hidden layers of ", layers.depth() - 1);
    for (std::size_t k = 0; k < weights.size(); ++k)
      require_weights<Scalar>(weights[k], layers.sizes[k + 1], Source::neurons(layers.sizes, k),
                              "feedback weights", k);
  }

  /// Throws InvalidCall when all feedback weights of a hidden layer are 0: it would learn nothing.
  void require_nonzero(const auto&) const {
    for (std::size_t k = 0; k < weights.size(); ++k)
      require<InvalidCall>(
          any_nonzero(weights[k]), "all feedback weights of layer ", k,
          " are 0: call initialize(), or set or load them, before infer() or train()");
  }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < weights.size(); ++k)
      visit("feedback" + std::to_string(k), weights[k]);
  }
};

/// Feedback comes from the layer above.
struct FromLayerAbove {
  static Index neurons(const std::vector<Index>& sizes, std::size_t k) { return sizes[k + 2]; }
};

/// Feedback comes from the output.
struct FromOutput {
  static Index neurons(const std::vector<Index>& sizes, std::size_t) { return sizes.back(); }
};

/// The error travels back from layer to layer through fixed random weights: feedback alignment.
///
/// T. P. Lillicrap, D. Cownden, D. B. Tweed & C. J. Akerman, Nat. Commun. 7:13276 (2016).
template <typename Scalar>
struct RandomWeights : FeedbackWeights<Scalar, FromLayerAbove> {
  using FeedbackWeights<Scalar, FromLayerAbove>::weights;

  /// Uniform, as large as Glorot's forward weights.
  void init(const std::vector<Index>& sizes, Random random) {
    weights.clear();
    for (std::size_t k = 0; k + 2 < sizes.size(); ++k) {
      const Scalar bound = std::sqrt(Scalar(6) / Scalar(sizes[k + 1] + sizes[k + 2]));
      weights.push_back(random.stream("feedback", k)
                            .template uniform<Scalar>(sizes[k + 1], sizes[k + 2], -bound, bound));
    }
  }

  void operator()(const auto&, const Matrices<Scalar>& errors, std::size_t k,
                  const Columns& columns, auto&& back) const {
    back.noalias() = weights[k] * columns.of(errors[k + 1]);
  }
};

/// The output's error reaches every hidden layer at once through fixed random weights: direct
/// feedback alignment.
///
/// A. Noekland, NeurIPS 29 (2016).
template <typename Scalar>
struct DirectRandomWeights : FeedbackWeights<Scalar, FromOutput> {
  using FeedbackWeights<Scalar, FromOutput>::weights;

  void init(const std::vector<Index>& sizes, Random random) {
    weights.clear();
    for (std::size_t k = 0; k + 2 < sizes.size(); ++k) {
      const Scalar bound = std::sqrt(Scalar(6) / Scalar(sizes[k + 1] + sizes.back()));
      weights.push_back(random.stream("feedback", k)
                            .template uniform<Scalar>(sizes[k + 1], sizes.back(), -bound, bound));
    }
  }

  void operator()(const auto&, const Matrices<Scalar>& errors, std::size_t k,
                  const Columns& columns, auto&& back) const {
    back.noalias() = weights[k] * columns.of(errors.back());
  }
};

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
/// Layer l of the equations is k = l - 1 here. The rule hears \f$r_{l-1}\f$ and \f$\delta_l\f$:
/// with `Hebbian` this is gradient descent. Cost: 6 flops a synapse and sample, 4 in the first
/// layer. Throws ShapeError and NonFinite on bad input, InvalidCall and InvalidParameter on calls
/// before `infer` or of no layer, Divergence, naming layer and training step (from 0), when a
/// drive, an error or a weight leaves the finite numbers.
///
/// D. E. Rumelhart, G. E. Hinton & R. J. Williams, Nature 323:533-536 (1986).
template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError,
          template <typename> typename Feedback = TransposedWeights>
class SentBackError {
 public:
  using Scalar = typename Rule::Scalar;

  DenseLayers<Rule, Hidden> layers;
  Feedback<Scalar> feedback_path = {};

  explicit SentBackError(DenseLayers<Rule, Hidden> layers_) : layers(std::move(layers_)) {
    feedback_path.prepare(layers);
  }

  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    feedback_path.init(layers.sizes, random);
  }

  /// The outputs for the inputs x: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Runs the two sweeps; no weight moves.
  void infer(const View<Scalar>& x, const View<Scalar>& y) {
    layers.require_batch(x, y);
    require_shapes();
    feedback_path.require_nonzero(layers);
    calls_.infer([&] {
      layers.begin(x, activity);
      resize_all(errors, layers.neurons(), x.cols());
      layers.for_each_block(x.cols(), [&](const Columns& columns) {
        layers.sweep(columns, activity);
        Loss::template error<Scalar>(columns.of(activity.drive.back()), columns.of(y),
                                     columns.of(errors.back()));
        for (std::size_t k = layers.depth() - 1; k-- > 0;) {
          feedback_path(layers, errors, k, columns, columns.of(errors[k]));
          columns.of(errors[k]).array() *= columns.of(activity.gain[k]).array();
        }
      });
      check_finite("drive", activity.drive);
      check_finite("error", errors);
    });
  }

  /// Every layer learns from the last inference.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      for (std::size_t k = 0; k < layers.depth(); ++k)
        calls_.apply("weights", k, layers.states[k], [&] {
          layers.rules[k].update(activity.rate[k], errors[k], layers.states[k]);
        });
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// What layer k would change by, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    change_.setZero(layers.biased(k).rows(), layers.biased(k).cols());
    add_change(layers.rules[k], Scalar(1), activity.rate[k], errors[k], layers.states[k], change_);
    return change_;
  }

  /// The mean norm of the feedback that reached layer k in the last inference.
  double feedback(std::size_t k) const {
    calls_.require_layer("feedback()", k, layers.depth());
    return mean_norm<Scalar>(errors.at(k));
  }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"SentBackError", Hidden, Loss, Feedback<Scalar>>);
    feedback_path.each(visit);
  }

  Activity<Scalar> activity;  ///< of the last inference
  Matrices<Scalar> errors;    ///< of the last inference, one a layer

 private:
  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  static void check_finite(const char* what, const Matrices<Scalar>& matrices) {
    for (std::size_t k = 0; k < matrices.size(); ++k)
      require<Divergence>(all_finite(matrices[k].data(), matrices[k].size()), "SentBackError: the ",
                          what, " of layer ", k, " is not finite");
  }

  CallOrder calls_{"SentBackError"};
  Activity<Scalar> prediction_;
  Matrix<Scalar> change_;
};

template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using Backpropagation = SentBackError<Rule, Hidden, Loss, TransposedWeights>;

template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using FeedbackAlignment = SentBackError<Rule, Hidden, Loss, RandomWeights>;

template <typename Rule, typename Hidden = Tanh, typename Loss = SquaredError>
using DirectFeedbackAlignment = SentBackError<Rule, Hidden, Loss, DirectRandomWeights>;

}  // namespace hebb
