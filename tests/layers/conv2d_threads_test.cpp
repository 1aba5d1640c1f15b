// The result does not depend on the number of threads.
#include <doctest/doctest.h>

#include <atomic>
#include <vector>

#include "hebb/core/digest.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/rules/lpl.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

/// The digest of the weights after some steps.
template <typename Layer>
std::uint64_t train(const convolution::Geometry& g, int threads) {
  const WithThreads guard(threads);
  Layer layer({}, g);
  layer.initialize({.seed = 1}, 2);
  for (int step = 0; step < 3; ++step) {
    layer.forward(Random{.seed = 2}
                      .at(std::uint64_t(step))
                      .normal<typename Layer::Scalar>(g.input.size(), 70));
    layer.learn();
  }
  return digest(layer);
}

template <typename Layer>
void check_all_thread_counts(const convolution::Geometry& g) {
  const std::uint64_t one = train<Layer>(g, 1);
  for (const int threads : thread_counts()) CHECK(train<Layer>(g, threads) == one);
}

}  // namespace

TEST_CASE("conv2d: 1, 2, 3 and 4 threads learn the same weights, bit for bit") {
  using Fast = Conv2d<Lpl<float, Symmetric, Adam>>;
  check_all_thread_counts<Fast>({.input = {3, 12, 12}, .channels = 70, .pool = 2});
  check_all_thread_counts<Fast>({.input = {40, 8, 8}, .channels = 70, .pool = 2});
  check_all_thread_counts<Fast>({.input = {40, 8, 8}, .channels = 70});
  check_all_thread_counts<Fast>({.input = {40, 2, 2}, .channels = 70});
  check_all_thread_counts<Conv2d<Lpl<float, Symmetric, Adam>, Relu, PerPlace>>(
      {.input = {40, 4, 4}, .channels = 70, .pool = 2});
  check_all_thread_counts<Conv2d<Lpl<double, Symmetric>, Tanh>>(
      {.input = {5, 7, 7}, .channels = 12, .kernel = 5, .pool = 2});
}

#ifdef _OPENMP
TEST_CASE("conv2d: the requested number of threads really run") {
  const WithThreads guard(4);
  std::vector<std::atomic<int>> blocks(4);
  parallel_for(16, [&](Index, int worker) { ++blocks[std::size_t(worker)]; });
  for (const auto& count : blocks) CHECK(count == 4);
}

namespace {

/// Records whether it was called by one of several threads.
struct Spy {
  static inline std::atomic<bool> in_parallel{false};

  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    in_parallel = omp_in_parallel();
    Linear::respond<Scalar>(drive, rate, gain);
  }
};

bool runs_in_parallel(const ImageShape& shape) {
  using convolution::General, convolution::Scratch;
  Images<float> input, output;
  input.assign(shape, Random{.seed = 1}.normal<float>(shape.size(), 4));
  const Matrix<float> weights = Matrix<float>::Ones(8, 9 * shape.channels + 1);
  Scratch scratch;
  General<float, Spy>().forward({.input = shape, .channels = 8}, input, weights, output, scratch);
  return Spy::in_parallel;
}

}  // namespace

TEST_CASE("conv2d: four tiny images stay on the calling thread, four large ones do not") {
  const WithThreads guard(2);
  worth_waking = 500e3;
  CHECK_FALSE(runs_in_parallel({3, 4, 4}));
  CHECK(runs_in_parallel({3, 128, 128}));
}
#endif
