/// @file
/// The voltage rule under voltage clamp.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "hebb/spiking/rules/voltage.hpp"
#include "stdp_protocols/played.hpp"

namespace example {

/// A published fit of the voltage rule.
struct ClampStudy {
  std::string name, key;
  hebb::VoltageParameters parameters;
};

inline const std::array<ClampStudy, 3> clamp_studies{
    {{"visual cortex", "visual_cortex", hebb::voltage::visual_cortex},
     {"somatosensory", "somatosensory", hebb::voltage::somatosensory},
     {"hippocampus", "hippocampal", hebb::voltage::hippocampal}}};

/// The change per spike by presynaptic spikes at 25 Hz for 50 s, at a potential that is held. The
/// last second has no spikes: in it the last trace decays.
inline double change_under_clamp(const hebb::VoltageParameters& parameters, double potential_mv) {
  using Rule = hebb::Voltage<double, hebb::FixedDepression, hebb::Unbounded>;
  constexpr std::size_t silent = Experiment<Rule>::delay_steps, spikes = 1250, last = 26;
  Protocol held{.dt_ms = 40, .pre = {}, .post = std::vector<bool>(silent + spikes + last, false)};
  held.pre.resize(held.post.size());
  held.potential_mv.assign(held.post.size(), potential_mv);
  for (std::size_t n = silent; n < silent + spikes; ++n) held.pre[n] = {0};
  Experiment<Rule> experiment({.parameters = parameters}, held, 1, 0);
  experiment.run_trial();
  return experiment.weights()(0) / double(spikes);
}

/// A curve over the potential, and its landmarks.
struct ClampCurve {
  std::vector<double> potentials_mv, changes;
  double weakens_above_mv, strengthens_above_mv, deepest_mv, deepest;
};

inline ClampCurve clamp_curve(const ClampStudy& study) {
  ClampCurve curve{};
  const auto change = [&](double potential_mv) {
    return change_under_clamp(study.parameters, potential_mv);
  };
  for (int tenth = -800; tenth <= 0; ++tenth) {
    const double potential = 0.1 * tenth, changed = change(potential);
    curve.potentials_mv.push_back(potential);
    curve.changes.push_back(changed);
    if (changed < curve.deepest) curve.deepest = changed, curve.deepest_mv = potential;
  }
  const auto turn = [&](double low, double high, const auto& is_low) {
    while (high - low > 1e-6) (is_low((low + high) / 2) ? low : high) = (low + high) / 2;
    return (low + high) / 2;
  };
  curve.weakens_above_mv = turn(-80, curve.deepest_mv, [&](double u) { return change(u) == 0; });
  curve.strengthens_above_mv = turn(curve.deepest_mv, 0, [&](double u) { return change(u) < 0; });
  return curve;
}

/// The curves of all studies. Calls done() after each.
inline std::vector<ClampCurve> clamp_curves(const auto& done) {
  std::vector<ClampCurve> curves;
  for (const ClampStudy& study : clamp_studies) {
    curves.push_back(clamp_curve(study));
    done();
  }
  return curves;
}

}  // namespace example
