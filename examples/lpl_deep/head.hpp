/// @file
/// Controls other than LPL: every layer has a small network with a loss on top of it, and learns by
/// gradient descent on that loss.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/rules/hebbian.hpp"

namespace lpl_deep {

/// Dense layers from the responses z to the loss, each affine and followed by the activation.
template <typename Scalar, typename Activation>
struct Head {
  using Matrix = hebb::Matrix<Scalar>;
  // With minus the gradient as post, Hebb's rule is gradient descent.
  using Layer = hebb::Dense<hebb::Hebbian<Scalar, hebb::Adam>, Activation>;

  std::vector<Layer> layers;
  Matrix error = {}, below = {};  // scratch space

  Head(const hebb::Hebbian<Scalar, hebb::Adam>& rule, const std::vector<hebb::Index>& sizes,
       hebb::Random random) {
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
      layers.emplace_back(rule, hebb::Shape{.pre = sizes[k], .post = sizes[k + 1]});
      layers.back().initialize(random.stream("head", k));
    }
  }

  const Matrix& forward(const hebb::View<Scalar>& z) {
    layers[0].forward(z);
    for (std::size_t k = 1; k < layers.size(); ++k) layers[k].forward(layers[k - 1].output());
    return layers.back().output();
  }

  /// One step of gradient descent for every layer. `error` is minus the gradient of the loss by the
  /// output. Returns minus its gradient by z, computed before the step.
  const Matrix& descend() {
    for (std::size_t k = layers.size(); k-- > 0;) {
      Layer& layer = layers[k];
      error.array() *= layer.gain().array();
      below.noalias() = layer.state.weights.leftCols(layer.shape().pre).transpose() * error;
      layer.learn(error);
      std::swap(error, below);
    }
    return error;
  }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < layers.size(); ++k)
      layers[k].each([&](std::string_view name, auto& value) {
        visit("head" + std::to_string(k) + "." + std::string(name), value);
      });
  }
};

/// A linear classifier of the labels. The loss is the cross-entropy, averaged over both views.
struct Supervision {
  hebb::Index classes = 10;

  using Activation = hebb::Linear;
  std::vector<hebb::Index> head_sizes() const { return {classes}; }

  /// The loss of outputs, classes x columns; writes minus its gradient, times the number of
  /// columns.
  template <typename Scalar>
  static double loss(const hebb::Matrix<Scalar>& output, const std::vector<int>& labels,
                     hebb::Matrix<Scalar>& error) {
    const hebb::Index samples = hebb::Index(labels.size());
    hebb::require<hebb::ShapeError>(output.cols() == 2 * samples, "Supervision: ", output.cols(),
                                    " columns need half as many labels, not ", samples);
    hebb::Matrix<Scalar> target = hebb::Matrix<Scalar>::Zero(output.rows(), output.cols());
    for (hebb::Index i = 0; i < target.cols(); ++i) target(labels[std::size_t(i % samples)], i) = 1;
    error.resize(output.rows(), output.cols());
    hebb::CrossEntropy::error<Scalar>(output, target, error);
    return hebb::CrossEntropy::loss<Scalar>(output, target);
  }
};

/// Negative samples: after a projector of two ReLU layers, the two views of an image should have
/// the same direction, and views of different images orthogonal directions.
///
/// \f[ L = -\frac{1}{B} \sum_b \cos(p_b, p'_b) + \frac{1}{2} \sum_{views}
///     \frac{1}{B(B-1)} \sum_{b \ne b'} \cos^2(p_b, p_{b'}) \f]
struct NegativeSamples {
  hebb::Index hidden = 2048, outputs = 256;

  using Activation = hebb::Relu;
  std::vector<hebb::Index> head_sizes() const { return {hidden, outputs}; }

