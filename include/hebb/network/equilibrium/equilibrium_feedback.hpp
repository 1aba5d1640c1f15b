/// @file
/// What carries feedback in equilibrium propagation: the forward weights, or weights of its own.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/network/dense_layers.hpp"

namespace hebb {

/// Feedback through the forward weights, W^T: the dynamics have an energy.
template <typename Rule>
struct TiedFeedback {
  static constexpr std::string_view name = "TiedFeedback";
  void prepare(const DenseLayers<Rule>&) {}
  void require_shapes(const DenseLayers<Rule>&) const {}
  void require_nonzero(const DenseLayers<Rule>& layers) const { layers.require_nonzero(); }
  void initialize(const DenseLayers<Rule>&, Random, auto) {}
  static auto weights(const DenseLayers<Rule>& layers, std::size_t k) {
    return layers.weights(k + 1).transpose();
  }
  void each(auto&&) {}
};

/// Feedback through weights of its own, which learn as the forward weights do, each synapse from
/// its own two sides. There is no energy then: the vector field form.
///
/// B. Scellier, A. Goyal, J. Binas, T. Mesnard & Y. Bengio, arXiv 1808.04873 (2018).
template <typename Rule>
struct UntiedFeedback {
  static constexpr std::string_view name = "UntiedFeedback";
  std::vector<typename Rule::State> states =
      {};  ///< of hidden layer k: its neurons x those of the layer above

  /// States as their rules begin, until weights are drawn, set or loaded.
  void prepare(const DenseLayers<Rule>& layers) {
    states.clear();
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k)
      states.push_back(
          layers.rules[k + 1].init({.pre = layers.sizes[k + 2], .post = layers.sizes[k + 1]}));
  }

  void require_shapes(const DenseLayers<Rule>& layers) const {
    require<ShapeError>(states.size() + 1 == layers.depth(), "there are feedback weights for ",
                        states.size(), " hidden layers of ", layers.depth() - 1);
    for (std::size_t k = 0; k < states.size(); ++k)
      require_weights<typename Rule::Scalar>(states[k].weights, layers.sizes[k + 1],
                                             layers.sizes[k + 2], "feedback weights", k);
  }

  void require_nonzero(const DenseLayers<Rule>&) const {
    for (std::size_t k = 0; k < states.size(); ++k)
      require<InvalidCall>(
          any_nonzero(states[k].weights), "all feedback weights of layer ", k,
          " are 0: call initialize(), or set or load them, before infer() or train()");
  }

  /// As large as the forward weights.
  void initialize(const DenseLayers<Rule>& layers, Random random, typename Rule::Scalar scale) {
    using Scalar = typename Rule::Scalar;
    prepare(layers);
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k) {
      const Index post = layers.sizes[k + 1], pre = layers.sizes[k + 2];
      const Scalar bound = scale * std::sqrt(Scalar(6) / Scalar(pre + post));
      states[k].weights =
          random.stream("feedback", k).template uniform<Scalar>(post, pre, -bound, bound);
    }
  }

  const auto& weights(const DenseLayers<Rule>&, std::size_t k) const { return states[k].weights; }

  void each(auto&& visit) {
    for (std::size_t k = 0; k < states.size(); ++k)
      states[k].each([&](std::string_view array, auto& value) {
        visit("feedback" + std::to_string(k) + "." + std::string(array), value);
      });
  }
};

}  // namespace hebb
