// What a training step allocates: nothing, after the first.
#include <cstdlib>
#include <new>

namespace {
long allocations = 0;        // by operator new
long eigen_allocations = 0;  // by Eigen, which counts them through its own assertion
}  // namespace

#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(condition) ((condition) ? void() : void(++eigen_allocations))

#include <doctest/doctest.h>

#include "hebb/layers/conv2d.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t line) {
  ++allocations;
  const std::size_t step = std::size_t(line);
  if (void* p = std::aligned_alloc(step, (size + step - 1) / step * step)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

using namespace hebb;

namespace {

/// Allocations of the steps after the first.
void count_allocations(auto& network, const auto& images) {
  network.train(images);
  allocations = eigen_allocations = 0;
  Eigen::internal::set_is_malloc_allowed(false);
  for (int step = 0; step < 3; ++step) network.train(images);
  Eigen::internal::set_is_malloc_allowed(true);
}

template <typename Layer>
Layer make(const convolution::Geometry& g) {
  Layer layer({}, g);
  layer.initialize({.seed = 1}, 2);
  return layer;
}

}  // namespace

TEST_CASE("conv2d: a training step allocates nothing after the first") {
  using Layer = Conv2d<Lpl<float, Symmetric, Adam>>;
  Stack stack(make<Layer>({.input = {3, 16, 16}, .channels = 16, .pool = 2}), make<Layer>({.input = {16, 8, 8}, .channels = 40, .pool = 2}),
              make<Layer>({.input = {40, 4, 4}, .channels = 20}),
              make<Conv2d<Lpl<float, Symmetric, Adam>, Relu, PerPlace>>({.input = {20, 4, 4}, .channels = 20, .pool = 2}),
              make<Layer>({.input = {20, 2, 2}, .channels = 20}));
  const Matrix<float> images = Random{.seed = 2}.normal<float>(3 * 16 * 16, 12);
  count_allocations(stack, View<float>(images));
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
}

TEST_CASE("conv2d: the count sees an allocation") {
  allocations = eigen_allocations = 0;
  Images<float> images({16, 4, 4}, 2);
  CHECK(allocations > 0);
  Eigen::internal::set_is_malloc_allowed(false);
  Matrix<float> matrix(30, 30);
  Eigen::internal::set_is_malloc_allowed(true);
  CHECK(eigen_allocations > 0);
}
