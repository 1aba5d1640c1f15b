/// @file
/// Optimisers: how a change lands on the weights. Plain, with momentum, or Adam; each keeps its
/// memory per synapse. Any of them clipped.
///
/// A rule asks for  d = change - decay * W  (it climbs: d is minus the gradient where there is a
/// loss). All three add coupled weight decay to d; the learning rate at a step is eta *
/// schedule(step).
///
/// `apply` throws ShapeError when the change, the decay or the optimiser's own memory do not have
/// the shape of the weights; nothing has changed then. It throws Divergence in the step that makes
/// a weight infinite or NaN; the weights have changed then.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "hebb/core/divergence.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/schedule.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The change of one sample, g x^T, kept as its two factors so that the weights are streamed once
/// and nothing else is.
template <typename Scalar>
struct RankOne {
  const View<Scalar>& post;  ///< post x 1
  const View<Scalar>& pre;   ///< pre x 1

  auto col(Index j) const { return post.col(0) * pre(j, 0); }
  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
  /// No element of the change is larger.
  double largest() const { return largest_of<Scalar>(post) * largest_of<Scalar>(pre); }
};

/// The mean change of many samples, <g x^T>, formed in blocks of columns that land while they are
/// in the cache.
template <typename Scalar>
struct MeanOuterProduct {
  const View<Scalar>& post;  ///< post x columns
  const View<Scalar>& pre;   ///< pre x columns
  Matrix<Scalar>& room;

  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
  /// No element of the change is larger, nor of the sum that it is the mean of.
  double largest() const {
    return double(post.cols()) * largest_of<Scalar>(post) * largest_of<Scalar>(pre);
  }
  /// How many columns of W are formed together: wide enough that packing `post` again for every
  /// block is cheap.
  Index width() const { return even_width(cols(), std::clamp<Index>((1 << 18) / rows(), 64, 256)); }
  void prepare() const { room.resize(rows(), width() * max_threads()); }

  auto form(Index begin, Index count, int worker) const {
    auto block = room.middleCols(worker * width(), count);
    outer_product<Scalar>(Scalar(1) / Scalar(post.cols()), post, pre.middleRows(begin, count),
                          block);
    return block;
  }
};

/// A change that lies in a matrix, of which one knows that no element is larger than `most`.
template <typename Scalar>
struct KnownChange {
  const Matrix<Scalar>& change;
  double most;

  Index rows() const { return change.rows(); }
  Index cols() const { return change.cols(); }
  auto middleCols(Index begin, Index count) const { return change.middleCols(begin, count); }
  double largest() const { return most; }
};

/// The columns of a change from `begin` on, for changes that name them one by one.
template <typename Change>
struct ColumnsFrom {
  const Change& change;
  Index begin;

  auto col(Index j) const { return change.col(begin + j); }
};

/// The columns of a change from `begin` on: those of a matrix, those formed for the occasion, or
/// one by one.
template <typename Change>
auto columns_of(const Change& change, Index begin, Index count, int worker) {
  if constexpr (requires { change.form(begin, count, worker); })
    return change.form(begin, count, worker);
  else if constexpr (requires { change.middleCols(begin, count); })
    return change.middleCols(begin, count);
  else
    return ColumnsFrom<Change>{change, begin};
}

