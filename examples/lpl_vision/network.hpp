/// @file
/// The network: four blocks of 3x3 convolution, ReLU and 2x2 max pooling, each learning by Latent
/// Predictive Learning.
#pragma once

#include <array>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "common/lpl_arms.hpp"
#include "common/ranks.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

namespace lpl_vision {

using Lpl = hebb::Lpl<float, hebb::Symmetric, hebb::Adam>;
using Rule = example::OverRanks<Lpl>;
using Block = hebb::Conv2d<Rule, hebb::Relu>;
/// The first layer compares the two views by pooled responses, or place by place.
template <typename FirstLearning>
using NetworkOf = hebb::Stack<hebb::Conv2d<Rule, hebb::Relu, FirstLearning>, Block, Block, Block>;
using Network = NetworkOf<hebb::Pooled>;

enum class FirstLayer { pooled, place };

/// The same by their names on the command line.
inline const std::map<std::string, FirstLayer> first_layers{{"pooled", FirstLayer::pooled},
                                                            {"place", FirstLayer::place}};

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
  FirstLayer first_layer = FirstLayer::place;
};

using Arm = example::LplArm;

template <typename FirstLearning>
NetworkOf<FirstLearning> make_network(hebb::ImageShape input, const Settings& settings,
                                      const Arm& arm, std::uint64_t seed) {
  const Rule rule = example::over_ranks(
      Lpl{.parameters = {.eta = float(settings.eta),
                         .predictive = arm.predictive,
                         .hebbian = arm.hebbian,
                         .decorrelation = arm.decorrelation},
          .optimizer = {.weight_decay = settings.weight_decay,
                        .schedule = {.warmup = settings.steps / 20, .total = settings.steps}}});
  const auto block = [&]<typename Made>(std::type_identity<Made>, std::uint32_t k) {
    Made made(rule,
              {.input = input, .channels = settings.channels[k], .pool = 2, .bias = settings.bias});
    made.initialize(hebb::Random{.seed = seed}.stream("layer", k), float(settings.weight_scale));
    input = made.output_shape();
    return made;
  };
  // In this order, because the input shape of each block is the output shape of the one before.
  const std::type_identity<Block> pooled;
  auto first = block(std::type_identity<hebb::Conv2d<Rule, hebb::Relu, FirstLearning>>{}, 0);
  auto second = block(pooled, 1), third = block(pooled, 2), fourth = block(pooled, 3);
  return NetworkOf<FirstLearning>(std::move(first), std::move(second), std::move(third),
                                  std::move(fourth));
}

}  // namespace lpl_vision
