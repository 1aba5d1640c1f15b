/// @file
/// Fully connected layers that a network with feedback runs, relaxes and teaches: the weights, and
/// the sweep that predicts.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hebb/core/activation.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/kernels/packed_matrix.hpp"
#include "hebb/core/random.hpp"
#include "hebb/network/call_order.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// One matrix a layer.
template <typename Scalar>
using Matrices = std::vector<Matrix<Scalar>>;

template <typename Scalar>
using PackedMatrices = std::vector<PackedMatrix<Scalar>>;

/// Gives every matrix its rows, and a batch of columns.
template <typename Scalar>
void resize_all(Matrices<Scalar>& matrices, std::span<const Index> rows, Index batch) {
  matrices.resize(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) matrices[k].resize(rows[k], batch);
}

/// Throws ShapeError unless weights, `what` of layer k, have the shape post x pre.
template <typename Scalar>
void require_weights(const Matrix<Scalar>& weights, Index post, Index pre, const char* what,
                     std::size_t k) {
  require<ShapeError>(weights.rows() == post && weights.cols() == pre, "the ", what, " of layer ",
                      k, " must be ", post, " x ", pre, ", got ", weights.rows(), " x ",
                      weights.cols());
}

/// How wide a network cuts a batch: at least two blocks, so that a small batch has work for two
/// threads, and wide enough for products.
inline Index block_width(Index batch) { return std::clamp<Index>((batch + 1) / 2, 1, 64); }

/// What the layers of a feed-forward sweep do.
///
/// `rate[k]` is what layer k hears, with a last row of ones for the bias: rate[0] the input,
/// rate[k] = f(drive[k - 1]). The last drive is the output: the readout is linear, and what
/// nonlinearity it has is the loss's.
template <typename Scalar>
struct Activity {
  Matrices<Scalar> rate, drive, gain;
  PackedMatrices<Scalar> weights;  ///< with the bias, as they were when the activity began: room
                                   ///< for products, not memory

  const Matrix<Scalar>& output() const { return drive.back(); }
};

/// Dense layers k = 0 .. depth - 1, all of one rule, the hidden ones of one activation, the last
/// one linear.
///
/// Weights are post x (pre + 1); the last column is the bias. Every layer has its own copy of the
/// rule, so that rates may differ. Throws InvalidParameter when there are no layers or no neurons,
/// ShapeError and NonFinite on bad input, ShapeError when weights were replaced by weights of
/// another shape.
template <typename Rule_, typename Hidden_ = Tanh>
struct DenseLayers {
  using Rule = Rule_;
  using Hidden = Hidden_;
  using Scalar = typename Rule::Scalar;

  std::vector<Index> sizes;  ///< neurons, from the input to the output
  std::vector<Rule> rules;
  std::vector<typename Rule::State> states;

  /// All layers learn by the same rule.
  DenseLayers(const Rule& rule, std::vector<Index> sizes_)
      : DenseLayers(std::vector<Rule>(sizes_.empty() ? 0 : sizes_.size() - 1, rule), sizes_) {}

  /// A rule for each layer, say with rates that fall from the input to the output.
  DenseLayers(std::vector<Rule> rules_, std::vector<Index> sizes_)
      : sizes(std::move(sizes_)), rules(std::move(rules_)) {
    require(sizes.size() > 1,
            "DenseLayers: needs the sizes of an input and of at least one layer, got ",
            sizes.size(), " sizes");
    for (const Index size : sizes)
      require(size > 0, "DenseLayers: a layer needs at least one neuron, got ", size);
    require(rules.size() == depth(), "DenseLayers: ", depth(), " layers need a rule each, got ",
            rules.size());
    for (std::size_t k = 0; k < depth(); ++k)
      states.push_back(rules[k].init({.pre = sizes[k] + 1, .post = sizes[k + 1]}));
  }

  std::size_t depth() const { return sizes.size() - 1; }

  /// Glorot's uniform weights, +- scale sqrt(6 / (pre + post)), and biases of 0.
  void initialize(Random random, Scalar scale = 1) {
    for (std::size_t k = 0; k < depth(); ++k) {
      const Scalar bound = scale * std::sqrt(Scalar(6) / Scalar(sizes[k] + sizes[k + 1]));
      states[k].weights.leftCols(sizes[k]) =
          random.stream("weights", k)
              .template uniform<Scalar>(sizes[k + 1], sizes[k], -bound, bound);
      states[k].weights.col(sizes[k]).setZero();
    }
  }

  /// The weights and biases of other layers of the same sizes, say to compare what two rules ask
  /// for.
  void copy_weights(const auto& other) {
    require<ShapeError>(sizes == other.sizes,
                        "DenseLayers: weights of layers of other sizes cannot be copied");
    for (std::size_t k = 0; k < depth(); ++k) states[k].weights = other.states[k].weights;
  }

