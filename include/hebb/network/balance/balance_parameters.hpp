/// @file
/// The parameters of balance-controlled plasticity.
#pragma once

#include <algorithm>
#include <utility>

#include "hebb/core/parameter.hpp"
#include "hebb/network/relaxation.hpp"

namespace hebb {

/// What inhibition balances: a share of the excitatory input, or a multiple of the neuron's rate.
/// Both are the same in the balanced state. The second is known where inhibition arrives.
enum class Balanced { input, rate };

/// Parameters of BalanceControl. Times are in units of the controller's time constant. The defaults
/// are those of the authors' network with one hidden layer.
struct BalanceParameters {
  double balance = 0.5;                 ///< alpha; in (0, 1)
  double recurrence = 1.0 / 16;         ///< g: from the excitatory to the inhibitory neuron; >= 0
  double proportional = 0.2;            ///< k_p; >= 0
  double integral = 0.4;                ///< k_i; >= 0
  double leak = 1;                      ///< lambda; >= 0
  double dt = 0.1;                      ///< length of a step; in (0, the shorter tau]
  double tau_excitatory = 0.3;          ///< tau_E, of excitatory and output neurons; > 0
  double tau_inhibitory = 0.1;          ///< tau_I; > 0
  bool normalized = false;              ///< feedback of one strength to every sample and layer
  Balanced balanced = Balanced::input;  ///< what inhibition takes a share of

  /// w: the weight of the inhibitory neuron at which inhibition takes the share alpha.
  double inhibition() const { return balance / (1 + (1 - balance) * recurrence); }

  /// Throws InvalidParameter when a value is out of range, or the time step too long.
  void check() const {
    require(balance > 0 && balance < 1, "BalanceControl: balance must be in (0, 1), got ", balance);
    for (const auto& [name, value] : {std::pair{"recurrence", recurrence},
                                      {"proportional", proportional},
                                      {"integral", integral},
                                      {"leak", leak}})
      require_at_least("BalanceControl", name, value, 0);
    Euler::gain(dt, tau_excitatory);
    Euler::gain(dt, tau_inhibitory);
    require(dt * leak <= 1, "BalanceControl: dt times leak must be <= 1, got ", dt * leak);
  }
};

}  // namespace hebb
