/// @file
/// How strongly a presynaptic spike is transmitted: always alike, or by short-term plasticity.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "hebb/core/label.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// A spike transmits the weight.
struct Direct {
  static constexpr std::string_view name = "Direct";

  struct State {
    void each(auto&&) {}
  };

  State init(Index) const { return {}; }  ///< the same for any number of neurons
  /// The factor of every spike.
  static constexpr double transmit(double, Index, State&) { return 1; }
};

/// Short-term facilitation and depression of Tsodyks and Markram.
///
/// \f[ \dot x = \frac{1 - x}{\tau_{rec}}, \quad \dot u = \frac{U - u}{\tau_{facil}}, \qquad
///     \text{at a spike: } u \to u + U (1 - u), \;\; \text{transmit } w u x, \;\; x \to x - u x \f]
///
/// A spike transmits the weight times u x. All synapses of a presynaptic neuron share u and x. With
/// tau_facil = 0 the utilisation is U at every spike.
///
/// | symbol                      | code                           | shape | unit |
/// |-----------------------------|--------------------------------|-------|------|
/// | \f$u, x\f$                  | `state.used`, `state.available` | pre  | 1    |
/// | \f$U\f$                     | `utilisation`                  | scalar | 1   |
/// | \f$\tau_{rec}, \tau_{facil}\f$ | `tau_recovery_ms`, `tau_facilitation_ms` | scalar | ms |
///
/// M. Tsodyks, K. Pawelzik & H. Markram, Neural Comput. 10:821-835 (1998), eqs. 2.1 to 2.3.
struct TsodyksMarkram {
  static constexpr std::string_view name = "TsodyksMarkram";
  double utilisation = 0.5;        ///< U, in (0, 1]
  double tau_recovery_ms = 800;    ///< > 0
  double tau_facilitation_ms = 0;  ///< >= 0

  struct State {
    /// Per presynaptic neuron; `last_ms`: time of its last spike.
    Vector<double> used, available, last_ms;

    void each(auto&& visit) {
      visit("used", used);
      visit("available", available);
      visit("last_ms", last_ms);
    }
  };

  /// Neurons at rest. Throws InvalidParameter.
  State init(Index pre) const {
    require(utilisation > 0 && utilisation <= 1, "TsodyksMarkram: utilisation must be in (0, 1], ",
            "got ", utilisation);
    require_positive("TsodyksMarkram", "tau_recovery_ms", tau_recovery_ms);
    require_at_least("TsodyksMarkram", "tau_facilitation_ms", tau_facilitation_ms, 0);
    // Before the first spike a neuron is at rest, whatever time has passed.
    const double rest = tau_facilitation_ms > 0 ? utilisation : 0;
    return {Vector<double>::Constant(pre, rest), Vector<double>::Ones(pre),
            Vector<double>::Zero(pre)};
  }

  /// The factor u x of a spike of a presynaptic neuron, which moves its u and x on. Throws
  /// ShapeError where the state does not hold the neuron.
  double transmit(double time_ms, Index j, State& state) const {
    for (const Index size : {state.used.size(), state.available.size(), state.last_ms.size()})
      require<ShapeError>(j < size, "TsodyksMarkram: a state of ", size, " neurons has no neuron ",
                          j);
    const double passed = time_ms - state.last_ms(j);
    double &u = state.used(j), &x = state.available(j);
    x = 1 + (x - 1) * std::exp(-passed / tau_recovery_ms);
    if (tau_facilitation_ms > 0)
      u = utilisation + (u - utilisation) * std::exp(-passed / tau_facilitation_ms);
    else
      u = 0;
    u += utilisation * (1 - u);
    const double factor = u * x;
    x -= factor;
    state.last_ms(j) = time_ms;
    return factor;
  }
};

}  // namespace hebb
