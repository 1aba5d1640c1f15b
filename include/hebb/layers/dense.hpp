/// @file
/// A fully connected layer, z = f(W x + b), that learns by the rule it is given from what it saw
/// itself.
#pragma once

#include <cmath>
#include <utility>

#include "hebb/core/activation.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/bias.hpp"

namespace hebb {

/// A dense layer of `shape.post` neurons.
///
/// `forward` keeps its input, drive, rate z = f(a) and gain f'(a); `learn` hands input and response
/// to the rule. Weights are post x pre, with one more column for a learned bias. They start where
/// the rule starts them (mostly at 0) until `initialize`. Throws ShapeError and NonFinite on bad
/// input and on weights of another shape, and from `learn` what the rule throws.
template <RateRule Rule_, ActivationFor<typename Rule_::Scalar> Activation = Linear>
class Dense {
 public:
  using Rule = Rule_;
  using Scalar = typename Rule::Scalar;

  Rule rule;
  typename Rule::State state;

  Dense(Rule rule_, Shape shape, Bias bias = Bias::learned)
      : rule(std::move(rule_)),
        state(rule.init({.pre = shape.pre + extra(bias), .post = shape.post})),
        shape_(shape),
        bias_(bias) {
    require(shape.pre > 0 && shape.post > 0, "Dense: needs at least one neuron on each side, got ",
            shape.post, " x ", shape.pre);
  }

  /// Weights and bias uniform in +- scale / sqrt(pre).
  void initialize(Random random, Scalar scale = 1) {
    require_finite_parameter("Dense", "scale", scale);
    const Scalar bound = scale / std::sqrt(Scalar(shape_.pre));
    state.weights = random.stream("weights").template uniform<Scalar>(
        state.weights.rows(), state.weights.cols(), -bound, bound);
  }

  /// The rates z (post x columns) for the inputs x (pre x columns).
  const Matrix<Scalar>& forward(const View<Scalar>& x) {
    require<ShapeError>(x.rows() == shape_.pre, "Dense: input must have ", shape_.pre,
                        " rows, got ", x.rows());
    require_finite<Scalar>(x, "Dense: input");
    require_shape<Scalar>(state.weights, shape_.post, shape_.pre + extra(bias_),
                          "Dense: the weight matrix");
    pre_.resize(state.weights.cols(), x.cols());
    pre_.topRows(shape_.pre) = x;
    if (bias_ == Bias::learned) pre_.row(shape_.pre).setOnes();
    multiply<Scalar>(state.weights, pre_, drive_);
    Activation::template respond<Scalar>(drive_, rate_, gain_);
    return rate_;
  }

  /// Learns from its own response to the last input.
  void learn() { learn(Response<Scalar>(rate_, gain_)); }

  /// Learns with the postsynaptic side that a network teaches, for the last input.
  void learn(const auto& post) {
    require<ShapeError>(pre_.cols() > 0, "Dense: learn needs an input, which forward keeps");
    rule.update(pre_, post, state);
  }

  /// Forgets the current sequence: see the rule's forget.
  void forget() { rule.forget(state); }

  const Matrix<Scalar>& drive() const { return drive_; }
  const Matrix<Scalar>& response() const { return rate_; }
  const Matrix<Scalar>& gain() const { return gain_; }
  const Matrix<Scalar>& output() const { return rate_; }
  Shape shape() const { return shape_; }

  void each(auto&& visit) {
    visit("layer", label_of<"Dense", Activation>);
    state.each(visit);
  }

 private:
  static Index extra(Bias bias) { return bias == Bias::learned ? 1 : 0; }

  Shape shape_;
  Bias bias_;
  Matrix<Scalar> pre_, drive_, rate_, gain_;
};

}  // namespace hebb
