/// @file
/// The chain of dense layers that networks with feedback are made of, and its forward sweep.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/activation.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/initialization.hpp"
#include "hebb/core/kernels/packed_matrix.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/call_order.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// One matrix per layer.
template <typename Scalar>
using Matrices = std::vector<Matrix<Scalar>>;

/// One packed matrix per layer.
template <typename Scalar>
using PackedMatrices = std::vector<PackedMatrix<Scalar>>;

/// Resizes every matrix to its number of rows, and `batch` columns.
template <typename Scalar>
void resize_all(Matrices<Scalar>& matrices, std::span<const Index> rows, Index batch) {
  matrices.resize(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) matrices[k].resize(rows[k], batch);
}

/// Throws Divergence unless all numbers are finite. The message calls them `what` of layer k.
template <typename Scalar>
void require_finite_layers(const char* what, const Matrices<Scalar>& matrices) {
  for (std::size_t k = 0; k < matrices.size(); ++k)
    require<Divergence>(all_finite(matrices[k].data(), matrices[k].size()), what, " of layer ", k,
                        " is not finite");
}

/// Throws ShapeError unless the weights have the shape post x pre. The message calls them `what` of
/// layer k.
template <typename Scalar>
void require_weights(const Matrix<Scalar>& weights, Index post, Index pre, const char* what,
                     std::size_t k) {
  require<ShapeError>(weights.rows() == post && weights.cols() == pre, "the ", what, " of layer ",
                      k, " must be ", post, " x ", pre, ", got ", weights.rows(), " x ",
                      weights.cols());
}

/// The number of columns in a block: small enough that a small batch has two blocks, for two
/// threads, and large enough for fast products.
inline Index block_width(Index batch) { return std::clamp<Index>((batch + 1) / 2, 1, 64); }

/// The activity of all layers in a forward sweep.
///
/// `rate[k]` is the input of layer k, with a last row of ones for the bias: rate[0] is the input of
/// the network, rate[k] = f(drive[k - 1]). The last drive is the output: the readout is linear; a
/// softmax is part of the loss.
template <typename Scalar>
struct Activity {
  Matrices<Scalar> rate, drive, gain;  ///< drive and gain: post x columns
  /// Of the layers above the first, with the bias, as they were at `pack_weights`; scratch space.
  PackedMatrices<Scalar> weights;

  const Matrix<Scalar>& output() const { return drive.back(); }
};

/// A chain of `Dense` layers k = 0 .. depth - 1 of one rule: hidden layers of one activation, and a
/// linear readout.
///
/// Weights are post x (pre + 1); the last column is the bias. Every layer has its own copy of the
/// rule, so that learning rates may differ. Throws InvalidParameter when there are no layers or no
/// neurons, ShapeError and NonFinite on bad input, ShapeError when weights were replaced by weights
/// of another shape.
template <FactoredRule Rule_, ActivationFor<typename Rule_::Scalar> Hidden_ = Tanh>
class DenseLayers {
 public:
  using Rule = Rule_;
  using Hidden = Hidden_;
  using Scalar = typename Rule::Scalar;

  std::vector<Index> sizes;                        ///< neurons, from the input to the output
  std::vector<Dense<Rule, Hidden>> hidden_layers;  ///< layers 0 to depth - 2
  Dense<Rule, Linear> readout;                     ///< layer depth - 1

  /// All layers learn by the same rule.
  DenseLayers(const Rule& rule, std::vector<Index> sizes_)
      : DenseLayers(std::vector<Rule>(sizes_.empty() ? 0 : sizes_.size() - 1, rule), sizes_) {}

  /// As above; names the activation of the hidden layers, so that it is deduced.
  DenseLayers(const Rule& rule, Hidden, std::vector<Index> sizes_)
      : DenseLayers(rule, std::move(sizes_)) {}

  /// One rule per layer, for example with learning rates that fall from the input to the output.
  DenseLayers(const std::vector<Rule>& rules, std::vector<Index> sizes_)
      : sizes(checked(std::move(sizes_), rules.size())),
        hidden_layers(make_hidden(rules, sizes)),
        readout(rules.back(), {.pre = sizes[sizes.size() - 2], .post = sizes.back()}) {}

