/// @file
/// What spiking LPL makes of the gradient of a window before it changes the weights.
#pragma once

#include <cmath>
#include <limits>
#include <string_view>

#include "hebb/core/parameter.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// Weights follow the gradient.
struct PlainGradient {
  static constexpr std::string_view name = "PlainGradient";
  static constexpr bool remembers = false;  ///< whether it keeps a number per synapse

  /// Keeps nothing.
  template <typename Scalar>
  Vector<Scalar> init(Index) const {
    return {};
  }
  /// Leaves the gradient as it is.
  template <typename Scalar>
  void normalise(Vector<Scalar>&, Vector<Scalar>&, double) const {}
};

/// Divides the gradient of each synapse by the root of a decaying maximum of its square. A window
/// then changes a weight by at most eta.
struct AugmentedGradient {
  static constexpr std::string_view name = "AugmentedGradient";
  static constexpr bool remembers = true;  ///< whether it keeps a number per synapse
  double tau_ms = 100e3;                   ///< of the maximum; infinite: it does not decay

  /// The maximum, 0 for every synapse. Throws InvalidParameter.
  template <typename Scalar>
  Vector<Scalar> init(Index synapses) const {
    require_time_constant("AugmentedGradient", "tau_ms", tau_ms);
    return Vector<Scalar>::Zero(synapses);
  }

  /// Takes the gradient of a window in, and normalises it.
  template <typename Scalar>
  void normalise(Vector<Scalar>& gradient, Vector<Scalar>& square, double window_ms) const {
    square = gradient.cwiseAbs2().cwiseMax(Scalar(std::exp(-window_ms / tau_ms)) * square);
    gradient.array() /= square.array().sqrt() + std::numeric_limits<Scalar>::min();
  }
};

/// As AugmentedGradient, with one maximum for all synapses of the layer.
struct LayerwiseAugmentedGradient {
  static constexpr std::string_view name = "LayerwiseAugmentedGradient";
  static constexpr bool remembers = true;  ///< whether it keeps a number per synapse
  double tau_ms = 100e3;                   ///< of the maximum; infinite: it does not decay

  /// The maximum, 0 for every synapse. Throws InvalidParameter.
  template <typename Scalar>
  Vector<Scalar> init(Index synapses) const {
    return AugmentedGradient{tau_ms}.init<Scalar>(synapses);
  }

  /// Takes the gradient of a window in, and normalises it.
  template <typename Scalar>
  void normalise(Vector<Scalar>& gradient, Vector<Scalar>& square, double window_ms) const {
    square = gradient.cwiseAbs2().cwiseMax(Scalar(std::exp(-window_ms / tau_ms)) * square);
    if (square.size() > 0)
      gradient /= std::sqrt(square.maxCoeff()) + std::numeric_limits<Scalar>::min();
  }
};

}  // namespace hebb
