// What one layer-local training step of LPL on a stack of VGG-11's shape allocates, and the memory of the whole process.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

namespace {
long allocations = 0;     // by operator new: hebb's own
long eigen_packings = 0;  // by Eigen, inside products whose packed blocks exceed its stack limit of 128 KB
}  // namespace

#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(condition) ((condition) ? void() : void(++eigen_packings))

#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"
#include "vgg11.hpp"

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
    layer.initialize(Random{.seed = 1}.at(std::uint32_t(k)), std::sqrt(6.0f));
    weights += 3 * 4 * double(layer.state.weights.size());  // the weights and Adam's two moments
    activations += 4 * double(layer.output_shape().size() * images);
  });
  const Matrix<float> views = bench::smooth_images({3, 32, 32}, images, {.seed = 2});
  stack.train(View<float>(views));
  allocations = eigen_packings = 0;
  Eigen::internal::set_is_malloc_allowed(false);
  for (Index step = 0; step < steps; ++step) stack.train(View<float>(views));
  Eigen::internal::set_is_malloc_allowed(true);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("allocations a step: %.1f by hebb, %.1f packing buffers of Eigen's products\n", double(allocations) / double(steps),
              double(eigen_packings) / double(steps));
  std::printf("peak memory of the process: %.1f MiB; weights and optimiser %.1f + twice the post-pool activations %.1f = %.1f MiB\n",
              double(usage.ru_maxrss) / 1024, mebibytes(weights), mebibytes(2 * activations), mebibytes(weights + 2 * activations));
}
