#include "hebb/network/predictive/predictive_coding.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
using Coding = PredictiveCoding<Rule>;

const Matrix<double> x = Random{.seed = 1}.normal<double>(5, 7),
                     y = Random{.seed = 2}.uniform<double>(3, 7, -1, 1);

template <typename Network>
Network network() {
  Network net({Rule{.parameters = {.eta = 0.05}}, {5, 6, 4, 3}});
  net.initialize({.seed = 3});
  for (std::size_t k = 0; k < net.layers.depth(); ++k)
    net.layers[k].state.weights.rightCols(1).setConstant(0.1);
  return net;
}

}  // namespace

TEST_CASE("predictive coding: with fixed predictions, the changes are those of backpropagation") {
  auto control = network<Backpropagation<Rule>>();
  control.infer(x, y);
  auto net = network<PredictiveCoding<Rule, Tanh, CodingPolicies<FixedPredictionInference>>>();
  net.parameters.step_size = 1;
  const auto difference = [&](Index steps) {
    net.stop.most = steps;
    net.infer(x, y);
    double largest = 0;
    for (std::size_t k = 0; k < 3; ++k)
      largest = std::max(largest, (net.change(k) - control.change(k)).norm());
    return largest;
  };
  CHECK(difference(2) <= 1e-12);
  CHECK(difference(5) <= 1e-12);
  CHECK(difference(1) > 1e-2);  // the error has not reached the first layer yet
}

TEST_CASE(
    "predictive coding: inference descends the energy until the error of each layer equals the "
    "feedback that it receives") {
  auto net = network<Coding>();
  Vector<double> before = Vector<double>::Constant(7, 1e9);
  for (const Index steps : {0, 1, 2, 5, 20, 100}) {
    net.stop.most = steps;
    net.infer(x, y);
    CHECK((net.energy().array() < before.array()).all());
    before = net.energy();
  }
  const double far = (net.errors[0] - net.back[0]).norm();
  net.stop.most = 2000;
  net.infer(x, y);
  for (std::size_t k = 0; k < 2; ++k) CHECK((net.errors[k] - net.back[k]).norm() < 1e-10);
  CHECK(far > 1e-10);
}

TEST_CASE(
    "predictive coding: inference that moves errors finds the same states and changes as inference "
    "that moves states") {
  auto by_state = network<Coding>();
  auto by_error = network<ErrorPredictiveCoding<Rule>>();
  const auto difference = [&](Index steps) {
    by_state.stop.most = by_error.stop.most = steps;
    by_state.infer(x, y);
    by_error.infer(x, y);
    double largest = 0;
    for (std::size_t k = 0; k < 3; ++k)
      largest = std::max(largest, (by_state.change(k) - by_error.change(k)).norm());
    return largest;
  };
  CHECK(difference(2000) < 1e-9);
  CHECK(difference(2) > 1e-3);
}

TEST_CASE(
    "predictive coding: one step on the errors is backpropagation, with hidden layers scaled by "
    "the step size") {
  auto control = network<Backpropagation<Rule>>();
  control.infer(x, y);
  auto net = network<ErrorPredictiveCoding<Rule>>();
  net.parameters.step_size = 0.01;
  net.stop.most = 1;
  net.infer(x, y);
  for (std::size_t k = 0; k < 2; ++k)
    CHECK((net.errors[k] - 0.01 * control.errors[k]).norm() < 1e-12);
  net.stop.most = 2;
  net.infer(x, y);
  CHECK((net.errors[0] - 0.02 * control.errors[0]).norm() > 1e-6);
}

TEST_CASE(
    "predictive coding: the step size of a sample that is too long is shortened; other samples "
    "keep theirs") {
  auto net = network<Coding>();
  net.layers[1].state.weights *= 6;
  net.parameters.step_size = 1;
  Matrix<double> calm = 0.01 * x;
  net.infer(calm, net.predict(calm));
  const Matrix<double> alone = net.state[0].col(2);
  Matrix<double> mixed = calm, targets = net.predict(calm);
  mixed.col(3) = x.col(3);
  targets.col(3).setConstant(5);
  net.infer(mixed, targets);
  CHECK(net.state[0].col(2) == alone);
  const double shortened = net.energy()(3);

  net.parameters.shortening = 1;
  net.infer(mixed, targets);
  CHECK(net.energy()(3) > 1.5 * shortened);
}

TEST_CASE(
    "predictive coding: the next step of a sample whose energy rose is shorter by the parameter; "
    "the others stay") {
  Matrix<double> inputs = x;
  inputs.leftCols(3) *= 20;  // their units are saturated and hardly move: the energy falls
  inputs.rightCols(4) *= 0.001;
  const auto run = [&](Index steps) {
    auto net = network<Coding>();
    net.layers[0].state.weights.rightCols(1).setZero();
    net.layers[1].state.weights.leftCols(6) *= 300;
    net.layers[2].state.weights *= 4;
    net.parameters = {.step_size = 0.6, .shortening = 0.3};
    net.stop.most = steps;
    net.infer(inputs, y);
    return net;
  };
  const auto before = run(0), first = run(1), second = run(2);
  int rose = 0;
  for (Index c = 0; c < 7; ++c) {
    const bool shorter = first.energy()(c) > before.energy()(c);
    rose += shorter;
    const Vector<double> way = second.back[0].col(c) - first.errors[0].col(c);
    CHECK(
        (second.state[0].col(c) - first.state[0].col(c) - (shorter ? 0.3 : 1) * 0.6 * way).norm() <
        1e-12);
    double energy = 0;
    for (std::size_t k = 0; k < 3; ++k) energy += first.errors[k].col(c).squaredNorm() / 2;
    CHECK(first.energy()(c) == doctest::Approx(energy).epsilon(1e-12));
  }
  CHECK(rose > 0);
  CHECK(rose < 7);
}

