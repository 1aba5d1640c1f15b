/// @file
/// Prescribed spikes and potentials, played to any spiking rule in a network.
#pragma once

#include <cmath>
#include <vector>

#include "hebb/spiking/lpl/lpl_bundle.hpp"
#include "hebb/spiking/network.hpp"

namespace example {

using hebb::Index, hebb::Matrix, hebb::Vector;

/// A rule that is called at spikes only. Other rules are called at every step.
template <typename Rule>
concept EventDriven = hebb::LearnsFrom<Rule, hebb::Spikes>;

/// A neuron that plays what an experiment prescribes: its potential is the external current, in
/// mV, and it spikes in the step after a spike has arrived at `forced`. Spikes that arrive at
/// `unread` have no effect.
struct PlayedNeuron {
  template <typename T>
  struct State {
    T potential, forced, unread;
  };
  static constexpr std::array<std::string_view, 3> variables{"potential", "forced", "unread"};
  static constexpr std::array<hebb::ReceptorOf, 2> receptors{{{"forced", 1}, {"unread", 2}}};

  State<double> initial() const { return {}; }

  template <typename Scalar>
  auto step(double) const {
    return [](auto& s, auto potential_mv) {
      const auto spikes = s.forced > Scalar(0);
      s.potential = potential_mv;
      s.forced = s.unread = decltype(potential_mv){};
      return spikes;
    };
  }
};

/// What is played in each step of a trial. Spikes and potentials of a step are those at its end.
struct Protocol {
  double dt_ms;
  std::vector<std::vector<Index>> pre;    ///< the presynaptic neurons that spike
  std::vector<bool> post;                 ///< whether the postsynaptic neuron spikes
  std::vector<double> potential_mv = {};  ///< of the postsynaptic neuron; at rest if empty
  int trials = 1;                         ///< one after the other
};

/// A postsynaptic neuron with one synapse per presynaptic neuron, which learns by a rule. The
/// synapses do not act on the neuron.
///
/// The postsynaptic spikes are forced by an injected current. SuperSpike is a supervised rule: for
/// it they are the target, and the neuron's own output, without that current, is silent at rest.
template <typename Rule>
class Experiment {
 public:
  hebb::SpikingNetwork<double> net;
  hebb::ProjectionRef<Rule> learned;

  /// All weights begin at `weight`. A reference weight, where the rule has one, begins there, too.
  Experiment(const Rule& rule, const Protocol& protocol, Index inputs, double weight)
      : net({.dt_ms = protocol.dt_ms}), trial_ms_(protocol.dt_ms * double(protocol.pre.size())) {
    using namespace hebb;
    constexpr bool supervised = LearnsFrom<Rule, SpikesAndTarget>;
    const double dt_ms = protocol.dt_ms, delay_ms = delay_steps * dt_ms;
    RecordedNeurons pre, post;
    const auto steps = Index(protocol.pre.size());
    for (Index step = 0; step < steps * protocol.trials; ++step) {
      const auto n = std::size_t(step % steps);
      // A spike is emitted by its source one delay before it arrives at the end of the step, or
      // before the step that it makes the neuron spike in. Target spikes have no delay.
      for (const Index input : protocol.pre[n]) {
        pre.times_ms.push_back(double(step + 1 - delay_steps) * dt_ms);
        pre.neurons.push_back(input);
      }
      if (!protocol.post[n]) continue;
      post.times_ms.push_back(double(supervised ? step + 1 : step - delay_steps) * dt_ms);
      post.neurons.push_back(0);
    }
    const PopulationRef sources = net.add(pre, inputs, "inputs"),
                        stimulus = net.add(post, 1, "stimulus"),
                        cell = net.add(PlayedNeuron{}, 1, "cell");
    SynapseOptions options{.weight = weight, .delay_ms = delay_ms, .onto = Receptor{"unread"}};
    if constexpr (supervised)
      options.target = &stimulus;
    else
      net.connect(stimulus, cell, All{}, {.delay_ms = delay_ms, .onto = Receptor{"forced"}});
    learned = net.connect(sources, cell, All{}, options, rule);
    net.inject(cell, [potential = protocol.potential_mv, dt_ms](double time_ms) {
      const auto step = std::size_t(std::llround(time_ms / dt_ms) - 1);
      return supervised || potential.empty() ? rest_mv : potential[step % potential.size()];
    });
    if constexpr (NetworkRule<Rule>)
      net.for_each_state(learned, [](const Rule&, auto& state) {
        if constexpr (requires { state.reference; }) state.reference = state.weights;
      });
  }

  void run_trial() { net.run(trial_ms_); }

  Vector<double> weights() { return net.weights(learned); }

  /// Spikes of earlier steps cannot be played.
  static constexpr Index delay_steps = 5;

 private:
  static constexpr double rest_mv = -70.6;
  double trial_ms_;
};

}  // namespace example
