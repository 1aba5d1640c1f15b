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

#include "hebb/core/finite.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Neighbouring columns of a batch that one thread relaxes together.
struct Columns {
  Index begin = 0, count = 0;  ///< the first column, and the number of columns
  Index block = 0;             ///< their place among the blocks; depends on the batch alone
  int worker = 0;              ///< < max_threads(); scratch space may be kept per worker

  /// These columns of a matrix.
  auto of(auto&& matrix) const { return matrix.middleCols(begin, count); }
  static None of(None) { return {}; }  ///< of a matrix that is not wanted
};

/// A stopping rule: at most `most` steps, fewer where `reached(change)` is true, with the largest
/// change of a state in the last step: of a block of columns, or of one column if S::by_sample.
template <typename S>
concept StoppingRule = std::copyable<S> && requires(const S stop, double change) {
  { stop.most } -> std::convertible_to<Index>;
  { stop.reached(change) } -> std::same_as<bool>;
};

/// Stops after a fixed number of steps.
struct FixedSteps {
  Index most = 0;  ///< number of steps, >= 0

  bool reached(auto) const { return false; }
};

/// Stops when no state of a block changed by more than `tolerance` in a step, at the latest after
/// `most` steps.
struct Tolerance {
  double tolerance = 0;  ///< of a state's change in a step; >= 0
  Index most = 0;        ///< steps at the latest; >= 0

  bool reached(auto change) const { return double(change) <= tolerance; }
};

/// Like Tolerance, but for every sample by itself: a sample whose states changed by no more than
/// `tolerance` stays as it is, and later steps are computed for the other samples only. The states
/// of both rules differ by less than the way that is left to a settled sample, about tolerance / g
/// where a step goes the fraction g of it.
struct SampleTolerance {
  static constexpr bool by_sample = true;  ///< samples stop one by one
  double tolerance = 0;                    ///< of a state's change in a step; >= 0
  Index most = 0;                          ///< steps at the latest; >= 0

  bool reached(auto change) const { return double(change) <= tolerance; }
};

/// How a relaxation ended.
struct Relaxed {
  Index steps = 0;         ///< of the column with the most steps
  bool converged = false;  ///< every column met the stopping rule's tolerance
};

/// Euler's step: the fraction of the way to its target that a state of time constant `ratio` goes
/// in `dt`. Throws InvalidParameter when dt > ratio: the step would overshoot.
struct Euler {
  /// The fraction dt / ratio. Throws InvalidParameter.
  static double gain(double dt, double ratio) {
    require_positive("relaxation", "the time step", dt);
    require(dt <= ratio, "relaxation: the time step ", dt, " is longer than the time constant ",
            ratio, ", Euler's step is not stable");
    return dt / ratio;
  }
};

/// The exact step towards a constant target. It never overshoots, whatever dt is.
struct ExponentialEuler {
  /// The fraction 1 - exp(-dt / ratio). Throws InvalidParameter.
  static double gain(double dt, double ratio) {
    require_positive("relaxation", "the time step", dt);
    require(ratio > 0, "relaxation: the time constant must be > 0, got ", ratio);
    return -std::expm1(-dt / ratio);
  }
};

/// state += gain (target - state). The gain is a number, or a row with one number per column. Where
/// `changes`, a row, is given, each of its numbers rises to the largest change of its column.
template <typename Gain, typename Changes = None>
void approach(auto&& state, const auto& target, const Gain& gain, Changes&& changes = {}) {
  using Scalar = typename std::remove_cvref_t<decltype(state)>::Scalar;
  for (Index c = 0; c < state.cols(); ++c) {
    const Scalar k = [&] {
      if constexpr (std::is_arithmetic_v<Gain>)
        return Scalar(gain);
      else
        return Scalar(gain(c));
    }();
    const auto way = k * (target.col(c) - state.col(c));
    if constexpr (!std::same_as<std::remove_cvref_t<Changes>, None>)
      changes(c) = std::max(changes(c), double(way.cwiseAbs().maxCoeff()));
    state.col(c) += way;
  }
}

