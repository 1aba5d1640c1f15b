/// @file
/// A fully connected layer, z = f(W x + b), that learns by a rule from its own input and response.
#pragma once

#include <utility>

#include "hebb/core/activation.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/label.hpp"
#include "hebb/layers/dense_synapses.hpp"

namespace hebb {

/// A dense layer of `shape.post` neurons: plastic synapses and an activation function.
///
/// `forward` keeps its input, drive, rate z = f(a) and gain f'(a). `learn()` passes input and
/// response to the rule; `learn(post)` and, with an input from outside, `learn(pre, post)` pass
/// what a network teaches. Weights are post x pre, with one more column for a learned bias.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$x\f$ | argument of `forward` | pre x columns | rate |
/// | \f$a = W x + b\f$ | `drive()` | post x columns | rate |
/// | \f$z = f(a)\f$ | `response()` | post x columns | rate |
/// | \f$f'(a)\f$ | `gain()` | post x columns | 1 |
/// | \f$W\f$ | `weights()` | post x pre | 1 |
/// | \f$(W, b)\f$ | `state.weights` | post x (pre + 1), post x pre with `Bias::none` | 1 |
///
/// Cost: 2 flops per synapse and sample in `forward`, and the rule's cost in `learn`. Throws
/// ShapeError and NonFinite on bad input and on weights of another shape, and from `learn` what the
/// rule throws.
template <RateRule Rule_, ActivationFor<typename Rule_::Scalar> Activation = Linear>
class Dense : public DenseSynapses<Rule_> {
  using Synapses = DenseSynapses<Rule_>;

 public:
  using Rule = Rule_;
  using Scalar = typename Rule::Scalar;
  using Synapses::learn, Synapses::rule, Synapses::state;

  /// A layer whose weights are those of the rule's `init`. Throws InvalidParameter.
  Dense(Rule rule_, Shape shape, Bias bias = Bias::learned)
      : Synapses(std::move(rule_), shape, bias) {}

  /// The rates z (post x columns) for the inputs x (pre x columns).
  const Matrix<Scalar>& forward(const View<Scalar>& x) {
    const Shape shape = this->shape();
    require<ShapeError>(x.rows() == shape.pre, "Dense: input must have ", shape.pre, " rows, got ",
                        x.rows());
    require_finite<Scalar>(x, "Dense: input");
    require_shape<Scalar>(state.weights, shape.post, this->columns(), "Dense: the weight matrix");
    pre_.resize(this->columns(), x.cols());
    pre_.topRows(shape.pre) = x;
    if (this->bias() == Bias::learned) pre_.row(shape.pre).setOnes();
    multiply<Scalar>(state.weights, pre_, drive_);
    respond(drive_, rate_, gain_);
    return rate_;
  }

  /// Rates and gains of the neurons for given drives.
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    Activation::template respond<Scalar>(drive, rate, gain);
  }

  /// Learns from its own response to the last input.
  void learn() { learn(Response<Scalar>(rate_, gain_)); }

  /// Learns with the postsynaptic side that a network teaches, for the last input.
  void learn(const auto& post) {
    require<ShapeError>(pre_.cols() > 0, "Dense: learn needs an input, which forward keeps");
    rule.update(pre_, post, state);
  }

  const Matrix<Scalar>& drive() const { return drive_; }
  const Matrix<Scalar>& response() const { return rate_; }
  const Matrix<Scalar>& gain() const { return gain_; }
  const Matrix<Scalar>& output() const { return rate_; }

  void each(auto&& visit) {
    visit("layer", label_of<"Dense", Activation>);
    state.each(visit);
  }

 private:
  Matrix<Scalar> pre_, drive_, rate_, gain_;
};

}  // namespace hebb
