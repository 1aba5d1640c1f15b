/// @file
/// The network: four blocks of 3x3 convolution, ReLU and 2x2 max pooling, each learning by Latent
/// Predictive Learning.
#pragma once

#include <array>

#include "common/lpl_arms.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

namespace lpl_vision {

using Rule = hebb::Lpl<float, hebb::Symmetric, hebb::Adam>;
using Block = hebb::Conv2d<Rule, hebb::Relu>;
using Network = hebb::Stack<Block, Block, Block, Block>;

struct Settings {
  std::array<hebb::Index, Network::depth> channels{16, 32, 64, 128};
  hebb::Index batch = 32;
  /// Length of the schedule: warm-up over the first twentieth, then half a cosine.
  std::int64_t steps = 5000;
  double eta = 5e-3;
  /// Bound of the uniform first weights, in units of 1/sqrt(fan-in). sqrt(6) keeps the mean square
  /// of the responses of ReLU layers.
  double weight_scale = 2.45;
  /// Coupled. Without it the biases drift, because no term of the loss depends on the mean
  /// response.
  double weight_decay = 1e-3;
  hebb::Bias bias = hebb::Bias::learned;
};

using Arm = example::LplArm;

inline Network make_network(hebb::ImageShape input, const Settings& settings, const Arm& arm,
                            std::uint64_t seed) {
  const Rule rule{
      .parameters = {.eta = float(settings.eta),
                     .predictive = arm.predictive,
                     .hebbian = arm.hebbian,
                     .decorrelation = arm.decorrelation},
      .optimizer = {.weight_decay = settings.weight_decay,
                    .schedule = {.warmup = settings.steps / 20, .total = settings.steps}}};
  const auto block = [&](std::uint32_t k) {
    Block made(
        rule, {.input = input, .channels = settings.channels[k], .pool = 2, .bias = settings.bias});
    made.initialize(hebb::Random{.seed = seed}.stream("layer", k), float(settings.weight_scale));
    input = made.output_shape();
    return made;
  };
  // In this order, because the input shape of each block is the output shape of the one before.
  auto first = block(0), second = block(1), third = block(2), fourth = block(3);
  return Network(std::move(first), std::move(second), std::move(third), std::move(fourth));
}

}  // namespace lpl_vision
