/// @file
/// The network: convolutional layers, which respond alike at all places, and a dense layer, which
/// learns responses that do not depend on the place.
#pragma once

#include <array>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"
#include "stimuli.hpp"

namespace swap_experiment {

template <typename Pairing>
using Block = hebb::Conv2d<hebb::Lpl<float, Pairing, hebb::Adam>>;

/// Without biases, so that the response to a blank canvas is zero.
template <typename Pairing>
using Encoder = hebb::Stack<Block<Pairing>, Block<Pairing>, Block<Pairing>>;

template <typename Optimizer>
using Readout = hebb::Dense<hebb::Lpl<float, hebb::Causal, Optimizer>>;

inline constexpr std::size_t depth = Encoder<hebb::Causal>::depth;
inline constexpr Index shrinkage = 1 << depth;  ///< every block halves width and height

template <typename Pairing>
Encoder<Pairing> make_encoder(hebb::ImageShape input, const std::array<Index, depth>& channels,
                              const hebb::Lpl<float, Pairing, hebb::Adam>& rule) {
  const auto block = [&](std::size_t k) {
    Block<Pairing> made(
        rule, {.input = input, .channels = channels[k], .pool = 2, .bias = hebb::Bias::none});
    input = made.output_shape();
    return made;
  };
  // In this order, because the input shape of each block is the output shape of the one before.
  auto first = block(0), second = block(1), third = block(2);
  return Encoder<Pairing>(std::move(first), std::move(second), std::move(third));
}

/// Copies weights and optimiser states to an encoder with another input shape or pairing.
template <typename From, typename To>
void restore(Encoder<From>& from, Encoder<To>& to) {
  [&]<std::size_t... k>(std::index_sequence<k...>) {
    ((to.template layer<k>().state.weights = from.template layer<k>().state.weights), ...);
    ((to.template layer<k>().state.optimizer = from.template layer<k>().state.optimizer), ...);
  }
  (std::make_index_sequence<depth>{});
}

/// Mean responses of every channel in every tile: (channels * tiles) x samples.
inline void tile_means(const hebb::Images<float>& maps, Index tiles, Matrix<float>& out) {
  const hebb::ImageShape shape = maps.shape();
  const Matrix<float> canonical = maps.matrix();  // order channel, x, y: a tile is contiguous
  const Index per_tile = shape.places() / tiles;
  out.resize(shape.channels * tiles, maps.samples());
  for (Index sample = 0; sample < maps.samples(); ++sample) {
    const Eigen::Map<const Matrix<float>> map(canonical.col(sample).data(), shape.channels,
                                              shape.places());
    for (Index tile = 0; tile < tiles; ++tile)
      out.col(sample).segment(tile * shape.channels, shape.channels) =
          map.middleCols(tile * per_tile, per_tile).rowwise().mean();
  }
}

/// The encoder and the dense layer, applied to canvases.
struct Network {
  Canvas canvas;
  Encoder<hebb::Causal> encoder;
  Readout<hebb::Plain> readout;
  Matrix<float> features = {};

  /// Responses of the dense units: units x columns.
  const Matrix<float>& respond(const Matrix<float>& canvases) {
    encoder.forward(canvases);
    tile_means(encoder.layer<depth - 1>().output(), canvas.tiles, features);
    return readout.forward(features);
  }

  /// One exposure: every layer learns from all columns at once. `design` gives the previous image
  /// of each.
  void expose(const Matrix<float>& canvases, const Design& design) {
    hebb::Images<float> input;
    input.assign(canvas.shape(), canvases.leftCols(design.learned_columns()));
    const hebb::Images<float>* seen = &input;
    encoder.for_each_layer([&](auto& layer, std::size_t) {
      seen = &layer.forward(*seen);
      learn(layer, design);
    });
    tile_means(*seen, canvas.tiles, features);
    readout.forward(features);
    learn(readout, design);
  }

 private:
  static void learn(auto& layer, const Design& design) {
    layer.state.previous = design.past(layer.response());
    layer.learn();
  }
};

}  // namespace swap_experiment
