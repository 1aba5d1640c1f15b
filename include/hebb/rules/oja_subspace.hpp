/// @file
/// Oja's subspace rule: a layer learns the span of the first principal components.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Oja's subspace rule.
///
/// \f[ \Delta W = \eta \, \langle y x^T - y y^T W \rangle = \eta \, \langle y \, (x
///     - W^T y)^T \rangle \f]
///
/// `update` computes the second form: each neuron learns from the residual x - W^T y of the layer's
/// reconstruction.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$x\f$    | `pre`            | pre x columns  | rate       |
/// | \f$y\f$    | `post`           | post x columns | rate       |
/// | \f$W\f$    | `state.weights`  | post x pre     | 1          |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 4 post * pre * columns flops. For linear units W W^T -> 1 and the rows span the space of
/// the first `post` principal components; the basis inside it is arbitrary. Stable while eta times
/// the sum of y^2 over neurons is below 1. Throws InvalidParameter from init when eta is not
/// positive.
///
/// E. Oja, Int. J. Neural Systems 1:61-68 (1989).
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct OjaSubspace {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "OjaSubspace";
  using Breaks = Exceptions<law::Locality>;  // the residual depends on all neurons

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Matrix<Scalar>> factor = {};  // scratch space; not saved in checkpoints
    Matrix<Scalar> residual = {};                // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"OjaSubspace">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The postsynaptic factor, y, and the decay, <y y^T>.
  const Factor<Scalar, Matrix<Scalar>>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = post;
    mean_outer_product<Scalar>(post, post, state.factor.decay);
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Matrix<Scalar>& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights, name);
    if (pre.cols() == 1) {
      apply_change(*this, OneSample{pre, post, state.weights}, None{}, state);
    } else {
      state.residual = pre;
      subtract_transposed_product<Scalar>(state.weights, post, state.residual);
      apply_change(*this, Change<Scalar>(post, state.residual), None{}, state);
    }
  }

  void forget(State&) const {}  // the state holds nothing of a sequence

 private:
  /// y (x - W^T y)^T of one sample, column by column, while that column of W is in the cache.
  struct OneSample {
    const View<Scalar>& pre;
    const View<Scalar>& post;
    const Matrix<Scalar>& weights;

    auto col(Index j) const { return post.col(0) * (pre(j, 0) - post.col(0).dot(weights.col(j))); }
    Index rows() const { return weights.rows(); }
    Index cols() const { return weights.cols(); }
    double largest() const { return largest_of<Scalar>(post) * largest_of<Scalar>(pre); }
    double mixing() const {
      return largest_of<Scalar>(post) * double(post.template lpNorm<1>());
    }  // the largest row sum of y y^T
  };
};

static_assert(FactoredRule<OjaSubspace<float>>);

}  // namespace hebb
