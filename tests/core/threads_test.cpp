#include "hebb/core/threads.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "hebb/core/kernels/products.hpp"
#include "hebb/core/random.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

/// True where a product too small for a normal number still is one.
bool keeps_denormals() {
  volatile float small = 1e-38f, tenth = 0.1f;
  volatile float product = small * tenth;
  return product != 0;
}

}  // namespace

TEST_CASE("threads: every block runs exactly once") {
  for (const Index blocks : {0, 1, 2, 7, 1000}) {
    std::vector<int> runs(std::size_t(blocks), 0);
    parallel_for(blocks, [&](Index block) { ++runs[std::size_t(block)]; });
    CHECK(std::all_of(runs.begin(), runs.end(), [](int count) { return count == 1; }));
  }
}

TEST_CASE("threads: an exception in a block reaches the caller with its type and message") {
  const auto fail = [](Index block) { require<Divergence>(block != 3, "block ", block); };
  CHECK_THROWS_WITH_AS(parallel_for(8, fail), "block 3", Divergence);
  CHECK_NOTHROW(parallel_for(3, fail));
}

TEST_CASE(
    "threads: denormals are flushed in every block, and the caller's mode is restored, after an "
    "exception too") {
  REQUIRE(keeps_denormals());
  std::vector<char> kept(8, 1);
  parallel_for(8, [&](Index block) { kept[std::size_t(block)] = keeps_denormals(); });
  CHECK(std::count(kept.begin(), kept.end(), 1) == 0);
  CHECK(keeps_denormals());
  CHECK_THROWS(parallel_for(8, [](Index) { throw Divergence("x"); }));
  CHECK(keeps_denormals());
  CHECK_THROWS(parallel_for(1, [](Index) { throw Divergence("x"); }));
  CHECK(keeps_denormals());
}

TEST_CASE("threads: the guard flushes while it lives, nests, and restores what it found") {
  {
    const FlushDenormals outer;
    CHECK_FALSE(keeps_denormals());
    { const FlushDenormals inner; }
    CHECK_FALSE(keeps_denormals());
  }
  CHECK(keeps_denormals());
}

#ifdef _OPENMP
TEST_CASE("threads: a loop whose time does not pay for threads runs on the calling one") {
  const WithThreads two(2);
  worth_waking = 1000;
  const auto threads_used = [](double time) {
    std::vector<int> thread(2, -1);
    parallel_for(
        2, [&](Index block) { thread[std::size_t(block)] = thread_index(); }, time);
    return thread[0] == thread[1] ? 1 : 2;
  };
  CHECK(threads_used(999) == 1);
  CHECK(threads_used(1000) == 2);
}

TEST_CASE("threads: more than one thread really runs, each with a worker number of its own") {
  const WithThreads four(4);
  std::vector<int> thread(4, -1), worker(4, -1);
  parallel_for(4, [&](Index block, int number) {
    thread[std::size_t(block)] = thread_index();
    worker[std::size_t(block)] = number;
  });
  std::sort(thread.begin(), thread.end());
  std::sort(worker.begin(), worker.end());
  CHECK(thread == std::vector<int>{0, 1, 2, 3});
  CHECK(worker == thread);
}

TEST_CASE("threads: a loop inside a loop runs in its caller's thread") {
  const WithThreads two(2);
  std::vector<char> same(2, 0);
  parallel_for(2, [&](Index block) {
    const int outer = thread_index();
    bool all = true;
    parallel_for(8, [&](Index) { all = all && thread_index() == outer; });
    same[std::size_t(block)] = all;
  });
  CHECK(std::count(same.begin(), same.end(), 1) == 2);
}

TEST_CASE("threads: products have the same bits for any number of threads") {
  Random random{.seed = 1};
  const Matrix<float> a = random.normal<float>(70, 130), b = random.normal<float>(130, 333),
                      post = random.normal<float>(70, 333);
  const auto products = [&](int count) {
    const WithThreads threads(count);
    Matrix<float> product, mean, rest = Matrix<float>::Zero(130, 333);
    multiply<float>(a, b, product);
    mean_outer_product<float>(post, b, mean);
    subtract_transposed_product<float>(a, post, rest);
    return std::vector<Matrix<float>>{product, mean, rest};
  };
  const auto alone = products(1);
  for (const int count : {2, 3, 4, 7}) CHECK(products(count) == alone);
}
#endif
