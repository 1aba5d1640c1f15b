#include <benchmark/benchmark.h>

#include "hebb/data/clips.hpp"

using namespace hebb;

static void trace_all_geometries(benchmark::State& bench) {
  for (auto _ : bench) {
    const Shapes3d shapes(bench.range(0), bench.range(1));
    benchmark::DoNotOptimize(&shapes);
  }
  bench.counters["geometries/s"] =
      benchmark::Counter(480, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(trace_all_geometries)
    ->ArgNames({"size", "samples"})
    ->Args({32, 3})
    ->Args({64, 3})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

static void render_clips(benchmark::State& bench) {
  const Shapes3d shapes(bench.range(0), 1);
  const Clips clips({});
  std::vector<Index> scenes(256);
  Matrix<float> out(shapes.rows(), 256);
  Index begin = 0;
  for (auto _ : bench) {
    clips.scenes(begin, scenes);
    shapes.render(scenes, out);
    begin = (begin + 256) % (clips.size() - 256);
    benchmark::DoNotOptimize(out.data());
  }
  bench.counters["frames/s"] =
      benchmark::Counter(256, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(render_clips)->ArgNames({"size"})->Arg(32)->Arg(64)->Arg(128)->UseRealTime();
