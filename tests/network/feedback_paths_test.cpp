#include <doctest/doctest.h>

#include "tests/network/controlled.hpp"

using namespace hebb;
using namespace controlled;

namespace {

/// The derivative of the output with respect to the state of every layer, side by side, at a feed-forward state.
template <typename Network>
Matrix<double> jacobian(const Network& net, Index column) {
  std::vector<Matrix<double>> parts(net.layers.depth());
  parts.back() = Matrix<double>::Identity(3, 3);
  for (std::size_t k = parts.size() - 1; k-- > 0;)
    parts[k] = parts[k + 1] * net.layers.weights(k + 1) * net.activity.gain[k].col(column).asDiagonal();
  Matrix<double> all(3, 7 + 6 + 3);
  all << parts[0], parts[1], parts[2];
  return all;
}

template <typename Hidden, template <typename> typename Feedback, typename Dynamics, typename Update = SteadyState<VoltageDifference>>
using Squared = FeedbackControl<Rule, Hidden, Update, Feedback, WeakTarget<SquaredError>, Dynamics>;

}  // namespace

TEST_CASE("feedback control: condition 2 is 1 for the transposed Jacobian and for weights that equal it, less for random ones") {
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
  q << random.feedback_path.weights[0], random.feedback_path.weights[1], Matrix<double>::Identity(3, 3);
  const Matrix<double> projected = j.transpose() * (j * j.transpose()).inverse() * j * q;
  CHECK(random.condition2() == doctest::Approx(projected.norm() / q.norm()).epsilon(1e-9));
}

TEST_CASE("feedback control: training by noise turns random feedback towards the transposed Jacobian") {
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

  FeedbackTraining training{.rate = 0.2, .decay = 0.1, .steps = 50};
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
  training.noise.time_constant = 0;
  CHECK_THROWS_AS(net.train_feedback(x, training), InvalidParameter);
}
