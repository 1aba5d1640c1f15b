/// @file
/// Relaxation: runs the dynamics of a feedback network in blocks of columns until a stopping rule
/// ends them.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <vector>

#include "hebb/core/error.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Neighbouring columns of a batch that one thread relaxes together.
struct Columns {
  Index begin = 0, count = 0;
  Index block = 0;  ///< their place among the blocks; depends on the batch alone
  int worker = 0;   ///< < max_threads(); scratch space may be kept per worker

  auto of(auto&& matrix) const { return matrix.middleCols(begin, count); }
};

/// A stopping rule: at most `most` steps, fewer where `reached(change)` is true, with the largest
/// change of a state in the last step.
template <typename S>
concept StoppingRule = std::copyable<S> && requires(const S stop, double change) {
  { stop.most } -> std::convertible_to<Index>;
  { stop.reached(change) } -> std::same_as<bool>;
};

/// Stops after a fixed number of steps.
struct FixedSteps {
  Index most = 0;

  bool reached(auto) const { return false; }
};

/// Stops when no state of a block changed by more than `tolerance` in a step, at the latest after
/// `most` steps.
struct Tolerance {
  double tolerance = 0;
  Index most = 0;

  bool reached(auto change) const { return double(change) <= tolerance; }
};

/// How a relaxation ended.
struct Relaxed {
  Index steps = 0;         ///< of the block with the most steps
  bool converged = false;  ///< every block met the stopping rule's tolerance
};

/// Euler's step: the fraction of the way to its target that a state of time constant `ratio` goes
/// in `dt`. Throws InvalidParameter when dt > ratio: the step would overshoot.
struct Euler {
  static double gain(double dt, double ratio) {
    require(dt > 0, "relaxation: the time step must be > 0, got ", dt);
    require(dt <= ratio, "relaxation: the time step ", dt, " is longer than the time constant ",
            ratio, ", Euler's step is not stable");
    return dt / ratio;
  }
};

/// The exact step towards a constant target. It never overshoots, whatever dt is.
struct ExponentialEuler {
  static double gain(double dt, double ratio) {
    require(dt > 0, "relaxation: the time step must be > 0, got ", dt);
    require(ratio > 0, "relaxation: the time constant must be > 0, got ", ratio);
    return -std::expm1(-dt / ratio);
  }
};

/// state += gain (target - state); returns the largest change. The gain is a number, or a row with
/// one number per column.
template <typename Gain>
auto approach(auto&& state, const auto& target, const Gain& gain) {
  using Scalar = typename std::remove_cvref_t<decltype(state)>::Scalar;
  Scalar largest = 0;
  for (Index c = 0; c < state.cols(); ++c) {
    const Scalar k = [&] {
      if constexpr (std::is_arithmetic_v<Gain>)
        return Scalar(gain);
      else
        return Scalar(gain(c));
    }();
    largest = std::max(largest, std::abs(k) * (target.col(c) - state.col(c)).cwiseAbs().maxCoeff());
    state.col(c) += k * (target.col(c) - state.col(c));
  }
  return largest;
}

/// Runs a network's dynamics over a batch.
///
/// The states are matrices of neurons x columns, one per layer. All other variables belong to the
/// network, for example the drive of the input W_1 x + b_1, which is computed once per batch. The
/// batch is divided into blocks of columns; the division depends on the size of the batch alone.
/// One thread relaxes a block to its end, in its cache, without waiting for others between steps,
/// so the bits do not depend on the number of threads. The stopping rule is applied to every block
/// separately.
///
/// A network gives
/// * `step(columns, t)`: advances all states of these columns from step t to t + 1. It returns the
///   largest change, or nothing where the stopping rule is FixedSteps, and writes these columns
///   only;
/// * optionally `record(columns, t)`: called with t = 0 before the first step, and after every step
///   with t = 1, 2, ...
///
/// ~~~
///   Relaxation relaxation{.name = "MyNetwork"};
///   const double gain = Euler::gain(dt, tau);        // refuses dt > tau
///   multiply<float>(weights[0], x, input_drive);     // once per batch
///   relaxation.run(states, Tolerance{1e-4, 200}, [&](const Columns& columns, Index) {
///     columns.of(target).noalias() = weights[1] * columns.of(rates[0]);  // as many as the batch
///     return approach(columns.of(states[1]), columns.of(target), gain);
///   });
/// ~~~
///
/// Cost beyond the steps: every state is read once per step. Allocates nothing after the first run
/// on a batch of that size. Throws ShapeError when the states differ in columns; Divergence, naming
/// layer (from 0) and step (from 1), when a state leaves the finite numbers (step 0: before the
/// first step); what a step throws is passed on.
struct Relaxation {
  /// How a block ended.
  struct End {
    Index steps = 0;
    bool converged = false;
    Index bad_layer = -1;
  };

