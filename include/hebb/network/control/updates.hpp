/// @file
/// What the layers of a controlled network learn from an inference: an error, a change of rate, or
/// spikes.
#pragma once

#include "hebb/network/control/spikes.hpp"
#include "hebb/network/dense_layers.hpp"
#include "hebb/network/teaching.hpp"

namespace hebb {

/// Takes the place of a rate or gain that nobody wants: the expression assigned to it is never
/// evaluated.
struct Ignored {
  const Ignored& operator=(const auto&) const { return *this; }
};

/// phi(v) - phi(v_ff): the rate of the soma minus the one that the basal dendrite alone would give.
struct NonlinearDifference {
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    using Net = std::remove_cvref_t<decltype(net)>;
    using Scalar = typename Net::Scalar;
    if (k + 1 == net.layers.depth()) {
      error = columns.of(net.state[k]) - columns.of(net.activity.drive[k]);
    } else {
      Net::Hidden::template respond<Scalar>(columns.of(net.activity.drive[k]), error, Ignored{});
      error = columns.of(net.activity.rate[k + 1]).topRows(error.rows()) - error;
    }
  }
};

/// v - v_ff: the potential of the soma minus that of the basal dendrite.
struct VoltageDifference {
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    error = columns.of(net.state[k]) - columns.of(net.activity.drive[k]);
  }
};

/// phi'(v) (v - v_ff).
struct GainedVoltageDifference {
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    using Net = std::remove_cvref_t<decltype(net)>;
    using Scalar = typename Net::Scalar;
    const auto v = columns.of(net.state[k]), basal = columns.of(net.activity.drive[k]);
    if (k + 1 == net.layers.depth()) {
      error = v - basal;
    } else {
      Net::Hidden::template respond<Scalar>(
          v, columns.of(net.activity.rate[k + 1]).topRows(error.rows()), error);
      error.array() *= (v - basal).array();
    }
  }
};

/// Sums of changes, one for every block of columns, added in the order of the blocks.
template <typename Scalar>
struct BlockSums {
  Matrices<Scalar> blocks;  ///< of layer k: post x (pre + 1) of every block side by side
  Matrices<Scalar> change;

  /// Zero for the layers from `first` on.
  void begin(const auto& net, std::size_t first) {
    const Index batch = net.activity.rate[0].cols();
    blocks.resize(net.layers.depth());
    change.resize(net.layers.depth());
    for (std::size_t k = first; k < blocks.size(); ++k)
      blocks[k].setZero(net.state[k].rows(),
                        net.activity.rate[k].rows() * net.relaxation.blocks(batch));
  }

  auto of(std::size_t k, const Columns& columns, Index pre) {
    return blocks[k].middleCols(columns.block * pre, pre);
  }

  /// change = scale * sum, mean over columns.
  void finish(const auto& net, Scalar scale, std::size_t first) {
    const Scalar each = scale / Scalar(net.activity.rate[0].cols());
    for (std::size_t k = first; k < blocks.size(); ++k) {
      const Index pre = net.activity.rate[k].rows();
      change[k] = each * blocks[k].leftCols(pre);
      for (Index begin = pre; begin < blocks[k].cols(); begin += pre)
        change[k] += each * blocks[k].middleCols(begin, pre);
    }
  }
};

/// Sums over time of post pre^T.
///
/// Layer 0 hears an input that stands still: its postsynaptic factors are summed, and multiplied
/// once.
template <typename Scalar>
struct TrajectoryProducts {
  Matrices<Scalar> post;  ///< room for the postsynaptic factor of a step
  Matrix<Scalar> first_sum;
  BlockSums<Scalar> sums;
  PackedMatrices<Scalar> packed;  // room of every worker

  void begin(const auto& net) {
    const Index batch = net.activity.rate[0].cols();
    resize_all(post, net.layers.neurons(), batch);
    first_sum.setZero(post[0].rows(), batch);
    sums.begin(net, 1);
    packed.resize(std::size_t(max_threads()));
  }

  /// Adds post pre^T for some columns of layer k.
  void add(std::size_t k, const Columns& columns, const Matrix<Scalar>& pre) {
    if (k == 0) {
      columns.of(first_sum) += columns.of(post[0]);
    } else {
      auto& left = packed[std::size_t(columns.worker)];
      left.pack(columns.of(post[k]));
      left.add_product(columns.of(pre).transpose(), sums.of(k, columns, pre.rows()));
    }
  }

