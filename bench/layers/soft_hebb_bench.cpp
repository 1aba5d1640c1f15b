// A training step of deep SoftHebb on batches of ten CIFAR-10 images: of the third block alone,
// which has most of the work, and of the whole network. The peer is bench/peers/soft_hebb_step.py.
#include <benchmark/benchmark.h>

#include "examples/soft_hebb_deep/network.hpp"

namespace {

using namespace soft_hebb_deep;

constexpr Index batch = 10;

/// Multiply-adds of a step: one product forward and one for the change.
double flops(const Network<Soft>& network) {
  double sum = 0;
  for (const auto& block : network.blocks) {
    const auto& w = block.layer.state.weights;
    sum += 4 * double(w.size() * block.layer.map().places() * batch);
  }
  return sum;
}

void train(benchmark::State& state, hebb::ImageShape shape,
           const std::vector<BlockSettings>& blocks) {
  Network<Soft> network(shape, blocks, 1);
  Images<float> x;
  x.assign(shape, hebb::Random{.seed = 2}.uniform<float>(shape.size(), batch));
  network.train(x, true);  // allocates
  for (auto _ : state) network.train(x, true);
  state.counters["batches"] =
      benchmark::Counter(double(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["flops"] =
      benchmark::Counter(double(state.iterations()) * flops(network), benchmark::Counter::kIsRate);
}

void block3(benchmark::State& state) { train(state, {384, 8, 8}, {published_blocks(3, 1).back()}); }
void network(benchmark::State& state) { train(state, {3, 32, 32}, published_blocks(3, 1)); }

BENCHMARK(block3)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(network)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
