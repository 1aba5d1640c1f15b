// How a training step of a dense layer grows with its size, with the batch and with threads: Oja's
// rule, n inputs and n neurons, `forward` and `learn`, 4 n^2 flops per sample.
//
// Usage: OMP_WAIT_POLICY=passive OMP_PROC_BIND=true scaling_bench [SECONDS PER CASE]
//
// A line per size and batch: microseconds on one and on two threads, and the share that each step
// has of the multiply-add rate of one core, which is measured with the widest vectors. Both sides
// run in turn; the fastest run of each counts. bench/layers/scaling.sh draws the figure.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/core/fastest.hpp"
#include "bench/core/multiply_adds.hpp"
#include "hebb/core/random.hpp"
#include "hebb/core/waking.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/rules/oja.hpp"

using namespace hebb;

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.3;
  worth_waking = measured_worth_waking();
  const double rate = bench::Rate<float>::flops /
                      bench::fastest(bench::Rate<float>(), std::max(seconds, 0.3)).first;
  std::printf(
      "# multiply-add rate of one core: %.1f GFLOP/s, vectors of %d bytes; a loop pays from %.0f "
      "us\n",
      1e-9 * rate, simd::vector_bytes, 1e-3 * worth_waking);
  std::printf("%5s %5s %12s %12s %7s %7s\n", "n", "batch", "us_one", "us_two", "one", "two");
  for (const Index n : {64, 128, 256, 512, 1024, 2048, 4096}) {
    const Random random{.seed = 1};
    Dense<Oja<>> layer(Oja<>{.parameters = {.eta = 1e-6f}}, Shape{.pre = n, .post = n});
    layer.initialize({.seed = 2});
    for (const Index batch : {1, 4, 16, 64, 256, 1024}) {
      const auto x = random.stream("rates", std::uint64_t(batch)).uniform<float>(n, batch);
      const auto [one, two] = bench::fastest(
          [&] {
            layer.forward(x);
            layer.learn();
          },
          seconds);
      const double flops = 4 * double(n) * double(n) * double(batch);
      std::printf("%5td %5td %12.1f %12.1f %7.3f %7.3f\n", n, batch, 1e6 * one, 1e6 * two,
                  flops / one / rate, flops / two / rate);
      std::fflush(stdout);
    }
  }
}
