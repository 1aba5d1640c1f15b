/// @file
/// The network: one to three blocks of batch normalisation, convolution, Triangle and pooling.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "common/ranks.hpp"
#include "hebb/core/optimizer/largest_step.hpp"
#include "hebb/layers/batch_norm.hpp"
#include "hebb/layers/drive_conv2d.hpp"
#include "hebb/rules/soft_hebb.hpp"

namespace soft_hebb_deep {

using hebb::Images;
using hebb::Index;

/// The rule of the paper, and its limit of a temperature of 0 with Hebbian winners alone.
using Soft = hebb::SoftHebb<float, hebb::SoftAntiHebbian, hebb::AdaptiveEta, hebb::LargestStep>;
using Hard = hebb::SoftHebb<float, hebb::SoftWinners, hebb::AdaptiveEta, hebb::LargestStep>;

/// What a block is made of, apart from its input.
struct BlockSettings {
  Index channels = 0, kernel = 3;
  double inverse_temperature = 1, eta = 0.01;
  double power = 1;  ///< of Triangle
  hebb::Pooling pooling = {};
};

/// The published settings of a network of one, two or three blocks. `width` is a factor of the
/// channels of all blocks, `last_width` a further one of the last block's.
inline std::vector<BlockSettings> published_blocks(Index blocks, double width,
                                                   double last_width = 1) {
  using Kind = hebb::Pooling::Kind;
  const hebb::Pooling max{.kind = Kind::max, .window = 4, .stride = 2, .padding = 1};
  const hebb::Pooling mean{.kind = Kind::average, .window = 4, .stride = 2, .padding = 1};
  const hebb::Pooling last{.kind = Kind::average, .window = 2, .stride = 2, .padding = 0};
  std::vector<BlockSettings> all{{96, 5, 1, 0.08, 0.7, blocks == 3 ? max : mean},
                                 {384, 3, 0.65, 0.005, 1.4, max},
                                 {1536, 3, 0.25, 0.01, 1, last}};
  all.resize(std::size_t(blocks));
  for (BlockSettings& block : all) {
    const double factor = &block == &all.back() ? width * last_width : width;
    block.channels = Index(std::lround(factor * double(block.channels)));
  }
  return all;
}

/// Row norms of the first weights: far above 1, towards which they shrink while they learn.
inline constexpr double published_first_norm = 25;

/// A batch normalisation and a layer.
template <typename Rule>
struct Block {
  hebb::BatchNorm<float> norm;
  hebb::DriveConv2d<example::OverRanks<Rule>> layer;

  void each(auto&& visit) {
    norm.each([&](auto name, auto& value) { visit("norm." + std::string(name), value); });
    layer.each(visit);
  }
};

/// All blocks learn at once, each from what the block below puts out at that moment.
template <typename Rule>
struct Network {
  std::vector<Block<Rule>> blocks;

  Network(hebb::ImageShape input, const std::vector<BlockSettings>& settings, std::uint64_t seed,
          double first_norm = published_first_norm) {
    for (std::size_t k = 0; k < settings.size(); ++k) {
      const BlockSettings& s = settings[k];
      const double temperature =
          std::is_same_v<Rule, Hard> ? hard_temperature : 1 / s.inverse_temperature;
      blocks.push_back(
          {hebb::BatchNorm<float>(input.channels),
           {example::over_ranks(Rule{.parameters = {float(s.eta), float(temperature)}}),
            {.patches = {.input = input,
                         .kernel = s.kernel,
                         .padding = s.kernel / 2,
                         .border = hebb::Border::reflect},
             .channels = s.channels,
             .activation = {s.power},
             .pooling = s.pooling}}});
      blocks.back().layer.initialize(hebb::Random{.seed = seed}.stream("block", k), first_norm);
      input = blocks.back().layer.output_shape();
    }
  }

  /// A step on this rank's share of a batch; without `learn` only the batch normalisations move.
  void train(const Images<float>& input, bool learn) {
    const Images<float>* x = &input;
    for (Block<Rule>& block : blocks) {
      const example::ShareOfBatch batch(example::ranks(), x->shape().places() * x->samples(), {});
      x = &block.layer.forward(block.norm.train(*x, batch));
      if (learn) block.layer.learn();
    }
  }

  const Images<float>& forward(const Images<float>& input) {
    const Images<float>* x = &input;
    for (Block<Rule>& block : blocks) x = &block.layer.forward(block.norm.forward(*x));
    return *x;
  }

  hebb::ImageShape output_shape() const { return blocks.back().layer.output_shape(); }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < blocks.size(); ++k)
      blocks[k].each([&](auto name, auto& value) {
        visit("block" + std::to_string(k) + "." + std::string(name), value);
      });
  }

 private:
  static constexpr double hard_temperature = 1e-6;  ///< the share of all but the winner is 0
};

}  // namespace soft_hebb_deep
