/// @file
/// The states that an inference of equilibrium propagation keeps, for its updates.
#pragma once

#include <array>
#include <cstddef>

#include "hebb/network/dense_layers.hpp"
#include "hebb/network/equilibrium/equilibrium_updates.hpp"

namespace hebb {

/// The states at the free equilibrium and at the ends of the nudged phases; where an update policy
/// follows the phases, also those of every step. Those of hidden layers have a last row of ones.
template <typename Scalar>
struct KeptStates {
  Matrices<Scalar> free;                        ///< after the free phase
  std::array<Matrices<Scalar>, 2> ends, paths;  ///< of the nudged phases
  NudgedPhases phases;                          ///< of the last batch

  /// The states of layer k at a moment.
  View<Scalar> rates(std::size_t k, Moment moment) const {
    if (moment.t == 0) return free[k];
    if (moment.t == phases.end) return ends[moment.phase][k];
    return paths[moment.phase][k].middleCols((moment.t - 1) * free[k].cols(), free[k].cols());
  }

  /// Makes space for the steps of a phase. Call it after the free phase.
  void begin_path(std::size_t phase) {
    paths[phase].resize(free.size());
    for (std::size_t k = 0; k < free.size(); ++k)
      paths[phase][k].resize(free[k].rows(), free[k].cols() * phases.end);
  }

  /// Keeps the states of step t of a phase, for some columns.
  void follow(std::size_t phase, const Columns& columns, Index t, const Matrices<Scalar>& states) {
    for (std::size_t k = 0; t > 0 && k < free.size(); ++k)
      paths[phase][k].middleCols((t - 1) * free[k].cols() + columns.begin, columns.count) =
          columns.of(states[k]);
  }
};

}  // namespace hebb
