// Spiking neurons, a circuit of spiking LPL in a network, and the window of sampled spikes beside
// their oracles.
#include "hebb/network/control/stdp_window.hpp"
#include "hebb/spiking/lpl/lpl_populations.hpp"
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
  n.inh_mv = draw.uniform(-90, -80);
  n.rest_mv = draw.uniform(-75, -65);
  n.reset_mv = draw.uniform(-75, -65);
  n.threshold_mv = draw.uniform(-60, -50);
  n.jump_mv = draw.uniform(90, 120);
  n.tau_mem_ms = dt * draw.uniform(100, 300);
  n.tau_ampa_ms = dt * draw.uniform(20, 100);
  n.tau_gaba_ms = dt * draw.uniform(20, 100);
  n.tau_nmda_ms = dt * draw.uniform(200, 1000);
  n.tau_threshold_ms = dt * draw.uniform(30, 80);
  n.ampa_share = draw.uniform(0.2, 0.8);
  n.nmda_share = draw.uniform(0.2, 0.8);
  return {n,
          {.rest = n.rest_mv,
           .reset = n.reset_mv,
           .inhibitory = n.inh_mv,
           .threshold = n.threshold_mv,
           .jump = n.jump_mv,
           .tau_mem = n.tau_mem_ms,
           .tau_ampa = n.tau_ampa_ms,
           .tau_gaba = n.tau_gaba_ms,
           .tau_nmda = n.tau_nmda_ms,
           .tau_threshold = n.tau_threshold_ms,
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
    t.dt_ms = draw.uniform(0.05, 0.2);
    const auto time = [&](double low, double high) { return t.dt_ms * draw.uniform(low, high); };
    t.tau_synapse_ms = time(20, 60), t.tau_membrane_ms = time(20, 200);
    t.tau_rise_ms = time(20, 40), t.tau_fall_ms = time(50, 100);
    t.tau_mean_ms = time(100, 2000), t.tau_variance_ms = time(100, 2000);
    const Count delay = c.note("delay", draw.between(1, 8)),
                prediction = delay + draw.between(1, 30);
    const Count window = c.note("window", draw.between(10, 80)), priming = draw.between(0, 50);
    t.delay_ms = t.dt_ms * double(delay), t.prediction_ms = t.dt_ms * double(prediction);
    t.window_ms = t.dt_ms * double(window), t.priming_ms = t.dt_ms * double(priming);
    rule.slope_per_mv = draw.uniform(0.1, 2);
    rule.threshold_mv = draw.uniform(-60, -40);
    rule.parameters.predictive = draw.uniform(0, 2);
    rule.parameters.hebbian = draw.uniform(0, 1e-2);
    rule.parameters.epsilon = draw.uniform(1e-3, 1e-2);
    rule.parameters.transmitter_hz = draw.uniform(0, 100);
    const bool decays = draw.chance(0.5);
    if (decays) rule.parameters.tau_weight_decay_ms = draw.uniform(20, 200) * t.window_ms;
    const double scale = t.dt_ms / (t.tau_rise_ms * t.tau_synapse_ms);
    rule.parameters.eta = draw.uniform(0.05, 0.5) / (scale * rule.slope_per_mv * double(window));
    rule.bounds = {draw.uniform(0, 0.1), draw.uniform(1.5, 3)};

    const auto [to_exc, connected] = random_connections(draw, exc, inputs, 0.7);
    const auto [exc_to_inh, exc_inh] = random_connections(draw, inh, exc, 0.7);
    const auto [inh_to_exc, inh_exc] = random_connections(draw, exc, inh, 0.7);
    const auto [inh_to_inh, inh_inh] = random_connections(draw, inh, inh, 0.5, false);
    const auto [neuron, model] = random_neuron(draw, t.dt_ms);
    const double to_exc_weight = draw.uniform(0.5, 1.5), exc_to_inh_weight = draw.uniform(1, 4);
    const double inh_to_exc_weight = draw.uniform(0.1, 0.9), inh_to_inh_weight = draw.uniform(0, 1);
    Both both{
        .library = {.rule = rule,
                    .neuron = neuron,
                    .inhibition =
                        hebb::Inhibitory<double>{.parameters = {.eta = draw.uniform(1e-3, 0.1),
                                                                .target_hz = draw.uniform(1, 30),
                                                                .tau_ms = time(50, 400)},
                                                 .bounds = {.upper = draw.uniform(0.9, 1.5)}},
                    .input_to_exc = to_exc,
                    .exc_to_inh = exc_to_inh,
                    .inh_to_exc = inh_to_exc,
                    .inh_to_inh = inh_to_inh,
                    .input_to_exc_weight = to_exc_weight,
                    .inh_to_exc_weight = inh_to_exc_weight,
                    .exc_to_inh_weight = exc_to_inh_weight,
                    .inh_to_inh_weight = inh_to_inh_weight,
                    .potential_mv = hebb::Vector<double>(exc + inh)},
        .oracle = {.lpl = {.dt = t.dt_ms,
                           .synapse = t.tau_synapse_ms,
                           .membrane = t.tau_membrane_ms,
                           .rise = t.tau_rise_ms,
                           .fall = t.tau_fall_ms,
                           .mean_tau = t.tau_mean_ms,
                           .variance_tau = t.tau_variance_ms,
                           .delay = delay,
                           .prediction = prediction,
                           .window = window,
                           .priming = priming,
                           .eta = rule.parameters.eta,
                           .phi = rule.parameters.predictive,
                           .lambda = rule.parameters.hebbian,
                           .xi = rule.parameters.epsilon,
                           .delta = rule.parameters.transmitter_hz * t.dt_ms / 1000,
                           .gain = t.dt_ms / t.tau_variance_ms,
                           .scale = scale,
                           .weight_decay = decays
                                               ? 1 - std::exp(-t.window_ms /
                                                              rule.parameters.tau_weight_decay_ms)
                                               : 0,
                           .gradient = oracle::SpikingLpl::Gradient::plain,
                           .square_tau = 1,
                           .slope = rule.slope_per_mv,
                           .threshold = rule.threshold_mv,
                           .cut = {rule.bounds.lower, rule.bounds.upper},
                           .connected = connected,
                           .w = times(connected, to_exc_weight)},
                   .neurons = std::vector<oracle::ConductanceNeuron>(std::size_t(exc + inh), model),
                   .eta = 0,
                   .tau = 0,
                   .target = 0,
                   .lower = 0,
                   .upper = 0,
                   .exc_to_inh = times(exc_inh, exc_to_inh_weight),
                   .inh_to_exc = times(inh_exc, inh_to_exc_weight),
                   .inh_to_inh = times(inh_inh, inh_to_inh_weight),
                   .connected = inh_exc,
                   .x = Table(inh),
                   .y = Table(exc)},
        .connected = connected};
    const auto& [parameters, bounds] = *both.library.inhibition;
    both.oracle.eta = parameters.eta, both.oracle.tau = parameters.tau_ms;
    both.oracle.target = parameters.target_hz / 1000;
    both.oracle.lower = bounds.lower, both.oracle.upper = bounds.upper;
    for (Count n = 0; n < exc + inh; ++n)
      both.library.potential_mv(n) = both.oracle.of(n).v = draw.uniform(-70, -55);
    both.oracle.lpl.begin();
    return both;
  }

  /// Compares weights and potentials.
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
                                  .tau_exc_ms = draw.uniform(1, 9),
                                  .refractory_ms = dt * double(draw.between(0, 30))};
    oracle::CurrentNeuron wanted{.rest = neuron.rest_mv,
                                 .reset = neuron.reset_mv,
                                 .threshold = neuron.threshold_mv,
                                 .tau_m = neuron.tau_mem_ms,
                                 .tau_s = neuron.tau_exc_ms,
                                 .refractory = neuron.refractory_ms,
                                 .v = neuron.rest_mv};
    hebb::NeuronGroup<hebb::CurrentLif, double> group(neuron, 1, dt);
    std::vector<Count> spikes;
    for (Count n = 0; n < 300; ++n) {
      const Table external(1, 1, draw.uniform(0, 30));
      const bool spiked = wanted.step(dt, external(0));
      group.step(matrix(external), spikes);
      c.agree("spikes", spiked, double(spikes.size()));
      if (draw.chance(0.1)) {
        const double weight = draw.uniform(-20, 60);
        wanted.current += weight, group["excitatory"](0) += weight;
      }
      c.agree("potential", wanted.v, group["potential"](0));
      c.agree("current", wanted.current, group["excitatory"](0));
    }
  }));
}

