// Equilibrium propagation, 784-500-10, 20 free steps and 4 nudged ones: the training step in its
// contrastive form and in its temporal one, beside a step of backpropagation through as many
// rectified neurons with the same optimiser; inference alone, and the bare products of its steps;
// inference to a tolerance of 1e-3 on images, where a whole block stops at once and where every
// sample stops by itself.
#include <benchmark/benchmark.h>

#include "bench/network/products.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Contrast = EquilibriumPropagation<Hebbian<float>>;
using Temporal =
    EquilibriumPropagation<DifferentialHebbian<float>, EquilibriumPolicies<LearnFromOneSidedEnds>>;
using Control = Backpropagation<Hebbian<float>, Relu>;

constexpr Index steps = 20 + 4;
const std::vector<Index> sizes{784, 500, 10};

struct Samples {
  Index batch;
  Matrix<float> x = Random{.seed = 1}.uniform<float>(784, batch);
  Matrix<float> y = [this] {
    Matrix<float> targets = Matrix<float>::Zero(10, batch);
    for (Index c = 0; c < batch; ++c) targets(c % 10, c) = 1;
    return targets;
  }();
};

template <typename Network>
Network network() {
  using Rule = typename decltype(Network::layers)::Rule;
  Network net({{Rule{.parameters = {.eta = 1e-4f}}, Rule{.parameters = {.eta = 5e-5f}}}, sizes});
  net.initialize({.seed = 2});
  return net;
}

template <typename Network>
void train(benchmark::State& bench) {
  auto net = network<Network>();
  const Samples samples{bench.range(0)};
  for (auto _ : bench) net.train(samples.x, samples.y);
  bench.counters["batches/s"] =
      benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}

void infer(benchmark::State& bench) {
  auto net = network<Contrast>();
  const Samples samples{bench.range(0)};
  for (auto _ : bench) net.infer(samples.x, samples.y);
  bench.counters["steps/s"] =
      benchmark::Counter(double(steps), benchmark::Counter::kIsIterationInvariantRate);
}

/// Images of Fashion-MNIST, from Debian's package dataset-fashion-mnist.
Samples images(Index begin, Index count) {
  static const ImageSet set = [] {
    const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
    return read_idx_images(folder / "train-images-idx3-ubyte.gz",
                           folder / "train-labels-idx1-ubyte.gz");
  }();
  Samples samples{.batch = count, .x{784, count}, .y = Matrix<float>::Zero(10, count)};
  const std::vector<Index> numbers = range(begin, begin + count);
  to_columns(set, numbers, samples.x);
  for (Index c = 0; c < count; ++c) samples.y(set.labels[std::size_t(begin + c)], c) = 1;
  return samples;
}

/// Inference to a tolerance. 1,000 batches of 20 images are learned first: untrained networks
/// settle sooner.
template <typename Stop>
void settle(benchmark::State& bench) {
  const Hebbian<float> fast{.parameters = {.eta = 0.1f}};
  const DenseLayers<Hebbian<float>> layers{{fast, fast}, sizes};
  Contrast trained(layers);
  trained.initialize({.seed = 2});
  for (Index step = 0; step < 1000; ++step) {
    const Samples batch = images(20 * step, 20);
    trained.train(batch.x, batch.y);
  }
  EquilibriumPropagation<Hebbian<float>,
                         EquilibriumPolicies<LearnFromContrast, RandomNudge, FreshStates,
                                             TiedFeedback, ClosedClip, Stop>>
      net(trained.layers);
  net.stop = {1e-3, 500};
  const Samples batch = images(50000, bench.range(0));
  Relaxed end;
  for (auto _ : bench) end = net.infer(batch.x, batch.y);
  bench.counters["most steps"] = double(end.steps);
}

/// The products of `infer`, in the same blocks on the same threads: W_1 x once, then W_2 s_1 and
/// W_2^T s_2 in every step.
template <typename Product>
void products(benchmark::State& bench) {
  auto net = network<Contrast>();
  const Samples samples{bench.range(0)};
  const Index batch = bench.range(0);
  Matrix<float> input = Matrix<float>::Ones(785, batch),
                hidden = Random{.seed = 3}.uniform<float>(501, batch), output = samples.y;
  input.topRows(784) = samples.x;
  Matrix<float> drive(500, batch), up(10, batch), down(500, batch);
  Product first(net.layers.biased(0)), forward(net.layers.biased(1)),
      back(net.layers.weights(1).transpose());
  for (auto _ : bench) {
    for (auto* weights : {&first, &forward, &back}) weights->lay_out();
    net.layers.for_each_block(batch, [&](const Columns& columns) {
      first(columns.of(input), columns.of(drive));
      for (Index t = 0; t < steps; ++t) {
        forward(columns.of(hidden), columns.of(up));
        back(columns.of(output), columns.of(down));
      }
    });
    benchmark::ClobberMemory();
  }
  bench.counters["steps/s"] =
      benchmark::Counter(double(steps), benchmark::Counter::kIsIterationInvariantRate);
}

void batches(benchmark::internal::Benchmark* bench) {
  bench->ArgName("batch")->Arg(128)->Arg(20)->UseRealTime()->Unit(benchmark::kMicrosecond);
}

}  // namespace

BENCHMARK(train<Contrast>)->Name("contrastive_form")->Apply(batches);
BENCHMARK(train<Temporal>)->Name("temporal_form")->Apply(batches);
BENCHMARK(train<Control>)->Name("backpropagation")->Apply(batches);
BENCHMARK(infer)->Name("inference")->Apply(batches);
BENCHMARK(settle<Tolerance>)->Name("block_tolerance")->Apply(batches);
BENCHMARK(settle<SampleTolerance>)->Name("sample_tolerance")->Apply(batches);
BENCHMARK(products<bench::Packed>)->Name("bare_products")->Apply(batches);
BENCHMARK(products<bench::ByEigen>)->Name("eigen_products")->Apply(batches);
