// Forward pass and weight change of each convolution of VGG-11's shape; FLOP are those of the plain
// definition.
#include <benchmark/benchmark.h>

#include "../network/vgg11.hpp"

using namespace hebb;

namespace {

struct Setup {
  convolution::Geometry g;
  Images<float> input, output;
  Matrix<float> weights, post;
  convolution::Fast<> kernels;
  convolution::Scratch scratch;

  explicit Setup(const benchmark::State& bench)
      : g(bench::vgg11(32)[std::size_t(bench.range(0) - 1)]) {
    const Index samples = bench.range(1);
    input.assign(g.input, bench::smooth_images(g.input, samples, {.seed = 1})
                              .cwiseMax(g.input.channels == 3 ? -9.0f : 0.0f));
    const float bound = std::sqrt(6.0f / float(g.bias_column()));
    weights = Random{.seed = 2}.uniform<float>(g.channels, g.synapses(), -bound, bound);
    post = Random{.seed = 3}.normal<float>(g.channels, samples);
    forward();
  }

  void forward() { kernels.forward(g, input, weights, output, scratch); }
  void change() {
    benchmark::DoNotOptimize(
        kernels.change(g, input, output, {post, 1, 1.0f, 0, input.samples()}, scratch).data());
  }

  void count(benchmark::State& bench) const {
    const double flop = 2.0 * double(g.synapses() * g.drive().size() * input.samples());
    bench.counters["FLOP/s"] =
        benchmark::Counter(flop, benchmark::Counter::kIsIterationInvariantRate);
    bench.counters["images/s"] =
        benchmark::Counter(double(input.samples()), benchmark::Counter::kIsIterationInvariantRate);
  }
};

void forward(benchmark::State& bench) {
  Setup setup(bench);
  for (auto _ : bench) setup.forward();
  setup.count(bench);
}

void change(benchmark::State& bench) {
  Setup setup(bench);
  for (auto _ : bench) {
    bench.PauseTiming();
    if (setup.g.pool == 1) setup.forward();  // leaves its planes, as in a training step
    bench.ResumeTiming();
    setup.change();
  }
  setup.count(bench);
}

BENCHMARK(forward)
    ->ArgNames({"layer", "images"})
    ->ArgsProduct({{1, 2, 3, 4, 5, 6, 7, 8}, {128}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(change)
    ->ArgNames({"layer", "images"})
    ->ArgsProduct({{1, 2, 3, 4, 5, 6, 7, 8}, {128}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
