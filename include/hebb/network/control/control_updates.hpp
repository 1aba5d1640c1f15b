/// @file
/// What the layers of a controlled network learn from an inference: an error, or a change of rate.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/network/control/differences.hpp"
#include "hebb/network/control/trajectory_products.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What a layer learns from an inference under control: `SteadyState`, `TimeAverage`, `EndPoints`,
/// `TrajectorySum` or `SpikeSampled`. `sums_changes` says whether it sums the changes of an
/// inference.
template <typename P>
concept ControlUpdate = PlaysRole<P, role::ControlUpdate> && requires {
  { P::sums_changes } -> std::convertible_to<bool>;
};

/// The error and the presynaptic rate, both at the end of the inference.
template <typename Error = NonlinearDifference>
struct SteadyState {
  using Role = role::ControlUpdate;
  static constexpr bool sums_changes = false;
  static constexpr std::string_view name = label_of<"SteadyState", Error>.text;
  Error error = {};

  template <typename Scalar>
  struct State {
    Matrices<Scalar> post;  ///< of every layer: the error at the end of the inference
    Matrix<Scalar> change;  ///< scratch space of `change`
  };

  void begin(auto&, auto&) const {}
  void observe(auto&, const Columns&, Index, auto&) const {}

  void finish(auto& net, auto& memory) const {
    resize_all(memory.post, net.layers.neurons(), net.activity.rate[0].cols());
    net.relaxation.for_each_block(net.activity.rate[0].cols(), [&](const Columns& columns) {
      for (std::size_t k = 0; k < memory.post.size(); ++k)
        error(net, k, columns, columns.of(memory.post[k]));
    });
  }

  void learn(auto& net, std::size_t k, auto& memory) const {
    net.layers[k].learn(net.activity.rate[k], memory.post[k]);
  }

  const auto& change(auto& net, std::size_t k, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    memory.change.setZero(memory.post[k].rows(), net.activity.rate[k].rows());
    net.layers[k].add_change(Scalar(1), net.activity.rate[k], memory.post[k], memory.change);
    return memory.change;
  }
};

/// The mean over the inference of error times presynaptic rate. The rule applies the mean.
template <typename Error = NonlinearDifference>
struct TimeAverage {
  using Role = role::ControlUpdate;
  static constexpr bool sums_changes = true;
  static constexpr std::string_view name = label_of<"TimeAverage", Error>.text;
  Error error = {};

  template <typename Scalar>
  struct State {
    TrajectoryProducts<Scalar> products;  ///< sums over the inference
  };

  void begin(auto& net, auto& memory) const { memory.products.begin(net); }

  void observe(auto& net, const Columns& columns, Index t, auto& memory) const {
    if (t == 0) return;
    for (std::size_t k = 0; k < net.layers.depth(); ++k) {
      error(net, k, columns, columns.of(memory.products.post[k]));
      memory.products.add(k, columns, net.activity.rate[k]);
    }
  }

  void finish(auto& net, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    memory.products.finish(net, Scalar(1) / Scalar(net.planned_steps()));
  }

  void learn(auto& net, std::size_t k, auto& memory) const {
    apply_sum(net.layers[k].rule, memory.products.sums.change[k], net.layers[k].state);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const {
    return memory.products.sums.change[k];
  }
};

/// Differential Hebbian learning from the end points: the change of rate over the inference, times
/// the mean of the first and the last presynaptic rate. This equals the sum over the trajectory
/// exactly where the presynaptic side is constant, and to second order where both sides move
/// together. A rule with `update_from_end_points` gets both ends; other rules get their difference.
struct EndPoints {
  using Role = role::ControlUpdate;
  static constexpr bool sums_changes = false;

  template <typename Scalar>
  struct State {
    Matrices<Scalar> first, post;  ///< of every layer: rates before control, and their change
    Matrices<Scalar> pre;   ///< the mean presynaptic rate of layer k > 0, with the row of ones
    Matrix<Scalar> change;  ///< scratch space of `change`
  };

