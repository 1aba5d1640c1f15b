// Deep Feedback Control with differential Hebbian updates, 784-256-256-256-10 sigmoid, a batch of
// 128, fixed feedback weights: the whole training step on the fast path, which is the default, and
// along a trajectory of 500 steps; inference alone, and the bare products of its steps; and the
// cosine of the two updates in every layer.
#include <benchmark/benchmark.h>

#include "bench/network/products.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/targets.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/rules/differential_hebbian.hpp"

using namespace hebb;

namespace {

using Rule = DifferentialHebbian<float, PostsynapticChange, Adam>;
using Fast =
    FeedbackControl<Rule, Sigmoid,
                    ControlPolicies<EndPoints,
                                    FixedFeedback>>;  // by default with EndPoints, 40 steps
using Followed = FeedbackControl<Rule, Sigmoid, ControlPolicies<TrajectorySum, FixedFeedback>>;

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

/// With the published parameters for 500 steps; with the default ones for fewer, which last as long
/// together as the default's 40.
template <typename Network>
Network network(Index steps) {
  typename Network::Parameters parameters;
  if (steps < 500) {
    parameters.dt *= double(parameters.steps) / double(steps);
    parameters.steps = steps;
  } else {
    parameters = {.steps = steps, .dt = 1e-3, .tau = 0.01049};
  }
  Network net({Rule{.parameters = {.eta = 1e-4f}}, sizes}, parameters);
  net.initialize({.seed = 2});
  return net;
}

template <typename Network>
void train(benchmark::State& bench) {
  auto net = network<Network>(bench.range(0));
  const Samples samples;
  for (auto _ : bench) net.train(samples.x, samples.y);
  bench.counters["batches/s"] =
      benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

void infer(benchmark::State& bench) {
  auto net = network<Fast>(bench.range(0));
  const Samples samples;
  for (auto _ : bench) net.infer(samples.x, samples.y);
  bench.counters["steps/s"] =
      benchmark::Counter(double(bench.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

/// The products of `infer`, in the same blocks on the same threads: the forward sweep, then W r and
/// Q u in every step.
template <typename Product>
void products(benchmark::State& bench) {
  auto net = network<Fast>(bench.range(0));
  const Samples samples;
  net.infer(samples.x, samples.y);
  Matrices<float> drive = net.activity.drive;
  std::vector<Product> forward, back;
  for (std::size_t k = 0; k < net.layers.depth(); ++k) forward.emplace_back(net.layers.biased(k));
  for (const auto& q : net.feedback_path.weights) back.emplace_back(q);
  for (auto _ : bench) {
    for (auto* weights : {&forward, &back})
      for (auto& each : *weights) each.lay_out();
    net.relaxation.for_each_block(batch, [&](const Columns& columns) {
      for (Index t = -1; t < bench.range(0); ++t)
        for (std::size_t k = t < 0 ? 0 : 1; k < net.state.size(); ++k) {
          forward[k](columns.of(net.activity.rate[k]), columns.of(drive[k]));
          if (t >= 0) back[k - 1](columns.of(net.apical.back()), columns.of(drive[k - 1]));
        }
    });
    benchmark::ClobberMemory();
  }
  bench.counters["steps/s"] =
      benchmark::Counter(double(bench.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

/// The cosine of the fast path's update to that of 500 steps, of equal weights, as counters. The
/// feedback weights are random, as they were drawn, or fixed to the product of the transposed
/// forward weights.
void update_cosine(benchmark::State& bench, bool product_of_weights) {
  auto fast = network<Fast>(bench.range(0));
  auto followed = network<Followed>(500);
  if (product_of_weights) {
    WeightProduct::Path<float> product;
    product.begin(fast.layers);
    fast.feedback_path.weights = followed.feedback_path.weights = product.weights;
  }
  const Samples samples;
  for (auto _ : bench) {
    fast.infer(samples.x, samples.y);
    followed.infer(samples.x, samples.y);
  }
  for (std::size_t k = 0; k < fast.layers.depth(); ++k)
    bench.counters["layer " + std::to_string(k + 1)] =
        cosine<float>(fast.change(k), followed.change(k));
}

}  // namespace

BENCHMARK(train<Fast>)
    ->Name("fast_path")
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(20)
    ->Arg(12)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(train<Followed>)
    ->Name("trajectory")
    ->ArgName("steps")
    ->Arg(500)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(infer)
    ->Name("inference")
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(500)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(products<bench::Packed>)
    ->Name("bare_products")
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(500)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(products<bench::ByEigen>)
    ->Name("eigen_products")
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(500)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update_cosine, random_feedback, false)
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(20)
    ->Arg(12)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update_cosine, product_of_weights, true)
    ->ArgName("steps")
    ->Arg(40)
    ->Arg(20)
    ->Arg(12)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