TEST_CASE(
    "predictive coding: the output's error is kept for every step; the last value is repeated "
    "after a tolerance is met") {
  PredictiveCoding<Rule, Tanh, CodingPolicies<StateInference, LearnFromErrors, Tolerance>> net(
      {Rule{}, {5, 6, 4, 3}});
  net.initialize({.seed = 3});
  net.stop = {.tolerance = 1e-3, .most = 500};
  const Index steps = net.infer(x, y).steps;
  CHECK(steps < 500);
  CHECK(net.output_errors.mean(0) ==
        doctest::Approx((y - net.predict(x)).colwise().norm().mean()).epsilon(1e-12));
  CHECK(net.output_errors.mean(500) ==
        doctest::Approx(net.errors[2].colwise().norm().mean()).epsilon(1e-12));
  CHECK(net.output_errors.mean(500) < net.output_errors.mean(0));
  CHECK_THROWS_AS(net.output_errors.mean(501), InvalidParameter);
}

TEST_CASE("predictive coding: a tolerance stops inference when the states no longer move") {
  PredictiveCoding<Rule, Tanh, CodingPolicies<StateInference, LearnFromErrors, Tolerance>> net(
      {Rule{}, {5, 6, 4, 3}});
  net.initialize({.seed = 3});
  net.stop = {.tolerance = 1e-6, .most = 5000};
  const Relaxed end = net.infer(x, y);
  CHECK(end.converged);
  CHECK(end.steps < 1000);
  CHECK((net.errors[0] - net.back[0]).cwiseAbs().maxCoeff() < 1e-4);
  net.stop = {.tolerance = 0, .most = 10};
  CHECK_FALSE(net.infer(x, y).converged);
}

TEST_CASE(
    "predictive coding: learning brings the output nearer without inference, and less feedback is "
    "needed") {
  const Matrix<double> inputs = Random{.seed = 4}.normal<double>(5, 64);
  const Matrix<double> targets = (Random{.seed = 5}.normal<double>(3, 5) * inputs).array().tanh();
  auto net = network<Coding>();
  net.infer(inputs, targets);
  const double loss = SquaredError::loss<double>(net.predict(inputs), targets),
               feedback = net.feedback(0), latency = net.latency(1);
  for (int step = 0; step < 400; ++step) net.train(inputs, targets);
  net.infer(inputs, targets);
  CHECK(SquaredError::loss<double>(net.predict(inputs), targets) < 0.3 * loss);
  CHECK(net.feedback(0) < 0.6 * feedback);
  CHECK(net.latency(1) < latency);
}

TEST_CASE(
    "incremental predictive coding: the weights move in every step of inference, worked by hand "
    "for two") {
  const DenseLayers<Rule> layers = [] {
    DenseLayers<Rule> start({.parameters = {.eta = 0.05}}, {5, 4, 3});
    start.initialize({.seed = 3});
    return start;
  }();
  IncrementalPredictiveCoding<Rule> net(layers);
  net.stop.most = 2;
  net.train(x, y);

  Matrix<double> w = layers.biased(0), v = layers.biased(1), input(6, 7), rate(5, 7);
  input << x, Matrix<double>::Ones(1, 7);
  Matrix<double> state = w * input;
  for (int step = 0; step < 2; ++step) {
    rate << state.array().tanh().matrix(), Matrix<double>::Ones(1, 7);
    const Matrix<double> gain = 1 - rate.topRows(4).array().square();
    state +=
        0.1 * (gain.cwiseProduct(v.leftCols(4).transpose() * (y - v * rate)) - (state - w * input))
                  .eval();
    rate << state.array().tanh().matrix(), Matrix<double>::Ones(1, 7);
    const Matrix<double> error = state - w * input, missed = y - v * rate;
    w += 0.05 / 7 * error * input.transpose();
    v += 0.05 / 7 * missed * rate.transpose();
  }
  CHECK((net.layers.biased(0) - w).norm() < 1e-14);
  CHECK((net.layers.biased(1) - v).norm() < 1e-14);

  PredictiveCoding<Rule> late(layers);  // differs from learning after inference
  late.stop.most = 2;
  late.train(x, y);
  CHECK((late.layers.biased(1) - v).norm() > 1e-3);
}

TEST_CASE("predictive coding: weights have the same bits for 1, 2 and 3 threads") {
  const Matrix<double> inputs = Random{.seed = 7}.normal<double>(5, 150),
                       targets = Random{.seed = 8}.normal<double>(3, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network<Coding>();
    for (int step = 0; step < 3; ++step) net.train(inputs, targets);
    return digest(net);
  }));
}

TEST_CASE(
    "predictive coding: bad parameters, shapes and numbers are errors, and divergence names layer "
    "and step") {
  auto net = network<Coding>();
  CHECK_THROWS_AS(Coding({Rule{}, {5, 3}}), InvalidParameter);
  CHECK_THROWS_WITH_AS(net.infer(x.topRows(4), y), "the network's input must have 5 rows, got 4",
                       ShapeError);
  CHECK_THROWS_WITH_AS(net.infer(x, y.topRows(2)), "the network's targets must be 3 x 7, got 2 x 7",
                       ShapeError);
  Matrix<double> bad = x;
  bad(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(net.infer(bad, y), NonFinite);
  net.parameters.step_size = 1.5;
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {.step_size = 1, .shortening = 0};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {.step_size = 1, .shortening = 1};
  net.layers[2].state.weights *= 1e200;
  CHECK_THROWS_WITH_AS(
      net.infer(x, y),
      "PredictiveCoding: the state of layer 1 is not finite at step 1, training step 0",
      Divergence);
}
