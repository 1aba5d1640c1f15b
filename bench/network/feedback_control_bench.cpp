// Deep Feedback Control with differential Hebbian updates, 784-256-256-256-10, a batch of 128: the whole training step on the fast path and
// along a trajectory of 500 steps, inference alone, and the bare products of its steps.
#include <benchmark/benchmark.h>

#include "hebb/network/feedback_control.hpp"
#include "hebb/rules/differential_hebbian.hpp"

using namespace hebb;

namespace {

using Rule = DifferentialHebbian<float, PostsynapticChange, Adam>;
using Fast = FeedbackControl<Rule, Sigmoid, EndPoints, FixedFeedback>;
using Followed = FeedbackControl<Rule, Sigmoid, TrajectorySum, FixedFeedback>;

constexpr Index batch = 128;
const std::vector<Index> sizes{784, 256, 256, 256, 10};

struct Samples {
  Matrix<float> x = Random{.seed = 1}.uniform<float>(784, batch);
  Matrix<float> y = [] {
    std::vector<Index> labels(batch);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = Index(i % 10);
    return soft_targets<float>(labels, 10, 0.9);
  }();
};

template <typename Network>
Network network(Index steps) {
  const double dt = 0.5 / double(steps), time_constant = steps == 40 ? 0.05 : 0.01049;
  Network net({Rule{.parameters = {.eta = 1e-4f}}, sizes}, {.steps = steps, .dt = dt, .time_constant = time_constant});
  net.initialize({.seed = 2});
  return net;
}

template <typename Network>
void train(benchmark::State& bench) {
  auto net = network<Network>(bench.range(0));
  const Samples samples;
  for (auto _ : bench) net.train(samples.x, samples.y);
  bench.counters["batches/s"] = benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

void infer(benchmark::State& bench) {
  auto net = network<Fast>(bench.range(0));
  const Samples samples;
  for (auto _ : bench) net.infer(samples.x, samples.y);
  bench.counters["steps/s"] = benchmark::Counter(double(bench.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

/// What `infer` multiplies, in the same blocks on the same threads: the sweep before, then W r and Q u in every step.
void bare_products(benchmark::State& bench) {
  auto net = network<Fast>(bench.range(0));
  const Samples samples;
  net.infer(samples.x, samples.y);
  Matrices<float> drive = net.activity.drive;
  for (auto _ : bench) {
    net.relaxation.for_each_block(batch, [&](const Columns& columns) {
      for (Index t = -1; t < bench.range(0); ++t)
        for (std::size_t k = t < 0 ? 0 : 1; k < net.state.size(); ++k) {
          columns.of(drive[k]).noalias() = net.layers.biased(k) * columns.of(net.activity.rate[k]);
          if (t >= 0) columns.of(drive[k - 1]).noalias() = net.feedback_path.weights[k - 1] * columns.of(net.apical.back());
        }
    });
    benchmark::ClobberMemory();
  }
  bench.counters["steps/s"] = benchmark::Counter(double(bench.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(train<Fast>)->Name("fast_path")->ArgName("steps")->Arg(40)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(train<Followed>)->Name("trajectory")->ArgName("steps")->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(infer)->Name("inference")->ArgName("steps")->Arg(40)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(bare_products)->ArgName("steps")->Arg(40)->Arg(500)->UseRealTime()->Unit(benchmark::kMillisecond);
