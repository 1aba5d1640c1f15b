/// @file
/// Homeostatic scaling: all synapses of a neuron grow or shrink together until its activity meets a
/// target.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Scaling in proportion to the error alone.
struct Proportional {
  static constexpr std::string_view name = "Proportional";
};

/// Scaling in proportion to the error and to its sum over updates. The sum removes the error that
/// remains under a constant opposing drive.
struct ProportionalIntegral {
  static constexpr std::string_view name = "ProportionalIntegral";
  double gain = 0.01;  ///< of the sum, relative to the error; > 0
};

/// Homeostatic synaptic scaling.
///
/// \f[ \Delta w_{ij} = \eta \, w_{ij} \, \Big( (a^* - a_i) + \gamma \sum_{t} (a^* - a_i)
///     \Big), \qquad
///     \Delta a_i = (\langle y_i \rangle - a_i) / \tau \f]
///
/// The average a is advanced before it is used; with tau = 1 it is the mean of the batch. Pre has
/// no effect.
///
/// | symbol       | code                     | shape          | unit       |
/// |--------------|--------------------------|----------------|------------|
/// | \f$y\f$      | `post`                   | post x columns | rate       |
/// | \f$a\f$      | `state.activity`         | post           | rate       |
/// | \f$w\f$      | `state.weights`          | post x pre     | 1          |
/// | \f$a^*\f$    | `parameters.target_rate` | scalar         | rate       |
/// | \f$\eta\f$   | `parameters.eta`         | scalar         | per update |
/// | \f$\tau\f$   | `parameters.tau`         | scalar         | updates    |
/// | \f$\gamma\f$ | `control.gain`           | scalar         | per update |
///
/// Cost: one pass over the weights. Keeps the ratios of a neuron's weights. Stable while eta times
/// the target is well below 1 / tau. Throws InvalidParameter from init when eta, the target or the
/// gain is not positive or tau is below 1.
///
/// G. G. Turrigiano et al., Nature 391:892-896 (1998); M. C. W. van Rossum, G. Q. Bi & G. G.
/// Turrigiano, J. Neurosci. 20:8812-8821 (2000).
template <std::floating_point Scalar_ = float,
          OneOf<Proportional, ProportionalIntegral> Control = Proportional,
          OptimizerFor<Scalar_> Optimizer = Plain>
struct HomeostaticScaling {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "HomeostaticScaling";

  struct Parameters {
    Scalar eta = Scalar(1e-3);  ///< learning rate, per update; > 0
    Scalar target_rate = 1;     ///< activity at which the weights stay; > 0
    Scalar tau = 100;           ///< time constant of the average activity, in updates; >= 1
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Vector<Scalar> activity, error_sum;          ///< per neuron
    Factor<Scalar, Vector<Scalar>> factor = {};  // scratch space; not saved in checkpoints
    Vector<Scalar> rate = {};                    // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"HomeostaticScaling", Control>);
      visit("weights", weights);
      visit("activity", activity);
      visit("error_sum", error_sum);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Control control = {};  ///< how the error of the activity drives the weights
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_positive(name, "target_rate", parameters.target_rate);
    require_at_least(name, "tau", parameters.tau, 1);
    if constexpr (integral) require_positive(name, "gain", control.gain);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape),
            Vector<Scalar>::Constant(shape.post, parameters.target_rate),
            Vector<Scalar>::Zero(shape.post)};
  }

  /// The postsynaptic factor, 0, and the decay, which is negative where the weights grow.
  template <BatchShare Batch = WholeBatch>
  const Factor<Scalar, Vector<Scalar>>& post_factor(const View<Scalar>& post, State& state,
                                                    const Batch& batch = {}) const {
    state.factor.post.setZero(post.rows(), post.cols());
    measure(post, state, batch);
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Vector<Scalar>& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of scaling from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights, name);
    measure(post, state, WholeBatch{});
    apply_change(*this, NoChange{state.weights}, state.factor.decay, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence

 private:
  static constexpr bool integral = std::is_same_v<Control, ProportionalIntegral>;

  struct NoChange {
    const Matrix<Scalar>& weights;

    auto col(Index) const { return Vector<Scalar>::Zero(rows()); }
    double largest() const { return 0; }
    Index rows() const { return weights.rows(); }
    Index cols() const { return weights.cols(); }
  };

  void measure(const View<Scalar>& post, State& state, const BatchShare auto& batch) const {
    require_state(state.activity, post.rows(), 1, name, "activity");
    require_state(state.error_sum, post.rows(), 1, name, "error_sum");
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c); }, state.rate, batch);
    state.activity += (state.rate - state.activity) / parameters.tau;
    require_finite<Scalar, Divergence>(state.activity, "HomeostaticScaling: activity");
    Vector<Scalar>& decay = state.factor.decay;
    decay = state.activity.array() - parameters.target_rate;
    if constexpr (integral) {
      state.error_sum -= decay;
      decay -= Scalar(control.gain) * state.error_sum;
    }
  }
};

static_assert(FactoredRule<HomeostaticScaling<float>>);

}  // namespace hebb