  const char* name = "relaxation";
  Index width = 32;  ///< most columns of a block
  /// The least time of a column's step on one core, in nanoseconds. A run that takes too little
  /// time to pay for threads stays on the calling one.
  double column_time = std::numeric_limits<double>::infinity();
  std::vector<End> ends = {};  ///< of the last run

  template <typename Scalar, typename Stop, typename Step>
  Relaxed run(std::vector<Matrix<Scalar>>& states, const Stop& stop, const Step& step) {
    return run(states, stop, step, [](const Columns&, Index) {});
  }

  template <typename Scalar, typename Stop, typename Step, typename Record>
  Relaxed run(std::vector<Matrix<Scalar>>& states, const Stop& stop, const Step& step,
              Record&& record) {
    require(!states.empty(), name, ": there are no states to relax");
    require(stop.most >= 0, name, ": the number of steps must be >= 0, got ", stop.most);
    const Index batch = states.front().cols();
    for (const auto& state : states)
      require<ShapeError>(state.cols() == batch, name, ": states of ", batch, " and ", state.cols(),
                          " columns");
    ends.assign(std::size_t(blocks(batch)), {});
    parallel_for(
        blocks(batch),
        [&](Index block, int worker) {
          const Columns columns = columns_of(block, batch, worker);
          ends[std::size_t(block)] = relax(states, stop, step, record, columns);
        },
        column_time * double(batch) * double(stop.most));
    Relaxed result{.steps = 0, .converged = true};
    for (const End& end : ends) {
      require<Divergence>(end.bad_layer < 0, name, ": the state of layer ", end.bad_layer,
                          " is not finite at step ", end.steps);
      result.steps = std::max(result.steps, end.steps);
      result.converged = result.converged && end.converged;
    }
    return result;
  }

  /// Calls body(columns) for the same blocks, on all threads.
  template <typename Body>
  void for_each_block(Index batch, const Body& body) const {
    parallel_for(
        blocks(batch), [&](Index block, int worker) { body(columns_of(block, batch, worker)); },
        column_time * double(batch));
  }

  /// The number of blocks of a batch.
  Index blocks(Index batch) const { return (batch + width - 1) / width; }

  /// The number of steps of a column in the last run.
  Index steps(Index column) const { return ends.at(std::size_t(column / width)).steps; }

 private:
  Columns columns_of(Index block, Index batch, int worker) const {
    return {block * width, std::min(width, batch - block * width), block, worker};
  }

  template <typename Scalar, typename Stop, typename Step, typename Record>
  static End relax(std::vector<Matrix<Scalar>>& states, const Stop& stop, const Step& step,
                   Record& record, const Columns& columns) {
    End end;
    const auto stays_finite = [&] {
      for (std::size_t layer = 0; layer < states.size() && end.bad_layer < 0; ++layer) {
        const auto& state = states[layer];
        if (!all_finite(state.data() + columns.begin * state.rows(), columns.count * state.rows()))
          end.bad_layer = Index(layer);
      }
      return end.bad_layer < 0;
    };
    if (!stays_finite()) return end;
    record(columns, Index(0));
    while (end.steps < stop.most && !end.converged) {
      if constexpr (std::is_void_v<std::invoke_result_t<Step, const Columns&, Index>>) {
        static_assert(std::same_as<Stop, FixedSteps>,
                      "a step that returns no change can only be counted");
        step(columns, end.steps);
      } else {
        end.converged = stop.reached(step(columns, end.steps));
      }
      ++end.steps;
      if (!stays_finite()) [[unlikely]]
        return end;
      record(columns, end.steps);
    }
    return end;
  }
};

}  // namespace hebb