  /// Weights with the bias as the last column.
  const Matrix<Scalar>& biased(std::size_t k) const { return states[k].weights; }
  /// Weights without the bias.
  auto weights(std::size_t k) const { return states[k].weights.leftCols(sizes[k]); }

  /// Sizes of all layers but the input, and of the hidden ones.
  std::span<const Index> neurons() const { return std::span(sizes).subspan(1); }
  std::span<const Index> hidden() const { return neurons().first(depth() - 1); }

  /// Checks that every layer has a rule, and weights of its shape.
  void require_shapes() const {
    require<ShapeError>(rules.size() == depth() && states.size() == depth(), "the network has ",
                        depth(), " layers, ", rules.size(), " rules and ", states.size(),
                        " states");
    for (std::size_t k = 0; k < depth(); ++k)
      require_weights<Scalar>(biased(k), sizes[k + 1], sizes[k] + 1, "weights", k);
  }

  /// Checks that some weight is not 0. Where feedback runs through the forward weights, hidden
  /// layers learn nothing otherwise.
  void require_nonzero() const {
    bool any = depth() == 1;
    for (std::size_t k = 0; k < depth() && !any; ++k) any = any_nonzero(biased(k));
    require<InvalidCall>(any,
                         "all weights of the network are 0: call initialize(), or set or load "
                         "weights, before infer() or train()");
  }

  /// Checks inputs and the weights' shapes: at least one column.
  void require_inputs(const View<Scalar>& x) const {
    require_shapes();
    require<ShapeError>(x.rows() == sizes.front(), "the network's input must have ", sizes.front(),
                        " rows, got ", x.rows());
    require<ShapeError>(x.cols() > 0, "the network's input has no columns");
    require_finite<Scalar>(x, "the network's input");
  }

  /// Checks inputs, the weights' shapes and targets: one column for each of the input's.
  void require_batch(const View<Scalar>& x, const View<Scalar>& y) const {
    require_inputs(x);
    require_shape<Scalar>(y, sizes.back(), x.cols(), "the network's targets");
    require_finite<Scalar>(y, "the network's targets");
  }

  /// Makes room; the input, which has been checked, becomes the first rate.
  void begin(const View<Scalar>& x, Activity<Scalar>& activity) const {
    resize_all(activity.drive, neurons(), x.cols());
    resize_all(activity.gain, hidden(), x.cols());
    activity.rate.resize(depth());
    for (std::size_t k = 0; k < depth(); ++k) {
      activity.rate[k].resize(sizes[k] + 1, x.cols());
      activity.rate[k].row(sizes[k]).setOnes();
    }
    activity.rate[0].topRows(sizes[0]) = x;
    pack_weights(activity);
  }

  /// Lays the weights out for the products of an activity: needed again when they have moved.
  void pack_weights(Activity<Scalar>& activity) const {
    activity.weights.resize(depth());
    for (std::size_t k = 0; k < depth(); ++k) activity.weights[k].pack(biased(k));
  }

  /// The sweep from the input to the output, for some columns.
  void sweep(const Columns& columns, Activity<Scalar>& activity) const {
    for (std::size_t k = 0; k < depth(); ++k) {
      activity.weights[k].multiply(columns.of(activity.rate[k]), columns.of(activity.drive[k]));
      if (k + 1 < depth()) respond(columns, k, activity.drive, activity);
    }
  }

  /// Rates and gains of hidden layer k, some columns, from a state that may be another than the
  /// drive.
  void respond(const Columns& columns, std::size_t k, const Matrices<Scalar>& state,
               Activity<Scalar>& activity) const {
    Hidden::template respond<Scalar>(columns.of(state[k]),
                                     columns.of(activity.rate[k + 1]).topRows(sizes[k + 1]),
                                     columns.of(activity.gain[k]));
  }

  /// The outputs for the inputs x, as the last drive of `activity`.
  const Matrix<Scalar>& forward(const View<Scalar>& x, Activity<Scalar>& activity) const {
    require_inputs(x);
    begin(x, activity);
    for_each_block(x.cols(), [&](const Columns& columns) { sweep(columns, activity); });
    for (std::size_t k = 0; k < depth(); ++k)
      require<Divergence>(all_finite(activity.drive[k].data(), activity.drive[k].size()),
                          "the drive of layer ", k, " is not finite in the forward sweep");
    return activity.output();
  }

  /// Calls body(columns) for blocks of columns, on all threads.
  static void for_each_block(Index batch, const auto& body) {
    Relaxation{.width = block_width(batch)}.for_each_block(batch, body);
  }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < depth(); ++k)
      states[k].each([&](std::string_view name, auto& value) {
        visit("layer" + std::to_string(k) + "." + std::string(name), value);
      });
  }
};

}  // namespace hebb
