#include <doctest/doctest.h>

#include "hebb/network/backpropagation.hpp"
#include "tests/network/control/controlled.hpp"

using namespace hebb;
using namespace controlled;

namespace {

/// The largest difference between what control added to the potentials, v - v_ff, and J^T (J J^T +
/// leak)^-1 (r* - o).
template <typename Network>
double distance_to_gauss_newton(Network& net, const Batch& batch, double step, double leak) {
  const Matrix<double> before = net.predict(batch.x);
  net.infer(batch.x, batch.y);
  double largest = 0;
  for (Index c = 0; c < 6; ++c) {
    const Matrix<double> j = jacobian(net, c),
                         damped = j * j.transpose() + leak * Matrix<double>::Identity(3, 3);
    const Vector<double> wanted = step * (batch.y.col(c) - before.col(c));
    const Vector<double> expected = j.transpose() * damped.inverse() * wanted;
    Vector<double> found(16);
    found << net.state[0].col(c) - net.activity.drive[0].col(c),
        net.state[1].col(c) - net.activity.drive[1].col(c),
        net.state[2].col(c) - net.activity.drive[2].col(c);
    largest = std::max(largest, (found - expected).norm() / expected.norm());
  }
  return largest;
}

/// sin(a): not monotone.
struct Wave {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = drive.array().sin();
    gain = drive.array().cos();
  }
};

}  // namespace

TEST_CASE(
    "feedback control: in a linear network it is damped Gauss-Newton, in closed form and at the "
    "end of a relaxation") {
  const Batch batch;
  const double leak = 0.3, step = 0.2;
  auto closed = network<Squared<Linear, JacobianFeedback, ClosedForm>>({.leak = leak});
  closed.target.step_size = step;
  CHECK(distance_to_gauss_newton(closed, batch, step, leak) < 1e-12);

  const typename Squared<Linear, WeightProduct, Euler>::Parameters long_run{
      .steps = 1500, .dt = 0.05, .tau = 0.1, .proportional = 0.5, .leak = leak};
  auto settled = network<Squared<Linear, WeightProduct, Euler>>(long_run);
  settled.target.step_size = step;
  CHECK(distance_to_gauss_newton(settled, batch, step, leak) < 1e-6);

  auto other = network<Squared<Linear, FixedFeedback, ClosedForm>>(
      {.leak = leak});  // detects other feedback
  other.target.step_size = step;
  CHECK(distance_to_gauss_newton(other, batch, step, leak) > 0.1);
}

TEST_CASE(
    "feedback control: in closed form the measured feedback is that of the feed-forward gains, "
    "which determined the state") {
  using Network = FeedbackControl<
      Rule, Tanh,
      ControlPolicies<SteadyState<>, JacobianFeedback, StrongTarget<SquaredError>, ClosedForm>>;
  const Batch batch;
  auto net = network<Network>({.leak = 0.1});
  net.infer(batch.x, 5 * batch.y);
  Activity<double> before;
  net.layers.forward(batch.x, before);
  Matrix<double> sent = net.apical[2];
  for (std::size_t k = 2; k-- > 0;) {
    sent = (net.layers.weights(k + 1).transpose() * sent).cwiseProduct(before.gain[k]);
    CHECK(net.feedback(k) == doctest::Approx(sent.colwise().norm().mean()).epsilon(1e-12));
    CHECK((before.gain[k] - net.activity.gain[k]).norm() >
          0.1);  // the gains of the controlled state are others
  }
}

TEST_CASE(
    "feedback control: under strong damping the changes of weights are those of backpropagation") {
  using Network = FeedbackControl<Rule, Tanh,
                                  ControlPolicies<SteadyState<VoltageDifference>, JacobianFeedback,
                                                  StrongTarget<CrossEntropy>, ClosedForm>>;
  const Batch batch;
  auto damped = network<Network>({.leak = 1e6}), strong = network<Network>({.leak = 0.1});
  Backpropagation<Rule, Tanh, CrossEntropy> exact({Rule{}, sizes});
  exact.layers.copy_weights(damped.layers);
  damped.infer(batch.x, batch.y);
  strong.infer(batch.x, batch.y);
  exact.infer(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(cosine<double>(damped.change(k), exact.change(k)) > 1 - 1e-9);
    CHECK(cosine<double>(strong.change(k), exact.change(k)) < 0.999);
  }
}

TEST_CASE(
    "feedback control: with a softmax output the closed form equals the end of the leaky "
    "controller's relaxation, to first order") {
  Batch batch;
  const auto difference = [&](double correct) {
    using Slow = FeedbackControl<
        Rule, Tanh,
        ControlPolicies<SteadyState<>, WeightProduct, StrongTarget<CrossEntropy>, Euler>>;
    using Closed = FeedbackControl<
        Rule, Tanh,
        ControlPolicies<SteadyState<>, WeightProduct, StrongTarget<CrossEntropy>, ClosedForm>>;
    auto closed = network<Closed>({.leak = 0.1}, 0.5);
    auto slow = network<Slow>(
        {.steps = 1500, .dt = 0.05, .tau = 0.1, .proportional = 0.5, .leak = 0.1}, 0.5);
    Matrix<double> p = closed.predict(batch.x);
    for (Index c = 0; c < p.cols(); ++c)
      p.col(c) = p.col(c).array().exp() / p.col(c).array().exp().sum();
    const Matrix<double> y = p + correct * (batch.y - p);  // a small part of the way to the target
    closed.infer(batch.x, y);
    slow.infer(batch.x, y);
    return (closed.change(1) - slow.change(1)).norm() / slow.change(1).norm();
  };
  const double near = difference(1e-4);
  CHECK(near < 1e-3);
  CHECK(near < 0.2 * difference(1e-3));
}

TEST_CASE(
    "feedback control: feedback never opposes the change of rate that it causes, where rates rise "
    "with potentials") {
  const Batch batch;
  const auto least = [&](auto net) {
    net.infer(batch.x, batch.y);
    double smallest = 1;
    for (std::size_t k = 0; k < 2; ++k) {
      Matrix<double> basal(sizes[k + 1], 6), gain;
      std::remove_cvref_t<decltype(net)>::Hidden::template respond<double>(net.activity.drive[k],
                                                                           basal, gain);
      for (Index c = 0; c < 6; ++c)
        smallest = std::min(smallest, net.apical[k].col(c).dot(net.rate(k).col(c) - basal.col(c)));
    }
    return smallest;
  };
  using Monotone = FeedbackControl<
      Rule, Tanh,
      ControlPolicies<SteadyState<>, FixedFeedback, StrongTarget<SquaredError>, ClosedForm>>;
  using NotMonotone = FeedbackControl<
      Rule, Wave,
      ControlPolicies<SteadyState<>, FixedFeedback, StrongTarget<SquaredError>, ClosedForm>>;
  CHECK(least(network<Monotone>({.leak = 0.01}, 3)) >= 0);
  CHECK(least(network<NotMonotone>({.leak = 0.01}, 3)) < -1e-3);
}
