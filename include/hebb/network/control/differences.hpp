/// @file
/// Errors of a controlled layer: the difference between its soma and its basal dendrite.
#pragma once

#include <cstddef>
#include <type_traits>

#include "hebb/network/relaxation.hpp"

namespace hebb {

/// Stands for a rate or gain that is not needed: an expression assigned to it is not evaluated.
struct Ignored {
  const Ignored& operator=(const auto&) const { return *this; }  ///< evaluates nothing
};

/// phi(v) - phi(v_ff): the rate of the soma minus the rate that the basal dendrite alone would
/// give.
struct NonlinearDifference {
  /// Writes the difference of layer k for some columns.
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    using Net = std::remove_cvref_t<decltype(net)>;
    using Scalar = typename Net::Scalar;
    if (k + 1 == net.layers.depth()) {
      error = columns.of(net.state[k]) - columns.of(net.activity.drive[k]);
    } else {
      Net::Hidden::template respond<Scalar>(columns.of(net.activity.drive[k]), error, Ignored{});
      error = columns.of(net.activity.rate[k + 1]).topRows(error.rows()) - error;
    }
  }
};

/// v - v_ff: the potential of the soma minus that of the basal dendrite.
struct VoltageDifference {
  /// Writes the difference of layer k for some columns.
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    error = columns.of(net.state[k]) - columns.of(net.activity.drive[k]);
  }
};

/// phi'(v) (v - v_ff).
struct GainedVoltageDifference {
  /// Writes the difference of layer k for some columns.
  void operator()(auto& net, std::size_t k, const Columns& columns, auto&& error) const {
    using Net = std::remove_cvref_t<decltype(net)>;
    using Scalar = typename Net::Scalar;
    const auto v = columns.of(net.state[k]), basal = columns.of(net.activity.drive[k]);
    if (k + 1 == net.layers.depth()) {
      error = v - basal;
    } else {
      Net::Hidden::template respond<Scalar>(
          v, columns.of(net.activity.rate[k + 1]).topRows(error.rows()), error);
      error.array() *= (v - basal).array();
    }
  }
};

}  // namespace hebb