TEST_CASE("oracle: a circuit of spiking LPL in a network") {
  Count spikes = 0;
  oracle::check(oracle::try_family("lpl_populations", [&](Case& c, Count) {
    Both both = Both::random(c);
    const Count steps = 400;
    const double dt = both.library.rule.times.dt_ms;
    hebb::RecordedNeurons recorded;
    std::vector<std::vector<Count>> inputs;
    for (Count n = 0; n < steps; ++n) {
      inputs.push_back(random_inputs(c.draw, both.library.inputs()));
      for (const Count j : inputs.back()) {
        recorded.times_ms.push_back(dt * double(n + 1));
        recorded.neurons.push_back(j);
      }
    }
    hebb::SpikingNetwork<double> network({.dt_ms = dt});
    const auto added = hebb::add_lpl_circuit(network, both.library, recorded);
    for (Count n = 0; n < steps;) {
      const Count more = std::min(steps - n, c.draw.between(1, 120));
      network.run(dt * double(more));
      for (const Count end = n + more; n < end; ++n) both.oracle.step(inputs[std::size_t(n)]);
      both.compare(c, network.weights(added.learned),
                   added.inhibition ? network.weights(*added.inhibition) : hebb::Vector<double>(0),
                   network.values(added.exc, "potential"));
      if (c.draw.chance(0.1)) {
        const hebb::Vector<double> held =
            hebb::Vector<double>::Constant(both.oracle.excitatory(), c.draw.uniform(-70, -20));
        network.set(added.exc, "potential", held);
        for (Count i = 0; i < held.size(); ++i) both.oracle.of(i).v = held(i);
      }
    }
    spikes += both.oracle.spikes;
  }));
  CHECK(spikes > 0);
}

TEST_CASE("oracle: the pair window of sampled spikes, and how it treats the rates outside") {
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
