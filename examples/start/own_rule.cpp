// Your own rule: its equation is enough, RuleOf adds the rest.
//
// dw = eta <y^3 x> - eta <y^4> w keeps the weights at unit length and, on inputs of equal variance,
// finds the direction with the most rare and strong values: one of the independent sources.
#include <cmath>
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/core/rule_of.hpp"

using namespace hebb;

struct CubicRule {
  using Scalar = float;
  float eta = 0.01f;  // learning rate, per update

  // The postsynaptic factor y^3, and the decay <y^4>, one number per neuron.
  Factor<float, Vector<float>> post_factor(const View<float>& y) const {
    return {y.array().cube(), y.array().pow(4).rowwise().mean()};
  }
};

int main() {
  const RuleOf<CubicRule> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 0.5f, 0.5f;

  const Vector<float> sparse{{0.6f, 0.8f}}, uniform{{-0.8f, 0.6f}};  // directions of the sources
  Random random{.seed = 1};
  Matrix<float> x(2, 50);
  for (int step = 0; step < 2000; ++step) {
    for (Index c = 0; c < x.cols(); ++c) {  // both sources have variance 1
      const float strong = random.bernoulli(0.1) ? random.normal<float>() * std::sqrt(10.0f) : 0.0f;
      x.col(c) = strong * sparse + random.uniform(-std::sqrt(3.0f), std::sqrt(3.0f)) * uniform;
    }
    const Matrix<float> y = state.weights * x;
    rule.update(x, y, state);
  }
  const float cosine = std::abs((state.weights * sparse).value()) / state.weights.norm();
  std::cout << "Weights " << state.weights << ", cosine with the sparse source " << cosine << '\n';
  return cosine > 0.95f && std::abs(state.weights.norm() - 1) < 0.2f ? 0 : 1;
}
