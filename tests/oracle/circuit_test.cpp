// Spiking neurons, the spiking LPL network in both its forms, and the window of sampled spikes
// beside their oracles.
#include "hebb/network/control/stdp_window.hpp"
#include "hebb/spiking/lpl/spiking_lpl_network.hpp"
#include "hebb/spiking/lpl/spiking_lpl_stepper.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "tests/oracle/library.hpp"
#include "tests/oracle/spiking_circuit.hpp"

using oracle::Case;
using oracle::Count;
using oracle::Dense;
using oracle::Draw;
using oracle::matrix;
using oracle::Moment;
using oracle::Table;
using oracle::table;

namespace {

/// Connections with a probability, and a table that is 1 where they are.
std::pair<hebb::Connections, Table> random_connections(Draw& draw, Count posts, Count pres,
                                                       double chance, bool autapses = true) {
  Table connected(posts, pres);
  std::vector<std::pair<Count, Count>> pairs;
  for (Count j = 0; j < pres; ++j)
    for (Count i = 0; i < posts; ++i)
      if ((autapses || i != j) && draw.chance(chance)) {
        connected(i, j) = 1;
        pairs.emplace_back(j, i);
      }
  return {hebb::connect_list({.pre = pres, .post = posts}, pairs), connected};
}

Table times(const Table& connected, double weight) {
  return oracle::tabulate(connected.rows, connected.cols,
                          [&](Count i, Count j) { return weight * connected(i, j); });
}

/// A random neuron that is stable and spikes at most once in a delay.
std::pair<hebb::ConductanceLif, oracle::ConductanceNeuron> random_neuron(Draw& draw, double dt) {
  hebb::ConductanceLif n;
  n.inhibitory = draw.uniform(-90e-3, -80e-3);
  n.rest = draw.uniform(-75e-3, -65e-3);
  n.reset = draw.uniform(-75e-3, -65e-3);
  n.threshold = draw.uniform(-60e-3, -50e-3);
  n.jump = draw.uniform(90e-3, 120e-3);
  n.tau_mem = dt * draw.uniform(100, 300);
  n.tau_ampa = dt * draw.uniform(20, 100);
  n.tau_gaba = dt * draw.uniform(20, 100);
  n.tau_nmda = dt * draw.uniform(200, 1000);
  n.tau_threshold = dt * draw.uniform(30, 80);
  n.ampa_share = draw.uniform(0.2, 0.8);
  n.nmda_share = draw.uniform(0.2, 0.8);
  return {n,
          {.rest = n.rest,
           .reset = n.reset,
           .inhibitory = n.inhibitory,
           .threshold = n.threshold,
           .jump = n.jump,
           .tau_mem = n.tau_mem,
           .tau_ampa = n.tau_ampa,
           .tau_gaba = n.tau_gaba,
           .tau_nmda = n.tau_nmda,
           .tau_threshold = n.tau_threshold,
           .ampa_share = n.ampa_share,
           .nmda_share = n.nmda_share}};
}

using Rule = hebb::SpikingLpl<double>;

/// A random circuit on both sides. Inputs are strong enough that neurons spike.
struct Both {
  hebb::SpikingLplCircuit<Rule> library;
  oracle::SpikingCircuit oracle;
  Table connected;  ///< inputs -> excitatory

