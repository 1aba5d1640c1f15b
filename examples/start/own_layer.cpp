// Your own layer: a type that satisfies the concept LocalLayer can be used in a Stack.
//
// This one has two kinds of weights. Feedforward weights learn by the instar rule, lateral weights
// by Foldiak's anti-Hebbian rule, which keeps every neuron active in a fraction p of the samples.
// P. Foldiak, Biol. Cybern. 64:165-170 (1990).
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/instar.hpp"

using namespace hebb;

struct FoldiakLayer {
  using Scalar = float;
  Instar<float> rule;
  Instar<float>::State state;
  Foldiak<float> lateral;
  Foldiak<float>::State inhibition;
  Matrix<float> input = {}, rate = {};

  FoldiakLayer(Index pre, Index post, float p)
      : rule{.parameters = {.eta = 0.02f}},
        state(rule.init({.pre = pre, .post = post})),
        lateral{.parameters = {.eta = 0.1f, .eta_threshold = 0.02f, .target_rate = p}},
        inhibition(lateral.init({.pre = post, .post = post})) {}

  void initialize(Random random) {
    state.weights = random.uniform<float>(state.weights.rows(), state.weights.cols(), 0.0f, 1.0f);
    state.weights.rowwise().normalize();
  }
  const Matrix<float>& forward(const View<float>& x) {
    input = x;
    return rate = lateral.respond(state.weights * x, inhibition);
  }
  void learn() {
    rule.update(input, rate, state);
    lateral.update(rate, rate, inhibition);
  }
  void forget() {}  // no part of the state belongs to a sequence
  const Matrix<float>& response() const { return rate; }
  const Matrix<float>& output() const { return rate; }
  void each(auto&& visit) {
    state.each(visit);
    inhibition.each([&](auto name, auto& value) { visit("lateral." + std::string(name), value); });
  }
};

static_assert(LocalLayer<FoldiakLayer>);

int main() {
  constexpr float p = 0.2f;
  Stack network(FoldiakLayer(16, 8, p));
  const Random random{.seed = 1};
  network.initialize(random);
  // Pictures of 4 x 4 pixels: each of 4 rows and 4 columns is present with probability p.
  for (std::uint64_t step = 0; step < 3000; ++step) {
    Random draw = random.stream("pictures").at(step);
    Matrix<float> x = Matrix<float>::Zero(16, 10);
    for (Index c = 0; c < x.cols(); ++c)
      for (Index line = 0; line < 8; ++line)
        if (draw.bernoulli(double(p)))
          for (Index i = 0; i < 4; ++i) x(line < 4 ? 4 * line + i : 4 * i + line - 4, c) = 1;
    network.train(x);
  }
  // Pictures of one line each: every line should have a response of its own.
  Matrix<float> lines = Matrix<float>::Zero(16, 8);
  for (Index line = 0; line < 8; ++line)
    for (Index i = 0; i < 4; ++i) lines(line < 4 ? 4 * line + i : 4 * i + line - 4, line) = 1;
  const Matrix<float> codes = network.forward(lines);
  Index different = 0;
  for (Index a = 0; a < 8; ++a) {
    bool unique = codes.col(a).sum() > 0;
    for (Index b = 0; b < 8; ++b) unique = unique && (a == b || codes.col(a) != codes.col(b));
    different += unique;
  }
  std::cout << "Lines with a response of their own, of 8: " << different << '\n';
  return different >= 7 ? 0 : 1;
}
