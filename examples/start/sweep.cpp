// Sweeping a parameter on threads: runs are independent, and threads may share one constant rule.
//
// Homeostatic scaling changes all weights of a neuron by one factor until its mean rate reaches the
// target. The sweep runs one neuron per target rate.
#include <iostream>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/core/threads.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"

using namespace hebb;

double rate_after_learning(double target) {
  const HomeostaticScaling<double> rule{
      .parameters = {.eta = 0.01, .target_rate = target, .tau = 10}};
  auto state = rule.init({.pre = 5, .post = 1});
  Random random{.seed = 1};
  state.weights = random.uniform<double>(1, 5, 0.1, 0.3);
  double mean = 0;
  for (int step = 0; step < 2000; ++step) {
    const Matrix<double> x = random.uniform<double>(5, 20, 0.0, 2.0), y = state.weights * x;
    rule.update(x, y, state);
    if (step >= 1500) mean += y.mean() / 500;
  }
  return mean;
}

int main() {
  const std::vector<double> targets{0.5, 1, 2, 4, 8};
  std::vector<double> rates(targets.size());
  parallel_for(Index(targets.size()), [&](Index i) {
    rates[std::size_t(i)] = rate_after_learning(targets[std::size_t(i)]);
  });
  bool reached = true;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::cout << "target " << targets[i] << ": rate " << rates[i] << '\n';
    reached = reached && std::abs(rates[i] / targets[i] - 1) < 0.05;
  }
  return reached ? 0 : 1;
}
