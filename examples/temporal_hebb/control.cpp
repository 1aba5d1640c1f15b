// Deep feedback control: learning from errors, from changes of rates, from spikes.
#include "control.hpp"

namespace temporal_hebb {

std::vector<Arm> control_arms() {
  return {
      control_arm<ErrorRule, SteadyState<>>("error", "", "DFC, error"),
      control_arm<TemporalRule, EndPoints>("dh", "", "DFC, differential Hebbian"),
      // Spikes are noisy. Strong control makes the change of rates large compared with the noise.
      control_arm<ErrorRule, SpikeSampled<>>("stdp", "", "DFC, STDP", false,
                                             [](auto& network) {
                                               network.parameters.dt *= 4;
                                               network.parameters.tau *= 4;
                                             }),
      control_arm<ErrorRule, SteadyState<>, Tanh>("error", "_tanh", "DFC, error, tanh", true),
      control_arm<TemporalRule, EndPoints, Tanh>("dh", "_tanh", "DFC, differential Hebbian, tanh",
                                                 true),
  };
}

}  // namespace temporal_hebb
