// Deep Feedback Control: from errors, from how rates changed, from spikes.
#include "control.hpp"

namespace temporal_hebb {

std::vector<Arm> control_arms() {
  return {
      control_arm<ErrorRule, SteadyState<>>("error", "", "DFC, error"),
      control_arm<TemporalRule, EndPoints>("dh", "", "DFC, differential Hebbian"),
      control_arm<ErrorRule, SpikeSampled<>>("stdp", "", "DFC, STDP"),
      control_arm<ErrorRule, SteadyState<>, Tanh>("error", "_tanh", "DFC, error, tanh", true),
      control_arm<TemporalRule, EndPoints, Tanh>("dh", "_tanh", "DFC, differential Hebbian, tanh", true),
  };
}

}  // namespace temporal_hebb
