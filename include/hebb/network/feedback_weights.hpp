/// @file
/// Fixed feedback weights, and the paths by which an error travels back through a network.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hebb/core/initialization.hpp"
#include "hebb/network/dense_layers.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// A path by which an error travels from layer to layer: `TransposedWeights`, `RandomWeights` or
/// `DirectRandomWeights`.
template <typename P>
concept ErrorPath = PlaysRole<P, role::ErrorPath>;

/// Fixed feedback weights: one matrix for each hidden layer k, its neurons x the neurons that its
/// feedback comes from. `Source` gives the number of the latter.
template <typename Scalar, typename Source>
struct FeedbackWeights {
  Matrices<Scalar> weights;  ///< of hidden layer k: post x neurons that the feedback comes from

  /// Weights of 0, until they are drawn, set or loaded.
  void prepare(const auto& layers) {
    weights.clear();
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k)
      weights.push_back(
          Matrix<Scalar>::Zero(layers.sizes[k + 1], Source::neurons(layers.sizes, k)));
  }

  /// Glorot's weights, as large as those of the forward path.
  void init(const std::vector<Index>& sizes, Random random) {
    weights.clear();
    for (std::size_t k = 0; k + 2 < sizes.size(); ++k)
      weights.push_back(glorot_uniform<Scalar>(
          {.pre = Source::neurons(sizes, k), .post = sizes[k + 1]}, random.stream("feedback", k)));
  }

  void require_shapes(const auto& layers) const {
    require<ShapeError>(weights.size() + 1 == layers.depth(), "there are feedback weights for ",
                        weights.size(), " hidden layers of ", layers.depth() - 1);
    for (std::size_t k = 0; k < weights.size(); ++k)
      require_weights<Scalar>(weights[k], layers.sizes[k + 1], Source::neurons(layers.sizes, k),
                              "feedback weights", k);
  }

  /// Throws InvalidCall when all feedback weights of a hidden layer are 0: it would learn nothing.
  void require_nonzero(const auto&) const {
    for (std::size_t k = 0; k < weights.size(); ++k)
      require<InvalidCall>(
          any_nonzero(weights[k]), "all feedback weights of layer ", k,
          " are 0: call initialize(), or set or load them, before infer() or train()");
  }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < weights.size(); ++k)
      visit("feedback" + std::to_string(k), weights[k]);
  }
};

/// Feedback comes from the layer above.
struct FromLayerAbove {
  /// The number of neurons that send feedback to hidden layer k.
  static Index neurons(const std::vector<Index>& sizes, std::size_t k) { return sizes[k + 2]; }
};

/// Feedback comes from the output.
struct FromOutput {
  /// The number of neurons that send feedback to a hidden layer.
  static Index neurons(const std::vector<Index>& sizes, std::size_t) { return sizes.back(); }
};

/// The error travels back through the transposed forward weights, W^T: backpropagation.
struct TransposedWeights {
  using Role = role::ErrorPath;

  /// No weights of its own.
  template <typename Scalar>
  struct Path {
    void prepare(const auto&) {}
    void require_shapes(const auto&) const {}
    void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
    void init(const std::vector<Index>&, Random) {}

    /// back = the error of layer k + 1 as it reaches hidden layer k.
    void operator()(const auto& layers, const Matrices<Scalar>& errors, std::size_t k,
                    const Columns& columns, auto&& back) const {
      tiles::multiply<Scalar>(layers.weights(k + 1).transpose(), columns.of(errors[k + 1]), back);
    }

    void each(auto&&) {}
  };
};

/// The error travels back from layer to layer through fixed random weights: feedback alignment.
///
/// T. P. Lillicrap, D. Cownden, D. B. Tweed & C. J. Akerman, Nat. Commun. 7:13276 (2016).
struct RandomWeights {
  using Role = role::ErrorPath;

  /// Weights from each layer to the hidden layer below.
  template <typename Scalar>
  struct Path : FeedbackWeights<Scalar, FromLayerAbove> {
    /// back = the error of layer k + 1 as it reaches hidden layer k, for some columns.
    void operator()(const auto&, const Matrices<Scalar>& errors, std::size_t k,
                    const Columns& columns, auto&& back) const {
      tiles::multiply<Scalar>(this->weights[k], columns.of(errors[k + 1]), back);
    }
  };
};

/// The output's error reaches every hidden layer directly through fixed random weights: direct
/// feedback alignment.
///
/// A. Noekland, NeurIPS 29 (2016).
struct DirectRandomWeights {
  using Role = role::ErrorPath;

  /// Weights from the output to each hidden layer.
  template <typename Scalar>
  struct Path : FeedbackWeights<Scalar, FromOutput> {
    /// back = the error of the output as it reaches hidden layer k, for some columns.
    void operator()(const auto&, const Matrices<Scalar>& errors, std::size_t k,
                    const Columns& columns, auto&& back) const {
      tiles::multiply<Scalar>(this->weights[k], columns.of(errors.back()), back);
    }
  };
};

}  // namespace hebb