/// Exchanges two columns in each of some matrices and vectors of matrices.
void exchange_columns(Index a, Index b, auto&... all) {
  const auto exchange = [&](auto& one) {
    if constexpr (requires { one.cols(); })
      one.col(a).swap(one.col(b));
    else
      for (auto& matrix : one) matrix.col(a).swap(matrix.col(b));
  };
  (exchange(all), ...);
}

/// Does nothing with what it is called with.
struct DoNothing {
  void operator()(auto&&...) const {}  ///< takes anything
};

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
/// * `step(columns, t, changes)`: advances all states of these columns from step t to t + 1, and
///   writes these columns only. `changes` is a row with a number per column of the batch, 0 for
///   these columns; it raises each to the largest change of its column. Where the stopping rule is
///   FixedSteps, `changes` is `None`, and may be left out;
/// * optionally `record(columns, t)`: called with t = 0 before the first step, and after every step
///   with t = 1, 2, ...;
/// * for a rule by sample, `exchange(a, b)`: exchanges two columns of all variables that it reads
///   before it writes them, or keeps for later, except the states. The columns that still move
///   stand first in their block. At the end all have their places again.
///
/// ~~~
///   Relaxation relaxation{.name = "MyNetwork"};
///   const double gain = Euler::gain(dt, tau);     // refuses dt > tau
///   multiply<float>(weights[0], x, input_drive);  // once per batch
///   const auto step = [&](const Columns& columns, Index, auto& changes) {
///     columns.of(target).noalias() = weights[1] * columns.of(rates[0]);  // as many as the batch
///     approach(columns.of(states[1]), columns.of(target), gain, columns.of(changes));
///   };
///   relaxation.run(states, Tolerance{1e-4, 200}, step);
/// ~~~
///
/// Cost beyond the steps: every state is read once per step. Allocates nothing after the first run
/// on a batch of that size. Throws ShapeError when the states differ in columns; Divergence, naming
/// layer (from 0) and step (from 1), when a state leaves the finite numbers (step 0: before the
/// first step); what a step throws is passed on.
struct Relaxation {
  /// How a block ended.
  struct End {
    Index steps = 0;         ///< steps made
    bool converged = false;  ///< met the stopping rule
    Index bad_layer = -1;    ///< with a number that is not finite; -1: none
  };

  const char* name = "relaxation";
  Index width = 32;  ///< most columns of a block
  /// The least time of a column's step on one core, in nanoseconds. A run that takes too little
  /// time to pay for threads stays on the calling one.
  double column_time = std::numeric_limits<double>::infinity();
  std::vector<End> ends = {};        ///< of the blocks, in the last run
  std::vector<Index> steps = {};     ///< of every column, in the last run
  Matrix<double> changes = {};       ///< of every column, in its last step; 1 x columns
  std::vector<Index> partners = {};  ///< scratch space: the column exchanged for each settled one
  Index last_steps = 0;  ///< the most steps of a column in the last run; 0 before the first