/// Calls land(columns of the weights, d for them, first column, count) over all of W, in fixed
/// chunks. `decayed` is room for decay * W. Returns the largest |weight| after that, infinity or
/// NaN included, where `read` asks for it, and 0 elsewhere.
template <typename Scalar, typename Change, typename Decay, typename Land>
Scalar for_each_column(Matrix<Scalar>& weights, const Change& change, const Decay& decay,
                       Matrix<Scalar>& decayed, const Land& land, bool read = false) {
  require<ShapeError>(change.rows() == weights.rows() && change.cols() == weights.cols(),
                      "the change is ", change.rows(), " x ", change.cols(), ", the weights are ",
                      weights.rows(), " x ", weights.cols());
  const Index rows = weights.rows(), cols = weights.cols();
  if (rows == 0 || cols == 0) return 0;
  constexpr Index chunk_size =
      1 << 15;  // elements: long enough to pay for a thread, short enough to stay in its cache
  Index width = std::max<Index>(1, chunk_size / rows);
  if constexpr (requires { change.prepare(); }) {
    width = change.width();
    change.prepare();
  }
  if constexpr (std::is_same_v<Decay, Matrix<Scalar>>) {
    require<ShapeError>(decay.rows() == rows && decay.cols() == rows, "the decay is ", decay.rows(),
                        " x ", decay.cols(), ", the layer has ", rows, " neurons");
    decayed.resize(rows, cols);
  } else if constexpr (std::is_same_v<Decay, Vector<Scalar>>) {
    require<ShapeError>(decay.size() == rows, "the decay has ", decay.size(),
                        " numbers, the layer ", rows, " neurons");
  }
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t,
                                  std::uint64_t>;  // ordered as magnitudes are, NaN on top
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
  parallel_for((cols + width - 1) / width, [&](Index chunk, int worker) {
    const Index begin = chunk * width, count = std::min(width, cols - begin);
    if constexpr (std::is_same_v<Decay, Matrix<Scalar>>)
      decayed.middleCols(begin, count).noalias() = decay * weights.middleCols(begin, count);
    const auto part = columns_of(change, begin, count, worker);
    if constexpr (requires { part.cols(); } && std::is_same_v<Decay, None>) {
      land(weights.middleCols(begin, count), part, begin, count);
      look(begin, count);
      return;
    }
    for (Index j = 0; j < count; ++j) {
      auto w = weights.col(begin + j);
      if constexpr (std::is_same_v<Decay, None>)
        land(w, part.col(j), begin + j, 1);
      else if constexpr (std::is_same_v<Decay, Vector<Scalar>>)
        land(w, part.col(j) - decay.cwiseProduct(w), begin + j, 1);
      else
        land(w, part.col(j) - decayed.col(begin + j), begin + j, 1);
    }
    look(begin, count);  // while the chunk is in the cache
  });
  return std::bit_cast<Scalar>(largest.load());
}

/// The bounds on a step of size `gain` that the change and the decay tell; infinite where they do
/// not.
template <typename Scalar, typename Change, typename Decay>
StepSize step_size(const Change& change, const Decay& decay, double weight_decay, double gain) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  StepSize step{.change = unknown};
  if constexpr (requires { change.largest(); }) step.change = change.largest();
  step.added = gain * step.change;
  double least = weight_decay, most = weight_decay;
  if constexpr (std::is_same_v<Decay, Vector<Scalar>>) {
    const double size =
        largest_of<Scalar>(decay);  // also finds a NaN, which the two below may skip
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
  if constexpr (requires {
                  change.mixing();
                }) {  // a decay by other neurons that the change contains
    step.decay += change.mixing();
    step.factor += gain * change.mixing();
  }
  return step;
}

/// for_each_column for an optimiser's step number `step`: throws Divergence, naming it, when a
/// weight is no longer finite.
template <typename Scalar>
void for_each_column_watched(Matrix<Scalar>& weights, const auto& change, const auto& decay,
                             Matrix<Scalar>& decayed, const auto& land, const StepSize& size,
                             std::int64_t step, Watch& watch) {
  const bool read = watch.must_read(size);
  const Scalar largest = for_each_column(weights, change, decay, decayed, land, read);
  if (!read) return watch.skip(size);
  watch.read(double(largest));
  if (!all_finite(&largest, 1)) [[unlikely]]
    require_finite<Scalar, Divergence>(weights, sentence("the weight matrix after step ", step));
}

