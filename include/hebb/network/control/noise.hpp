/// @file
/// Noise on the states of a controlled network.
#pragma once

#include <cmath>
#include <cstdint>

#include "hebb/core/error.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// Noise on the states of a controlled network: `Quiet` or `FilteredNoise`.
template <typename P>
concept ControlNoise = PlaysRole<P, role::ControlNoise>;

/// No noise.
struct Quiet {
  using Role = role::ControlNoise;
  static constexpr bool silent = true;  ///< whether there is no noise
};

/// Noise on every state, white or low-pass filtered: with a = dt / tau, xi <- (a / sqrt(dt)) N(0,
/// 1) + (1 - a) xi; the drive gets sigma xi.
struct FilteredNoise {
  using Role = role::ControlNoise;
  static constexpr bool silent = false;  ///< whether there is no noise

  double sigma = 0.01;         ///< of the hidden layers
  double output_sigma = 0.01;  ///< of the output
  double tau = 0;              ///< time constant; 0: white noise
  Random random = {};          ///< its seed and stream determine the noise

  void check(double dt) const {
    require(tau == 0 || tau >= dt, "FilteredNoise: tau must be 0 or >= dt, got ", tau);
    require_at_least("FilteredNoise", "sigma", sigma, 0);
    require_at_least("FilteredNoise", "output_sigma", output_sigma, 0);
  }

  /// One step of xi, one column; what is drawn depends on layer, run, step and column alone.
  template <typename Scalar>
  void advance(double dt, std::uint32_t layer, std::uint64_t draw, auto&& xi) const {
    const double fresh = tau == 0 ? 1 : dt / tau;
    const Scalar keep = Scalar(1 - fresh), size = Scalar(fresh / std::sqrt(dt));
    Random r = random.stream("noise", layer).at(draw);
    for (Index i = 0; i < xi.rows(); ++i) xi(i) = keep * xi(i) + size * r.normal<Scalar>();
  }
};

}  // namespace hebb
