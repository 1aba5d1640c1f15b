/// @file
/// One pass over the weights, shared by all optimisers: in blocks of columns, on all threads, with
/// the decay, and with a check for divergence.
#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "hebb/core/optimizer/change.hpp"

namespace hebb {

/// Scratch space of an optimiser; not saved in checkpoints.
template <typename Scalar>
struct UpdateScratch {
  Matrix<Scalar> decayed = {};  ///< decay * W, for a decay that is a matrix
  Matrix<Scalar> formed = {};   ///< blocks of a mean outer product
};

namespace detail {

/// Columns begin, begin + 1, ... of a change that is read column by column.
template <typename Columns>
struct ColumnsFrom {
  const Columns& columns;
  Index begin;

  auto col(Index j) const { return columns.col(begin + j); }
};

/// Some columns of a change, formed by a worker if they are not stored.
template <typename Columns>
auto columns_of(const Columns& columns, Index begin, Index count, int worker) {
  if constexpr (requires { columns.form(begin, count, worker); })
    return columns.form(begin, count, worker);
  else if constexpr (requires { columns.middleCols(begin, count); })
    return columns.middleCols(begin, count);
  else
    return ColumnsFrom<Columns>{columns, begin};
}

}  // namespace detail

/// Calls update(w, d, first column, count) for blocks of columns of the weights on all threads,
/// with d = change - decay * W for these columns. The blocks do not depend on the number of
/// threads. Returns the largest |weight| after that, infinity or NaN included, if `read` is true,
/// else 0.
///
/// `change` has rows(), cols(), and one of: middleCols(begin, count), as a matrix; col(j); or
/// width(), prepare() and form(begin, count, worker), which forms a block of columns.
template <typename Scalar, typename Columns, typename Decay, typename Update>
Scalar for_each_column(Matrix<Scalar>& weights, const Columns& change, const Decay& decay,
                       UpdateScratch<Scalar>& scratch, const Update& update, bool read = false) {
  require<ShapeError>(change.rows() == weights.rows() && change.cols() == weights.cols(),
                      "the change is ", change.rows(), " x ", change.cols(), ", the weights are ",
                      weights.rows(), " x ", weights.cols());
  const Index rows = weights.rows(), cols = weights.cols();
  if (rows == 0 || cols == 0) return 0;
  constexpr Index block_size = 1 << 15;  // elements: worth a thread, and small enough for its cache
  Index width = std::max<Index>(1, block_size / rows);
  double time = double(rows) * double(cols) / 16;  // ns; of the plain step with AVX-512
  if constexpr (requires { change.time(); }) time += change.time();
  if constexpr (requires { change.prepare(); }) {
    width = change.width();
    change.prepare();
  }
  if constexpr (std::is_same_v<Decay, Matrix<Scalar>>) {
    require<ShapeError>(decay.rows() == rows && decay.cols() == rows, "the decay is ", decay.rows(),
                        " x ", decay.cols(), ", the layer has ", rows, " neurons");
    scratch.decayed.resize(rows, cols);
    time += product_time(rows, rows, cols);
  } else if constexpr (std::is_same_v<Decay, Vector<Scalar>>) {
    require<ShapeError>(decay.size() == rows, "the decay has ", decay.size(),
                        " numbers, the layer ", rows, " neurons");
  }
  // The bits of magnitudes have the order of the magnitudes, with NaN above infinity.
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  std::atomic<Bits> largest{0};
  const auto look = [&](Index first, Index count) {
    if (!read) return;
    const Bits seen =
        std::bit_cast<Bits>(largest_magnitude(weights.col(first).data(), rows * count));
    Bits before = largest.load(std::memory_order_relaxed);
    while (before < seen &&
           !largest.compare_exchange_weak(before, seen, std::memory_order_relaxed)) {
    }
  };
  parallel_for((cols + width - 1) / width,
               [&](Index block, int worker) {
                 const Index begin = block * width, count = std::min(width, cols - begin);
                 if constexpr (std::is_same_v<Decay, Matrix<Scalar>>)
                   scratch.decayed.middleCols(begin, count).noalias() =
                       decay * weights.middleCols(begin, count);
                 const auto part = detail::columns_of(change, begin, count, worker);
                 if constexpr (requires { part.cols(); } && std::is_same_v<Decay, None>) {
                   update(weights.middleCols(begin, count), part, begin, count);
                   look(begin, count);
                   return;
                 }
                 for (Index j = 0; j < count; ++j) {
                   auto w = weights.col(begin + j);
                   if constexpr (std::is_same_v<Decay, None>)
                     update(w, part.col(j), begin + j, 1);
                   else if constexpr (std::is_same_v<Decay, Vector<Scalar>>)
                     update(w, part.col(j) - decay.cwiseProduct(w), begin + j, 1);
                   else
                     update(w, part.col(j) - scratch.decayed.col(begin + j), begin + j, 1);
                 }
                 look(begin, count);  // while the block is in the cache
               },
               time);
  return std::bit_cast<Scalar>(largest.load());
}

/// Likewise for a change that forms its columns while they are applied.
template <typename Scalar, typename Decay, typename Update>
Scalar for_each_column(Matrix<Scalar>& weights, const Change<Scalar>& change, const Decay& decay,
                       UpdateScratch<Scalar>& scratch, const Update& update, bool read = false) {
  return change.with_columns(scratch.formed, [&](const auto& columns) {
    return for_each_column(weights, columns, decay, scratch, update, read);
  });
}

/// The bounds on a step of size `gain`, from the change and the decay; infinite where unknown.
template <typename Scalar, typename Decay>
StepSize step_size(const auto& change, const Decay& decay, double weight_decay, double gain) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  StepSize step{.change = unknown};
  if constexpr (requires { change.largest(); }) step.change = change.largest();
  step.added = gain * step.change;
  double least = weight_decay, most = weight_decay;
  if constexpr (std::is_same_v<Decay, Vector<Scalar>>) {
    const double size = largest_of<Scalar>(decay);  // finds a NaN, which minCoeff may skip
    if (decay.size() > 0) {
      least += double(decay.minCoeff());
      most += double(decay.maxCoeff());
    }
    if (!std::isfinite(size)) most = unknown;
  } else if constexpr (!std::is_same_v<Decay, None>) {
    most = unknown;
  }
  step.decay = std::max(std::abs(least), std::abs(most));
  step.factor = std::max(std::abs(1 - gain * least), std::abs(1 - gain * most));
  if constexpr (requires { change.mixing(); }) {  // the change contains a decay by other neurons
    step.decay += change.mixing();
    step.factor += gain * change.mixing();
  }
  return step;
}

/// for_each_column for step number `step` of an optimiser: throws Divergence, naming the step, when
/// a weight is no longer finite.
template <typename Scalar>
void for_each_column_watched(Matrix<Scalar>& weights, const auto& change, const auto& decay,
                             UpdateScratch<Scalar>& scratch, const auto& update,
                             const StepSize& size, std::int64_t step, Watch& watch) {
  const bool read = watch.must_read(size);
  const Scalar largest = for_each_column(weights, change, decay, scratch, update, read);
  if (!read) return watch.skip(size);
  watch.read(double(largest));
  if (!all_finite(&largest, 1)) [[unlikely]]
    require_finite<Scalar, Divergence>(weights, sentence("the weight matrix after step ", step));
}

}  // namespace hebb
