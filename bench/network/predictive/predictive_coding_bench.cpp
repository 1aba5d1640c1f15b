// Predictive coding, 784-500-500-10 tanh, a batch of 128, 50 steps of inference: the training step
// in its error form and in its temporal one, beside a step of backpropagation of the same network
// with the same optimiser; inference alone, and the bare products of its steps.
#include <benchmark/benchmark.h>

#include "bench/network/products.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Errors = PredictiveCoding<Hebbian<float, Adam>, Tanh>;
using Temporal =
    TemporalPredictiveCoding<DifferentialHebbian<float, PostsynapticChange, Adam>, Tanh>;
using Settled = PredictiveCoding<Hebbian<float, Adam>, Tanh,
                                 CodingPolicies<ErrorInference, LearnFromErrors, SampleTolerance>>;
using Control = Backpropagation<Hebbian<float, Adam>, Tanh>;

constexpr Index batch = 128, steps = 50;
const std::vector<Index> sizes{784, 500, 500, 10};

struct Samples {
  Matrix<float> x = Random{.seed = 1}.uniform<float>(784, batch);
  Matrix<float> y = [] {
    Matrix<float> targets = Matrix<float>::Constant(10, batch, 0.03f);
    for (Index c = 0; c < batch; ++c) targets(c % 10, c) = 0.97f;
    return targets;
  }();
};

template <typename Network>
Network network() {
  using Rule = typename decltype(Network::layers)::Rule;
  Network net({Rule{.parameters = {.eta = 1e-4f}}, sizes});
  net.initialize({.seed = 2});
  return net;
}

template <typename Network>
void train(benchmark::State& bench) {
  auto net = network<Network>();
  const Samples samples;
  for (auto _ : bench) net.train(samples.x, samples.y);
  bench.counters["batches/s"] =
      benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

/// The training step where every sample stops by itself, at a tolerance of 10^-n; the most steps of
/// a sample, and the least cosine of a layer's change with that of all steps.
void settled_form(benchmark::State& bench) {
  auto settled = network<Settled>();
  auto whole = network<Errors>();
  settled.stop = {std::pow(10.0, -double(bench.range(0))), steps};
  const Samples samples;
  bench.counters["most steps"] = double(settled.infer(samples.x, samples.y).steps);
  whole.infer(samples.x, samples.y);
  double least = 1;
  for (std::size_t k = 0; k < whole.layers.depth(); ++k)
    least = std::min(least, cosine<float>(settled.change(k), whole.change(k)));
  bench.counters["cosine"] = least;
  for (auto _ : bench) settled.train(samples.x, samples.y);
  bench.counters["batches/s"] =
      benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

void infer(benchmark::State& bench) {
  auto net = network<Errors>();
  const Samples samples;
  for (auto _ : bench) net.infer(samples.x, samples.y);
  bench.counters["steps/s"] =
      benchmark::Counter(double(steps), benchmark::Counter::kIsIterationInvariantRate);
}

/// The products of `infer`, in the same blocks on the same threads: the forward sweep, then W^T e
/// and W f(x) in every step.
template <typename Product>
void products(benchmark::State& bench) {
  auto net = network<Errors>();
  const Samples samples;
  net.infer(samples.x, samples.y);
  Matrices<float> prediction = net.errors;
  std::vector<Product> forward, back;
  for (std::size_t k = 0; k < net.layers.depth(); ++k) {
    forward.emplace_back(net.layers.biased(k));
    if (k > 0) back.emplace_back(net.layers.weights(k).transpose());
  }
  for (auto _ : bench) {
    for (auto* weights : {&forward, &back})
      for (auto& each : *weights) each.lay_out();
    net.layers.for_each_block(batch, [&](const Columns& columns) {
      for (Index t = -1; t < steps; ++t)
        for (std::size_t k = t < 0 ? 0 : 1; k < net.layers.depth(); ++k) {
          forward[k](columns.of(net.activity.rate[k]), columns.of(prediction[k]));
          if (t >= 0) back[k - 1](columns.of(net.errors[k]), columns.of(net.back[k - 1]));
        }
    });
    benchmark::ClobberMemory();
  }
  bench.counters["steps/s"] =
      benchmark::Counter(double(steps), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(train<Errors>)->Name("error_form")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(settled_form)
    ->ArgName("digits")
    ->DenseRange(2, 4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(train<Temporal>)->Name("temporal_form")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(train<Control>)->Name("backpropagation")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(infer)->Name("inference")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(products<bench::Packed>)
    ->Name("bare_products")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(products<bench::ByEigen>)
    ->Name("eigen_products")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
