/// @file
/// The dynamics of equilibrium propagation: states that descend an energy, their input clamped.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "hebb/network/dense_layers.hpp"
#include "hebb/network/equilibrium/borders.hpp"

namespace hebb {

/// The states of all layers for a batch, and the dynamics that move them.
template <typename Scalar, StateBorder AtBorder>
struct EquilibriumRun {
  Matrix<Scalar> input;        ///< with a last row of ones
  Matrix<Scalar> input_drive;  ///< W_1 x + b_1
  Matrices<Scalar> states;     ///< those of hidden layers with a last row of ones
  Matrices<Scalar> drive;      ///< of every layer, the input's drive left out; scratch space
  /// The weights above the first layer as they were at `clamp`.
  PackedMatrices<Scalar> forward, feedback;  ///< W_{l+1}, and what carries feedback

  /// Clamps the input, and packs the weights.
  void clamp(const auto& layers, const auto& feedback_path, const View<Scalar>& x) {
    const Index batch = x.cols(), inputs = layers.sizes[0];
    input.resize(inputs + 1, batch);
    input.topRows(inputs) = x;
    input.row(inputs).setOnes();
    forward.resize(layers.depth());
    for (std::size_t k = 1; k < layers.depth(); ++k) forward[k].pack(layers.biased(k));
    feedback.resize(layers.depth() - 1);
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k)
      feedback[k].pack(feedback_path.weights(layers, k));
    input_drive.resize(layers.sizes[1], batch);
    layers.for_each_block(batch, [&](const Columns& columns) {
      tiles::multiply<Scalar>(layers.biased(0), columns.of(input), columns.of(input_drive));
    });
    resize_all(drive, layers.neurons(), batch);
    states.resize(layers.depth());
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      const Index rows = layers.sizes[k + 1];
      const bool hidden = k + 1 < layers.depth();
      states[k].resize(hidden ? rows + 1 : rows, batch);
      if (hidden) states[k].row(rows).setOnes();
    }
  }

  /// Relaxes the states until the rule stops them, the output nudged towards the target by beta.
  /// `record` and `exchange` are those of Relaxation.
  Relaxed settle(Relaxation& relaxation, const auto& layers, const auto& rule, double step_size,
                 double beta, const Matrix<Scalar>& target, const auto& record,
                 const auto& exchange) {
    const Scalar step = Scalar(Euler::gain(step_size, 1)), pull = step * Scalar(beta);
    relaxation.width = block_width(input.cols());
    relaxation.column_time = 2 * layers.time_above(1) + pass_time(4 * double(layers.sizes[1]));
    return relaxation.run(
        states, rule,
        [&](const Columns& columns, Index, auto&& changes) {
          for (std::size_t k = 1; k < layers.depth(); ++k) form_drive(layers, columns, k);
          // The first layer moves in parts so small that their drive stays in the nearest cache.
          constexpr Index width = 8;
          for (Index done = 0; done < columns.count; done += width) {
            Columns part = columns;
            part.begin += done;
            part.count = std::min(width, columns.count - done);
            form_drive(layers, part, 0);
            move_layer(layers, part, 0, step, pull, target, changes);
          }
          for (std::size_t k = 1; k < layers.depth(); ++k)
            move_layer(layers, columns, k, step, pull, target, changes);
        },
        record,
        [&](Index a, Index b) {
          exchange_columns(a, b, input_drive);
          exchange(a, b);
        });
  }

 private:
  /// Moves the states of a layer by its drive.
  template <typename Changes>
  void move_layer(const auto& layers, const Columns& columns, std::size_t k, Scalar step,
                  Scalar pull, const Matrix<Scalar>& target, Changes& changes) {
    const bool output = k + 1 == layers.depth();
    for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
      auto s = states[k].col(c).head(layers.sizes[k + 1]);
      auto way = drive[k].col(c);
      if (k == 0) way += input_drive.col(c);
      // Like std::max and std::min, these keep NaN, so that divergence is found.
      const auto move = [&](auto&& to, const auto& nudge) {
        to = (s.array() + step * (AtBorder::gain(s) * way.array() - s.array()) + nudge)
                 .cwiseMax(Scalar(0))
                 .cwiseMin(Scalar(1));
      };
      const auto move_nudged = [&](auto&& to) {
        if (output && pull != 0)
          move(to, pull * (target.col(c) - s).array());
        else
          move(to, Scalar(0));
      };
      if constexpr (std::same_as<std::remove_const_t<Changes>, None>) {
        move_nudged(s.array());
      } else {
        move_nudged(way.array());
        changes(c) = std::max(changes(c), double((way - s).cwiseAbs().maxCoeff()));
        s = way;
      }
    }
  }

  /// drive_k = W_k s_{k-1} + b_k + the feedback from above. The drive of the input is added later.
  void form_drive(const auto& layers, const Columns& columns, std::size_t k) {
    auto sum = columns.of(drive[k]);
    if (k > 0) forward[k].multiply(columns.of(states[k - 1]), sum);
    if (k + 1 == layers.depth()) {
      if (k == 0) sum.setZero();
      return;
    }
    const auto above = columns.of(states[k + 1]).topRows(layers.sizes[k + 2]);
    if (k > 0)
      feedback[k].add_product(above, sum);
    else
      feedback[k].multiply(above, sum);
  }
};

}  // namespace hebb
