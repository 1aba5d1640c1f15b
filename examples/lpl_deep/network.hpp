/// @file
/// VGG-11: eight blocks of 3x3 convolution, ReLU and, after some, 2x2 max pooling. Each learns by
/// its own copy of a rule.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/network/stack.hpp"

namespace lpl_deep {

inline constexpr std::size_t depth = 8;

/// Settings shared by all arms.
struct Settings {
  double width = 0.25;          ///< channels, as a factor on those of VGG-11
  hebb::Index images = 25'000;  ///< to learn from
  hebb::Index batch = 64;       ///< pairs per step
  std::int64_t epochs = 4;
  double eta = 2e-3;  ///< of Adam: warm-up over a twentieth of the steps, then half a cosine
  /// Bound of the uniform first weights, in units of 1/sqrt(fan-in). sqrt(6) keeps the mean square
  /// of the responses of ReLU layers.
  double weight_scale = 2.45;
  /// Coupled. Without it the biases drift, because no term of the loss depends on the mean
  /// response.
  double weight_decay = 1e-3;

  std::int64_t steps_per_epoch() const { return images / batch; }
  std::int64_t steps() const { return epochs * steps_per_epoch(); }
  hebb::Adam optimizer() const {
    return {.weight_decay = weight_decay, .schedule = {.warmup = steps() / 20, .total = steps()}};
  }

  hebb::Index channels(std::size_t layer) const {
    constexpr std::array<double, depth> full{64, 128, 256, 256, 512, 512, 512, 512};
    return scaled(full[layer]);
  }

  /// The number of neurons that corresponds to `neurons` at width 1.
  hebb::Index scaled(double neurons) const {
    return std::max<hebb::Index>(1, std::lround(width * neurons));
  }
};

template <typename Rule, typename Learning, std::size_t... k>
auto make_stack(const Rule& rule, hebb::ImageShape input, const Settings& settings,
                std::uint64_t seed, std::index_sequence<k...>) {
  using Block = hebb::Conv2d<Rule, hebb::Relu, Learning>;
  constexpr std::array<hebb::Index, depth> pool{2, 2, 1, 2, 1, 2, 1, 2};
  const auto block = [&](std::size_t layer) {
    Block made(rule, {.input = input, .channels = settings.channels(layer), .pool = pool[layer]});
    made.initialize(hebb::Random{.seed = seed}.stream("layer", std::uint64_t(layer)),
                    float(settings.weight_scale));
    input = made.output_shape();
    return made;
  };
  // Braces evaluate in order, and the input shape of each block is the output shape of the one
  // before.
  return std::apply([](auto&&... blocks) { return hebb::Stack(std::move(blocks)...); },
                    std::tuple{block(k)...});
}

/// A network whose layers all learn by this rule. The first weights do not depend on the rule.
template <typename Learning, typename Rule>
auto make_network(const Rule& rule, hebb::ImageShape input, const Settings& settings,
                  std::uint64_t seed) {
  return make_stack<Rule, Learning>(rule, input, settings, seed, std::make_index_sequence<depth>{});
}

}  // namespace lpl_deep
