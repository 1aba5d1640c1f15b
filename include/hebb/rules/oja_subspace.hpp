/// @file
/// Oja's subspace rule: a layer learns the span of the first principal components.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer.hpp"

namespace hebb {

/// Oja's subspace rule.
///
/// \f[ \Delta W = \eta \, \langle y x^T - y y^T W \rangle = \eta \, \langle y \, (x
///     - W^T y)^T \rangle \f]
///
/// The second form learns from what the layer's reconstruction W^T y leaves of x, and is how
/// `update` computes it.
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
template <typename Scalar_ = float, typename Optimizer = Plain>
struct OjaSubspace {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "OjaSubspace";
  using Breaks = Exceptions<law::Locality>;  // a neuron hears what the others reconstruct

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Workspace<Scalar, Matrix<Scalar>> work = {};
    Matrix<Scalar> residual = {};  // room, not memory

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

  /// What the postsynaptic side says, y, and the decay it asks for, <y y^T>.
  const Factor<Scalar, Matrix<Scalar>>& post_factor(const View<Scalar>& post, State& state) const {
    state.work.factor.post = post;
    mean_outer_product<Scalar>(post, post, state.work.factor.decay);
    return state.work.factor;
  }

  void apply(const auto& change, const auto& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights);
    if (pre.cols() == 1) {
      apply(OneSample{pre, post, state.weights}, None{}, state);
    } else {
      state.residual = pre;
      subtract_transposed_product<Scalar>(state.weights, post, state.residual);
      const View<Scalar> residual = state.residual;
      apply(MeanOuterProduct<Scalar>{post, residual, state.work.change}, None{}, state);
    }
  }

  void forget(State&) const {}  // the rule remembers nothing of a sequence

 private:
  /// y (x - W^T y)^T of one sample, a column at a time, while that column of W is in the cache.
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

static_assert(FactoredRule<OjaSubspace<float>> && FactoredRule<OjaSubspace<double, Adam>>);

}  // namespace hebb