  /// Layers that were made elsewhere; each has a learned bias.
  DenseLayers(std::vector<Dense<Rule, Hidden>> hidden, Dense<Rule, Linear> readout_)
      : sizes(sizes_of(hidden, readout_)),
        hidden_layers(std::move(hidden)),
        readout(std::move(readout_)) {}

  /// The synapses of layer k.
  DenseSynapses<Rule>& operator[](std::size_t k) {
    return k < hidden_layers.size() ? static_cast<DenseSynapses<Rule>&>(hidden_layers[k]) : readout;
  }
  /// The synapses of layer k.
  const DenseSynapses<Rule>& operator[](std::size_t k) const {
    return k < hidden_layers.size() ? static_cast<const DenseSynapses<Rule>&>(hidden_layers[k])
                                    : readout;
  }

  std::size_t depth() const { return sizes.size() - 1; }  ///< number of layers

  /// Glorot's uniform weights, and biases of 0.
  void initialize(Random random, Scalar scale = 1) {
    for (std::size_t k = 0; k < depth(); ++k) {
      Matrix<Scalar>& weights = (*this)[k].state.weights;
      weights.leftCols(sizes[k]) = glorot_uniform<Scalar>({.pre = sizes[k], .post = sizes[k + 1]},
                                                          random.stream("weights", k), scale);
      weights.col(sizes[k]).setZero();
    }
  }

  /// Copies the weights and biases of other layers of the same sizes, for example to compare the
  /// changes that two rules make.
  void copy_weights(const auto& other) {
    require<ShapeError>(sizes == other.sizes,
                        "DenseLayers: weights of layers of other sizes cannot be copied");
    for (std::size_t k = 0; k < depth(); ++k) (*this)[k].state.weights = other[k].state.weights;
  }

  /// Weights with the bias as the last column.
  const Matrix<Scalar>& biased(std::size_t k) const { return (*this)[k].state.weights; }
  /// Weights without the bias.
  auto weights(std::size_t k) const { return (*this)[k].weights(); }

  /// The sizes of all layers but the input, and of the hidden layers.
  std::span<const Index> neurons() const { return std::span(sizes).subspan(1); }
  /// Sizes of the hidden layers.
  std::span<const Index> hidden() const { return neurons().first(depth() - 1); }

  /// Checks that every layer has weights of its shape.
  void require_shapes() const {
    for (std::size_t k = 0; k < depth(); ++k)
      require_weights<Scalar>(biased(k), sizes[k + 1], sizes[k] + 1, "weights", k);
  }

  /// Throws InvalidCall, naming the layer, when all weights of a hidden layer are 0, as they are
  /// before `initialize`. Where feedback uses the forward weights, such a layer learns nothing.
  void require_nonzero() const {
    for (std::size_t k = 0; k + 1 < depth(); ++k)
      require<InvalidCall>(any_nonzero(biased(k)), "all weights of layer ", k,
                           " are 0: call initialize(), or set or load them, before infer() or "
                           "train()");
  }

  /// Checks the shapes of inputs and weights. Inputs have at least one column.
  void require_inputs(const View<Scalar>& x) const {
    require_shapes();
    require<ShapeError>(x.rows() == sizes.front(), "the network's input must have ", sizes.front(),
                        " rows, got ", x.rows());
    require<ShapeError>(x.cols() > 0, "the network's input has no columns");
    require_finite<Scalar>(x, "the network's input");
  }

  /// Checks the shapes of inputs, weights and targets. Targets have one column per column of the
  /// input.
  void require_batch(const View<Scalar>& x, const View<Scalar>& y) const {
    require_inputs(x);
    require_shape<Scalar>(y, sizes.back(), x.cols(), "the network's targets");
    require_finite<Scalar>(y, "the network's targets");
  }

  /// Resizes the activity; the input, which has been checked, becomes the first rate.
  void begin(const View<Scalar>& x, Activity<Scalar>& activity) const {
    resize_all(activity.drive, neurons(), x.cols());
    resize_all(activity.gain, hidden(), x.cols());
    activity.rate.resize(depth());
    for (std::size_t k = 0; k < depth(); ++k) {
      activity.rate[k].resize(sizes[k] + 1, x.cols());
      activity.rate[k].row(sizes[k]).setOnes();
    }
    activity.rate[0].topRows(sizes[0]) = x;
  }

  /// Packs the weights above the first layer for the many products of a relaxation. Call it again
  /// when weights have moved.
  void pack_weights(Activity<Scalar>& activity) const {
    activity.weights.resize(depth());
    for (std::size_t k = 1; k < depth(); ++k) activity.weights[k].pack(biased(k));
  }

