#include <doctest/doctest.h>

#include "tests/network/control/controlled.hpp"

using namespace hebb;
using namespace controlled;

TEST_CASE(
    "feedback control: latency counts the steps until the mean norm of the error is below the "
    "tolerance; one more than all steps where it never is") {
  auto net = network<FeedbackControl<Rule>>({.steps = 200, .dt = 0.01, .tau = 0.02});
  const Batch batch;
  net.infer(batch.x, batch.y);
  Matrix<double> error = net.predict(batch.x);
  double mean = 0;
  for (Index c = 0; c < 6; ++c) {
    const Vector<double> p = error.col(c).array().exp() / error.col(c).array().exp().sum();
    mean += (batch.y.col(c) - p).norm() / 6;
  }
  CHECK(net.output_errors.mean(0) == doctest::Approx(mean));
  CHECK(net.output_errors.mean(199) < 0.7 * net.output_errors.mean(0));
  CHECK(net.latency(2 * mean) == 0);
  CHECK(net.latency(net.output_errors.mean(70) * 1.0001) == 70);
  CHECK(net.latency(0) == 201);
}

TEST_CASE(
    "feedback control: a small differential Hebbian step in any one layer lowers the feedback that "
    "a sample needs, and its latency does not rise") {
  using Network = FeedbackControl<
      Rule, Sigmoid,
      ControlPolicies<EndPoints, JacobianFeedback, StrongTarget<SquaredError>, Euler>>;
  const Batch batch;
  const Matrix<double> x = batch.x.leftCols(1), y = batch.y.leftCols(1);
  const Network::Parameters settled{
      .steps = 1000, .dt = 0.02, .tau = 0.05, .proportional = 2, .leak = 1e-3};
  const auto needed = [](Network& net) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += net.apical[k].squaredNorm();
    return sum;
  };
  for (std::size_t k = 0; k < 3; ++k)
    for (const double eta : {0.01, -0.01}) {
      auto net = network<Network>(settled);
      net.infer(x, y);
      const double before = needed(net), tolerance = 0.01 * net.output_errors.mean(0),
                   latency = net.latency(tolerance);
      net.layers[k].state.weights += eta * net.change(k);
      net.infer(x, y);
      if (eta > 0) {
        CHECK(needed(net) < before);
        CHECK(net.latency(tolerance) <= latency);
      } else {
        CHECK(needed(net) > before);  // the opposite step has the opposite effect
        CHECK(net.latency(tolerance) >= latency);
      }
      CHECK(latency > 0);
      CHECK(latency < 1000);
    }
}

TEST_CASE(
    "feedback control: noise of size 0 changes nothing; noise is the same in every run, filtered "
    "or white") {
  const Batch batch;
  using Noisy = FeedbackControl<
      Rule, Sigmoid,
      ControlPolicies<EndPoints, WeightProduct, StrongTarget<CrossEntropy>, Euler, FilteredNoise>>;
  auto quiet = network<FeedbackControl<Rule>>();
  quiet.infer(batch.x, batch.y);
  const auto noisy = [&](double sigma, double tau) {
    auto net = network<Noisy>();
    net.noise = {.sigma = sigma, .output_sigma = sigma, .tau = tau, .random = {.seed = 9}};
    net.infer(batch.x, batch.y);
    return Matrix<double>(net.change(1));
  };
  CHECK(noisy(0, 0.1) == quiet.change(1));
  CHECK(noisy(0.1, 0) != quiet.change(1));
  CHECK(noisy(0.1, 0) == noisy(0.1, 0));
  CHECK(noisy(0.1, 0.1) != noisy(0.1, 0));
  auto net = network<Noisy>();
  net.noise.tau = 0.001;
  CHECK_THROWS_AS(net.infer(batch.x, batch.y), InvalidParameter);
}

TEST_CASE(
    "feedback control: filtered noise has the variance of its recursion, and reaches hidden layers "
    "and the output by their sigmas") {
  const double dt = 0.02;
  for (const double tau : {0.0, 0.02, 0.1}) {
    const FilteredNoise noise{.tau = tau, .random = {.seed = 17}};
    const double a = tau == 0 ? 1 : dt / tau;
    Vector<double> xi = Vector<double>::Zero(4000);
    for (std::uint64_t draw = 0; draw < 60; ++draw) noise.advance<double>(dt, 1, draw, xi);
    const double expected =
        a * a / dt / (1 - (1 - a) * (1 - a));  // 4000 samples: 2.2 % standard error
    CHECK(xi.squaredNorm() / 4000 == doctest::Approx(expected).epsilon(0.08));
  }

  const Batch batch;
  using Noisy = FeedbackControl<
      Rule, Sigmoid,
      ControlPolicies<EndPoints, WeightProduct, StrongTarget<CrossEntropy>, Euler, FilteredNoise>>;
  auto quiet = network<FeedbackControl<Rule>>({.steps = 1});
  quiet.infer(batch.x, batch.y);
  auto net = network<Noisy>({.steps = 1});
  for (const bool output : {true, false}) {
    net.noise = {
        .sigma = output ? 0 : 0.1, .output_sigma = output ? 0.1 : 0, .random = {.seed = 18}};
    net.infer(batch.x, batch.y);
    for (std::size_t k = 0; k < 2; ++k) CHECK((net.state[k] == quiet.state[k]) == output);
    CHECK((net.state[2] - quiet.state[2]).norm() >
          1e-3);                              // the rates carry noise of the hidden layers
    CHECK(net.apical[2] == quiet.apical[2]);  // the first control is computed before any noise
  }
}

