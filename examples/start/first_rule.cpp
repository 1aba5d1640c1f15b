// A first rule: two linear neurons learn the plane in which their inputs vary most.
//
// A rule is a constant value that holds its parameters. Its state holds the weights, and update()
// advances the state by one step.
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/rules/oja_subspace.hpp"

using namespace hebb;

int main() {
  const OjaSubspace<float> rule{.parameters = {.eta = 0.01f}};
  auto state = rule.init({.pre = 3, .post = 2});  // weights are post x pre
  Random random{.seed = 1};
  state.weights = 0.1f * random.normal<float>(2, 3);

  const Vector<float> deviation{{3, 2, 0.5f}};  // of the three inputs
  for (int step = 0; step < 500; ++step) {
    // One sample per column, twenty samples per step.
    const Matrix<float> x = deviation.asDiagonal() * random.normal<float>(3, 20);
    const Matrix<float> y = state.weights * x;
    rule.update(x, y, state);
  }

  // The weights lie in the plane of the first two inputs, the first two principal components.
  const float outside = state.weights.col(2).norm() / state.weights.norm();
  std::cout << "Weights:\n" << state.weights << "\nShare outside the plane: " << outside << '\n';
  return outside < 0.05f ? 0 : 1;
}
