#include "hebb/network/stack.hpp"

#include <doctest/doctest.h>

#include <set>

#include "hebb/core/digest.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/forged_steps.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Rule = Lpl<float, Symmetric, Adam>;
using Hidden = Dense<Rule, Relu>;

auto two_layers(const Rule& rule = {}) {
  Stack stack(Hidden(rule, {.pre = 12, .post = 8}), Hidden(rule, {.pre = 8, .post = 5}));
  stack.layer<0>().initialize({.seed = 1});
  stack.layer<1>().initialize({.seed = 2});
  return stack;
}

auto convolutional() {
  const Rule rule{.parameters = {.eta = 0.01f}};
  Conv2d<Rule> first(
      rule, {.input = {.channels = 3, .width = 8, .height = 8}, .channels = 20, .pool = 2});
  Conv2d<Rule> second(rule, {.input = first.output_shape(), .channels = 33});
  Hidden third(rule, {.pre = second.output_shape().size(), .post = 10});
  first.initialize({.seed = 1});
  second.initialize({.seed = 2});
  third.initialize({.seed = 3});
  return Stack(std::move(first), std::move(second), std::move(third));
}

}  // namespace

TEST_CASE("stack: a layer's change does not depend on the layers above it, bit for bit") {
  const Matrix<float> x = Random{.seed = 3}.normal<float>(12, 16);
  auto stack = two_layers(), other = two_layers();
  other.layer<1>().state.weights.array() += 0.25f;
  stack.train(x);
  other.train(x);
  CHECK(stack.layer<0>().state.weights == other.layer<0>().state.weights);
  CHECK(stack.layer<1>().state.weights != other.layer<1>().state.weights);
}

TEST_CASE("stack: every layer learns from the output that the layer below had before it learned") {
  const Matrix<float> x = Random{.seed = 4}.normal<float>(12, 16);
  auto stack = two_layers();
  auto first = stack.layer<0>();
  auto second = stack.layer<1>();
  second.forward(first.forward(x));
  first.learn();
  second.learn();

  stack.train(x);

  CHECK(stack.layer<0>().state.weights == first.state.weights);
  CHECK(stack.layer<1>().state.weights == second.state.weights);
  CHECK(stack.step() == 1);
}

TEST_CASE("stack: images reach a dense layer in canonical order") {
  auto stack = convolutional();
  const Matrix<float> x = Random{.seed = 5}.normal<float>(3 * 64, 4);
  stack.forward(x);
  const Matrix<float> flat = stack.layer<1>().output().matrix();
  CHECK(flat.rows() == 33 * 16);
  auto dense = stack.layer<2>();
  CHECK(dense.forward(flat) == stack.layer<2>().response());
}

TEST_CASE("stack: trained weights have the same bits for 1, 2, 3 and 4 threads") {
  CHECK(same_for_all_thread_counts([&] {
    auto stack = convolutional();
    for (std::uint64_t step = 0; step < 4; ++step)
      stack.train(Random{.seed = 6, .step = step}.normal<float>(3 * 64, 24));
    return digest(stack);
  }));
}

TEST_CASE("stack: divergence is an error that names the layer and the step") {
  auto stack = two_layers();
  const Matrix<float> x = Random{.seed = 7}.normal<float>(12, 8);
  stack.train(x);
  stack.layer<1>().state.weights(2, 3) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(stack.train(x), "Stack: the response of layer 1 is not finite at step 1",
                       Divergence);
}

TEST_CASE("stack: an impossible step, as in a forged checkpoint, is refused") {
  const Matrix<float> x = Random{.seed = 7}.normal<float>(12, 8);
  for (const std::int64_t step : forged_steps) {
    auto stack = two_layers();
    stack.each([&](std::string_view name, auto& value) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::int64_t>)
        if (name == "step") value = step;
    });
    const std::uint64_t before = digest(stack);
    CHECK_THROWS_AS(stack.train(x), InvalidParameter);
    CHECK(digest(stack) == before);
  }
}

TEST_CASE("stack: a layer that was never initialised is refused, and named; no layer has learned") {
  Stack stack(Hidden({}, {.pre = 12, .post = 8}), Hidden({}, {.pre = 8, .post = 5}));
  const Matrix<float> x = Random{.seed = 8}.normal<float>(12, 8);
  const char* const sentence =
      "Stack: all weights of layer 0 are 0: call initialize(), or set or load them, before train()";
  CHECK_THROWS_WITH_AS(stack.train(x), sentence, InvalidCall);
  stack.layer<0>().initialize({.seed = 1});
  const Matrix<float> before = stack.layer<0>().state.weights;
  CHECK_THROWS_WITH_AS(stack.train(x), doctest::Contains("weights of layer 1 are 0"), InvalidCall);
  CHECK(stack.layer<0>().state.weights == before);
  stack.layer<1>().initialize({.seed = 2});
  CHECK_NOTHROW(stack.train(x));
}

TEST_CASE("stack: neurons that respond without weights learn from weights of 0") {
  using Layer = Dense<Oja<float>, Sigmoid>;
  Stack stack(Layer({.parameters = {.eta = 0.1f}}, {.pre = 2, .post = 2}));
  stack.train(Matrix<float>::Ones(2, 3));
  CHECK(stack.layer<0>().state.weights.norm() > 0);
}

TEST_CASE("stack: each names every array of every layer") {
  auto stack = two_layers();
  std::set<std::string> names;
  stack.each([&](std::string_view name, auto&) { names.emplace(name); });
  for (const char* name :
       {"step", "layer0.weights", "layer1.weights", "layer0.optimizer.square", "layer1.mean"})
    CHECK(names.contains(name));
}

TEST_CASE(
    "stack: weights that become infinite are an error that names layer and step; the layers below "
    "have learned") {
  using Layer = Dense<Oja<float>>;
  Stack stack(Layer({.parameters = {.eta = 1e-6f}}, {.pre = 2, .post = 2}),
              Layer({.parameters = {.eta = 0.1f}}, {.pre = 2, .post = 1}));
  stack.layer<0>().state.weights << 1, 0, 0, 0, 1, 0;
  stack.layer<1>().state.weights << 0.5f, 0.5f, 0;
  const Matrix<float> x{{10}, {10}};
  Matrix<float> below;
  std::string message;
  while (message.empty() && stack.step() < 50) {
    below = stack.layer<0>().state.weights;
    CHECK(stack.layer<1>().state.weights.allFinite());
    try {
      stack.train(x);
    } catch (const Divergence& error) {
      message = error.what();
    }
  }
  CHECK(message.find(sentence("Stack: layer 1 at step ", stack.step(),
                              ": Oja: the weight matrix after step ", stack.step(), " holds")) ==
        0);
  CHECK(stack.layer<0>().state.weights != below);
}
