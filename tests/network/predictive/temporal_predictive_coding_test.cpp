#include <doctest/doctest.h>

#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Temporal = TemporalPredictiveCoding<DifferentialHebbian<double>>;
using Followed = PredictiveCoding<DifferentialHebbian<double>, Tanh,
                                  CodingPolicies<StateInference, LearnFromTrajectory>>;

const Matrix<double> x = Random{.seed = 1}.normal<double>(5, 7),
                     y = Random{.seed = 2}.uniform<double>(3, 7, -1, 1);

template <typename Network>
Network network(std::uint64_t seed = 3) {
  Network net({{.parameters = {.eta = 0.05}}, {5, 6, 4, 3}});
  net.initialize({.seed = seed});
  return net;
}

}  // namespace

TEST_CASE(
    "temporal predictive coding: the first layer changes exactly as from its errors, the second "
    "nearly so") {
  auto errors = network<PredictiveCoding<Hebbian<double>>>();
  auto temporal = network<Temporal>();
  errors.infer(x, y);
  temporal.infer(x, y);
  CHECK((temporal.change(0) - errors.change(0)).norm() < 1e-13);
  CHECK((temporal.change(1) - errors.change(1)).norm() >
        1e-3);  // layer 1 also moves by what it receives from layer 0

  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto by_errors = network<PredictiveCoding<Hebbian<double>>>(seed);
    auto by_time = network<Temporal>(seed);
    by_errors.infer(x, y);
    by_time.infer(x, y);
    CHECK(cosine<double>(by_time.change(1), by_errors.change(1)) > 0.8);
  }
}

TEST_CASE("temporal predictive coding: the readout's weights learn from the jump to the target") {
  auto net = network<Temporal>();
  const Matrix<double> output = net.predict(x);
  net.infer(x, y);
  Matrix<double> rate = Matrix<double>::Ones(5, 7);
  rate.topRows(4) = (net.layers.biased(1) *
                     [&] {
                       Matrix<double> below = Matrix<double>::Ones(7, 7),
                                      input = Matrix<double>::Ones(6, 7);
                       input.topRows(5) = x;
                       below.topRows(6) = (net.layers.biased(0) * input).array().tanh();
                       return below;
                     }())
                        .array()
                        .tanh();
  const Matrix<double> expected = (y - output) * rate.transpose() / 7;
  CHECK((net.change(2) - expected).norm() < 1e-13);

  const Matrix<double> before = net.layers.biased(2);
  net.learn();
  CHECK((net.layers.biased(2) - before - 0.05 * expected).norm() < 1e-14);
  CHECK(expected.norm() > 0.1);
}

TEST_CASE(
    "temporal predictive coding: if the sequence begins after the target is clamped, the readout "
    "does not learn") {
  const DifferentialHebbian<double> rule;
  auto state = rule.init({.pre = 4, .post = 3});
  const Matrix<double> pre = Random{.seed = 9}.normal<double>(4, 7);
  for (int t = 0; t < 5; ++t)
    rule.update(pre + 0.1 * t * pre, y,
                state);  // y from the first step on, as in the published code
  CHECK(state.weights.norm() == 0);
}

TEST_CASE(
    "temporal predictive coding: over the trajectory, the change is the sum of the steps times the "
    "earlier rates") {
  auto net = network<Followed>();
  net.stop.most = 6;
  net.infer(x, y);
  Matrices<double> changes;
  for (std::size_t k = 0; k < 3; ++k) changes.push_back(net.change(k));

  Matrices<double> sums;
  for (std::size_t k = 0; k < 3; ++k)
    sums.push_back(Matrix<double>::Zero(changes[k].rows(), changes[k].cols()));
  auto probe = network<PredictiveCoding<DifferentialHebbian<double>>>();
  const auto at = [&](Index t) {  // rates, states and output after t steps
    probe.stop.most = t;
    probe.infer(x, y);
    return std::pair(probe.activity.rate, Matrices<double>{probe.state[0], probe.state[1],
                                                           t == 0 ? probe.predict(x) : y});
  };
  for (Index t = 0; t < 6; ++t) {
    const auto [rate, state] = at(t);
    const auto next = at(t + 1).second;
    for (std::size_t k = 0; k < 3; ++k) sums[k] += (next[k] - state[k]) * rate[k].transpose() / 7;
  }
  for (std::size_t k = 0; k < 3; ++k) CHECK((changes[k] - sums[k]).norm() < 1e-13);

  auto ends = network<Temporal>();
  ends.stop.most = 6;
  ends.infer(x, y);
  CHECK((changes[0] - ends.change(0)).norm() < 1e-13);  // with a constant input the sum telescopes
  CHECK((changes[1] - ends.change(1)).norm() > 1e-6);
}

TEST_CASE("temporal predictive coding: learning brings the output nearer without inference") {
  const Matrix<double> inputs = Random{.seed = 4}.normal<double>(5, 64);
  const Matrix<double> targets = (Random{.seed = 5}.normal<double>(3, 5) * inputs).array().tanh();
  const auto trained = [&](auto net) {
    const double before = (targets - net.predict(inputs)).squaredNorm();
    for (int step = 0; step < 400; ++step) net.train(inputs, targets);
    return (targets - net.predict(inputs)).squaredNorm() / before;
  };
  CHECK(trained(network<Temporal>()) < 0.3);
  CHECK(trained(network<Followed>()) < 0.3);
}
