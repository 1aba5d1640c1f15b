/// @file
/// Windows of spiking LPL and their dependence on the rate of pairing, in the published protocol.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "stdp_protocols/catalogue.hpp"
#include "stdp_protocols/sjostrom.hpp"
#include "stdp_protocols/stdp_induction.hpp"

namespace example {

/// A window at 10 Hz: relative changes over t_post - t_pre.
struct Window {
  std::vector<double> lags_ms, changes;
};

inline Window lpl_window(double mean_hz, double variance, Clamp clamp) {
  const PairingProtocol protocol{.clamp = clamp, .mean_rate_hz = mean_hz, .variance = variance};
  const PairingOutcome outcome = induce_stdp(published_lpl, protocol);
  Window window;
  for (Index j = 0; j < protocol.inputs; ++j) {
    window.lags_ms.push_back(protocol.lag_ms(j));
    window.changes.push_back(outcome.change(j));
  }
  return window;
}

/// The largest difference of the weights behind two curves of relative changes.
inline double weight_error(const std::vector<double>& found, const std::vector<double>& expected) {
  double largest = 0;
  for (std::size_t k = 0; k < found.size(); ++k)
    largest = std::max(largest, PairingProtocol{}.weight * std::abs(found[k] - expected.at(k)));
  return largest;
}

/// Changes at about +10 ms and -10 ms over the rate of pairing, with 100 inputs at once.
struct RateDependence {
  std::vector<double> rates_hz = {}, before = {}, after = {};
  std::vector<Index> spikes = {};
};

/// Calls done() after each rate.
inline RateDependence lpl_rate_dependence(Clamp clamp, const std::vector<double>& rates_hz,
                                          const auto& done) {
  RateDependence result{.rates_hz = rates_hz};
  for (const double rate_hz : rates_hz) {
    const PairingOutcome outcome =
        induce_stdp(published_lpl, {.half_width_ms = 20,
                                    .rate_hz = rate_hz,
                                    .duration_ms = std::min(200e3, 1e5 / rate_hz + 3000),
                                    .clamp = clamp,
                                    .mean_rate_hz = lpl_mean_hz,
                                    .variance = lpl_variance});
    result.before.push_back(outcome.change(25));
    result.after.push_back(outcome.change(75));
    result.spikes.push_back(outcome.spikes);
    done();
  }
  return result;
}

/// Its changes at the rates that were measured.
inline Changes at_measured_rates(const RateDependence& found) {
  Changes result{};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    const auto at =
        std::size_t(std::find(found.rates_hz.begin(), found.rates_hz.end(), sjostrom[k].rate_hz) -
                    found.rates_hz.begin());
    result.before[k] = found.before.at(at);
    result.after[k] = found.after.at(at);
  }
  return result;
}

}  // namespace example