  void begin(auto& net, auto& memory) const {
    const Index batch = net.activity.rate[0].cols();
    resize_all(memory.first, net.layers.neurons(), batch);
    resize_all(memory.post, net.layers.neurons(), batch);
    memory.pre.resize(net.layers.depth());
    for (std::size_t k = 1; k < memory.pre.size(); ++k)
      memory.pre[k].resize(net.activity.rate[k].rows(), batch);
  }

  void observe(auto& net, const Columns& columns, Index t, auto& memory) const {
    if (t > 0) return;
    for (std::size_t k = 0; k < net.layers.depth(); ++k)
      columns.of(memory.first[k]) = columns.of(net.rate(k));
  }

  void finish(auto& net, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    net.relaxation.for_each_block(net.activity.rate[0].cols(), [&](const Columns& columns) {
      for (std::size_t k = 0; k < net.layers.depth(); ++k) {
        columns.of(memory.post[k]) = columns.of(net.rate(k)) - columns.of(memory.first[k]);
        if (k == 0) continue;
        auto pre = columns.of(memory.pre[k]);
        pre = columns.of(net.activity.rate[k]);
        pre.topRows(memory.post[k - 1].rows()) -= Scalar(0.5) * columns.of(memory.post[k - 1]);
      }
    });
  }

  void learn(auto& net, std::size_t k, auto& memory) const {
    const auto& rule = net.layers[k].rule;
    auto& state = net.layers[k].state;
    if constexpr (requires {
                    rule.update_from_end_points(pre(net, k, memory), memory.first[k], net.rate(k),
                                                state);
                  })
      rule.update_from_end_points(pre(net, k, memory), memory.first[k], net.rate(k), state);
    else
      net.layers[k].learn(pre(net, k, memory), memory.post[k]);
  }

  const auto& change(auto& net, std::size_t k, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    memory.change.setZero(memory.post[k].rows(), net.activity.rate[k].rows());
    add_mean_outer_product<Scalar>(Scalar(1), memory.post[k], pre(net, k, memory), memory.change);
    return memory.change;
  }

 private:
  static const auto& pre(auto& net, std::size_t k, auto& memory) {
    return k == 0 ? net.activity.rate[0] : memory.pre[k];
  }
};

/// Differential Hebbian learning along the trajectory: the sum over its steps of (r_l[t + 1] -
/// r_l[t]) r_{l-1}[t]^T.
struct TrajectorySum {
  using Role = role::ControlUpdate;
  static constexpr bool sums_changes = true;

  template <typename Scalar>
  struct State {
    TrajectoryProducts<Scalar> products;  ///< sums over the inference
    /// Every layer's rates of the previous step; those of hidden layers with the row of ones.
    Matrices<Scalar> previous;
  };

  void begin(auto& net, auto& memory) const {
    memory.products.begin(net);
    memory.previous.resize(net.layers.depth());
    for (std::size_t k = 0; k < memory.previous.size(); ++k)
      memory.previous[k].resize(source(net, k).rows(), source(net, k).cols());
  }

  void observe(auto& net, const Columns& columns, Index t, auto& memory) const {
    for (std::size_t k = 0; t > 0 && k < net.layers.depth(); ++k) {
      columns.of(memory.products.post[k]) =
          columns.of(net.rate(k)) - columns.of(memory.previous[k]).topRows(net.rate(k).rows());
      memory.products.add(k, columns, k == 0 ? net.activity.rate[0] : memory.previous[k - 1]);
    }
    for (std::size_t k = 0; k < net.layers.depth(); ++k)
      columns.of(memory.previous[k]) = columns.of(source(net, k));
  }

  void finish(auto& net, auto& memory) const { memory.products.finish(net, 1); }

  void learn(auto& net, std::size_t k, auto& memory) const {
    apply_sum(net.layers[k].rule, memory.products.sums.change[k], net.layers[k].state);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const {
    return memory.products.sums.change[k];
  }

 private:
  static auto& source(auto& net, std::size_t k) {
    return k + 1 < net.layers.depth() ? net.activity.rate[k + 1] : net.state[k];
  }
};

}  // namespace hebb
