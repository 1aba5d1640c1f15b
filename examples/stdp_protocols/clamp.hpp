/// @file
/// The voltage rule under voltage clamp.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "hebb/spiking/rules/voltage.hpp"

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

/// The change a spike by presynaptic spikes at 25 Hz for 50 s, at a potential that is held.
inline double change_under_clamp(const hebb::VoltageParameters& parameters, double potential_mv) {
  const hebb::Voltage<double, hebb::FixedDepression, hebb::Unbounded> rule{.parameters =
                                                                               parameters};
  auto state = rule.init({.pre = 1, .post = 1});
  const hebb::Matrix<double> potential = hebb::Matrix<double>::Constant(1, 1, potential_mv);
  const hebb::View<double> held = potential;
  const hebb::Index neuron[] = {0};
  constexpr int spikes = 1250;
  for (int spike = 0; spike < spikes; ++spike)
    rule.update({40.0 * spike, neuron}, {{40.0 * spike, {}}, held}, state);
  rule.update({51000, {}}, {{51000, {}}, held}, state);  // what the last trace is worth
  return state.weights.value() / spikes;
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

}  // namespace example
