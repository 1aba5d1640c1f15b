/// @file
/// What carries feedback in equilibrium propagation: the forward weights, or weights of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hebb/network/dense_layers.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What carries feedback in equilibrium propagation: `TiedFeedback` or `UntiedFeedback`.
template <typename P>
concept EnergyFeedback = PlaysRole<P, role::EnergyFeedback>;

/// Feedback through the forward weights, W^T: the dynamics have an energy.
struct TiedFeedback {
  using Role = role::EnergyFeedback;

  /// No weights of its own.
  template <typename Rule>
  struct Path {
    void prepare(const DenseLayers<Rule>&) {}
    void require_shapes(const DenseLayers<Rule>&) const {}
    void require_nonzero(const DenseLayers<Rule>& layers) const { layers.require_nonzero(); }
    void initialize(const DenseLayers<Rule>&, Random, auto) {}
    /// The feedback weights of hidden layer k: post x above.
    static auto weights(const DenseLayers<Rule>& layers, std::size_t k) {
      return layers.weights(k + 1).transpose();
    }
    void each(auto&&) {}
  };
};

/// Feedback through separate weights. They learn like the forward weights, each synapse from its
/// own two sides. The dynamics have no energy then: the vector field form.
///
/// B. Scellier, A. Goyal, J. Binas, T. Mesnard & Y. Bengio, arXiv 1808.04873 (2018).
struct UntiedFeedback {
  using Role = role::EnergyFeedback;

  /// The weights from each layer to the hidden layer below, which learn.
  template <typename Rule>
  struct Path {
    std::vector<DenseSynapses<Rule>> synapses = {};  ///< of hidden layer k, from the layer above

    /// The initial states of the rules, until weights are drawn, set or loaded.
    void prepare(const DenseLayers<Rule>& layers) {
      synapses.clear();
      for (std::size_t k = 0; k + 1 < layers.depth(); ++k)
        synapses.emplace_back(layers[k + 1].rule,
                              Shape{.pre = layers.sizes[k + 2], .post = layers.sizes[k + 1]},
                              Bias::none);
    }

    void require_shapes(const DenseLayers<Rule>& layers) const {
      require<ShapeError>(synapses.size() + 1 == layers.depth(), "there are feedback weights for ",
                          synapses.size(), " hidden layers of ", layers.depth() - 1);
      for (std::size_t k = 0; k < synapses.size(); ++k)
        require_weights<typename Rule::Scalar>(synapses[k].state.weights, layers.sizes[k + 1],
                                               layers.sizes[k + 2], "feedback weights", k);
    }

    void require_nonzero(const DenseLayers<Rule>&) const {
      for (std::size_t k = 0; k < synapses.size(); ++k)
        require<InvalidCall>(
            any_nonzero(synapses[k].state.weights), "all feedback weights of layer ", k,
            " are 0: call initialize(), or set or load them, before infer() or train()");
    }

    /// As large as the forward weights.
    void initialize(const DenseLayers<Rule>& layers, Random random, typename Rule::Scalar scale) {
      prepare(layers);
      for (std::size_t k = 0; k + 1 < layers.depth(); ++k) {
        synapses[k].state.weights = glorot_uniform<typename Rule::Scalar>(
            synapses[k].shape(), random.stream("feedback", k), scale);
      }
    }

    /// The feedback weights of hidden layer k: post x above.
    const auto& weights(const DenseLayers<Rule>&, std::size_t k) const {
      return synapses[k].state.weights;
    }

    void each(auto&& visit) {
      for (std::size_t k = 0; k < synapses.size(); ++k)
        synapses[k].each([&](std::string_view array, auto& value) {
          visit("feedback" + std::to_string(k) + "." + std::string(array), value);
        });
    }
  };
};

}  // namespace hebb