  static Both random(Case& c) {
    Draw& draw = c.draw;
    const Count inputs = c.note("inputs", draw.between(1, 12));
    const Count exc = c.note("exc", draw.chance(0.2) ? draw.between(15, 19) : draw.between(1, 6));
    const Count inh = c.note("inh", draw.chance(0.3) ? 0 : draw.between(1, 5));
    Rule rule;
    hebb::SpikingLplTimes& t = rule.times;
    t.dt = draw.uniform(0.5e-4, 2e-4);
    const auto time = [&](double low, double high) { return t.dt * draw.uniform(low, high); };
    t.synapse = time(20, 60), t.membrane = time(20, 200), t.rise = time(20, 40),
    t.fall = time(50, 100);
    t.mean = time(100, 2000), t.variance = time(100, 2000);
    const Count delay = c.note("delay", draw.between(1, 8)),
                prediction = delay + draw.between(1, 30);
    const Count window = c.note("window", draw.between(10, 80)), priming = draw.between(0, 50);
    t.delay = t.dt * double(delay), t.prediction = t.dt * double(prediction);
    t.window = t.dt * double(window), t.priming = t.dt * double(priming);
    rule.steepness = draw.uniform(100, 2000);
    rule.threshold = draw.uniform(-60e-3, -40e-3);
    rule.parameters.predictive = draw.uniform(0, 2);
    rule.parameters.hebbian = draw.uniform(0, 1e-2);
    rule.parameters.epsilon = draw.uniform(1e-3, 1e-2);
    rule.parameters.transmitter = draw.uniform(0, 100);
    const bool decays = draw.chance(0.5);
    if (decays) rule.parameters.weight_decay_tau = draw.uniform(20, 200) * t.window;
    const double scale = t.dt / (t.rise * t.synapse);
    rule.parameters.eta = draw.uniform(0.05, 0.5) / (scale * rule.steepness * double(window));
    rule.bounds = {draw.uniform(0, 0.1), draw.uniform(1.5, 3)};

    const auto [to_exc, connected] = random_connections(draw, exc, inputs, 0.7);
    const auto [exc_to_inh, exc_inh] = random_connections(draw, inh, exc, 0.7);
    const auto [inh_to_exc, inh_exc] = random_connections(draw, exc, inh, 0.7);
    const auto [inh_to_inh, inh_inh] = random_connections(draw, inh, inh, 0.5, false);
    const auto [neuron, model] = random_neuron(draw, t.dt);
    const double to_exc_weight = draw.uniform(0.5, 1.5), exc_to_inh_weight = draw.uniform(1, 4);
    const double inh_to_exc_weight = draw.uniform(0.1, 0.9), inh_to_inh_weight = draw.uniform(0, 1);
    Both both{
        .library = {.rule = rule,
                    .neuron = neuron,
                    .inhibition = {.zeta = draw.uniform(0, 0.1),
                                   .tau = time(50, 400),
                                   .kappa = draw.uniform(1, 30),
                                   .upper = draw.uniform(0.9, 1.5)},
                    .input_to_exc = to_exc,
                    .exc_to_inh = exc_to_inh,
                    .inh_to_exc = inh_to_exc,
                    .inh_to_inh = inh_to_inh,
                    .input_to_exc_weight = to_exc_weight,
                    .exc_to_inh_weight = exc_to_inh_weight,
                    .inh_to_exc_weight = inh_to_exc_weight,
                    .inh_to_inh_weight = inh_to_inh_weight,
                    .potential = hebb::Vector<double>(exc + inh)},
        .oracle = {.lpl = {.dt = t.dt,
                           .synapse = t.synapse,
                           .membrane = t.membrane,
                           .rise = t.rise,
                           .fall = t.fall,
                           .mean_tau = t.mean,
                           .variance_tau = t.variance,
                           .delay = delay,
                           .prediction = prediction,
                           .window = window,
                           .priming = priming,
                           .eta = rule.parameters.eta,
                           .phi = rule.parameters.predictive,
                           .lambda = rule.parameters.hebbian,
                           .xi = rule.parameters.epsilon,
                           .delta = rule.parameters.transmitter * t.dt,
                           .gain = t.dt / t.variance,
                           .scale = scale,
                           .weight_decay =
                               decays ? 1 - std::exp(-t.window / rule.parameters.weight_decay_tau)
                                      : 0,
                           .gradient = oracle::SpikingLpl::Gradient::plain,
                           .square_tau = 1,
                           .steepness = rule.steepness,
                           .threshold = rule.threshold,
                           .cut = {rule.bounds.lower, rule.bounds.upper},
                           .connected = connected,
                           .w = times(connected, to_exc_weight)},
                   .neurons = std::vector<oracle::ConductanceNeuron>(std::size_t(exc + inh), model),
                   .zeta = 0,
                   .tau = 0,
                   .kappa = 0,
                   .upper = 0,
                   .exc_to_inh = times(exc_inh, exc_to_inh_weight),
                   .inh_to_exc = times(inh_exc, inh_to_exc_weight),
                   .inh_to_inh = times(inh_inh, inh_to_inh_weight),
                   .connected = inh_exc,
                   .x = Table(inh),
                   .y = Table(exc)},
        .connected = connected};
    const auto& inhibition = both.library.inhibition;
    both.oracle.zeta = inhibition.zeta, both.oracle.tau = inhibition.tau;
    both.oracle.kappa = inhibition.kappa, both.oracle.upper = inhibition.upper;
    for (Count n = 0; n < exc + inh; ++n)
      both.library.potential(n) = both.oracle.of(n).v = draw.uniform(-70e-3, -55e-3);
    both.oracle.lpl.begin();
    return both;
  }

  /// Compares weights and potentials with those of either form of the network.
  void compare(Case& c, const hebb::Vector<double>& weights,
               const hebb::Vector<double>& inh_weights, const auto& potential) {
    c.agree("weights", oracle.lpl.w, table(hebb::to_matrix<double>(library.input_to_exc, weights)));
    c.agree("inhibitory weights", oracle.inh_to_exc,
            table(hebb::to_matrix<double>(library.inh_to_exc, inh_weights)));
    const Count exc = oracle.excitatory();
    c.agree("potential", oracle::tabulate(exc, 1, [&](Count i, Count) { return oracle.of(i).v; }),
            oracle::tabulate(exc, 1, [&](Count i, Count) { return potential(i); }));
  }
};

std::vector<Count> random_inputs(Draw& draw, Count inputs) {
  std::vector<Count> spikes;
  for (Count j = 0; j < inputs; ++j)
    if (draw.chance(0.03)) spikes.push_back(j);
  return spikes;
}

}  // namespace

