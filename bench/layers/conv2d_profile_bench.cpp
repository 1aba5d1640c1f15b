// A training step of LPL on VGG-11's shape, layer by layer, as a table: the fastest forward pass
// and weight change of each convolution, on one thread. GFLOP/s are those of the plain definition,
// a multiply-add for every place, so that their share of the core's multiply-add rate exceeds 1
// where Winograd's scheme or the sum over winners needs fewer.
//
// Usage: taskset -c 1 conv2d_profile_bench [SECONDS PER LAYER]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "../core/multiply_adds.hpp"
#include "../network/vgg11.hpp"

using namespace hebb;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The seconds of the fastest runs of three functions that run in turn.
struct Fastest {
  double rate = 1e9, forward = 1e9, change = 1e9;
};

Fastest time_layer(const convolution::Geometry& g, Index samples, double seconds) {
  Images<float> input, output;
  input.assign(g.input, bench::smooth_images(g.input, samples, {.seed = 1})
                            .cwiseMax(g.input.channels == 3 ? -9.0f : 0.0f));
  const float bound = std::sqrt(6.0f / float(g.bias_column()));
  const Matrix<float> weights =
      Random{.seed = 2}.uniform<float>(g.channels, g.synapses(), -bound, bound);
  const Matrix<float> post = Random{.seed = 3}.normal<float>(g.channels, samples);
  convolution::Fast<> kernels;
  convolution::Scratch scratch;
  Fastest best;
  const auto time = [](double& fastest, const auto& run) {
    const auto start = Clock::now();
    run();
    fastest = std::min(fastest, seconds_since(start));
  };
  for (const auto start = Clock::now(); seconds_since(start) < seconds;) {
    time(best.rate, bench::Rate<float>{});
    time(best.forward, [&] { kernels.forward(g, input, weights, output, scratch); });
    time(best.change, [&] {
      kernels.change(g, input, output, {post, 1, 1.0f, 0, input.samples()}, scratch);
    });
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  constexpr Index samples = 128;
  std::printf("layer   in  out    map  forward ms GFLOP/s  of rate   change ms GFLOP/s  of rate\n");
  double total = 0, flops = 0, rate = 0;
  Index layer = 0;
  for (const convolution::Geometry& g : bench::vgg11(32)) {
    const Fastest best = time_layer(g, samples, seconds);
    const double flop = 2.0 * double(g.synapses() * g.drive().size() * samples);
    rate = std::max(rate, bench::Rate<float>::flops / best.rate);
    const auto print = [&](double time) {
      std::printf("%12.2f %7.1f %8.2f", time * 1e3, flop / time * 1e-9, flop / time / rate);
    };
    std::printf("%5ld %4ld %4ld %3ldx%-3ld", long(++layer), long(g.input.channels),
                long(g.channels), long(g.input.width), long(g.input.height));
    print(best.forward);
    print(best.change);
    std::printf("\n");
    total += best.forward + best.change;
    flops += 2 * flop;
  }
  std::printf("all: %.1f ms, %.1f GFLOP/s, %.2f of the core's %.1f\n", total * 1e3,
              flops / total * 1e-9, flops / total / rate, rate * 1e-9);
}
