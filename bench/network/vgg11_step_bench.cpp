// One layer-local training step of LPL on a stack of VGG-11's shape: two views of 64 images, forward, local update, Adam.
#include <benchmark/benchmark.h>

#include <utility>

#include "vgg11.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

using Layer = Conv2d<Lpl<float, Symmetric, Adam>>;

template <std::size_t... k>
auto make_stack(std::index_sequence<k...>) {
  const auto geometry = bench::vgg11(32);
  const Layer::Rule rule{.parameters = {.eta = 1e-4f}};
  return Stack(((void)k, Layer(rule, geometry[k]))...);
}

void lpl_step(benchmark::State& bench) {
  const Index pairs = bench.range(0);
  auto stack = make_stack(std::make_index_sequence<bench::vgg11_layers>{});
  stack.for_each_layer([&](auto& layer, std::size_t k) {
    layer.initialize(Random{.seed = 1}.at(std::uint32_t(k)), std::sqrt(6.0f));
    layer.share_scratch(stack.template layer<0>());
  });
  const Matrix<float> images = bench::smooth_images({3, 32, 32}, 2 * pairs, {.seed = 2});
  stack.train(View<float>(images));
  for (auto _ : bench) {
    stack.train(View<float>(images));
    benchmark::ClobberMemory();
  }
  bench.counters["pairs/s"] = benchmark::Counter(double(pairs), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(lpl_step)->ArgName("pairs")->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