TEST_CASE("oracle: the current-based neuron") {
  oracle::check(oracle::try_family("current_lif", [](Case& c, Count) {
    Draw& draw = c.draw;
    const double dt = c.note("dt", draw.uniform(0.05, 0.5));
    const hebb::CurrentLif neuron{.rest_mv = draw.uniform(-75, -65),
                                  .reset_mv = draw.uniform(-80, -60),
                                  .threshold_mv = draw.uniform(-55, -45),
                                  .tau_mem_ms = draw.uniform(11, 30),
                                  .tau_syn_ms = draw.uniform(1, 9),
                                  .refractory_ms = dt * double(draw.between(0, 30))};
    oracle::CurrentNeuron wanted{.rest = neuron.rest_mv,
                                 .reset = neuron.reset_mv,
                                 .threshold = neuron.threshold_mv,
                                 .tau_m = neuron.tau_mem_ms,
                                 .tau_s = neuron.tau_syn_ms,
                                 .refractory = neuron.refractory_ms,
                                 .v = neuron.rest_mv};
    auto state = neuron.init(1);
    std::vector<Count> spikes;
    for (Count n = 0; n < 300; ++n) {
      const Table external(1, 1, draw.uniform(0, 30));
      const bool spiked = wanted.step(dt, external(0));
      neuron.step(dt, matrix(external), state, spikes);
      c.agree("spikes", spiked, double(spikes.size()));
      if (draw.chance(0.1)) {
        const double weight = draw.uniform(-20, 60);
        wanted.current += weight, state.current(0) += weight;
      }
      c.agree("potential", wanted.v, state.potential(0));
      c.agree("current", wanted.current, state.current(0));
    }
  }));
}

TEST_CASE("oracle: the spiking LPL network, step by step") {
  Count spikes = 0;
  oracle::check(oracle::try_family("spiking_lpl_stepper", [&](Case& c, Count) {
    Both both = Both::random(c);
    hebb::SpikingLplStepper<Rule> network(both.library);
    for (Count n = 0; n < 300; ++n) {
      const std::vector<Count> inputs = random_inputs(c.draw, both.library.inputs());
      both.oracle.step(inputs);
      network.step(inputs);
      both.compare(c, network.weights(), network.inh_weights(), network.potential());
      if (c.draw.chance(0.01)) {
        const double volts = c.draw.uniform(-70e-3, -20e-3);
        network.clamp(0, volts);
        both.oracle.of(0).v = volts;
      }
    }
    spikes += both.oracle.spikes;
  }));
  CHECK(spikes > 0);
}

TEST_CASE("oracle: the spiking LPL network in blocks of steps") {
  oracle::check(oracle::try_family("spiking_lpl_network", [](Case& c, Count) {
    Both both = Both::random(c);
    const Count steps = 400;
    hebb::SpikeList list;
    std::vector<std::vector<Count>> inputs;
    for (Count n = 0; n < steps; ++n) {
      inputs.push_back(random_inputs(c.draw, both.library.inputs()));
      for (const Count j : inputs.back()) list.push({n, j});
    }
    hebb::SpikingLplNetwork<Rule, hebb::RecordedInput> network(
        both.library, hebb::RecordedInput(both.library.inputs(), list));
    for (Count n = 0; n < steps;) {
      const Count more = std::min(steps - n, c.draw.between(1, 120));
      network.advance(more);
      for (const Count end = n + more; n < end; ++n) both.oracle.step(inputs[std::size_t(n)]);
      both.compare(c, network.weights(), network.inh_weights(),
                   [&](Count i) { return network.potential(i); });
    }
  }));
}

TEST_CASE("oracle: the pair window of sampled spikes, and what it makes of the rates outside") {
  oracle::check(oracle::try_family("stdp_window", [](Case& c, Count) {
    Draw& draw = c.draw;
    const Count neurons = c.note("neurons", draw.between(1, 3));
    const Count steps = c.note("steps", draw.between(1, 30));
    const double d = c.note("decay", draw.uniform(0.3, 0.9));
    const Table train = draw.table(neurons, steps, 0, 1);
    const Table before = draw.table(neurons, 1, 0, 1), after = draw.table(neurons, 1, 0, 1);
    Dense found;
    hebb::StdpWindow{d}.filter<double>(matrix(train), matrix(before), matrix(after), found);
    const oracle::Window window(d);
    const Table expected = oracle::tabulate(neurons, steps + 2, [&](Count i, Count t) {
      const auto answer = [&](Count at) {
        return window.answer(train, i, before(i), after(i), at);
      };
      if (t < steps) return answer(t);
      // All steps before the first, and all after the last.
      return oracle::sum(window.reach,
                         [&](Count m) { return answer(t == steps ? -1 - m : steps + m); });
    });
    c.agree("answer", expected, table(found), 1);
  }));
}
