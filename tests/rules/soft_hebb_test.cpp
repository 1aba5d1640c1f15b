#include "hebb/rules/soft_hebb.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE(
    "soft hebb: one update is eta y (x - u w) with y = softmax(u / T), worked by hand", Scalar,
    float, double) {
  const Scalar T =
      Scalar(1 / std::log(3.0));  // so that a difference of 1 in drive is a factor of 3 in y
  const Matrix<Scalar> x{{2}}, u{{1}, {2}};  // y = (1/4, 3/4)
  const SoftHebb<Scalar> rule{.parameters = {.eta = Scalar(0.5), .temperature = T}};
  auto state = rule.init({.pre = 1, .post = 2});
  state.weights << Scalar(0.5), 1;
  rule.update(x, u, state);
  CHECK(state.weights(0, 0) == close_to<Scalar>(0.5 + 0.5 * 0.25 * (2 - 1 * 0.5)));
  CHECK(state.weights(1, 0) == close_to<Scalar>(1 + 0.5 * 0.75 * (2 - 2 * 1)));

  const SoftHebb<Scalar, SoftAntiHebbian> deep{
      .parameters = {.eta = Scalar(0.5), .temperature = T}};
  auto anti = deep.init({.pre = 1, .post = 2});
  anti.weights << Scalar(0.5), 1;
  deep.update(x, u, anti);
  CHECK(anti.weights(0, 0) == close_to<Scalar>(0.5 - 0.5 * 0.25 * (2 - 1 * 0.5)));
  CHECK(anti.weights(1, 0) == close_to<Scalar>(state.weights(1, 0)));
}

TEST_CASE("soft hebb: the shares of a column sum to 1, for any drive") {
  const SoftHebb<double> rule{.parameters = {.temperature = 0.1}};
  auto state = rule.init({.pre = 1, .post = 50});
  const Matrix<double> drive = 1e4 * Random{.seed = 1}.normal<double>(50, 20);
  const Matrix<double> y = rule.post_factor(drive, state).post;
  CHECK((y.colwise().sum().array() - 1).abs().maxCoeff() < 1e-14);
}

TEST_CASE("soft hebb: at temperature zero the winner takes all") {
  const SoftHebb<double> rule{.parameters = {.eta = 0.1, .temperature = 1e-6}};
  auto state = rule.init({.pre = 4, .post = 3});
  Random random{.seed = 2};
  state.weights = random.normal<double>(3, 4);
  const Matrix<double> before = state.weights, x = random.normal<double>(4, 1);
  const Matrix<double> u = before * x;
  Index winner = 0;
  u.col(0).maxCoeff(&winner);
  rule.update(x, u, state);
  Matrix<double> expected = before;
  expected.row(winner) += 0.1 * (x.transpose() - u(winner, 0) * before.row(winner));
  CHECK((state.weights - expected).norm() < 1e-14);
}

TEST_CASE(
    "soft hebb: a single neuron converges to the direction of the mean input at unit length, not "
    "to a principal component") {
  Matrix<double> x = Random{.seed = 3}.normal<double>(2, 500);
  x.row(0) *= 4;  // the first component is the first axis,
  x.row(0).array() -= x.row(0).mean();
  x.row(1).array() += 1.0 - x.row(1).mean();  // the mean is the second
  const SoftHebb<double> rule{.parameters = {.eta = 0.05}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.weights << 0.5, 0.5;
  for (int step = 0; step < 5000; ++step) rule.update(x, state.weights * x, state);
  CHECK(state.weights(0, 0) == doctest::Approx(0).epsilon(1e-9));
  CHECK(state.weights(0, 1) == doctest::Approx(1).epsilon(1e-9));
}

TEST_CASE(
    "soft hebb: the adaptive rate is | |w| - 1 |^power: a neuron of unit length no longer learns") {
  const SoftHebb<double, SoftWinners, AdaptiveEta> rule{.parameters = {.eta = 0.1}};
  const SoftHebb<double> constant{.parameters = {.eta = 0.1}};
  auto state = rule.init({.pre = 2, .post = 2});
  auto reference = constant.init({.pre = 2, .post = 2});
  state.weights << 0.6, 0.8, /**/ 3, 4;
  reference.weights = state.weights;
  const Matrix<double> before = state.weights, x{{1, -2}, {0.5, 1}}, u{{0.3, 0.2}, {0.1, 0.7}};
  rule.update(x, u, state);
  constant.update(x, u, reference);
  CHECK((state.weights - before).row(0).norm() < 1e-7);
  CHECK(((state.weights - before).row(1) - 2 * (reference.weights - before).row(1)).norm() <
        1e-14);  // |5 - 1|^(1/2) = 2
}
