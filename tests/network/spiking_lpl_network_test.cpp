#include "hebb/network/spiking_lpl_network.hpp"

#include "hebb/network/spiking_lpl_stepper.hpp"
#include "tests/spiking/replay.hpp"

using namespace hebb;

TEST_CASE("spiking lpl network: the recorded feed-forward network runs again") {
  const Replay replay;
  SpikingLplNetwork network(replay.circuit, RecordedInput(500, replay.inputs));
  SpikeList spikes;
  network.advance(Replay::steps, [&](Population population, const Spike& spike) {
    if (population == Population::excitatory) spikes.push(spike);
  });
  replay.check(spikes, network.weights());
}

TEST_CASE("spiking lpl network: two seconds equal the step form, spike for spike, weights to rounding") {
  const SpikingLpl<double> rule{.parameters = {.eta = 2e-5}, .times = {.mean = 1, .variance = 1}};
  const auto circuit = standard_lpl_circuit(rule, {.seed = 1}, 100, 40, 20);
  const PoissonInput input({{100, Rate::constant(60)}}, 1e-4, {.seed = 3});
  SpikingLplNetwork fast(circuit, input);
  SpikingLplStepper slow(circuit);
  std::vector<Spike> fast_exc, fast_inh, slow_exc, slow_inh;
  SpikeList inputs;
  fast.advance(20001, [&](Population population, const Spike& spike) {
    if (population == Population::input) inputs.push(spike);
    if (population == Population::excitatory) fast_exc.push_back(spike);
    if (population == Population::inhibitory) fast_inh.push_back(spike);
  });
  std::vector<Index> now;
  for (Index next = 0; slow.steps() < fast.steps();) {
    const std::int64_t step = slow.steps();
    now.clear();
    for (; next < inputs.size() && inputs[next].step == step; ++next) now.push_back(inputs[next].neuron);
    slow.step(now);
    for (const Index i : slow.exc_spikes()) slow_exc.push_back({step, i});
    for (const Index i : slow.inh_spikes()) slow_inh.push_back({step, i});
  }
  CHECK(fast_exc == slow_exc);
  CHECK(fast_inh == slow_inh);
  CHECK(fast_exc.size() > 200);
  CHECK(fast_inh.size() > 200);
  CHECK((fast.weights() - slow.weights()).cwiseAbs().maxCoeff() < 1e-11);
  CHECK((fast.inh_weights() - slow.inh_weights()).cwiseAbs().maxCoeff() < 1e-13);
  MESSAGE(fast_exc.size() << " " << fast_inh.size() << " dw " << (fast.weights() - slow.weights()).cwiseAbs().maxCoeff() << " "
                          << (fast.inh_weights() - slow.inh_weights()).cwiseAbs().maxCoeff());
  MESSAGE(fast.weights().minCoeff() << " " << fast.weights().maxCoeff() << " " << fast.inh_weights().minCoeff() << " "
                                    << fast.inh_weights().maxCoeff());
}
