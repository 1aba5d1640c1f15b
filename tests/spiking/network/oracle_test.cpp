// A network against the same network written as plain loops over time, neurons and synapses.
#include <doctest/doctest.h>

#include "hebb/spiking/network.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"

using namespace hebb;

namespace {

/// Current-based neurons, as their equations say.
struct PlainNeurons {
  CurrentLif p;
  Vector<double> v, exc, inh, held;
  PlainNeurons(const CurrentLif& model, Index n)
      : p(model),
        v(Vector<double>::Constant(n, model.rest_mv)),
        exc(Vector<double>::Zero(n)),
        inh(exc),
        held(exc) {}

  std::vector<Index> step(double dt) {
    std::vector<Index> spikes;
    const auto share = [&](double tau) {
      return tau / (tau - p.tau_mem_ms) * (std::exp(-dt / tau) - std::exp(-dt / p.tau_mem_ms));
    };
    for (Index i = 0; i < v.size(); ++i) {
      if (held(i) > 0.5)
        held(i) -= 1;
      else
        v(i) = p.rest_mv + std::exp(-dt / p.tau_mem_ms) * (v(i) - p.rest_mv) +
               share(p.tau_exc_ms) * exc(i) - share(p.tau_inh_ms) * inh(i);
      exc(i) *= std::exp(-dt / p.tau_exc_ms);
      inh(i) *= std::exp(-dt / p.tau_inh_ms);
      if (v(i) < p.threshold_mv) continue;
      v(i) = p.reset_mv;
      held(i) = std::round(p.refractory_ms / dt);
      spikes.push_back(i);
    }
    return spikes;
  }
};

constexpr double dt = 0.1;
constexpr Index inputs = 60, neurons = 50, steps = 4000;

/// Who spikes at each moment, 1 ... steps.
std::vector<std::vector<Index>> by_moment(const SpikeRecording& recording) {
  std::vector<std::vector<Index>> result(steps + 1);
  for (Index k = 0; k < recording.size(); ++k)
    result[std::size_t(std::llround(recording.times_ms()[std::size_t(k)] / dt))].push_back(
        recording.neurons()[std::size_t(k)]);
  return result;
}

}  // namespace

TEST_CASE(
    "network: inputs, recurrence, inhibition, delays and pair STDP are those of plain loops over "
    "dense matrices") {
  const CurrentLif model{.refractory_ms = 1.5};
  SpikingNetwork<double> net({.dt_ms = dt, .seed = 3});
  const auto input = net.add(PoissonNeurons{.rate_hz = 30}, inputs);
  const auto exc = net.add(model, neurons);
  const auto inh = net.add(model, neurons);
  const Vector<double> delays_ms =
      Random{.seed = 9}.uniform<double>(neurons * neurons, 1).unaryExpr([](double u) {
        return dt * std::floor(1 + 30 * u);
      });
  const SparsePairStdp<double> rule{.parameters = {.a_plus = 0.3, .a_minus = 0.2},
                                    .bounds = {.upper = 12}};
  const auto learned =
      net.connect(input, exc, Randomly{0.4}, {.weight = Uniform{6, 9}, .delay_ms = 1.5}, rule);
  net.connect(exc, inh, All{}, {.weight = 6, .delay_ms = delays_ms});
  const auto back = net.connect(inh, exc, FixedInDegree{20},
                                {.weight = 2, .delay_ms = 0.3, .onto = receptor::inhibitory});
  const auto input_spikes = net.record_spikes(input), exc_spikes = net.record_spikes(exc),
             inh_spikes = net.record_spikes(inh);
  const Connections sparse = net.connections(learned), inhibition = net.connections(back);
  const Matrix<double> at_first = to_matrix<double>(sparse, net.weights(learned));
  Matrix<double> connected = to_matrix<double>(sparse, Vector<double>::Ones(sparse.size()));
  const Matrix<double> inhibit =
      to_matrix<double>(inhibition, Vector<double>::Constant(inhibition.size(), 2));
  net.run(dt * double(steps));

  const PairStdp<double> dense{.parameters = rule.parameters, .bounds = rule.bounds};
  auto state = dense.init({.pre = inputs, .post = neurons});
  state.weights = at_first;
  PlainNeurons e(model, neurons), i(model, neurons);
  const auto from_input = by_moment(input_spikes);
  std::vector<std::vector<Index>> from_e(1), from_i(1);
  for (Index moment = 1; moment <= steps; ++moment) {
    from_e.push_back(e.step(dt));
    from_i.push_back(i.step(dt));
    const auto at = [&](const auto& spikes, Index delay) -> std::vector<Index> {
      return moment > delay ? spikes[std::size_t(moment - delay)] : std::vector<Index>{};
    };
    const std::vector<Index> pre = at(from_input, 15);
    // Changes at postsynaptic spikes are transmitted, those at the arrivals themselves are not.
    const Spikes arriving{dt * double(moment), pre}, none{dt * double(moment), {}},
        emitted{dt * double(moment), from_e.back()};
    auto potentiated = state;
    dense.update(none, emitted, potentiated);
    for (const Index j : pre) e.exc += potentiated.weights.col(j).cwiseProduct(connected.col(j));
    dense.update(arriving, emitted, state);
    for (Index j = 0; j < neurons; ++j)
      for (Index k = 0; k < neurons; ++k)
        for (const Index who : at(from_e, std::lround(delays_ms(j * neurons + k) / dt)))
          if (who == j) i.exc(k) += 6;
    for (const Index j : at(from_i, 3)) e.inh += inhibit.col(j);
  }

  CHECK(exc_spikes.size() > 200);
  CHECK(inh_spikes.size() > 200);
  CHECK(by_moment(exc_spikes) == from_e);
  CHECK(by_moment(inh_spikes) == from_i);
  const Matrix<double> found = to_matrix<double>(sparse, net.weights(learned));
  const Matrix<double> expected = state.weights.cwiseProduct(connected);
  CHECK((found - at_first).cwiseAbs().maxCoeff() > 0.1);
  CHECK((found - expected).cwiseAbs().maxCoeff() < 1e-9);
}
