/// @file
/// Plain Hebbian growth.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Hebb's rule: neurons that are active together strengthen their synapse, without bound.
///
/// \f[ \Delta w_{ij} = \eta \, \langle y_i x_j \rangle \f]
///
/// with \f$\langle\cdot\rangle\f$ the mean over columns.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$x\f$    | `pre`            | pre x columns  | rate       |
/// | \f$y\f$    | `post`           | post x columns | rate       |
/// | \f$w\f$    | `state.weights`  | post x pre     | 1          |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 2 post * pre * columns flops. Never stable: for a linear unit the component along the k-th
/// eigenvector of <x x^T> grows by the factor 1 + eta lambda_k per update. Bound it with
/// core/normalization.hpp or core/optimizer/bounded.hpp. Throws InvalidParameter from init when eta
/// is not positive.
///
/// D. O. Hebb, The Organization of Behavior (1949); the form is P. Dayan & L. F. Abbott,
/// Theoretical Neuroscience (2001), eq. 8.2.
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct Hebbian {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Hebbian";

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar> factor = {};  // scratch space; not saved in checkpoints

    void each(auto&& visit) {
      visit("rule", label_of<"Hebbian">);
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

  /// The postsynaptic factor: y.
  const Factor<Scalar>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = post;
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

static_assert(FactoredRule<Hebbian<float>>);

}  // namespace hebb
