/// @file
/// The network: five blocks of 3x3 convolution, ReLU and max pooling, each learning from
/// pairs of frames.
#pragma once

#include <array>
#include <utility>

#include "common/lpl_arms.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/network/stack.hpp"
#include "video/consecutive.hpp"

namespace video {

using hebb::Index;
using hebb::Matrix;

using Block = hebb::Conv2d<ConsecutiveLpl, hebb::Relu>;
using Network = hebb::Stack<Block, Block, Block, Block, Block>;

struct Settings {
  std::array<Index, Network::depth> channels{16, 32, 64, 64, 128};
  std::array<Index, Network::depth> pools{2, 2, 1, 2, 2};
  Index batch = 128;          ///< pairs per step, from batch + lag consecutive frames
  Index lag = 1;              ///< between the two frames of a pair: frames
  std::int64_t steps = 1500;  ///< warm-up over the first twentieth, then half a cosine
  double eta = 2e-3;
  /// Bound of the uniform first weights, in units of 1/sqrt(fan-in). sqrt(6) keeps the mean square
  /// of the responses of ReLU layers.
  double weight_scale = 2.45;
  double weight_decay = 1.5e-6;
};

using Arm = example::LplArm;

inline Network make_network(hebb::ImageShape input, const Settings& settings, const Arm& arm,
                            std::uint64_t seed) {
  const ConsecutiveLpl rule{
      {.parameters = {.eta = float(settings.eta),
                      .predictive = arm.predictive,
                      .hebbian = arm.hebbian,
                      .decorrelation = arm.decorrelation},
       .optimizer = {.weight_decay = settings.weight_decay,
                     .schedule = {.warmup = settings.steps / 20, .total = settings.steps}}},
      settings.lag};
  const auto block = [&](std::uint32_t k) {
    Block made(rule, {.input = input, .channels = settings.channels[k], .pool = settings.pools[k]});
    made.initialize(hebb::Random{.seed = seed}.stream("layer", k), float(settings.weight_scale));
    input = made.output_shape();
    return made;
  };
  // In this order, because the input shape of each block is the output shape of the one before.
  auto first = block(0), second = block(1), third = block(2), fourth = block(3), fifth = block(4);
  return Network(std::move(first), std::move(second), std::move(third), std::move(fourth),
                 std::move(fifth));
}

}  // namespace video
