#include <benchmark/benchmark.h>

#include "hebb/data/augment.hpp"
#include "hebb/data/scenes.hpp"

using namespace hebb;

static ImageSet noise(Index channels, Index side) {
  ImageSet images{.channels = channels,
                  .width = side,
                  .height = side,
                  .pixels = {},
                  .labels = {},
                  .classes = 0};
  images.pixels.resize(std::size_t(512 * images.rows()));
  Random random{.seed = 1};
  for (auto& pixel : images.pixels) pixel = std::uint8_t(random.below(256));
  return images;
}

static void augment_pairs(benchmark::State& bench) {
  const ImageSet images = noise(bench.range(0), bench.range(1));
  const auto samples = range(0, 128);
  Matrix<float> out(images.rows(), 256);
  std::uint64_t step = 0;
  for (auto _ : bench) {
    augment_pairs(images, samples, Augmentation{}, Random{.seed = 1}.at(step++), out);
    benchmark::DoNotOptimize(out.data());
  }
  bench.counters["views/s"] =
      benchmark::Counter(256, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(augment_pairs)
    ->ArgNames({"channels", "side"})
    ->Args({1, 28})
    ->Args({3, 32})
    ->Args({3, 96})
    ->UseRealTime();

static void moving_scenes(benchmark::State& bench) {
  const ImageSet images = noise(bench.range(0), bench.range(1));
  const MovingScenes scenes{.size = bench.range(2)};
  const auto samples = range(0, 128);
  Matrix<float> out(scenes.rows(images), 256);
  std::uint64_t step = 0;
  for (auto _ : bench) {
    scenes.pairs(images, samples, Random{.seed = 1}.at(step++), out);
    benchmark::DoNotOptimize(out.data());
  }
  bench.counters["frames/s"] =
      benchmark::Counter(256, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(moving_scenes)
    ->ArgNames({"channels", "side", "scene"})
    ->Args({1, 28, 40})
    ->Args({3, 32, 48})
    ->UseRealTime();
