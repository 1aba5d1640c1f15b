/// @file
/// What a feedback controller aims at: the target itself, or an output that is nudged towards it.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include "hebb/core/label.hpp"
#include "hebb/core/loss.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What a controller aims at: `StrongTarget` or `WeakTarget`.
template <typename P>
concept ControlTarget = PlaysRole<P, role::ControlTarget>;

/// Strong control: the output is driven to the target. The controller's error is -dL/do: y - o, or
/// y - softmax(o).
///
/// A. Meulemans et al., ICML 2022.
template <LossFunction Loss_ = CrossEntropy>
struct StrongTarget {
  using Role = role::ControlTarget;
  static constexpr std::string_view name = label_of<"StrongTarget", Loss_>.text;
  using Loss = Loss_;

  /// The target of the relaxation, from the output before it.
  template <typename Scalar>
  void aim(const View<Scalar>&, const View<Scalar>& y, auto&& target) const {
    target = y;
  }

  /// Writes the controller's error, outputs x columns.
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    Loss::template error<Scalar>(output, target, error);
  }

  /// Turns `matrix`, which maps a control to a change of the output, into the map to a change of
  /// -error. For one sample.
  template <typename Scalar>
  static void linearize(Matrix<Scalar>& matrix, const std::type_identity_t<Vector<Scalar>>& error,
                        const std::type_identity_t<Vector<Scalar>>& target) {
    if constexpr (std::same_as<Loss, CrossEntropy>) {
      // d softmax = (diag p - p p^T) do. A shift common to all outputs changes nothing; adding 1
      // keeps the control free of such a shift.
      const Vector<Scalar> p = target - error;
      const Vector<Scalar> mean = matrix.transpose() * p;
      matrix = p.asDiagonal() * (matrix.rowwise() - mean.transpose());
      matrix.array() += 1;
    }
  }
};

/// Weak control: the output is nudged by a gradient step, o - lambda dL/do.
///
/// A. Meulemans et al., NeurIPS 2021, eq. 4.
template <LossFunction Loss_ = CrossEntropy>
struct WeakTarget {
  using Role = role::ControlTarget;
  static constexpr std::string_view name = label_of<"WeakTarget", Loss_>.text;
  using Loss = Loss_;

  double step_size = 0.1;  ///< lambda

  /// Writes the target of the relaxation, from the output before it.
  template <typename Scalar>
  void aim(const View<Scalar>& output, const View<Scalar>& y, auto&& target) const {
    Loss::template error<Scalar>(output, y, target);
    target = output + Scalar(step_size) * target;
  }

  /// Writes the controller's error, outputs x columns.
  template <typename Scalar>
  static void error(const View<Scalar>& output, const View<Scalar>& target, auto&& error) {
    error = target - output;
  }

  /// Nothing: -error changes like the output.
  static void linearize(auto&, const auto&, const auto&) {}
};

}  // namespace hebb
