/// @file
/// The rule of Bienenstock, Cooper and Munro: a threshold between weakening and strengthening that
/// slides with activity.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// The modification function of a neuron: phi(y, theta), written into `phi`.
template <typename M>
concept BcmModification = requires(const M modification, const Vector<float>& rate,
                                   const Vector<float>& threshold, Vector<float>& phi) {
  modification.respond(rate, threshold, phi);
};

/// phi = y (y - theta).
struct IntratorCooper {
  static constexpr std::string_view name = "IntratorCooper";
  /// Writes phi of rates, neurons x columns, and thresholds, one per neuron.
  template <typename Scalar>
  void respond(const auto& rate, const Vector<Scalar>& threshold, auto&& phi) const {
    phi = rate.cwiseProduct(rate - threshold);
  }
};

/// phi = y (y - theta) / theta: the same fixed points, and stable for slower thresholds.
///
/// After a long silence theta is near 0, and the first response would meet a gain of 1 / theta.
/// `smallest_threshold` bounds the division: no gain exceeds 1 / smallest_threshold (2 by default;
/// 1e-3 would allow 1000). At every fixed point theta = y = 1 / P(y > 0) is at least 1, so that a
/// bound below 1 changes neither a fixed point nor its stability.
struct LawCooper {
  static constexpr std::string_view name = "LawCooper";
  double smallest_threshold = 0.5;  ///< > 0

  void check() const { require_positive(name, "smallest_threshold", smallest_threshold); }

  /// Writes phi of rates, neurons x columns, and thresholds, one per neuron.
  template <typename Scalar>
  void respond(const auto& rate, const Vector<Scalar>& threshold, auto&& phi) const {
    phi = rate.array() * (rate - threshold).array() /
          threshold.array().max(Scalar(smallest_threshold));
  }
};

/// The BCM rule.
///
/// \f[ \Delta w_{ij} = \eta \, \langle \phi(y_i, \theta_i) \, x_j \rangle, \qquad
///     \Delta\theta_i = (\langle y_i^2 \rangle - \theta_i) / \tau_\theta \f]
///
/// Both use the threshold from before the step. Forgetting of the weights, -eta epsilon w, is the
/// optimiser's `weight_decay`.
///
/// | symbol             | code                   | shape          | unit       |
/// |--------------------|------------------------|----------------|------------|
/// | \f$x\f$            | `pre`                  | pre x columns  | rate       |
/// | \f$y\f$            | `post`                 | post x columns | rate       |
/// | \f$\theta\f$       | `state.threshold`      | post           | rate^2     |
/// | \f$w\f$            | `state.weights`        | post x pre     | 1          |
/// | \f$\eta\f$         | `parameters.eta`       | scalar         | per update |
/// | \f$\tau_\theta\f$  | `parameters.tau_theta` | scalar         | updates    |
///
/// Cost: 2 post * pre * columns flops. Of K linearly independent patterns with probabilities p_k a
/// linear unit comes to prefer one: there y = theta = 1/p_k, and y = 0 on all others. Stable, for
/// orthogonal patterns, while tau_theta < 1 / (eta |x|^2) (IntratorCooper) or tau_theta < 1 / (eta
/// p_k |x|^2) (LawCooper); beyond, it oscillates. Throws InvalidParameter from init when eta,
/// initial_threshold or smallest_threshold is not positive or tau_theta is below 1.
///
/// E. L. Bienenstock, L. N. Cooper & P. W. Munro, J. Neurosci. 2:32-48 (1982); N. Intrator & L. N.
/// Cooper, Neural Networks 5:3-17 (1992); C. C. Law & L. N. Cooper, PNAS 91:7797-7801 (1994).
template <std::floating_point Scalar_ = float, BcmModification Modification = IntratorCooper,
          OptimizerFor<Scalar_> Optimizer = Plain>
struct Bcm {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Bcm";

  struct Parameters {
    Scalar eta = Scalar(1e-3);     ///< learning rate, per update; > 0
    Scalar tau_theta = 100;        ///< time constant of the threshold, in updates; >= 1
    Scalar initial_threshold = 1;  ///< > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Vector<Scalar> threshold;    ///< per neuron
    Factor<Scalar> factor = {};  // scratch space; not saved in checkpoints
    Vector<Scalar> power = {};   // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"Bcm", Modification>);
      visit("weights", weights);
      visit("threshold", threshold);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Modification modification = {};  ///< the function phi of rate and threshold
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_at_least(name, "tau_theta", parameters.tau_theta, 1);
    require_positive(name, "initial_threshold", parameters.initial_threshold);
    if constexpr (requires { modification.check(); }) modification.check();
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape),
            Vector<Scalar>::Constant(shape.post, parameters.initial_threshold)};
  }

  /// The postsynaptic factor, phi(y, theta). Then advances the threshold.
  template <BatchShare Batch = WholeBatch>
  const Factor<Scalar>& post_factor(const View<Scalar>& post, State& state,
                                    const Batch& batch = {}) const {
    require_state(state.threshold, post.rows(), 1, name, "threshold");
    Matrix<Scalar>& phi = state.factor.post;
    phi.resize(post.rows(), post.cols());
    for (Index c = 0; c < post.cols(); ++c)
      modification.respond(post.col(c), state.threshold, phi.col(c));
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c).cwiseAbs2(); }, state.power, batch);
    state.threshold += (state.power - state.threshold) / parameters.tau_theta;
    require_finite<Scalar, Divergence>(state.threshold, "Bcm: threshold");
    return state.factor;
  }

  void apply(const Change<Scalar>& change, None decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence
};

static_assert(FactoredRule<Bcm<float>>);

}  // namespace hebb
