/// @file
/// The instar rule: weights move towards the inputs that their neuron is active for.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// The instar rule, the feedforward part of Foldiak's network and of competitive learning.
///
/// \f[ \Delta w_{ij} = \eta \, \langle y_i (x_j - w_{ij}) \rangle \f]
///
/// with \f$\langle\cdot\rangle\f$ the mean over columns.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$x\f$    | `pre`            | pre x columns  | rate       |
/// | \f$y\f$    | `post`           | post x columns | rate       |
/// | \f$w\f$    | `state.weights`  | post x pre     | rate       |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 2 post * pre * columns flops. The fixed point is the mean input weighted by activity,
/// `<y x> / <y>`. Stable for y >= 0 while `eta <y>` is below 1. Throws InvalidParameter from init
/// when eta is not positive.
///
/// S. Grossberg, Biol. Cybern. 23:121-134 (1976); in P. Foldiak, Biol. Cybern. 64:165-170 (1990).
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct Instar {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Instar";

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Vector<Scalar>> factor = {};  // scratch space; not saved in checkpoints

    void each(auto&& visit) {
      visit("rule", label_of<"Instar">);
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

  /// The postsynaptic factor, y, and the decay, `<y>` per neuron.
  const Factor<Scalar, Vector<Scalar>>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = post;
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c); }, state.factor.decay);
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Vector<Scalar>& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence
};

static_assert(FactoredRule<Instar<float>>);

}  // namespace hebb