/// Gradient steps: W += eta d.
struct Plain {
  static constexpr bool elementwise = true;  ///< no weight's step depends on another's change
  double weight_decay = 0;                   ///< coupled: d -= weight_decay * W
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> decayed;  // room for decay * W, not memory
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Plain">);
      visit("optimizer.step", step);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape) const {
    require_at_least("Plain", "weight_decay", weight_decay, 0);
    schedule.check();
    return {};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const Scalar rate = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay);
    for_each_column_watched(
        weights, change, decay, state.decayed,
        [&](auto w, const auto& d, Index, Index) { w += rate * (d - shrink * w); },
        step_size<Scalar>(change, decay, weight_decay, double(rate)), state.step, state.watch);
    ++state.step;
  }
};

/// Heavy-ball momentum: V = momentum V + d, W += eta V.
struct Momentum {
  static constexpr bool elementwise = true;
  double momentum = 0.9;
  double weight_decay = 0;  ///< coupled: d -= weight_decay * W
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> velocity;  ///< post x pre
    Matrix<Scalar> decayed;   // room for decay * W, not memory
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Momentum">);
      visit("optimizer.step", step);
      visit("optimizer.velocity", velocity);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_in("Momentum", "momentum", momentum, 0, 1);
    require_at_least("Momentum", "weight_decay", weight_decay, 0);
    schedule.check();
    return {0, Matrix<Scalar>::Zero(shape.post, shape.pre), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const Scalar rate = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay),
                 keep = Scalar(momentum);
    require_shape<Scalar>(state.velocity, weights.rows(), weights.cols(), "Momentum: velocity");
    // All steps so far together move W by no more than one step of size eta / (1 - momentum) with
    // the largest of their changes would.
    const double gain = double(rate) / (1 - momentum);
    StepSize size = step_size<Scalar>(change, decay, weight_decay, gain);
    size.factor = 1 + gain * size.decay;
    for_each_column_watched(
        weights, change, decay, state.decayed,
        [&](auto w, const auto& d, Index j, Index n) {
          state.velocity.middleCols(j, n) =
              keep * state.velocity.middleCols(j, n) + (d - shrink * w);
          w += rate * state.velocity.middleCols(j, n);
        },
        size, state.step, state.watch);
    ++state.step;
  }
};

/// Adam: steps of the size of eta, whatever the scale of d.
///
/// M = beta1 M + (1 - beta1) d,  V = beta2 V + (1 - beta2) d^2,
/// W += eta (M / (1 - beta1^t)) / (sqrt(V / (1 - beta2^t)) + epsilon) - eta decoupled_decay W
///
/// D. P. Kingma & J. Ba, ICLR 2015, algorithm 1; decoupled decay: I. Loshchilov & F. Hutter, ICLR
/// 2019, algorithm 2.
struct Adam {
  static constexpr bool elementwise = true;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;       ///< > 0
  double weight_decay = 0;     ///< coupled: d -= weight_decay * W, before the moments
  double decoupled_decay = 0;  ///< after the moments
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> mean;     ///< M, post x pre
    Matrix<Scalar> square;   ///< V, post x pre
    Matrix<Scalar> decayed;  // room for decay * W, not memory
    Watch watch = {};