  void finish(const auto& net, Scalar scale) {
    sums.finish(net, scale, 1);
    sums.change[0].setZero(first_sum.rows(), net.activity.rate[0].rows());
    add_mean_outer_product<Scalar>(scale, first_sum, net.activity.rate[0], sums.change[0]);
  }
};

/// The error at the end of the inference, with the presynaptic rate at its end.
template <typename Error = NonlinearDifference>
struct SteadyState {
  static constexpr std::string_view name = label_of<"SteadyState", Error>.text;
  Error error = {};

  template <typename Scalar>
  struct State {
    Matrices<Scalar> post;
    Matrix<Scalar> change;
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
    net.layers.rules[k].update(net.activity.rate[k], memory.post[k], net.layers.states[k]);
  }

  const auto& change(auto& net, std::size_t k, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    memory.change.setZero(memory.post[k].rows(), net.activity.rate[k].rows());
    add_change(net.layers.rules[k], Scalar(1), net.activity.rate[k], memory.post[k],
               net.layers.states[k], memory.change);
    return memory.change;
  }
};

/// The mean over the inference of error times presynaptic rate. The rule lands the mean.
template <typename Error = NonlinearDifference>
struct TimeAverage {
  static constexpr std::string_view name = label_of<"TimeAverage", Error>.text;
  Error error = {};

  template <typename Scalar>
  struct State {
    TrajectoryProducts<Scalar> products;
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
    net.layers.rules[k].apply(memory.products.sums.change[k], None{}, net.layers.states[k]);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const {
    return memory.products.sums.change[k];
  }
};

/// Differential Hebbian learning from the end points: the change of rate over the inference, times
/// the mean of the first and the last presynaptic rate. The sum over the trajectory is this exactly
/// where the presynaptic side stands still, and to second order where both sides move together. A
/// rule with `update_from_end_points` is given both ends, another one their difference.
struct EndPoints {
  template <typename Scalar>
  struct State {
    Matrices<Scalar> first, post;  ///< every layer's rates before control, and their change
    Matrices<Scalar> pre;  ///< the mean presynaptic rate of layer k > 0, with the row of ones
    Matrix<Scalar> change;
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
    const auto& rule = net.layers.rules[k];
    auto& state = net.layers.states[k];
    if constexpr (requires {
                    rule.update_from_end_points(pre(net, k, memory), memory.first[k], net.rate(k),
                                                state);
                  })
      rule.update_from_end_points(pre(net, k, memory), memory.first[k], net.rate(k), state);
    else
      rule.update(pre(net, k, memory), memory.post[k], state);
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
  template <typename Scalar>
  struct State {
    TrajectoryProducts<Scalar> products;
    Matrices<Scalar> previous;  ///< every layer's rates of the step before, with the row of ones
                                ///< where a layer hears them
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
    net.layers.rules[k].apply(memory.products.sums.change[k], None{}, net.layers.states[k]);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const {
    return memory.products.sums.change[k];
  }

 private:
  static auto& source(auto& net, std::size_t k) {
    return k + 1 < net.layers.depth() ? net.activity.rate[k + 1] : net.state[k];
  }
};

/// STDP: spikes are drawn at the rates of the trajectory, and every pair of them changes the weight
/// by the window.
///
/// Rates are probabilities per step, so they must be in [0, 1]: hidden layers need a Sigmoid; the
/// readout spikes at the rates that its loss compares with the target (with CrossEntropy the
/// softmax); the input at `input_gain x + input_offset`. The expected change is sum over t and k of
/// K(k) r_post[t + k] r_pre[t]: where rates move slowly, `window.gain()` times that of
/// TrajectorySum. Costs the memory of all rates at all steps. Throws InvalidParameter naming the
/// layer when a rate leaves [0, 1].
template <typename Outside = HeldRates>
struct SpikeSampled {
  static constexpr std::string_view name = label_of<"SpikeSampled", Outside>.text;
  StdpWindow window = {};
  Index samples = 1;  ///< independent draws, averaged
  double input_gain = 1, input_offset = 0;
  Random random = {};

  template <typename Scalar>
  struct State {
    Matrix<Scalar> input;    ///< as probabilities, like
    Matrices<Scalar> rates;  ///< those of the layers
    Matrix<Scalar> nothing;
    Trajectory<Scalar> trajectory;
    BlockSums<Scalar> sums;
    std::vector<Matrices<Scalar>> spikes,
        filtered;  ///< of every worker: the presynaptic side of each layer, and the readout
  };

