/// @file
/// Triangle: an activation that compares the neurons of a layer with each other.
#pragma once

#include <string_view>

#include "hebb/core/parameter.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/core/types.hpp"

namespace hebb {

/// The drive above the mean drive of all neurons, to a power.
///
/// \f[ z_i = \max(0, u_i - \langle u_k \rangle_k)^p \f]
///
/// | symbol    | code     | shape       | unit |
/// |-----------|----------|-------------|------|
/// | \f$u\f$   | `drive`  | neurons x 1 | rate |
/// | \f$p\f$   | `power`  | scalar      | 1    |
///
/// A. Coates, A. Ng & H. Lee, AISTATS 2011 (p = 1); A. Journe, H. Garcia Rodriguez, Q. Guo & T.
/// Moraitis, ICLR 2023 (other powers).
struct Triangle {
  static constexpr std::string_view name = "Triangle";
  double power = 1;  ///< > 0

  /// Throws InvalidParameter unless the power is positive and finite.
  void check() const { require_positive(name, "power", power); }

  /// Writes the activations of one column of drives.
  template <typename Scalar>
  void respond(const auto& drive, auto&& rate) const {
    const Scalar mean = drive.mean();
    rate = (drive.array() - mean).max(Scalar(0));
    if (power == 1) return;
    // Eigen's pow takes ten times as long: it is exact in the last bit, for bases of any sign.
    rate = (Scalar(power) * rate.log()).exp();
    for (Index i = 0; i < drive.size(); ++i) rate(i) = drive(i) <= mean ? Scalar(0) : rate(i);
  }
};

}  // namespace hebb