    void each(auto&& visit) {
      visit("optimizer", label_of<"Adam">);
      visit("optimizer.step", step);
      visit("optimizer.mean", mean);
      visit("optimizer.square", square);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_in("Adam", "beta1", beta1, 0, 1);
    require_in("Adam", "beta2", beta2, 0, 1);
    require_at_least("Adam", "epsilon", epsilon,
                     double(std::numeric_limits<Scalar>::min()));  // smaller numbers count as 0
    require_at_least("Adam", "weight_decay", weight_decay, 0);
    require_at_least("Adam", "decoupled_decay", decoupled_decay, 0);
    schedule.check();
    const auto zero = [&]() -> Matrix<Scalar> {
      return Matrix<Scalar>::Zero(shape.post, shape.pre);
    };
    return {0, zero(), zero(), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    const double rate = eta * schedule(state.step), t = double(state.step + 1);
    const Scalar b1 = Scalar(beta1), b2 = Scalar(beta2), shrink = Scalar(weight_decay);
    const Scalar mean_rate = Scalar(rate / (1 - std::pow(beta1, t)));
    const Scalar square_scale = Scalar(1 / (1 - std::pow(beta2, t)));
    const Scalar eps = Scalar(epsilon), keep = Scalar(1 - rate * decoupled_decay);
    require_shape<Scalar>(state.mean, weights.rows(), weights.cols(), "Adam: mean");
    require_shape<Scalar>(state.square, weights.rows(), weights.cols(), "Adam: square");
    StepSize size = step_size<Scalar>(change, decay, weight_decay, rate);
    // Whatever d is, |mean| <= limit * sqrt(square) by the inequality of Cauchy and Schwarz, bias
    // corrections included.
    const double room = (1 - beta2) * (1 - beta1 * beta1 / beta2),
                 limit = room > 0 ? 1 / std::sqrt(room) : size.change;
    size.factor = std::abs(1 - rate * decoupled_decay);
    size.added = rate * limit;
    const bool read = state.watch.must_read(size);
    std::atomic<bool> overflow{false};
    const auto land = [&](auto w, const auto& d, Index j, Index n) {
      auto mean = state.mean.middleCols(j, n);
      auto square = state.square.middleCols(j, n);
      mean = b1 * mean + (1 - b1) * (d - shrink * w);
      // The moments see the same d; writing it through the mean would change its bits, so it is
      // formed twice, in registers.
      square.array() = b2 * square.array() + (1 - b2) * (d - shrink * w).array().square();
      w.array() = keep * w.array() +
                  mean_rate * mean.array() / ((square_scale * square.array()).sqrt() + eps);
      if (read && !all_finite(square.data(), square.size()))
        overflow.store(true, std::memory_order_relaxed);
    };
    for_each_column_watched(weights, change, decay, state.decayed, land, size, state.step,
                            state.watch);
    if (overflow) [[unlikely]]  // else an infinite square would freeze its weight for ever
      require_finite<Scalar, Divergence>(
          state.square, sentence("Adam's mean square of the change after step ", state.step));
    ++state.step;
  }
};

/// A change longer than `norm` is shortened to it before it lands: d -> d min(1, norm / |d|), with
/// |d| the Frobenius norm of d = change - decay * W. The inner optimiser adds its weight decay
/// after that.
///
/// R. Pascanu, T. Mikolov & Y. Bengio, ICML 2013, algorithm 1.
template <typename Inner = Adam>
struct Clipped {
  double norm = 1;  ///< > 0
  Inner inner = {};

  template <typename Scalar>
  struct State {
    typename Inner::template State<Scalar> inner;
    Matrix<Scalar> change, decayed;  // room, not memory

    void each(auto&& visit) {
      visit("optimizer.clipped", label_of<"Clipped">);
      inner.each(visit);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require_positive("Clipped", "norm", norm);
    return {inner.template init<Scalar>(shape), Matrix<Scalar>(shape.post, shape.pre), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta,
             State<Scalar>& state) const {
    state.change.resize(weights.rows(), weights.cols());
    for_each_column(
        weights, change, decay, state.decayed,
        [&](auto, const auto& d, Index j, Index n) { state.change.middleCols(j, n) = d; });
    double length = double(state.change.norm());
    if (!std::isfinite(length)) {  // a change whose square overflows has a direction, too
      state.change /= Scalar(largest_of<Scalar>(state.change));
      length = double(state.change.norm());
      state.change *= Scalar(norm / length);
    } else if (length > norm) {
      state.change *= Scalar(norm / length);
    }
    const double most = std::isfinite(length) ? 2 * std::min(length, norm)
                                              : length;  // twice, because lengths are rounded
    const KnownChange<Scalar> shortened{state.change, most};
    inner.template apply<Scalar>(weights, shortened, None{}, eta, state.inner);
  }
};

}  // namespace hebb