  void check() const {
    require(samples > 0, "SpikeSampled: samples must be > 0, got ", samples);
    window.check();
  }

  void begin(auto& net, auto& memory) const {
    const Index batch = net.activity.rate[0].cols();
    resize_all(memory.rates, net.layers.neurons(), batch);
    memory.trajectory.begin(memory.rates, net.planned_steps());
    memory.nothing.setZero(memory.rates.back().rows(), batch);
    memory.sums.begin(net, 0);
    for (auto* rooms : {&memory.spikes, &memory.filtered})
      rooms->resize(std::size_t(max_threads()));
    for (auto& room : memory.spikes) {
      room.resize(net.layers.depth() + 1);
      for (std::size_t k = 0; k < room.size(); ++k) {
        room[k].setOnes(net.layers.sizes[k] + 1,
                        net.planned_steps() + 3);  // two columns for the rates outside
        room[k].bottomRightCorner(1, 2).setConstant(Outside::share);
      }
    }
    for (auto& room : memory.filtered) room.resize(net.layers.depth());
  }

  void observe(auto& net, const Columns& columns, Index t, auto& memory) const {
    using Net = std::remove_cvref_t<decltype(net)>;
    for (std::size_t k = 0; k + 1 < net.layers.depth(); ++k)
      columns.of(memory.rates[k]) = columns.of(net.rate(k));
    auto output = columns.of(memory.rates.back());
    Net::Loss::template error<typename Net::Scalar>(columns.of(net.state.back()),
                                                    columns.of(memory.nothing), output);
    output = -output;
    memory.trajectory.keep(memory.rates, columns, t);
  }

  void finish(auto& net, auto& memory) const {
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    const Index batch = net.activity.rate[0].cols();
    memory.input =
        (Scalar(input_gain) * net.activity.rate[0].array() + Scalar(input_offset)).matrix();
    memory.input.bottomRows(1).setOnes();  // the bias's unit spikes in every step
    require_probabilities<Scalar>(memory.input, "the input");
    for (std::size_t k = 0; k < memory.rates.size(); ++k)
      require_probabilities<Scalar>(memory.trajectory.all(k), sentence("layer ", k).c_str());
    net.relaxation.for_each_block(batch, [&](const Columns& columns) {
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
        for (Index sample = 0; sample < samples; ++sample)
          add_pairs(net, columns, c, std::uint64_t((net.step() * batch + c) * samples + sample),
                    memory);
    });
    memory.sums.finish(net, Scalar(1) / Scalar(samples), 0);
  }

  void learn(auto& net, std::size_t k, auto& memory) const {
    net.layers.rules[k].apply(memory.sums.change[k], None{}, net.layers.states[k]);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const { return memory.sums.change[k]; }

 private:
  /// Draws the spikes of one sample in all layers, and sums what their pairs change. The last two
  /// columns of `spikes` are the rates before and after the inference: they meet the last two
  /// columns of the filtered trains.
  void add_pairs(auto& net, const Columns& columns, Index c, std::uint64_t draw,
                 auto& memory) const {
    auto& spikes = memory.spikes[std::size_t(columns.worker)];
    auto& filtered = memory.filtered[std::size_t(columns.worker)];
    const auto& input = memory.input;
    using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
    const Scalar share = Outside::share;
    const Index steps = spikes[0].cols() - 2;
    draw_spikes<Scalar>(
        net.layers.sizes[0], [&](Index i, Index) { return input(i, c); },
        random.stream("spikes", 0).at(draw), spikes[0].leftCols(steps));
    spikes[0].topRightCorner(net.layers.sizes[0], 2).colwise() =
        share * input.col(c).head(net.layers.sizes[0]);
    for (std::size_t k = 0; k < filtered.size(); ++k) {
      const Index post = net.layers.sizes[k + 1];
      const auto rates = memory.trajectory.sample(k, c);
      draw_spikes<Scalar>(post, rates, random.stream("spikes", k + 1).at(draw),
                          spikes[k + 1].leftCols(steps));
      auto outside = spikes[k + 1].topRightCorner(post, 2);
      outside.col(0) = share * rates.col(0);
      outside.col(1) = share * rates.col(steps - 1);
      window.filter(spikes[k + 1].topLeftCorner(post, steps), outside.col(0), outside.col(1),
                    filtered[k]);
      memory.sums.of(k, columns, spikes[k].rows()).noalias() += filtered[k] * spikes[k].transpose();
    }
  }
};

}  // namespace hebb
