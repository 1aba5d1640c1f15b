// One layer-local training step of LPL on a stack of VGG-11's shape: two views of 64 images,
// forward, local update, Adam. Usage: vgg11_step_bench [seconds]. Prints the image pairs per second
// of the best step in that time.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"
#include "vgg11.hpp"

using namespace hebb;

namespace {

using Layer = Conv2d<Lpl<float, Symmetric, Adam>>;
using Clock = std::chrono::steady_clock;

template <std::size_t... k>
auto make_stack(std::index_sequence<k...>) {
  const auto geometry = bench::vgg11(32);
  return Stack(Layer({.parameters = {.eta = 1e-4f}}, geometry[k])...);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  constexpr Index pairs = 64;
  auto stack = make_stack(std::make_index_sequence<bench::vgg11_layers>{});
  stack.for_each_layer([&](auto& layer, std::size_t k) {
    layer.initialize(Random{.seed = 1}.stream("layer", k), std::sqrt(6.0f));
  });
  const Matrix<float> images = bench::smooth_images({3, 32, 32}, 2 * pairs, {.seed = 2});
  stack.train(View<float>(images));
  double best = 1e9;
  for (const auto begin = Clock::now(); seconds_since(begin) < seconds;) {
    const auto start = Clock::now();
    stack.train(View<float>(images));
    best = std::min(best, seconds_since(start));
  }
  std::printf("%.2f\n", double(pairs) / best);
}
