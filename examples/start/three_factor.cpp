// Three-factor learning: spike pairs leave an eligibility, and a later reward changes the weights.
//
// Two synapses have the same pairs of spikes. A reward follows 200 ms after the pairs of the first
// synapse only, so only this synapse is strengthened.
#include <iostream>

#include "hebb/spiking/rules/reward_stdp.hpp"

using namespace hebb;

int main() {
  // Pairs in the order post before pre leave no eligibility, because a_minus is 0.
  const RewardStdp<double> rule{.parameters = {.eta = 0.5, .a_plus = 1, .a_minus = 0}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights.setConstant(0.2);

  const Index neuron[] = {0};
  double time_ms = 0;
  for (int trial = 0; trial < 20; ++trial) {
    const Index synapse[] = {trial % 2};
    time_ms += 5000;  // earlier eligibilities have decayed
    rule.update({.time_ms = time_ms, .neurons = synapse}, {.time_ms = time_ms}, state);
    time_ms += 5;
    rule.update({.time_ms = time_ms}, {.time_ms = time_ms, .neurons = neuron}, state);
    time_ms += 200;
    rule.update({.time_ms = time_ms}, {.time_ms = time_ms}, state);
    if (trial % 2 == 0) rule.reward(1, state);
  }
  rule.settle(state);  // weights are current after this call
  std::cout << "Weights after 10 trials each: with reward " << state.weights(0) << ", without "
            << state.weights(1) << '\n';
  return state.weights(0) > state.weights(1) + 0.1 ? 0 : 1;
}
