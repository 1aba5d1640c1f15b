/// @file
/// The dynamics of predictive coding: the operations that the kinds of inference consist of.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "hebb/network/predictive/coding_policies.hpp"
#include "hebb/network/taught_network.hpp"

namespace hebb {

/// The state of an inference, and the operations on it. PredictiveCoding runs them.
template <FactoredRule Rule_, typename Hidden_, CodingPolicySet Policies>
class CodingDynamics : public TaughtNetwork<Rule_, Hidden_> {
  using Base = TaughtNetwork<Rule_, Hidden_>;

 public:
  using Scalar = typename Rule_::Scalar;
  using Base::hidden, Base::layers, Base::output_errors;

  struct Parameters {
    double step_size = 0.1;  ///< beta of a sample whose energy never rose; in (0, 1]
    /// A sample's step is multiplied by this when its energy rises; in (0, 1].
    double shortening = 0.5;
  };

  Parameters parameters = {};
  /// Of the last inference: rates and gains of its end, drives of the forward sweep.
  Activity<Scalar> activity = {};
  Matrices<Scalar> state = {}, back = {};  ///< of the hidden layers, in the last inference
  Matrices<Scalar> errors = {};            ///< of all layers, in the last inference

  /// back_k = f'(x_k) W_{k+1}^T source_{k+1}.
  void send_back(const Columns& columns, std::size_t k, const Matrices<Scalar>& source) {
    auto b = columns.of(back[k]);
    transposed_[k].multiply(columns.of(source[k + 1]), b);
    b.array() *= columns.of(activity.gain[k]).array();
  }

  /// moved += beta (back_k - e_k), each sample with its beta. `changes` as in Relaxation.
  template <typename Changes>
  void advance(const Columns& columns, std::size_t k, Matrix<Scalar>& moved, Changes& changes) {
    for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
      const auto way = step_(c) * (back[k].col(c) - errors[k].col(c));
      if constexpr (!std::same_as<std::remove_const_t<Changes>, None>)
        changes(c) = std::max(changes(c), double(way.cwiseAbs().maxCoeff()));
      moved.col(c) += way;
    }
  }

  /// e_k = x_k - W_k f(x_{k-1}) - b_k in all layers, the last state being the target.
  void predict_all(const Columns& columns) {
    columns.of(errors[0]) = columns.of(last(0)) - columns.of(activity.drive[0]);
    for (std::size_t k = 1; k < layers.depth(); ++k) {
      columns.of(errors[k]) = columns.of(last(k));
      activity.weights[k].subtract_product(columns.of(activity.rate[k]), columns.of(errors[k]));
    }
  }

  /// x_k = W_k f(x_{k-1}) + b_k + e_k in the hidden layers, and the output's error.
  void follow_errors(const Columns& columns) {
    columns.of(state[0]) = columns.of(activity.drive[0]) + columns.of(errors[0]);
    layers.respond(columns, 0, state, activity);
    for (std::size_t k = 1; k < hidden(); ++k) {
      columns.of(state[k]) = columns.of(errors[k]);
      activity.weights[k].add_product(columns.of(activity.rate[k]), columns.of(state[k]));
      layers.respond(columns, k, state, activity);
    }
    columns.of(errors.back()) = columns.of(target_);
    activity.weights.back().subtract_product(columns.of(activity.rate.back()),
                                             columns.of(errors.back()));
  }

  /// Starts a sequence for the rule of layer k: the rule remembers both sides and learns nothing.
  void remember(std::size_t k, const View<Scalar>& pre, const View<Scalar>& post) {
    layers[k].forget();
    layers[k].pre_factor(pre);
    layers[k].post_factor(post);
  }

  /// The current state of layer k. For the readout, the target that it is clamped to.
  const Matrix<Scalar>& last(std::size_t k) const { return k < hidden() ? state[k] : target_; }

 protected:
  using Base::Base;

  /// Packs W_{k+1}^T of every hidden layer for `send_back`.
  void pack_transposes() {
    transposed_.resize(hidden());
    for (std::size_t k = 0; k < hidden(); ++k)
      transposed_[k].pack(layers.weights(k + 1).transpose());
  }

  /// Computes the energies at step t, shortens the steps of samples whose energy rose, and keeps
  /// the norm of the output's error.
  void watch(const Columns& columns, Index t) {
    constexpr Scalar rounding =
        32 * std::numeric_limits<Scalar>::epsilon();  // a smaller rise is ignored
    for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
      const Scalar output = errors.back().col(c).squaredNorm();
      Scalar sum = output;
      for (std::size_t k = 0; k < hidden(); ++k) sum += errors[k].col(c).squaredNorm();
      if (decltype(Policies::inference)::descends && sum > 2 * (1 + rounding) * energy_(c))
        step_(c) *= Scalar(parameters.shortening);
      energy_(c) = sum / 2;
      output_errors.norms(c, t) = std::sqrt(output);
    }
  }

  /// Exchanges two samples in all that inference reads or keeps, except in the states.
  void exchange(Index a, Index b) {
    exchange_columns(a, b, activity.rate, activity.gain, activity.drive, errors, back, target_);
    std::swap(step_(a), step_(b));
    std::swap(energy_(a), energy_(b));
    output_errors.exchange(a, b);
  }

  Matrix<Scalar> target_;         ///< what the output is clamped to, outputs x columns
  Vector<Scalar> step_, energy_;  ///< beta and the energy, one per sample

 private:
  PackedMatrices<Scalar> transposed_;  // W_{k+1}^T of hidden layer k, without the bias
};

}  // namespace hebb
