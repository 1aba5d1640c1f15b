/// @file
/// The covariance rule, and its two forms with a threshold on one side only.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Which sides are compared with their mean.
template <typename T>
concept CovarianceThresholds = requires {
  requires T::on_pre || T::on_post;
};

/// Both sides are compared with their mean: `(y - <y>) (x - <x>)`.
struct BothThresholds {
  static constexpr std::string_view name = "BothThresholds";
  static constexpr bool on_pre = true, on_post = true;  ///< sides that are compared with their mean
};

/// `y (x - <x>)`: a silent synapse of an active neuron is weakened (heterosynaptic depression).
struct PresynapticThreshold {
  static constexpr std::string_view name = "PresynapticThreshold";
  /// Sides that are compared with their mean.
  static constexpr bool on_pre = true, on_post = false;
};

/// `(y - <y>) x`: a synapse is weakened when its neuron is less active than usual (homosynaptic
/// depression).
struct PostsynapticThreshold {
  static constexpr std::string_view name = "PostsynapticThreshold";
  /// Sides that are compared with their mean.
  static constexpr bool on_pre = false, on_post = true;
};

/// The covariance rule.
///
/// \f[ \Delta w_{ij} = \eta \, \langle (y_i - \bar y_i) (x_j - \bar x_j) \rangle \f]
///
/// The means are running averages, advanced by this batch before they are used: exact averages of
/// all batches so far up to tau updates, exponential ones after that. With tau = 1 they are the
/// means of the batch.
///
/// | symbol                 | code                               | shape          | unit       |
/// |------------------------|------------------------------------|----------------|------------|
/// | \f$x\f$                | `pre`                              | pre x columns  | rate       |
/// | \f$y\f$                | `post`                             | post x columns | rate       |
/// | \f$\bar x, \bar y\f$   | `state.pre_mean`, `state.post_mean`| pre, post      | rate       |
/// | \f$w\f$                | `state.weights`                    | post x pre     | 1          |
/// | \f$\eta\f$             | `parameters.eta`                   | scalar         | per update |
/// | \f$\tau\f$             | `parameters.tau`                   | scalar         | updates    |
///
/// Cost: 2 post * pre * columns flops. All three forms change a linear unit by eta Cov(x) w on
/// average; none is bounded. Throws InvalidParameter from init when eta is not positive or tau is
/// below 1.
///
/// T. J. Sejnowski, J. Math. Biol. 4:303-321 (1977); the threshold forms are P. Dayan & L. F.
/// Abbott (2001), eqs. 8.8 and 8.9.
template <std::floating_point Scalar_ = float, CovarianceThresholds Thresholds = BothThresholds,
          OptimizerFor<Scalar_> Optimizer = Plain>
struct Covariance {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Covariance";
  using Breaks = std::conditional_t<Thresholds::on_pre, Exceptions<law::SilentPre, law::Additivity>,
                                    Exceptions<law::Additivity>>;

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
    Scalar tau = 100;           ///< time constant of the means, in updates; >= 1
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Vector<Scalar> pre_mean, post_mean;              ///< per neuron
    std::int64_t pre_updates = 0, post_updates = 0;  ///< updates that each mean has seen
    Factor<Scalar> factor = {};                      // scratch space; not saved in checkpoints
    Matrix<Scalar> centred = {};                     // scratch space (also the next)
    Vector<Scalar> batch_mean = {};                  ///< scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"Covariance", Thresholds>);
      visit("weights", weights);
      visit("pre_mean", pre_mean);
      visit("post_mean", post_mean);
      visit("pre_updates", pre_updates);
      visit("post_updates", post_updates);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_at_least(name, "tau", parameters.tau, 1);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape),
            Vector<Scalar>::Zero(shape.pre), Vector<Scalar>::Zero(shape.post)};
  }

  /// The presynaptic factor: x, less its mean.
  template <BatchShare Batch = WholeBatch>
  const Matrix<Scalar>& pre_factor(const View<Scalar>& pre, State& state,
                                   const Batch& batch = {}) const requires Thresholds::on_pre {
    require_state(state.pre_mean, pre.rows(), 1, name, "pre_mean");
    advance(state.pre_mean, state.pre_updates, pre, state.batch_mean, batch);
    state.centred = pre.colwise() - state.pre_mean;
    return state.centred;
  }

  /// The postsynaptic factor: y, less its mean if it has a threshold.
  template <BatchShare Batch = WholeBatch>
  const Factor<Scalar>& post_factor(const View<Scalar>& post, State& state,
                                    const Batch& batch = {}) const {
    state.factor.post = post;
    if constexpr (Thresholds::on_post) {
      require_state(state.post_mean, post.rows(), 1, name, "post_mean");
      advance(state.post_mean, state.post_updates, post, state.batch_mean, batch);
      state.factor.post.colwise() -= state.post_mean;
    }
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

 private:
  void advance(Vector<Scalar>& mean, std::int64_t& updates, const View<Scalar>& rate,
               Vector<Scalar>& batch_mean, const BatchShare auto& batch) const {
    mean_over_columns<Scalar>(
        rate.cols(), [&](Index c) { return rate.col(c); }, batch_mean, batch);
    ++updates;
    mean += std::max(1 / parameters.tau, 1 / Scalar(updates)) * (batch_mean - mean);
    require_finite<Scalar, Divergence>(mean, "Covariance: mean");
  }
};

static_assert(FactoredRule<Covariance<float>>);

}  // namespace hebb
