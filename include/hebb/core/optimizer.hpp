/// @file
/// Optimisers: how a change lands on the weights. Plain, with momentum, or Adam; each keeps its memory per synapse. Any of them clipped.
///
/// A rule asks for  d = change - decay * W  (it climbs: d is minus the gradient where there is a loss).
/// All three add coupled weight decay to d; the learning rate at a step is eta * schedule(step).
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/core/schedule.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The change of one sample, g x^T, kept as its two factors so that the weights are streamed once and nothing else is.
template <typename Scalar>
struct RankOne {
  const View<Scalar>& post;  ///< post x 1
  const View<Scalar>& pre;   ///< pre x 1

  auto col(Index j) const { return post.col(0) * pre(j, 0); }
  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
};

/// The mean change of many samples, <g x^T>, formed in blocks of columns that land while they are in the cache.
template <typename Scalar>
struct MeanOuterProduct {
  const View<Scalar>& post;  ///< post x columns
  const View<Scalar>& pre;   ///< pre x columns
  Matrix<Scalar>& room;

  Index rows() const { return post.rows(); }
  Index cols() const { return pre.rows(); }
  /// How many columns of W are formed together: wide enough that packing `post` again for every block is cheap.
  Index width() const { return even_width(cols(), std::clamp<Index>((1 << 18) / rows(), 64, 256)); }
  void prepare() const { room.resize(rows(), width() * max_threads()); }

  auto form(Index begin, Index count, int worker) const {
    auto block = room.middleCols(worker * width(), count);
    block.noalias() = Scalar(1) / Scalar(post.cols()) * post * pre.middleRows(begin, count).transpose();
    return block;
  }
};

/// The columns of a change from `begin` on, for changes that name them one by one.
template <typename Change>
struct ColumnsFrom {
  const Change& change;
  Index begin;

  auto col(Index j) const { return change.col(begin + j); }
};

/// The columns of a change from `begin` on: those of a matrix, those formed for the occasion, or one by one.
template <typename Change>
auto columns_of(const Change& change, Index begin, Index count, int worker) {
  if constexpr (requires { change.form(begin, count, worker); })
    return change.form(begin, count, worker);
  else if constexpr (requires { change.middleCols(begin, count); })
    return change.middleCols(begin, count);
  else
    return ColumnsFrom<Change>{change, begin};
}

/// Calls land(columns of the weights, d for them, first column, count) over all of W, in fixed chunks. `decayed` is room for decay * W.
template <typename Scalar, typename Change, typename Decay, typename Land>
void for_each_column(Matrix<Scalar>& weights, const Change& change, const Decay& decay, Matrix<Scalar>& decayed, const Land& land) {
  require<ShapeError>(change.rows() == weights.rows() && change.cols() == weights.cols(), "the change is ", change.rows(), " x ",
                      change.cols(), ", the weights are ", weights.rows(), " x ", weights.cols());
  const Index rows = weights.rows(), cols = weights.cols();
  if (rows == 0 || cols == 0) return;
  constexpr Index chunk_size = 1 << 15;  // elements: long enough to pay for a thread, short enough to stay in its cache
  Index width = std::max<Index>(1, chunk_size / rows);
  if constexpr (requires { change.prepare(); }) {
    width = change.width();
    change.prepare();
  }
  if constexpr (std::is_same_v<Decay, Matrix<Scalar>>) {
    require<ShapeError>(decay.rows() == rows && decay.cols() == rows, "the decay is ", decay.rows(), " x ", decay.cols(),
                        ", the layer has ", rows, " neurons");
    decayed.resize(rows, cols);
  } else if constexpr (std::is_same_v<Decay, Vector<Scalar>>) {
    require<ShapeError>(decay.size() == rows, "the decay has ", decay.size(), " numbers, the layer ", rows, " neurons");
  }
  parallel_for((cols + width - 1) / width, [&](Index chunk, int worker) {
    const Index begin = chunk * width, count = std::min(width, cols - begin);
    if constexpr (std::is_same_v<Decay, Matrix<Scalar>>)
      decayed.middleCols(begin, count).noalias() = decay * weights.middleCols(begin, count);
    const auto part = columns_of(change, begin, count, worker);
    if constexpr (requires { part.cols(); } && std::is_same_v<Decay, None>) {
      land(weights.middleCols(begin, count), part, begin, count);
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
  });
}

/// Gradient steps: W += eta d.
struct Plain {
  double weight_decay = 0;  ///< coupled: d -= weight_decay * W
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> decayed;  // room for decay * W, not memory

    void each(auto&& visit) {
      visit("optimizer", label_of<"Plain">);
      visit("optimizer.step", step);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape) const {
    return {};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta, State<Scalar>& state) const {
    const Scalar rate = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay);
    for_each_column(weights, change, decay, state.decayed, [&](auto w, const auto& d, Index, Index) { w += rate * (d - shrink * w); });
    ++state.step;
  }
};