TEST_CASE(
    "feedback control: the feedback measured is |Q u| with u averaged over the last quarter of the "
    "steps") {
  const Batch batch;
  using Random = FeedbackControl<Rule, Sigmoid, ControlPolicies<EndPoints, FixedFeedback>>;
  const auto run = [&](Index steps) {
    auto net = network<Random>({.steps = steps});
    net.infer(batch.x, batch.y);
    return net;
  };
  auto net = run(8);
  const Matrix<double> mean = (run(7).apical[2] + net.apical[2]) / 2;
  CHECK((run(7).apical[2] - net.apical[2]).norm() > 1e-3);
  CHECK(net.feedback(2) == doctest::Approx(mean.colwise().norm().mean()).epsilon(1e-12));
  CHECK(net.feedback(0) ==
        doctest::Approx((net.feedback_path.weights[0] * mean).colwise().norm().mean())
            .epsilon(1e-12));
}

TEST_CASE(
    "feedback control: a low-pass filter as short as the step changes nothing, a longer one delays "
    "the control") {
  const Batch batch;
  const auto control = [&](double filter, Index steps = 40) {
    auto net = network<FeedbackControl<Rule>>({.steps = steps, .tau_filter = filter});
    net.infer(batch.x, batch.y);
    return Matrix<double>(net.apical.back());
  };
  // The control begins unfiltered. In the second step the filter goes dt / filter of the way to it.
  const Matrix<double> first = control(0, 1), second = control(0, 2);
  CHECK(control(0.05, 1) == first);
  CHECK((control(0.05, 2) - first - 0.25 * (second - first)).norm() < 1e-14);
  CHECK((second - first).norm() > 1e-3);
  CHECK((control(0.0125) - control(0)).norm() < 1e-14);
  CHECK((control(0.5) - control(0)).norm() > 0.05 * control(0).norm());
}

TEST_CASE(
    "feedback control: a step longer than the neurons' time constant is refused, before and in an "
    "inference") {
  using Exact = FeedbackControl<
      Rule, Sigmoid,
      ControlPolicies<EndPoints, WeightProduct, StrongTarget<CrossEntropy>, ExponentialEuler>>;
  CHECK_THROWS_AS(network<FeedbackControl<Rule>>({.dt = 0.06, .tau = 0.05}), InvalidParameter);
  CHECK_NOTHROW(network<FeedbackControl<Rule>>({.dt = 0.05, .tau = 0.05}));
  CHECK_NOTHROW(network<Exact>({.dt = 0.06, .tau = 0.05}));
  auto net = network<FeedbackControl<Rule>>();
  net.parameters.dt = 0.06;
  const Batch batch;
  CHECK_THROWS_WITH_AS(net.infer(batch.x, batch.y),
                       "relaxation: the time step 0.06 is longer than the time constant 0.05, "
                       "Euler's step is not stable",
                       InvalidParameter);
  for (const auto& bad : {FeedbackControl<Rule>::Parameters{.steps = 0},
                          {.dt = 0},
                          {.proportional = -1},
                          {.leak = -1},
                          {.tau_filter = 0.001}})
    CHECK_THROWS_AS(network<FeedbackControl<Rule>>(bad), InvalidParameter);
}

TEST_CASE("feedback control: instantaneous dynamics are those of neurons as fast as the step") {
  const Batch batch;
  auto instant = network<FeedbackControl<
      Rule, Sigmoid,
      ControlPolicies<EndPoints, WeightProduct, StrongTarget<CrossEntropy>, Instantaneous>>>();
  auto fast = network<FeedbackControl<Rule>>({.tau = 0.0125}),
       slow = network<FeedbackControl<Rule>>();
  instant.infer(batch.x, batch.y);
  fast.infer(batch.x, batch.y);
  slow.infer(batch.x, batch.y);
  CHECK(instant.state[0] == fast.state[0]);
  CHECK(instant.state[0] != slow.state[0]);
}

TEST_CASE(
    "feedback control: divergence names the layer and the step; bad shapes and numbers are "
    "refused") {
  const Batch batch;
  auto net = network<FeedbackControl<Rule>>();
  net.layers[1].state.weights(0, 0) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(
      net.infer(batch.x, batch.y),
      "FeedbackControl: the state of layer 1 is not finite at step 0, training step 0", Divergence);
  CHECK_THROWS_AS(net.infer(batch.x.topRows(4), batch.y), ShapeError);
  CHECK_THROWS_AS(net.infer(batch.x, batch.y.leftCols(5)), ShapeError);
  Matrix<double> bad = batch.x;
  bad(0, 0) = std::nan("");
  CHECK_THROWS_AS(net.infer(bad, batch.y), NonFinite);
}

TEST_CASE(
    "feedback control: prediction does not depend on targets, and inference moves no weights") {
  const Batch batch;
  auto net = network<FeedbackControl<Rule>>();
  const Matrix<double> before = net.predict(batch.x), weights = net.layers.biased(1);
  net.infer(batch.x, batch.y);
  const Matrix<double> change = net.change(1);
  CHECK(net.predict(batch.x) == before);
  CHECK(net.layers.biased(1) == weights);
  CHECK(net.change(1) == change);
  net.learn();
  CHECK(net.layers.biased(1) != weights);
}