  /// The loss of outputs, outputs x columns; writes minus its gradient, times the number of
  /// columns. No label is used.
  template <typename Scalar>
  static double loss(const hebb::Matrix<Scalar>& output, const std::vector<int>&,
                     hebb::Matrix<Scalar>& error) {
    const hebb::Index samples = output.cols() / 2;
    hebb::require<hebb::ShapeError>(
        output.cols() == 2 * samples && samples > 1,
        "NegativeSamples: needs two views of at least two samples, got ", output.cols(),
        " columns");
    // A projection without any response has no direction. Its gain is 0, so it does not learn.
    constexpr Scalar least = Scalar(1e-8);
    const hebb::Vector<Scalar> length = output.colwise().norm().cwiseMax(least);
    const hebb::Matrix<Scalar> direction = output * length.cwiseInverse().asDiagonal();
    const hebb::View<Scalar> first = direction.leftCols(samples),
                             second = direction.rightCols(samples);
    const Scalar pairs = Scalar(samples) * Scalar(samples - 1), columns = Scalar(output.cols());
    double sum = -double(first.cwiseProduct(second).sum()) / double(samples);
    error.resize(output.rows(), output.cols());
    error.leftCols(samples) = columns / Scalar(samples) * second;
    error.rightCols(samples) = columns / Scalar(samples) * first;
    hebb::Matrix<Scalar> cosines;
    for (hebb::Index view = 0; view < 2; ++view) {
      const hebb::View<Scalar> own = direction.middleCols(view * samples, samples);
      cosines.noalias() = own.transpose() * own;
      cosines.diagonal().setZero();
      sum += double(cosines.squaredNorm()) / double(2 * pairs);
      error.middleCols(view * samples, samples).noalias() -= 2 * columns / pairs * own * cosines;
    }
    for (hebb::Index i = 0; i < error.cols(); ++i) {  // from directions to outputs
      error.col(i) -= direction.col(i).dot(error.col(i)) * direction.col(i);
      error.col(i) /= length(i);
    }
    return sum;
  }
};

/// A rule: gradient descent of a layer on the loss of its head, which learns in the same step.
///
/// The error is sent back through the head to the neurons of this layer. No signal comes from other
/// layers.
template <typename Scalar_, typename Objective>
struct ByHead {
  using Scalar = Scalar_;

  struct Parameters {
    Scalar eta = Scalar(1e-3);  ///< learning rate of layer and head, per update; > 0
    hebb::Random random = {};   ///< of the head's first weights
  };

  struct State {
    hebb::Matrix<Scalar> weights;
    hebb::Adam::State<Scalar> optimizer;
    Head<Scalar, typename Objective::Activation> head;
    /// Labels of the samples of one view, set before each step if the objective uses them.
    std::vector<int> labels = {};
    hebb::Factor<Scalar> factor = {};

    void each(auto&& visit) {
      visit("weights", weights);
      optimizer.each(visit);
      head.each(visit);
    }
  };

  Parameters parameters = {};
  hebb::Adam optimizer = {};
  Objective objective = {};

  State init(hebb::Shape shape) const {
    std::vector<hebb::Index> sizes = objective.head_sizes();
    sizes.insert(sizes.begin(), shape.post);
    return {.weights = hebb::Matrix<Scalar>::Zero(shape.post, shape.pre),
            .optimizer = optimizer.init<Scalar>(shape),
            .head = {{.parameters = {.eta = parameters.eta}, .optimizer = optimizer},
                     sizes,
                     parameters.random}};
  }

  const hebb::Factor<Scalar>& post_factor(const hebb::Response<Scalar>& post, State& state) const {
    objective.loss(state.head.forward(post.rate), state.labels, state.head.error);
    state.factor.post = state.head.descend().cwiseProduct(post.gain);
    return state.factor;
  }

  void apply(const auto& change, hebb::None, State& state) const {
    optimizer.apply(state.weights, change, hebb::None{}, parameters.eta, state.optimizer);
  }

  void update(const hebb::View<Scalar>& pre, const hebb::Response<Scalar>& post,
              State& state) const {
    hebb::factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}
};

}  // namespace lpl_deep
