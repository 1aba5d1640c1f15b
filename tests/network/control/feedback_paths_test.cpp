#include <doctest/doctest.h>

#include "tests/network/control/controlled.hpp"

using namespace hebb;
using namespace controlled;

TEST_CASE(
    "feedback control: condition 2 is 1 for the transposed Jacobian and for weights that equal it, "
    "less for random ones") {
  const Batch batch;
  auto exact = network<Squared<Tanh, JacobianFeedback, Euler>>();
  auto random = network<Squared<Linear, FixedFeedback, Euler>>();
  auto product = network<Squared<Linear, WeightProduct, Euler>>();
  exact.infer(batch.x, batch.y);
  random.infer(batch.x, batch.y);
  product.infer(batch.x, batch.y);
  CHECK(exact.condition2() == doctest::Approx(1).epsilon(1e-9));
  CHECK(product.condition2() == doctest::Approx(1).epsilon(1e-9));
  CHECK(random.condition2() < 0.9);
  const Matrix<double> j = jacobian(random, 0);
  Matrix<double> q(16, 3);
  q << random.feedback_path.weights[0], random.feedback_path.weights[1],
      Matrix<double>::Identity(3, 3);
  const Matrix<double> projected = j.transpose() * (j * j.transpose()).inverse() * j * q;
  CHECK(random.condition2() == doctest::Approx(projected.norm() / q.norm()).epsilon(1e-9));
}

TEST_CASE(
    "feedback control: between two evaluations the Jacobian keeps the gains of the last one") {
  const Batch batch;
  using Network = FeedbackControl<Rule, Sigmoid, ControlPolicies<EndPoints, JacobianFeedback>>;
  const auto run = [&](Index steps, Index every) {
    auto net = network<Network>({.steps = steps});
    net.feedback_path.every = every;
    net.infer(batch.x, batch.y);
    return net;
  };
  const auto sent_with = [&](const Network& net, const Matrices<double>& gain) -> Matrix<double> {
    return (net.layers.weights(2).transpose() * net.apical[2]).cwiseProduct(gain[1]);
  };
  Activity<double> before;
  const auto never = run(8, 100), once = run(8, 7);
  never.layers.forward(batch.x, before);
  CHECK((never.apical[1] - sent_with(never, before.gain)).norm() < 1e-14);
  CHECK((once.apical[1] - sent_with(once, run(7, 7).activity.gain)).norm() <
        1e-14);  // those after 7 steps, not used until then
  CHECK((once.apical[1] - sent_with(once, before.gain)).norm() > 1e-4);
  auto bad = network<Network>();
  bad.feedback_path.every = 0;
  CHECK_THROWS_AS(bad.infer(batch.x, batch.y), InvalidParameter);
}

TEST_CASE(
    "feedback control: training by noise changes feedback weights by the sum of its equation") {
  using Network = Squared<Tanh, FixedFeedback, Euler>;
  auto net = network<Network>();
  const Matrix<double> x = Random{.seed = 5}.normal<double>(5, 4);
  const FeedbackTraining training{
      .eta = 0.3,
      .decay = 0.2,
      .steps = 5,
      .dt = 0.01,
      .tau = 0.03,
      .proportional = 0.4,
      .leak = 0.3,
      .noise = {.sigma = 0.05, .output_sigma = 0.02, .tau = 0.04, .random = {.seed = 6}}};
  const Matrices<double> q = net.feedback_path.weights;
  Matrices<double> sums{Matrix<double>::Zero(7, 3), Matrix<double>::Zero(6, 3)};
  const Matrix<double> output = net.predict(x);
  for (Index c = 0; c < 4; ++c) {
    std::vector<Vector<double>> v, rate(3), xi;
    const auto drive = [&](std::size_t k) -> Vector<double> {
      return net.layers.biased(k) * rate[k];
    };
    rate[0].resize(6);
    rate[0] << x.col(c), 1;
    for (std::size_t k = 0; k < 3; ++k) {
      v.push_back(drive(k));
      xi.push_back(Vector<double>::Zero(v[k].size()));
      if (k == 2) break;
      rate[k + 1].resize(v[k].size() + 1);
      rate[k + 1] << v[k].array().tanh().matrix(), 1;
    }
    Vector<double> integral = Vector<double>::Zero(3), u = integral;
    for (Index t = 0; t < 5; ++t) {
      const Vector<double> error = output.col(c) - v[2], last = u;
      integral += 0.01 * (error - 0.3 * u);
      u = integral + 0.4 * error;
      for (std::size_t k = 0; k < 2; ++k)
        if (t > 0) sums[k] += (q[k] * last + 0.05 * xi[k]) * u.transpose();
      for (std::size_t k = 0; k < 3; ++k) {
        const Vector<double> apical = k < 2 ? Vector<double>(q[k] * u) : u;
        v[k] += 0.01 / 0.03 * (drive(k) + apical - v[k]).eval();
        training.noise.advance<double>(0.01, std::uint32_t(k), std::uint64_t(t * 4 + c), xi[k]);
        v[k] += 0.01 / 0.03 * (k < 2 ? 0.05 : 0.02) * xi[k];
        if (k < 2) rate[k + 1].head(v[k].size()) = v[k].array().tanh();
      }
    }
  }
  net.train_feedback(x, training);
  for (std::size_t k = 0; k < 2; ++k) {
    const double scale = k == 0 ? 1.75 * 1.75 : 1.75;  // (1 + 0.03 / 0.04)^(L - l)
    const Matrix<double> expected =
        q[k] - 0.3 * (scale / (5 * 4 * 0.05 * 0.05) * sums[k] + 0.2 * q[k]);
    CHECK((net.feedback_path.weights[k] - expected).norm() < 1e-12 * expected.norm());
    CHECK((expected - (1 - 0.3 * 0.2) * q[k]).norm() > 1e-3);
  }
}

TEST_CASE(
    "feedback control: training by noise turns random feedback towards the transposed Jacobian") {
  using Network = Squared<Linear, FixedFeedback, Euler>;
  auto net = network<Network>();
  const Matrix<double> x = Random{.seed = 5}.normal<double>(5, 32);
  const auto alignment = [&](std::size_t k) {
    Matrix<double> jt = net.layers.weights(2).transpose();
    if (k == 0) jt = net.layers.weights(1).transpose() * jt;
    return cosine<double>(net.feedback_path.weights[k], jt);
  };
  net.infer(x, Matrix<double>::Zero(3, 32));
  const double first = alignment(0), second = alignment(1), condition = net.condition2();

  FeedbackTraining training{.eta = 0.2, .decay = 0.1, .steps = 50};
  const FilteredNoise noise = training.noise;
  training.noise.sigma = training.noise.output_sigma = 0;
  for (int step = 0; step < 5; ++step) net.train_feedback(x, training);
  CHECK(alignment(0) == doctest::Approx(first));  // without noise there is nothing to learn from

  training.noise = noise;
  for (int step = 0; step < 80; ++step) net.train_feedback(x, training);
  net.infer(x, Matrix<double>::Zero(3, 32));
  CHECK(alignment(0) > std::max(0.9, first + 0.3));
  CHECK(alignment(1) > std::max(0.9, second + 0.3));
  CHECK(net.condition2() > std::max(0.9, condition));
  training.noise.tau = 0;
  CHECK_THROWS_AS(net.train_feedback(x, training), InvalidParameter);
}
