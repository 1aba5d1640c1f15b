// Whether threads ever cost: rules, layers and networks on two threads and on one, from batch 1 to
// 256. Prints the price of a parallel region, then a line per case and batch: microseconds on one
// and on two threads, and their ratio. The law: the ratio is at least 0.95 on a quiet machine, and
// 0.83 beside two other busy processes.
//
// Usage: OMP_WAIT_POLICY=passive OMP_PROC_BIND=true threads_bench [SECONDS PER CASE] [NAME]
//
// Both sides run in turn; the fastest run of each counts. A loop runs on two threads from the time
// on that is measured at the start.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/core/fastest.hpp"
#include "hebb/core/waking.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"

using namespace hebb;

namespace {

/// A step of a learner for a batch of the given size.
using Step = std::function<void()>;

struct Case {
  std::string name;
  std::function<Step(Index batch)> make;
};

Matrix<float> rates(Index rows, Index batch, std::uint64_t number) {
  return Random{.seed = 1}.stream("rates", number).uniform<float>(rows, batch);
}

/// An update of 256 x 256 synapses.
template <typename Rule>
Step rule_step(Index batch) {
  struct Data {
    Rule rule;
    typename Rule::State state;
    Matrix<float> pre, post, gain;
  };
  auto data = std::make_shared<Data>();
  data->rule.parameters.eta = 1e-6f;
  data->state = data->rule.init({.pre = 256, .post = 256});
  data->state.weights = Random{.seed = 2}.uniform<float>(256, 256, -0.01f, 0.01f);
  data->pre = rates(256, batch, 0);
  data->post = rates(256, batch, 1);
  data->gain.setOnes(256, batch);
  return [data] {
    const View<float> rate = data->post, gain = data->gain;
    data->rule.update(data->pre, Response<float>(rate, gain), data->state);
  };
}

/// A training step of a network.
template <typename Network>
Step network_step(const std::vector<Index>& sizes, Index batch) {
  using Rule = typename decltype(Network::layers)::Rule;
  auto net = std::make_shared<Network>(Network({Rule{.parameters = {.eta = 1e-5f}}, sizes}));
  net->initialize({.seed = 2});
  const Matrix<float> x = rates(sizes.front(), batch, 0), y = rates(sizes.back(), batch, 1);
  return [net, x, y] { net->train(x, y); };
}

Step dense_step(Index batch) {
  auto layer = std::make_shared<Dense<Hebbian<>>>(Hebbian<>{}, Shape{.pre = 784, .post = 500});
  layer->initialize({.seed = 2});
  const Matrix<float> x = rates(784, batch, 0);
  return [layer, x] { layer->forward(x); };
}

std::vector<Case> cases() {
  const std::vector<Index> shallow{784, 500, 10}, deep{784, 256, 256, 10};
  return {
      {"Hebbian", rule_step<Hebbian<>>},
      {"Oja", rule_step<Oja<>>},
      {"Sanger", rule_step<Sanger<>>},
      {"Bcm", rule_step<Bcm<>>},
      {"Lpl", rule_step<Lpl<float, Causal>>},
      {"DifferentialHebbian", rule_step<DifferentialHebbian<>>},
      {"SoftHebb", rule_step<SoftHebb<>>},
      {"KrotovHopfield", rule_step<KrotovHopfield<>>},
      {"Dense forward", dense_step},
      {"Backpropagation",
       [=](Index n) { return network_step<Backpropagation<Hebbian<>>>(shallow, n); }},
      {"EquilibriumPropagation",
       [=](Index n) { return network_step<EquilibriumPropagation<Hebbian<>>>(shallow, n); }},
      {"PredictiveCoding",
       [=](Index n) { return network_step<PredictiveCoding<Hebbian<>>>(deep, n); }},
      {"FeedbackControl",
       [=](Index n) { return network_step<FeedbackControl<DifferentialHebbian<>>>(deep, n); }},
      {"DendriticError", [=](Index n) { return network_step<DendriticError<Hebbian<>>>(deep, n); }},
  };
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.5;
  const std::string only = argc > 2 ? argv[2] : "";
  const double measured = measured_worth_waking();
  worth_waking = 0;
  const auto region =
      bench::fastest([] { parallel_for(2, [](Index) { asm volatile(""); }); }, seconds);
  worth_waking = measured;
  std::printf("price of a region: %.2f us, of one that pays: %.0f us\n",
              1e6 * (region.second - region.first), 1e-3 * measured);
  std::printf("%-24s %5s %10s %10s %6s\n", "", "batch", "one", "two", "ratio");
  for (const Case& each : cases()) {
    if (each.name.find(only) == std::string::npos) continue;
    for (const Index batch : {1, 8, 20, 64, 128, 256}) {
      const auto [one, two] = bench::fastest(each.make(batch), seconds);
      std::printf("%-24s %5td %10.1f %10.1f %6.2f\n", each.name.c_str(), batch, 1e6 * one,
                  1e6 * two, one / two);
      std::fflush(stdout);
    }
  }
}