  /// The drive of layer k from the rates below, for some columns.
  void drive(const Columns& columns, std::size_t k, Activity<Scalar>& activity) const {
    tiles::multiply<Scalar>(biased(k), columns.of(activity.rate[k]), columns.of(activity.drive[k]));
  }

  /// The forward sweep from the input to the output, for some columns.
  void sweep(const Columns& columns, Activity<Scalar>& activity) const {
    for (std::size_t k = 0; k < depth(); ++k) {
      drive(columns, k, activity);
      if (k + 1 < depth()) respond(columns, k, activity.drive, activity);
    }
  }

  /// Rates and gains of hidden layer k for some columns. `state` may differ from the drive.
  void respond(const Columns& columns, std::size_t k, const Matrices<Scalar>& state,
               Activity<Scalar>& activity) const {
    Dense<Rule, Hidden>::respond(columns.of(state[k]),
                                 columns.of(activity.rate[k + 1]).topRows(sizes[k + 1]),
                                 columns.of(activity.gain[k]));
  }

  /// Returns the outputs for the inputs x, which are the last drive of `activity`.
  const Matrix<Scalar>& forward(const View<Scalar>& x, Activity<Scalar>& activity) const {
    require_inputs(x);
    begin(x, activity);
    for_each_block(x.cols(), [&](const Columns& columns) { sweep(columns, activity); });
    for (std::size_t k = 0; k < depth(); ++k)
      require<Divergence>(all_finite(activity.drive[k].data(), activity.drive[k].size()),
                          "the drive of layer ", k, " is not finite in the forward sweep");
    return activity.output();
  }

  /// Calls body(columns) for blocks of columns, on all threads where a forward sweep pays for them.
  void for_each_block(Index batch, const auto& body) const {
    Relaxation{.width = block_width(batch), .column_time = time_above(0)}.for_each_block(batch,
                                                                                         body);
  }

  /// The least time on one core of a column's sweep through the layers from `first` on, in
  /// nanoseconds.
  double time_above(std::size_t first) const {
    double time = 0;
    for (std::size_t k = first; k < depth(); ++k)
      time += product_time(double(sizes[k] + 1) * double(sizes[k + 1])) +
              pass_time(double(sizes[k + 1]));
    return time;
  }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < depth(); ++k)
      (*this)[k].state.each([&](std::string_view name, auto& value) {
        visit("layer" + std::to_string(k) + "." + std::string(name), value);
      });
  }

 private:
  static std::vector<Index> checked(std::vector<Index> sizes, std::size_t rules) {
    require(sizes.size() > 1,
            "DenseLayers: needs the sizes of an input and of at least one layer, got ",
            sizes.size(), " sizes");
    for (const Index size : sizes)
      require(size > 0, "DenseLayers: a layer needs at least one neuron, got ", size);
    require(rules + 1 == sizes.size(), "DenseLayers: ", sizes.size() - 1,
            " layers need a rule each, got ", rules);
    return sizes;
  }

  static std::vector<Dense<Rule, Hidden>> make_hidden(const std::vector<Rule>& rules,
                                                      const std::vector<Index>& sizes) {
    std::vector<Dense<Rule, Hidden>> layers;
    for (std::size_t k = 0; k + 2 < sizes.size(); ++k)
      layers.emplace_back(rules[k], Shape{.pre = sizes[k], .post = sizes[k + 1]});
    return layers;
  }

  static std::vector<Index> sizes_of(const std::vector<Dense<Rule, Hidden>>& hidden,
                                     const Dense<Rule, Linear>& readout) {
    std::vector<Index> sizes;
    const auto add = [&](const DenseSynapses<Rule>& layer) {
      require(layer.bias() == Bias::learned, "DenseLayers: layer ", sizes.size(),
              " needs a learned bias");
      if (sizes.empty()) sizes.push_back(layer.shape().pre);
      require<ShapeError>(layer.shape().pre == sizes.back(), "DenseLayers: a layer of ",
                          layer.shape().pre, " inputs stands on ", sizes.back(), " neurons");
      sizes.push_back(layer.shape().post);
    };
    for (const auto& layer : hidden) add(layer);
    add(readout);
    return sizes;
  }
};

}  // namespace hebb
