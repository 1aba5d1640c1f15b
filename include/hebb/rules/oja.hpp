/// @file
/// Oja's rule: Hebbian growth with a decay that bounds each neuron's weights.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Oja's rule.
///
/// \f[ \Delta w_{ij} = \eta \, \langle y_i x_j - \alpha y_i^2 w_{ij} \rangle \f]
///
/// with \f$\langle\cdot\rangle\f$ the mean over columns. A linear unit converges to the first
/// principal component of its input, at squared length \f$1/\alpha\f$.
///
/// | symbol       | code               | shape          | unit       |
/// |--------------|--------------------|----------------|------------|
/// | \f$x\f$      | `pre`              | pre x columns  | rate       |
/// | \f$y\f$      | `post`             | post x columns | rate       |
/// | \f$w\f$      | `state.weights`    | post x pre     | 1          |
/// | \f$\eta\f$   | `parameters.eta`   | scalar         | per update |
/// | \f$\alpha\f$ | `parameters.alpha` | scalar         | 1          |
///
/// Cost: 2 post * pre * columns flops. Stable while eta * alpha * y^2 < 1.
/// Throws InvalidParameter from init when eta or alpha is not positive.
///
/// E. Oja, J. Math. Biol. 15:267-273 (1982), eq. 3; the alpha form after Gerstner & Kistler,
/// Spiking Neuron Models (2002), sec. 11.1.
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct Oja {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Oja";

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
    Scalar alpha = 1;           ///< strength of forgetting; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Vector<Scalar>> factor = {};  // scratch space; not saved in checkpoints

    void each(auto&& visit) {
      visit("rule", label_of<"Oja">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_positive(name, "alpha", parameters.alpha);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The postsynaptic factor, y, and the decay, `alpha <y^2>` per neuron.
  const Factor<Scalar, Vector<Scalar>>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = post;
    mean_over_columns<Scalar>(
        post.cols(), [&](Index c) { return post.col(c).cwiseAbs2(); }, state.factor.decay);
    state.factor.decay *= parameters.alpha;
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

static_assert(FactoredRule<Oja<float>>);

}  // namespace hebb
