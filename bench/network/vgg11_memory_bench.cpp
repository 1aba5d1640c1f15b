// What one layer-local training step of LPL on a stack of VGG-11's shape allocates, and the memory
// of the whole process.
#include <sys/resource.h>

#include <cstdio>
#include <utility>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"
#include "tests/layers/allocations.hpp"
#include "vgg11.hpp"

using namespace hebb;

namespace {

using Layer = Conv2d<Lpl<float, Symmetric, Adam>>;

template <std::size_t... k>
auto make_stack(std::index_sequence<k...>) {
  const auto geometry = bench::vgg11(32);
  return Stack(Layer({.parameters = {.eta = 1e-4f}}, geometry[k])...);
}

double mebibytes(double bytes) { return bytes / 1048576; }

}  // namespace

int main() {
  constexpr Index images = 128, steps = 3;
  auto stack = make_stack(std::make_index_sequence<bench::vgg11_layers>{});
  double weights = 0, activations = 0;
  stack.for_each_layer([&](auto& layer, std::size_t k) {
    layer.initialize(Random{.seed = 1}.stream("layer", k), std::sqrt(6.0f));
    weights += 3 * 4 * double(layer.state.weights.size());  // the weights and Adam's two moments
    activations += 4 * double(layer.output_shape().size() * images);
  });
  const Matrix<float> views = bench::smooth_images({3, 32, 32}, images, {.seed = 2});
  stack.train(View<float>(views));
  start_counting();
  for (Index step = 0; step < steps; ++step) stack.train(View<float>(views));
  stop_counting();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("allocations a step: %.1f by hebb, %.1f packing buffers of Eigen's products\n",
              double(allocations) / double(steps), double(eigen_allocations) / double(steps));
  std::printf(
      "peak memory of the process: %.1f MiB; weights and optimiser %.1f + twice the post-pool "
      "activations %.1f = %.1f MiB\n",
      double(usage.ru_maxrss) / 1024, mebibytes(weights), mebibytes(2 * activations),
      mebibytes(weights + 2 * activations));
}
