#include "hebb/network/balance/balance_control.hpp"

#include <doctest/doctest.h>

#include "hebb/network/backpropagation.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
using Network = BalanceControl<Rule>;

const Matrix<double> x = Random{.seed = 1}.normal<double>(5, 7),
                     y = Matrix<double>::Identity(3, 3)(Eigen::all,
                                                        std::vector<Index>{0, 1, 2, 2, 1, 0, 1});

/// max(a, 0) / 2: what a balanced pair makes of its input.
struct HalfRelu {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, auto&& rate, auto&& gain) {
    rate = Scalar(0.5) * drive.cwiseMax(Scalar(0));
    gain = Scalar(0.5) * (drive.array() > Scalar(0)).template cast<Scalar>();
  }
};

/// A network that relaxes to its steady state.
Network network() {
  Network net({Rule{.parameters = {.eta = 0.1}}, {5, 8, 6, 3}});
  net.initialize({.seed = 3});
  for (std::size_t k = 0; k < 3; ++k) net.layers[k].state.weights.rightCols(1).setConstant(0.1);
  net.stop = {.tolerance = 1e-15, .most = 2000};
  return net;
}

}  // namespace

TEST_CASE(
    "balance control: without control inhibition takes its share of the input, and errors are 0") {
  auto net = network();
  net.parameters.balance = 0.3;
  net.parameters.proportional = net.parameters.integral = 0;
  const Matrix<double> output = net.predict(x);
  CHECK(net.infer(x, y).converged);
  CHECK((net.state.back() - output).norm() < 1e-13);
  for (std::size_t k = 0; k < 2; ++k) {
    const Index n = net.layers.sizes[k + 1];
    const Matrix<double> rectified = net.activity.drive[k].cwiseMax(0);
    CHECK((net.activity.rate[k + 1].topRows(n) - 0.7 * rectified).norm() < 1e-13);
    CHECK(rectified.norm() > 1);
    CHECK(net.errors[k].norm() < 1e-13);
  }
  net.parameters.recurrence = 0.5;  // another circuit, balanced as well
  net.infer(x, y);
  CHECK(net.errors[0].norm() < 1e-13);
}

TEST_CASE(
    "balance control: in the steady state an error is its feedback times w / (1 + w g), for the "
    "balance with the input; that with the rate is larger by 1 / (1 - alpha)") {
  auto net = network();
  net.parameters.proportional = 0.01;
  net.parameters.integral = 0.02;
  CHECK(net.infer(x, y).converged);
  const Matrices<double> by_input = net.errors;
  const double w = net.parameters.inhibition(), g = net.parameters.recurrence;
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(net.feedback(k) > 1e-3);
    CHECK((by_input[k] - w / (1 + w * g) * net.feedback_input[k]).norm() < 1e-12);
  }
  CHECK((by_input[2] - net.feedback_input[2]).norm() < 1e-12);
  net.parameters.balanced = Balanced::rate;
  net.infer(x, y);
  for (std::size_t k = 0; k < 2; ++k) CHECK((net.errors[k] - 2 * by_input[k]).norm() < 1e-12);
}

TEST_CASE(
    "balance control: weak control makes the changes of backpropagation, scaled for each layer, "
    "but for a term of the order of the control") {
  auto net = network();
  Backpropagation<Rule, HalfRelu, CrossEntropy> reference({Rule{}, {5, 8, 6, 3}});
  reference.layers.copy_weights(net.layers);
  reference.infer(x, y);
  const double w = net.parameters.inhibition(), g = net.parameters.recurrence;
  const auto largest_difference = [&](double strength) {
    net.parameters.proportional = strength;
    net.parameters.integral = 2 * strength;
    CHECK(net.infer(x, y).converged);
    double largest = 0, scale = 3 * strength;
    for (std::size_t k = 3; k-- > 0;) {
      // The gains on the way are 1 in the feedback, 1 / 2 in the gradient.
      const double own = k == 2 ? scale : scale * w / (1 + w * g);
      largest = std::max(
          largest, (net.change(k) / own - reference.change(k)).norm() / reference.change(k).norm());
      scale *= 2;
    }
    return largest;
  };
  const double coarse = largest_difference(1e-4), fine = largest_difference(1e-5);
  CHECK(fine < 1e-4);
  CHECK(coarse / fine == doctest::Approx(10).epsilon(0.05));

  net.parameters.normalized = true;  // feedback of one strength is another direction
  CHECK(largest_difference(1e-5) > 0.1);
}

