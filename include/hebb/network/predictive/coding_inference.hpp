/// @file
/// What inference of predictive coding moves: states, or errors.
#pragma once

#include <cstddef>

#include "hebb/network/relaxation.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What inference of predictive coding moves: `StateInference`, `FixedPredictionInference` or
/// `ErrorInference`.
template <typename P>
concept CodingInference = PlaysRole<P, role::CodingInference>;

/// All states descend the energy together: x_l += beta (f'(x_l) W_{l+1}^T e_{l+1} - e_l), with e_l
/// = x_l - W_l f(x_{l-1}) - b_l.
///
/// J. C. R. Whittington & R. Bogacz, Neural Comput. 29:1229-1262 (2017).
struct StateInference {
  using Role = role::CodingInference;
  static constexpr bool descends = true;  ///< the energy falls unless a step is too long

  /// One step for some columns; `changes` takes the largest change of each.
  static void step(auto& net, const Columns& columns, auto& changes) {
    for (std::size_t k = 0; k < net.hidden(); ++k) {
      net.send_back(columns, k, net.errors);
      net.advance(columns, k, net.state[k], changes);
      net.layers.respond(columns, k, net.state, net.activity);
    }
    net.predict_all(columns);
  }
};

/// Like StateInference, but predictions and gains keep their values of the forward sweep. With
/// steps of 1 and as many of them as hidden layers the errors are those of backpropagation,
/// exactly.
///
/// The fixed prediction assumption of B. Millidge, A. Tschantz & C. L. Buckley, Neural Comput.
/// 34:1329-1368 (2022).
struct FixedPredictionInference {
  using Role = role::CodingInference;
  static constexpr bool descends = false;  ///< the energy may rise

  /// One step for some columns; `changes` takes the largest change of each.
  static void step(auto& net, const Columns& columns, auto& changes) {
    for (std::size_t k = 0; k < net.hidden(); ++k) {
      net.send_back(columns, k, net.errors);
      net.advance(columns, k, net.state[k], changes);
      columns.of(net.errors[k]) = columns.of(net.state[k]) - columns.of(net.activity.drive[k]);
    }
  }
};

/// Inference moves the errors, and a forward sweep computes the states: x_l = W_l f(x_{l-1}) + b_l
/// + e_l. The target's error reaches every layer in every step, so that deep networks converge in
/// few steps. The equilibrium is that of StateInference. A single step is backpropagation with the
/// errors of hidden layers scaled by beta.
///
/// C. Goemaere, G. Oliviers, R. Bogacz & T. Demeester, arXiv 2505.20137 (2025).
struct ErrorInference {
  using Role = role::CodingInference;
  static constexpr bool descends = true;  ///< the energy falls unless a step is too long

  /// One step for some columns; `changes` takes the largest change of each.
  static void step(auto& net, const Columns& columns, auto& changes) {
    for (std::size_t k = net.hidden(); k-- > 0;) {
      net.send_back(columns, k, k + 1 < net.hidden() ? net.back : net.errors);
      net.advance(columns, k, net.errors[k], changes);
    }
    net.follow_errors(columns);
  }
};

}  // namespace hebb
