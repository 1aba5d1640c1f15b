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

  DenseLayers<Rule, Hidden> layers;
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
  TaughtNetwork(const char* name, DenseLayers<Rule, Hidden> layers_)
      : layers(std::move(layers_)), calls_(name) {}

  CallOrder calls_;
  Activity<Scalar> prediction_;  // scratch space of predict(), like change_ of change()
  Matrix<Scalar> change_;
};

}  // namespace hebb
