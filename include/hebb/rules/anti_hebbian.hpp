/// @file
/// Anti-Hebbian learning of lateral weights: neurons that are active together learn to inhibit each
/// other.
#pragma once

#include <limits>

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Foldiak's lateral weights and thresholds: binary neurons become sparse and pairwise independent.
///
/// \f[ \Delta w_{ij} = -\eta \, \langle y_i y_j - p^2 \rangle \; (i \ne j), \quad w_{ij} \le 0,
/// \qquad
///     \Delta t_i = \gamma \, \langle y_i - p \rangle \f]
///
/// Pre and post are the same neurons. The constant p^2 belongs to no column, so the rule is not
/// factored: it has an update only.
///
/// | symbol       | code                       | shape          | unit       |
/// |--------------|----------------------------|----------------|------------|
/// | \f$y\f$      | `pre`, `post`              | post x columns | rate       |
/// | \f$w\f$      | `state.weights`            | post x post    | 1          |
/// | \f$t\f$      | `state.threshold`          | post           | drive      |
/// | \f$\eta\f$   | `parameters.eta`           | scalar         | per update |
/// | \f$\gamma\f$ | `parameters.eta_threshold` | scalar         | per update |
/// | \f$p\f$      | `parameters.target_rate`   | scalar         | rate       |
///
/// Cost: 2 post * post * columns flops. At the fixed point P(y_i = 1) = p, and `<y_i y_j> = p^2`
/// wherever w < 0. Throws InvalidParameter from init when a learning rate is not positive or
/// target_rate is not in (0, 1); ShapeError when pre x post is not square, or when a drive, a
/// response or the state do not fit each other; Divergence when the products of rates overflow.
///
/// P. Foldiak, Biol. Cybern. 64:165-170 (1990).
template <std::floating_point Scalar_ = float>
struct Foldiak {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Foldiak";
  using Breaks = Exceptions<law::SilentPre>;  // synapses of silent neurons grow by eta p^2

  struct Parameters {
    Scalar eta = Scalar(0.1);             ///< learning rate of the weights, per update; > 0
    Scalar eta_threshold = Scalar(0.02);  ///< of the thresholds, per update; > 0
    Scalar target_rate = Scalar(0.125);   ///< p, the probability of being active; in (0, 1)
    Scalar slope = 10;  ///< of the logistic function while the response settles; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    Vector<Scalar> threshold;            ///< per neuron
    UpdateScratch<Scalar> scratch = {};  // not saved in checkpoints (also the next)
    Vector<Scalar> rate = {};            ///< scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"Foldiak">);
      visit("weights", weights);
      visit("threshold", threshold);
    }
  };

  Parameters parameters = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_positive(name, "eta_threshold", parameters.eta_threshold);
    require(parameters.target_rate > 0 && parameters.target_rate < 1,
            "Foldiak: target_rate must be in (0, 1), got ", parameters.target_rate);
    require_positive(name, "slope", parameters.slope);
    require<ShapeError>(shape.pre == shape.post, "Foldiak: lateral weights are square, got ",
                        shape.post, " x ", shape.pre);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), Vector<Scalar>::Zero(shape.post)};
  }

  /// The binary response to a drive: dy/dt = f(drive + w y - t) - y settles in Euler steps of
  /// length dt; neurons with y > 1/2 are active.
  Matrix<Scalar> respond(const View<Scalar>& drive, const State& state, int steps = 50,
                         Scalar dt = Scalar(0.2)) const {
    require_shape<Scalar>(drive, state.weights.rows(), drive.cols(), "Foldiak: drive");
    require_finite<Scalar>(drive, "Foldiak: drive");
    require_lateral(state);
    Matrix<Scalar> rate = Matrix<Scalar>::Zero(drive.rows(), drive.cols()),
                   input(drive.rows(), drive.cols());
    for (int n = 0; n < steps; ++n) {
      input = drive;
      input.noalias() += state.weights * rate;
      input.colwise() -= state.threshold;
      rate.array() += dt * ((parameters.slope * input.array()).logistic() - rate.array());
    }
    return (rate.array() > Scalar(0.5)).template cast<Scalar>();
  }

  /// One step of learning from a batch of columns: of the weights, and of the thresholds.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights, name);
    require_lateral(state);
    const Scalar eta = parameters.eta,
                 independent = parameters.target_rate * parameters.target_rate;
    const Change<Scalar> coincidence(post, pre);
    require<Divergence>(coincidence.largest() <= double(std::numeric_limits<Scalar>::max()),
                        "Foldiak: a product of rates overflows");
    for_each_column(state.weights, coincidence, None{}, state.scratch,
                    [&](auto w, const auto& yy, Index j, Index n) {
                      w.array() = (w.array() - eta * (yy.array() - independent)).min(Scalar(0));
                      for (Index c = 0; c < n; ++c) w(j + c, c) = 0;
                    });
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c); }, state.rate);
    state.threshold.array() +=
        parameters.eta_threshold * (state.rate.array() - parameters.target_rate);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence

 private:
  static void require_lateral(const State& state) {
    const Index neurons = state.weights.rows();
    require_shape<Scalar>(state.weights, neurons, neurons, "Foldiak: the lateral weight matrix");
    require_state(state.threshold, neurons, 1, name, "threshold");
  }
};

/// Linear decorrelation.
///
/// \f[ \Delta w_{ij} = -\eta \, \langle y_i y_j \rangle \; (i \ne j) \f]
///
/// Pre and post are the same neurons, y = drive + W y, settled.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$y\f$    | `pre`, `post`    | post x columns | rate       |
/// | \f$w\f$    | `state.weights`  | post x post    | 1          |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 2 post * post * columns flops. At the fixed point the responses are uncorrelated:
/// `<y_i y_j> = 0` for i != j. Throws InvalidParameter from init when eta is not positive;
/// ShapeError when pre x post is not square.
///
/// H. B. Barlow & P. Foldiak, in: The Computing Neuron (1989).
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct LinearAntiHebbian {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "LinearAntiHebbian";

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar> factor = {};        // scratch space; not saved in checkpoints
    Matrix<Scalar> off_diagonal = {};  // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"LinearAntiHebbian">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require<ShapeError>(shape.pre == shape.post,
                        "LinearAntiHebbian: lateral weights are square, got ", shape.post, " x ",
                        shape.pre);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The postsynaptic factor: -y.
  const Factor<Scalar>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = -post;
    return state.factor;
  }

  /// No neuron inhibits itself: the diagonal stays 0. An optimiser that scales the change by its
  /// length gets a change without the diagonal.
  void apply(const Change<Scalar>& change, None decay, State& state) const {
    require_shape<Scalar>(state.weights, state.weights.cols(), state.weights.cols(),
                          "LinearAntiHebbian: the lateral weight matrix");
    if constexpr (requires { requires Optimizer::elementwise; }) {
      apply_change(*this, change, decay, state);
    } else {
      state.off_diagonal = change.matrix(state.off_diagonal);
      state.off_diagonal.diagonal().setZero();
      apply_change(*this, Change<Scalar>(state.off_diagonal, change.largest()), decay, state);
    }
    state.weights.diagonal().setZero();
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence
};

static_assert(RateRule<Foldiak<float>> && !FactoredRule<Foldiak<float>> &&
              FactoredRule<LinearAntiHebbian<float>>);

}  // namespace hebb
