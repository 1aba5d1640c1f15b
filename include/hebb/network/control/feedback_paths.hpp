/// @file
/// The paths by which the signal of a feedback controller reaches the layers.
#pragma once

#include "hebb/network/feedback_weights.hpp"

namespace hebb {

/// A path from the controller to the layers: `FixedFeedback`, `WeightProduct` or
/// `JacobianFeedback`.
template <typename P>
concept ControlFeedback = PlaysRole<P, role::ControlFeedback>;

/// Feedback weights from the controller directly to every hidden layer. They keep the values that
/// were drawn, set or trained.
struct FixedFeedback {
  using Role = role::ControlFeedback;

  /// Weights from the output to each layer.
  template <typename Scalar>
  struct Path : FeedbackWeights<Scalar, FromOutput> {
    /// Called before every relaxation.
    void begin(const auto&) {}

    /// Whether `send` needs the gains after step t.
    bool wants_gain(Index) const { return false; }

    /// apical[k] = Q_k u for the hidden layers; the control u is apical.back().
    void send(const auto&, const Matrices<Scalar>&, const Columns& columns,
              Matrices<Scalar>& apical) const {
      for (std::size_t k = 0; k + 1 < apical.size(); ++k)
        tiles::multiply<Scalar>(this->weights[k], columns.of(apical.back()), columns.of(apical[k]));
    }
  };
};

/// Q_l = W_{l+1}^T ... W_L^T, formed from the weights before every relaxation. The product leaves
/// out the neurons' gains, so it suits units whose gain stays near 1. With sigmoid units, control
/// computed this way grows with the weights and no longer follows the gradient; use
/// `JacobianFeedback` instead.
struct WeightProduct {
  using Role = role::ControlFeedback;

  /// The products of the forward weights, which follow every step of learning.
  template <typename Scalar>
  struct Path : FixedFeedback::Path<Scalar> {
    void init(const std::vector<Index>&, Random) {}
    void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
    void each(auto&&) {}  // follows from the forward weights

    /// Forms the products, before every relaxation.
    void begin(const auto& layers) {
      this->weights.resize(layers.depth() - 1);
      for (std::size_t k = layers.depth() - 1; k-- > 0;) {
        auto& q = this->weights[k];
        q.resize(layers.sizes[k + 1], layers.sizes.back());
        if (k + 2 == layers.depth())
          q = layers.weights(k + 1).transpose();
        else
          q.noalias() = layers.weights(k + 1).transpose() * this->weights[k + 1];
      }
    }
  };
};

/// Q_l = J_l^T, the transposed Jacobian of the output with respect to layer l's state, computed
/// during the relaxation for every sample separately.
struct JacobianFeedback {
  using Role = role::ControlFeedback;

  /// The forward weights, transposed, and the gains of the layers.
  template <typename Scalar>
  struct Path {
    Index every = 1;                         ///< steps between two evaluations of the gains
    PackedMatrices<Scalar> transposed = {};  ///< W_{k+1}^T of hidden layer k: scratch space

    void prepare(const auto&) {}
    void require_shapes(const auto&) const {
      require(every > 0, "JacobianFeedback: every must be > 0, got ", every);
    }
    void require_nonzero(const auto& layers) const { layers.require_nonzero(); }
    void init(const std::vector<Index>&, Random) {}

    /// Packs the weights, before every relaxation.
    void begin(const auto& layers) {
      transposed.resize(layers.depth() - 1);
      for (std::size_t k = 0; k < transposed.size(); ++k)
        transposed[k].pack(layers.weights(k + 1).transpose());
    }

    /// Whether the gains are evaluated at the end of step t.
    bool wants_gain(Index t) const { return (t + 1) % every == 0; }

    /// apical_k = gain_k W_{k+1}^T apical_{k+1}, from the output down, for some columns.
    void send(const auto&, const Matrices<Scalar>& gain, const Columns& columns,
              Matrices<Scalar>& apical) const {
      for (std::size_t k = apical.size() - 1; k-- > 0;) {
        transposed[k].multiply(columns.of(apical[k + 1]), columns.of(apical[k]));
        columns.of(apical[k]).array() *= columns.of(gain[k]).array();
      }
    }

    void each(auto&&) {}
  };
};

}  // namespace hebb