TEST_CASE(
    "balance control: an assembly of 4 excitatory and 2 inhibitory neurons with memberships of "
    "norm 1 is one pair") {
  auto net = network();
  net.stop.most = 9;
  net.stop.tolerance = 0;
  net.infer(x, y);

  // One hidden unit of the first layer in the first sample, as neurons. Their inputs and rates are
  // weighted by their memberships.
  const Index unit = [&] {
    Index best = 0;
    net.feedback_input[0].col(0).cwiseAbs().maxCoeff(&best);
    return best;
  }();
  const double a = net.activity.drive[0](unit, 0), w = net.parameters.inhibition(),
               g = net.parameters.recurrence;
  REQUIRE(std::abs(net.feedback_input[0](unit, 0)) > 0.01);
  Vector<double> m_e{{0.1, 0.4, 0.2, 0.7}}, m_i{{0.3, 0.9}};
  m_e.normalize();
  m_i.normalize();
  const Matrix<double> from_e = g * m_i * m_e.transpose(), from_i = w * m_e * m_i.transpose();
  Vector<double> e = 0.5 * a * m_e, i = m_i * (a + g * 0.5 * a);
  // The feedback of each step, from runs that end there.
  for (Index t = 1; t <= 9; ++t) {
    net.stop.most = t;
    net.infer(x, y);
    const double sent = net.feedback_input[0](unit, 0);
    i += (a * m_i + from_e * e.cwiseMax(0) - sent * m_i - i);
    e += (a * m_e - from_i * i.cwiseMax(0) - e) / 3;
    CHECK(std::abs(m_e.dot(e.cwiseMax(0)) - net.activity.rate[1](unit, 0)) < 1e-14);
  }
  const Vector<double> error = (0.5 * a * m_e).cwiseMax(0) - from_i * i.cwiseMax(0);
  CHECK(std::abs(m_e.dot(error) - net.errors[0](unit, 0)) < 1e-14);
  CHECK(std::abs(net.errors[0](unit, 0)) > 1e-3);
}

TEST_CASE(
    "balance control: normalised feedback has the Frobenius norm 1 for every sample, however large "
    "or small its weights are") {
  BalanceControl<Rule, SquaredError, FixedFeedback> net({Rule{}, {5, 8, 6, 3}});
  net.initialize({.seed = 3});
  net.parameters.normalized = true;
  net.parameters.proportional = 1;
  net.parameters.integral = 0;
  net.stop.most = 1;
  const auto drawn = net.feedback_path.weights;
  for (const double scale : {1.0, 1e200, 1e-200}) {
    for (std::size_t k = 0; k < 2; ++k) net.feedback_path.weights[k] = scale * drawn[k];
    net.infer(x, y);
    for (std::size_t k = 0; k < 2; ++k) {
      const Matrix<double> expected = drawn[k] / drawn[k].norm() * net.feedback_input[2];
      CHECK((net.feedback_input[k] - expected).norm() < 1e-14);
    }
  }
}

TEST_CASE("balance control: learning lowers the loss, and less feedback is needed") {
  const Matrix<double> inputs = Random{.seed = 6}.normal<double>(5, 32);
  Matrix<double> targets = Matrix<double>::Zero(2, 32);
  for (Index c = 0; c < 32; ++c) targets(inputs(0, c) * inputs(1, c) > 0 ? 0 : 1, c) = 1;
  Network net({Rule{.parameters = {.eta = 1}}, {5, 24, 2}});
  net.initialize({.seed = 3});
  const double before = CrossEntropy::loss<double>(net.predict(inputs), targets);
  net.infer(inputs, targets);
  const double feedback = net.feedback(0);
  for (int step = 0; step < 300; ++step) net.train(inputs, targets);
  CHECK(CrossEntropy::loss<double>(net.predict(inputs), targets) < 0.3 * before);
  net.infer(inputs, targets);
  CHECK(net.feedback(0) < 0.7 * feedback);
}

TEST_CASE("balance control: a parameter out of range is refused by name") {
  auto net = network();
  net.parameters.balance = 1;
  CHECK_THROWS_WITH_AS(net.infer(x, y), "BalanceControl: balance must be in (0, 1), got 1",
                       InvalidParameter);
  net.parameters = {.integral = -1};
  CHECK_THROWS_WITH_AS(net.predict(x), "BalanceControl: integral must be finite and >= 0, got -1",
                       InvalidParameter);
  net.parameters = {.recurrence = std::numeric_limits<double>::infinity()};
  CHECK_THROWS_WITH_AS(net.infer(x, y),
                       "BalanceControl: recurrence must be finite and >= 0, got inf",
                       InvalidParameter);
  net.parameters = {.leak = 20};
  CHECK_THROWS_WITH_AS(net.infer(x, y), "BalanceControl: dt times leak must be <= 1, got 2",
                       InvalidParameter);
  net.parameters = {.tau_inhibitory = 0.05};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
}
