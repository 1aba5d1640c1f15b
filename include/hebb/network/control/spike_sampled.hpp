/// @file
/// Learning from spikes that are drawn at the rates of a controlled network.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/network/control/stdp_window.hpp"
#include "hebb/network/control/trajectory_products.hpp"
#include "hebb/network/role.hpp"
#include "hebb/network/trajectory.hpp"

namespace hebb {

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
  using Role = role::ControlUpdate;
  static constexpr bool sums_changes = true;
  static constexpr std::string_view name = label_of<"SpikeSampled", Outside>.text;
  StdpWindow window = {};                   ///< K, of pairs of spikes
  Index samples = 1;                        ///< independent draws, averaged
  double input_gain = 1, input_offset = 0;  ///< from the input to probabilities
  Random random = {};                       ///< its seed and stream determine the spikes

  template <typename Scalar>
  struct State {
    Matrix<Scalar> input;    ///< as probabilities, like the rates of the layers
    Matrices<Scalar> rates;  ///< of every layer
    /// Zeros, outputs x columns: the target with which the loss gives the output's rates.
    Matrix<Scalar> nothing;
    Trajectory<Scalar> trajectory;  ///< the rates of all steps
    BlockSums<Scalar> sums;         ///< changes by the pairs, one sum per block
    std::vector<Matrices<Scalar>> spikes,
        filtered;  ///< of every worker: spikes of each layer's presynaptic side and of the readout
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
    for (auto* trains : {&memory.spikes, &memory.filtered})
      trains->resize(std::size_t(max_threads()));
    for (auto& trains : memory.spikes) {
      trains.resize(net.layers.depth() + 1);
      for (std::size_t k = 0; k < trains.size(); ++k) {
        trains[k].setOnes(net.layers.sizes[k] + 1,
                          net.planned_steps() + 3);  // two more columns for the rates outside
        trains[k].bottomRightCorner(1, 2).setConstant(Outside::share);
      }
    }
    for (auto& trains : memory.filtered) trains.resize(net.layers.depth());
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
    memory.input.bottomRows(1).setOnes();  // the unit of the bias spikes in every step
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
    apply_sum(net.layers[k].rule, memory.sums.change[k], net.layers[k].state);
  }

  const auto& change(auto&, std::size_t k, auto& memory) const { return memory.sums.change[k]; }

 private:
  /// Draws the spikes of one sample in all layers, and sums the changes of their pairs. The last
  /// two columns of `spikes` are the rates before and after the inference; they are multiplied with
  /// the last two columns of the filtered trains.
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
