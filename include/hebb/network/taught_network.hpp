/// @file
/// What all networks with feedback have in common: layers, counters, and how an inference went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "hebb/network/call_order.hpp"
#include "hebb/network/dense_layers.hpp"
#include "hebb/network/measures.hpp"

namespace hebb {

/// The base of every network that is taught by targets. See `Network` in network/concepts.hpp for
/// the interface.
template <FactoredRule Rule_, typename Hidden_>
class TaughtNetwork {
 public:
  using Rule = Rule_;
  using Hidden = Hidden_;
  using Scalar = typename Rule::Scalar;

  DenseLayers<Rule, Hidden> layers;         ///< synapses, and the sizes of all layers
  OutputErrors<Scalar> output_errors = {};  ///< of the last inference

  /// The steps of inference until the mean norm of the output's error was below the tolerance; one
  /// more than all steps where it never was.
  double latency(double tolerance) const {
    calls_.require_inference("latency()");
    return output_errors.latency(tolerance);
  }

  /// The number of hidden layers.
  std::size_t hidden() const { return layers.depth() - 1; }

  /// How many times the network has learned.
  std::int64_t step() const { return calls_.step; }

 protected:
  /// `name` is what error messages begin with; not owned.
  TaughtNetwork(const char* name, DenseLayers<Rule, Hidden> layers_)
      : layers(std::move(layers_)), calls_(name) {}

  /// Calls learn_layer(k) for every layer, and names the layer whose weights diverge.
  void learn_layers(const auto& learn_layer) {
    for (std::size_t k = 0; k < layers.depth(); ++k)
      calls_.apply("weights", k, layers[k].state, [&] { learn_layer(k); });
  }

  /// The change of layer k's weights by one pair of presynaptic and postsynaptic activity.
  const Matrix<Scalar>& change_by(std::size_t k, const View<Scalar>& pre,
                                  const View<Scalar>& post) {
    change_.setZero(layers.biased(k).rows(), layers.biased(k).cols());
    layers[k].add_change(Scalar(1), pre, post, change_);
    return change_;
  }

  CallOrder calls_;              ///< refuses calls out of order
  Activity<Scalar> prediction_;  // scratch space of predict(), like change_ of change()
  Matrix<Scalar> change_;        ///< scratch space of change_by
};

}  // namespace hebb
