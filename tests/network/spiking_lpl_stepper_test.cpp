#include "hebb/network/spiking_lpl_stepper.hpp"

#include "tests/spiking/replay.hpp"

using namespace hebb;

TEST_CASE("spiking lpl: a recorded feed-forward network runs again, step by step") {
  const Replay replay;
  SpikingLplStepper<Replay::Rule> network(replay.circuit);
  std::vector<Index> input;
  SpikeList spikes;
  for (Index next = 0; network.steps() < replay.steps;) {
    const std::int64_t step = network.steps();
    input.clear();
    for (; next < replay.inputs.size() && replay.inputs[next].step == step; ++next) input.push_back(replay.inputs[next].neuron);
    network.step(input);
    for (const Index i : network.exc_spikes()) spikes.push({step, i});
  }
  replay.check(spikes, network.weights());
}
