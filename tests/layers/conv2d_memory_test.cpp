// Training steps after the first allocate nothing.
// clang-format off: this header defines macros that Eigen's headers read
#include "tests/layers/allocations.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/drive_conv2d.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

/// Allocations of the steps after the first.
void count_allocations(auto& network, const auto& images) {
  network.train(images);
  start_counting();
  for (int step = 0; step < 3; ++step) network.train(images);
  stop_counting();
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
  Stack stack(make<Layer>({.input = {3, 16, 16}, .channels = 16, .pool = 2}),
              make<Layer>({.input = {16, 8, 8}, .channels = 40, .pool = 2}),
              make<Layer>({.input = {40, 4, 4}, .channels = 20}),
              make<Conv2d<Lpl<float, Symmetric, Adam>, Relu, PerPlace>>(
                  {.input = {20, 4, 4}, .channels = 20, .pool = 2}),
              make<Layer>({.input = {20, 2, 2}, .channels = 20}));
  const Matrix<float> images = Random{.seed = 2}.normal<float>(3 * 16 * 16, 12);
  count_allocations(stack, View<float>(images));
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
}

TEST_CASE("a layer that learns from drives: a training step allocates nothing after the first") {
  struct Layers {
    using Layer = DriveConv2d<Hebbian<float>>;
    Layer direct, fast;
    void train(const Images<float>& images) {
      fast.forward(direct.forward(images));
      direct.learn();
      fast.learn();
    }
  };
  Layers layers{
      {{}, {.patches = {.input = {3, 16, 16}, .kernel = 5, .padding = 2}, .channels = 24}},
      {{}, {.patches = {.input = {24, 16, 16}, .border = Border::reflect}, .channels = 40}}};
  Images<float> images;
  images.assign({3, 16, 16}, Random{.seed = 2}.normal<float>(3 * 16 * 16, 12));
  count_allocations(layers, images);
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
}

TEST_CASE("conv2d: the count sees an allocation") {
  allocations = eigen_allocations = 0;
  Images<float> images({16, 4, 4}, 2);
  CHECK(allocations > 0);
  Eigen::internal::set_is_malloc_allowed(false);
  Matrix<float> matrix(30, 30);
  stop_counting();
  CHECK(eigen_allocations > 0);
}
