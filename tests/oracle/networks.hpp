/// @file
/// Random networks, the same on both sides.
#pragma once

#include "hebb/network/dense_layers.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/oracle/backpropagation.hpp"
#include "tests/oracle/library.hpp"

namespace oracle {

/// A fully connected network, and a batch for it: mostly small, some wider than 8, 64 or 256
/// neurons, some of three blocks.
struct Network {
  Layers layers;
  std::vector<Index> sizes;
  std::vector<double> etas;  ///< the learning rate of each layer
  Count batch;

  static Network random(Case& c, Activation activation, std::size_t fewest_layers) {
    Draw& draw = c.draw;
    Network net{
        .layers = {.activation = activation}, .sizes = {}, .etas = {}, .batch = draw.between(1, 7)};
    const Count depth = draw.between(Count(fewest_layers), 4);
    for (Count k = 0; k <= depth; ++k)
      net.sizes.push_back(draw.chance(0.1) ? draw.between(8, 20) : draw.between(1, 7));
    const bool large = draw.chance(0.1);
    if (large && draw.chance(0.5)) net.sizes[0] = draw.between(257, 270);
    if (large && draw.chance(0.5)) net.sizes[1] = draw.between(65, 70);
    if (draw.chance(0.1)) net.batch = draw.between(129, 135);
    for (const Index size : net.sizes) c.note("size", size);
    c.note("batch", net.batch);
    for (std::size_t k = 0; k < std::size_t(depth); ++k) {
      const Index pre = net.sizes[k], post = net.sizes[k + 1];
      const double bound = 1.2 * std::sqrt(6 / double(pre + post));
      net.layers.weights.push_back(draw.table(post, pre + 1, -bound, bound));
      net.etas.push_back(draw.uniform(0.01, 0.3) / std::fmax(1, double(pre) / 8));
    }
    return net;
  }

  template <typename Rule, typename Hidden>
  hebb::DenseLayers<Rule, Hidden> build() const {
    std::vector<Rule> rules;
    for (const double eta : etas) rules.push_back(Rule{.parameters = {.eta = eta}});
    hebb::DenseLayers<Rule, Hidden> result(rules, sizes);
    for (std::size_t k = 0; k < layers.depth(); ++k)
      result[k].state.weights = matrix(layers.weights[k]);
    return result;
  }

  Table inputs(Draw& draw) const { return draw.table(sizes.front(), batch, -1, 1); }
  /// Targets in (0, 1) that sum to 1 per sample.
  Table targets(Draw& draw) const {
    Table y = draw.table(sizes.back(), batch, 0.05, 1);
    for (Count c = 0; c < batch; ++c) {
      const double total = sum(y.rows, [&](Count i) { return y(i, c); });
      for (Count i = 0; i < y.rows; ++i) y(i, c) /= total;
    }
    return y;
  }

  void land(std::size_t k, const Table& change) {
    Optimizer{}.apply(layers.weights[k], change, etas[k]);
  }

  /// Compares all forward weights.
  void compare(Case& c, const auto& built) const {
    for (std::size_t k = 0; k < layers.depth(); ++k)
      c.agree("weights", layers.weights[k], table(built.biased(k)));
  }
};

/// The first rows of a matrix of the library: rates without the row of ones.
inline Table top(const Dense& m, Count rows) {
  return tabulate(rows, m.cols(), [&](Count i, Count c) { return m(i, c); });
}

}  // namespace oracle
