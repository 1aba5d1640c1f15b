// Every rate rule's update, beside the products that its equation contains and beside streaming the
// weights once.
//
// Compare `<rule>/n/batch` with `product` (one product) and, for batch 1, with `stream`. Sanger and
// subspace: with `products_as_written`, which their equations contain, and with `two_products`,
// which a residual makes of them. LPL: with `lpl_products`.
#include <benchmark/benchmark.h>

#include "hebb/core/kernels/products.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"

using namespace hebb;

namespace {

/// One synapse seen by one sample.
void count_synapses(benchmark::State& bench, Index n, Index batch) {
  bench.counters["synapses/s"] = benchmark::Counter(double(n) * double(n) * double(batch),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}

Matrix<float> rates(Index n, Index batch, std::uint64_t number) {
  return Random{.seed = 1}.stream("rates", number).uniform<float>(n, batch);
}

void product(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  const Matrix<float> x = rates(n, batch, 0), y = rates(n, batch, 1);
  Matrix<float> change = Matrix<float>::Zero(n, n);
  for (auto _ : bench) {
    mean_outer_product<float>(y, x, change);
    benchmark::DoNotOptimize(change.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

/// y x^T and W^T y.
void two_products(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  const Matrix<float> x = rates(n, batch, 0), y = rates(n, batch, 1), weights = rates(n, n, 2);
  Matrix<float> change = Matrix<float>::Zero(n, n), prediction = Matrix<float>::Zero(n, batch);
  for (auto _ : bench) {
    subtract_transposed_product<float>(weights, y, prediction);
    mean_outer_product<float>(y, x, change);
    benchmark::DoNotOptimize(change.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

/// y x^T, y y^T and (y y^T) W, as Sanger's and the subspace rule's equations are written.
void products_as_written(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  const Matrix<float> x = rates(n, batch, 0), y = rates(n, batch, 1), weights = rates(n, n, 2);
  Matrix<float> change = Matrix<float>::Zero(n, n), gram = change, decay = change;
  for (auto _ : bench) {
    mean_outer_product<float>(y, x, change);
    mean_outer_product<float>(y, y, gram);
    multiply<float>(gram, weights, decay);
    benchmark::DoNotOptimize(change.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

/// y x^T, and C y through y^T y or y y^T, as LPL's equation has it.
void lpl_products(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  const Matrix<float> x = rates(n, batch, 0), y = rates(n, batch, 1);
  Matrix<float> change = Matrix<float>::Zero(n, n), gram = Matrix<float>::Zero(batch, batch),
                mixed = Matrix<float>::Zero(n, batch);
  for (auto _ : bench) {
    gram.noalias() = y.transpose() * y;
    mixed.noalias() = y * gram;
    mean_outer_product<float>(y, x, change);
    benchmark::DoNotOptimize(mixed.data());
    benchmark::DoNotOptimize(change.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

/// Reading and writing the weights once.
void stream(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  Matrix<float> weights = rates(n, n, 0);
  for (auto _ : bench) {
    weights.array() += 1e-3f;
    benchmark::DoNotOptimize(weights.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

template <typename Rule>
void update(benchmark::State& bench) {
  const Index n = bench.range(0), batch = bench.range(1);
  Rule rule;
  rule.parameters.eta =
      1e-6f;  // the time does not depend on it, and the weights stay where they are
  auto state = rule.init({.pre = n, .post = n});
  state.weights = Random{.seed = 2}.uniform<float>(n, n, -1 / float(n), 1 / float(n));
  const Matrix<float> x = rates(n, batch, 0), y = rates(n, batch, 1),
                      gain = Matrix<float>::Ones(n, batch);
  const View<float> rate_view = y, gain_view = gain;
  const Response<float> post(rate_view, gain_view);
  rule.update(x, post, state);  // allocates the scratch space
  for (auto _ : bench) {
    rule.update(x, post, state);
    benchmark::DoNotOptimize(state.weights.data());
    benchmark::ClobberMemory();
  }
  count_synapses(bench, n, batch);
}

void sizes(auto* benchmark) {
  benchmark->ArgNames({"n", "batch"})->ArgsProduct({{256, 1024}, {1, 64, 256}});
}

}  // namespace

BENCHMARK(product)->Apply(sizes);
BENCHMARK(two_products)->Apply(sizes);
BENCHMARK(products_as_written)->Apply(sizes);
BENCHMARK(lpl_products)->Apply(sizes);
BENCHMARK(stream)->ArgNames({"n", "batch"})->ArgsProduct({{256, 1024}, {1}});
BENCHMARK(update<Hebbian<>>)->Apply(sizes)->Name("hebbian");
BENCHMARK(update<Covariance<>>)->Apply(sizes)->Name("covariance");
BENCHMARK(update<Oja<>>)->Apply(sizes)->Name("oja");
BENCHMARK(update<Sanger<>>)->Apply(sizes)->Name("sanger");
BENCHMARK(update<OjaSubspace<>>)->Apply(sizes)->Name("oja_subspace");
BENCHMARK(update<Bcm<>>)->Apply(sizes)->Name("bcm");
BENCHMARK(update<Bcm<float, LawCooper>>)->Apply(sizes)->Name("bcm_law_cooper");
BENCHMARK(update<Lpl<float, Causal>>)->Apply(sizes)->Name("lpl_causal");
BENCHMARK(update<DifferentialHebbian<>>)->Apply(sizes)->Name("differential_hebbian");
BENCHMARK(update<DifferentialHebbian<float, BothChangeWithDecay>>)->Apply(sizes)->Name("kosko");
BENCHMARK(update<Foldiak<>>)->Apply(sizes)->Name("foldiak");
BENCHMARK(update<LinearAntiHebbian<>>)->Apply(sizes)->Name("linear_anti_hebbian");
BENCHMARK(update<Instar<>>)->Apply(sizes)->Name("instar");
BENCHMARK(update<SoftHebb<>>)->Apply(sizes)->Name("soft_hebb");
BENCHMARK(update<SoftHebb<float, SoftAntiHebbian, AdaptiveEta>>)
    ->Apply(sizes)
    ->Name("soft_hebb_adaptive");
BENCHMARK(update<KrotovHopfield<>>)->Apply(sizes)->Name("krotov_hopfield");
BENCHMARK(update<KrotovHopfield<float, Plain>>)->Apply(sizes)->Name("krotov_hopfield_plain");
BENCHMARK(update<HomeostaticScaling<>>)->Apply(sizes)->Name("homeostatic_scaling");