  /// Relaxes the states, neurons x columns, until the stopping rule is met.
  template <typename Scalar, StoppingRule Stop, typename Step, typename Record = DoNothing,
            typename Exchange = DoNothing>
  Relaxed run(std::vector<Matrix<Scalar>>& states, const Stop& stop, const Step& step,
              const Record& record = {}, const Exchange& exchange = {}) {
    require(!states.empty(), name, ": there are no states to relax");
    require(stop.most >= 0, name, ": the number of steps must be >= 0, got ", stop.most);
    if constexpr (requires { stop.tolerance; })
      require(stop.tolerance >= 0, name, ": the tolerance must be >= 0, got ", stop.tolerance);
    const Index batch = states.front().cols();
    for (const auto& state : states)
      require<ShapeError>(state.cols() == batch, name, ": states of ", batch, " and ", state.cols(),
                          " columns");
    ends.assign(std::size_t(blocks(batch)), {});
    steps.assign(std::size_t(batch), 0);
    changes.setZero(1, batch);
    partners.resize(std::size_t(batch));
    // A tolerance often ends a run long before its last step, as it ended the run before.
    const bool counted = std::same_as<Stop, FixedSteps> || last_steps == 0;
    const Index expected = counted ? stop.most : std::min(stop.most, last_steps);
    parallel_for(
        blocks(batch),
        [&](Index block, int worker) {
          const Columns columns = columns_of(block, batch, worker);
          ends[std::size_t(block)] = relax(states, stop, step, record, exchange, columns);
        },
        column_time * double(batch) * double(expected));
    Relaxed result{.steps = 0, .converged = true};
    for (const End& end : ends) {
      require<Divergence>(end.bad_layer < 0, name, ": the state of layer ", end.bad_layer,
                          " is not finite at step ", end.steps);
      result.steps = std::max(result.steps, end.steps);
      result.converged = result.converged && end.converged;
    }
    last_steps = result.steps;
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

 private:
  Columns columns_of(Index block, Index batch, int worker) const {
    return {block * width, std::min(width, batch - block * width), block, worker};
  }

  template <typename Scalar, typename Stop, typename Step, typename Record, typename Exchange>
  End relax(std::vector<Matrix<Scalar>>& states, const Stop& stop, const Step& step,
            const Record& record, const Exchange& exchange, const Columns& columns) {
    constexpr bool by_sample = requires { requires Stop::by_sample; };
    static_assert(!by_sample || !std::same_as<Exchange, DoNothing>,
                  "a rule by sample needs a network that exchanges columns");
    End end;
    Columns moving = columns;  // the first ones of the block
    const auto stays_finite = [&] {
      for (std::size_t layer = 0; layer < states.size() && end.bad_layer < 0; ++layer) {
        const auto& state = states[layer];
        if (!all_finite(state.data() + moving.begin * state.rows(), moving.count * state.rows()))
          end.bad_layer = Index(layer);
      }
      return end.bad_layer < 0;
    };
    const auto exchange_places = [&](Index a, Index b) {
      if (a == b) return;
      exchange_columns(a, b, states);
      std::swap(steps[std::size_t(a)], steps[std::size_t(b)]);
      exchange(a, b);
    };
    if (!stays_finite()) return end;
    record(moving, end.steps);
    while (end.steps < stop.most && !end.converged) {
      if constexpr (std::invocable<Step, const Columns&, Index>) {
        static_assert(std::same_as<Stop, FixedSteps>,
                      "a step that does not report changes can only be counted");
        step(moving, end.steps);
      } else if constexpr (std::same_as<Stop, FixedSteps>) {
        step(moving, end.steps, None{});
      } else {
        moving.of(changes).setZero();
        step(moving, end.steps, changes);
      }
      ++end.steps;
      if (!stays_finite()) [[unlikely]]
        return end;
      record(moving, end.steps);
      if constexpr (by_sample) {
        for (Index c = moving.begin + moving.count; c-- > moving.begin;) {
          steps[std::size_t(c)] = end.steps;
          if (!stop.reached(changes(c))) continue;
          const Index last = moving.begin + --moving.count;
          exchange_places(c, last);
          partners[std::size_t(last)] = c;
        }
        end.converged = moving.count == 0;
      } else if constexpr (!std::same_as<Stop, FixedSteps>) {
        end.converged = stop.reached(moving.of(changes).maxCoeff());
      }
    }
    if constexpr (by_sample)  // back to their places, the last exchange first
      for (Index c = moving.begin + moving.count; c < columns.begin + columns.count; ++c)
        exchange_places(c, partners[std::size_t(c)]);
    else
      std::fill_n(steps.begin() + columns.begin, columns.count, end.steps);
    return end;
  }
};

}  // namespace hebb