/// Heavy-ball momentum: V = momentum V + d, W += eta V.
struct Momentum {
  double momentum = 0.9;
  double weight_decay = 0;  ///< coupled: d -= weight_decay * W
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> velocity;  ///< post x pre
    Matrix<Scalar> decayed;   // room for decay * W, not memory

    void each(auto&& visit) {
      visit("optimizer", label_of<"Momentum">);
      visit("optimizer.step", step);
      visit("optimizer.velocity", velocity);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require(momentum >= 0 && momentum < 1, "Momentum: momentum must be in [0, 1), got ", momentum);
    return {0, Matrix<Scalar>::Zero(shape.post, shape.pre), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta, State<Scalar>& state) const {
    const Scalar rate = Scalar(eta * schedule(state.step)), shrink = Scalar(weight_decay), keep = Scalar(momentum);
    for_each_column(weights, change, decay, state.decayed, [&](auto w, const auto& d, Index j, Index n) {
      state.velocity.middleCols(j, n) = keep * state.velocity.middleCols(j, n) + (d - shrink * w);
      w += rate * state.velocity.middleCols(j, n);
    });
    ++state.step;
  }
};

/// Adam: steps of the size of eta, whatever the scale of d.
///
/// M = beta1 M + (1 - beta1) d,  V = beta2 V + (1 - beta2) d^2,
/// W += eta (M / (1 - beta1^t)) / (sqrt(V / (1 - beta2^t)) + epsilon) - eta decoupled_decay W
///
/// D. P. Kingma & J. Ba, ICLR 2015, algorithm 1; decoupled decay: I. Loshchilov & F. Hutter, ICLR 2019, algorithm 2.
struct Adam {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;     ///< coupled: d -= weight_decay * W, before the moments
  double decoupled_decay = 0;  ///< after the moments
  Schedule schedule = {};

  template <typename Scalar>
  struct State {
    std::int64_t step = 0;
    Matrix<Scalar> mean;     ///< M, post x pre
    Matrix<Scalar> square;   ///< V, post x pre
    Matrix<Scalar> decayed;  // room for decay * W, not memory

    void each(auto&& visit) {
      visit("optimizer", label_of<"Adam">);
      visit("optimizer.step", step);
      visit("optimizer.mean", mean);
      visit("optimizer.square", square);
    }
  };

  template <typename Scalar>
  State<Scalar> init(Shape shape) const {
    require(beta1 >= 0 && beta1 < 1, "Adam: beta1 must be in [0, 1), got ", beta1);
    require(beta2 >= 0 && beta2 < 1, "Adam: beta2 must be in [0, 1), got ", beta2);
    const auto zero = [&]() -> Matrix<Scalar> { return Matrix<Scalar>::Zero(shape.post, shape.pre); };
    return {0, zero(), zero(), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta, State<Scalar>& state) const {
    const double rate = eta * schedule(state.step), t = double(state.step + 1);
    const Scalar b1 = Scalar(beta1), b2 = Scalar(beta2), shrink = Scalar(weight_decay);
    const Scalar mean_rate = Scalar(rate / (1 - std::pow(beta1, t)));
    const Scalar square_scale = Scalar(1 / (1 - std::pow(beta2, t)));
    const Scalar eps = Scalar(epsilon), keep = Scalar(1 - rate * decoupled_decay);
    for_each_column(weights, change, decay, state.decayed, [&](auto w, const auto& d, Index j, Index n) {
      auto mean = state.mean.middleCols(j, n);
      auto square = state.square.middleCols(j, n);
      mean = b1 * mean + (1 - b1) * (d - shrink * w);
      // The moments see the same d; writing it through the mean would change its bits, so it is formed twice, in registers.
      square.array() = b2 * square.array() + (1 - b2) * (d - shrink * w).array().square();
      w.array() = keep * w.array() + mean_rate * mean.array() / ((square_scale * square.array()).sqrt() + eps);
    });
    ++state.step;
  }
};

/// A change longer than `norm` is shortened to it before it lands: d -> d min(1, norm / |d|), with |d| the Frobenius norm of
/// d = change - decay * W. The inner optimiser adds its weight decay after that.
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
    require(norm > 0, "Clipped: norm must be > 0, got ", norm);
    return {inner.template init<Scalar>(shape), Matrix<Scalar>(shape.post, shape.pre), {}};
  }

  template <typename Scalar>
  void apply(Matrix<Scalar>& weights, const auto& change, const auto& decay, double eta, State<Scalar>& state) const {
    for_each_column(weights, change, decay, state.decayed,
                    [&](auto, const auto& d, Index j, Index n) { state.change.middleCols(j, n) = d; });
    const double length = double(state.change.norm());
    if (length > norm) state.change *= Scalar(norm / length);
    inner.template apply<Scalar>(weights, state.change, None{}, eta, state.inner);
  }
};

}  // namespace hebb
