// Predictive coding: a network with feedback learns XOR, which no single layer can represent.
//
// Inference moves the hidden state towards values that explain the target. Then every layer learns
// by a local rule, here Hebb's, from its input and its own prediction error.
#include "hebb/network/predictive/predictive_coding.hpp"

#include <iostream>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

int main() {
  using Rule = Hebbian<float, Adam>;
  const Rule rule{.parameters = {.eta = 0.02f}};
  PredictiveCoding network(DenseLayers<Rule, Tanh>(rule, {2, 8, 1}));
  network.initialize({.seed = 1});
  network.stop = {.most = 20};  // steps of inference

  const Matrix<float> x{{-1, -1, 1, 1}, {-1, 1, -1, 1}};  // one sample per column
  const Matrix<float> y{{-1, 1, 1, -1}};
  for (int step = 0; step < 500; ++step) network.train(x, y);

  const Matrix<float> answer = network.predict(x);
  const auto right = (answer.array() * y.array() > 0).count();
  std::cout << "Answers: " << answer << "\nRight, of 4: " << right << '\n';
  return right == 4 ? 0 : 1;
}
