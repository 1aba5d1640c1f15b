#include "hebb/network/equilibrium/equilibrium_propagation.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
template <typename Nudging>
using Contrastive = EquilibriumPropagation<Rule, EquilibriumPolicies<LearnFromContrast, Nudging>>;

const Matrix<double> x = Random{.seed = 1}.uniform<double>(4, 3),
                     y = Random{.seed = 2}.uniform<double>(2, 3);

/// A network whose states stay between the borders, where the energy is smooth.
template <typename Network>
Network network(Index steps = 20) {
  Network net({Rule{.parameters = {.eta = 0.1}}, {4, 5, 4, 2}});
  net.initialize({.seed = 3}, 0.15);
  for (std::size_t k = 0; k < net.layers.depth(); ++k)
    net.layers[k].state.weights.rightCols(1).setConstant(0.4);
  net.stop.most = net.parameters.nudged = steps;
  return net;
}

/// Minus the gradient of |y - s_L|^2 / 2 at the free equilibrium, by central differences.
template <typename Network>
Matrices<double> descent(Network& net) {
  Matrices<double> result;
  for (std::size_t k = 0; k < net.layers.depth(); ++k) {
    Matrix<double>& weights = net.layers[k].state.weights;
    Matrix<double> slope(weights.rows(), weights.cols());
    for (Index i = 0; i < weights.size(); ++i) {
      const double w = weights.data()[i], h = 1e-5;
      const auto cost_at = [&](double value) {
        weights.data()[i] = value;
        return (y - net.predict(x)).squaredNorm() / 2 / double(x.cols());
      };
      slope.data()[i] = (cost_at(w - h) - cost_at(w + h)) / (2 * h);
      weights.data()[i] = w;
    }
    result.push_back(slope);
  }
  return result;
}

/// How far the changes are from the descent, for a nudge of beta.
template <typename Network>
double distance(Network& net, const Matrices<double>& exact, double beta) {
  net.parameters.beta = beta;
  net.infer(x, y);
  double largest = 0;
  for (std::size_t k = 0; k < exact.size(); ++k)
    largest = std::max(largest, (net.change(k) - exact[k]).norm());
  return largest;
}

}  // namespace

TEST_CASE("equilibrium propagation: a step moves every state by the equation, worked by hand") {
  EquilibriumPropagation<Rule> net({Rule{}, {1, 1, 1}});
  net.layers[0].state.weights << 0.5, 0.1;  // weight, bias
  net.layers[1].state.weights << 0.8, 0.2;
  net.stop.most = 2;
  // Step 1 from (0, 0): 0.5 (0.5 * 0.6 + 0.1) = 0.2 and 0.5 * 0.2 = 0.1. Step 2: 0.2 + 0.5 (0.4 +
  // 0.8 * 0.1 - 0.2) and 0.1 + 0.5 (0.8 * 0.2
  // + 0.2 - 0.1).
  CHECK(net.predict(Matrix<double>{{0.6}})(0, 0) == doctest::Approx(0.23).epsilon(1e-14));
  net.parameters.beta = 1e-3;
  net.parameters.nudged = 1;
  net.infer(Matrix<double>{{0.6}}, Matrix<double>{{1.0}});
  CHECK(net.at(0, {0, 0})(0, 0) == doctest::Approx(0.34).epsilon(1e-14));
  CHECK(net.at(0, {0, 1})(0, 0) ==
        doctest::Approx(0.34 + 0.5 * (0.4 + 0.8 * 0.23 - 0.34)).epsilon(1e-14));
  const double rest = 0.23 + 0.5 * (0.8 * 0.34 + 0.2 - 0.23);
  const double nudge = std::abs(net.at(1, {0, 1})(0, 0) - rest);
  CHECK(nudge == doctest::Approx(0.5 * 1e-3 * (1 - 0.23)).epsilon(1e-9));
}

TEST_CASE(
    "equilibrium propagation: the change approaches the descent of the cost, with order 2 in beta "
    "if nudged both ways and order 1 if one "
    "way") {
  auto both = network<Contrastive<SymmetricNudge>>(400);
  auto one = network<Contrastive<PositiveNudge>>(400);
  const Matrices<double> exact = descent(both);
  CHECK(exact[0].norm() > 1e-3);
  const double ratio_of_both = distance(both, exact, 0.2) / distance(both, exact, 0.1);
  const double ratio_of_one = distance(one, exact, 0.02) / distance(one, exact, 0.01);
  for (std::size_t k = 0; k < 3; ++k) {  // no state met a border, where the cost has a kink
    const Matrix<double> state = both.at(k, {0, 400}).topRows(both.layers.sizes[k + 1]);
    CHECK(state.minCoeff() > 0.05);
    CHECK(state.maxCoeff() < 0.95);
  }
  CHECK(ratio_of_both == doctest::Approx(4).epsilon(0.03));
  CHECK(ratio_of_one == doctest::Approx(2).epsilon(0.03));
  CHECK(distance(both, exact, 1e-3) < 2e-6);
  CHECK(distance(one, exact, 1e-3) > 100 * distance(both, exact, 1e-3));
}

TEST_CASE(
    "equilibrium propagation: units leave the lower border and are held at the upper one; with "
    "open borders they do neither") {
  auto closed = network<EquilibriumPropagation<Rule>>();
  auto open = network<
      EquilibriumPropagation<Rule, EquilibriumPolicies<LearnFromContrast, RandomNudge, FreshStates,
                                                       TiedFeedback, OpenClip>>>();
  CHECK(closed.predict(x).minCoeff() > 0.1);
  CHECK(open.predict(x).maxCoeff() == 0);  // it never leaves the start

  closed.layers[2].state.weights.rightCols(1).setConstant(9);
  CHECK(closed.predict(x).minCoeff() == 1);
  CHECK(OpenClip::gain(Vector<double>{{0, 0.5, 1}})(2) == 0);
  CHECK(ClosedClip::gain(Vector<double>{{0, 0.5, 1}})(2) == 1);
  closed.layers[2].state.weights.rightCols(1).setConstant(-9);
  CHECK(closed.predict(x).maxCoeff() == 0);
}

TEST_CASE(
    "equilibrium propagation: both signs of the nudge are equally frequent; the output's error is "
    "|y - s|, its feedback beta |y - s|") {
  Random random{.seed = 9};
  double sum = 0;
  for (int batch = 0; batch < 2000; ++batch) sum += RandomNudge::signs(random)[0];
  CHECK(std::abs(sum) < 4 * std::sqrt(2000.0));

  auto net = network<Contrastive<PositiveNudge>>(6);
  net.parameters.beta = 0.3;
  net.infer(x, y);
  const auto distance_at = [&](Index t) { return (y - net.at(2, {0, t})).colwise().norm().mean(); };
  CHECK(net.output_errors.mean(0) ==
        doctest::Approx(y.colwise().norm().mean()).epsilon(1e-12));  // states start at 0
  CHECK(net.output_errors.mean(6) == doctest::Approx(distance_at(0)).epsilon(1e-12));
  CHECK(net.output_errors.mean(12) == doctest::Approx(distance_at(6)).epsilon(1e-12));
  CHECK(net.feedback(2) == doctest::Approx(0.3 * distance_at(6)).epsilon(1e-12));
  const Matrix<double> moved = net.at(2, {0, 6}) - net.at(2, {0, 0});
  CHECK(net.feedback(1) ==
        doctest::Approx((net.layers.weights(2).transpose() * moved).colwise().norm().mean())
            .epsilon(1e-12));
}

TEST_CASE(
    "equilibrium propagation: a tolerance ends the free phase when no state moves by more, and "
    "only then") {
  using Stopped =
      EquilibriumPropagation<Rule, EquilibriumPolicies<LearnFromContrast, RandomNudge, FreshStates,
                                                       TiedFeedback, ClosedClip, Tolerance>>;
  auto net = network<Stopped>();
  auto fixed = network<EquilibriumPropagation<Rule>>(400);
  net.stop = {.tolerance = 1e-6, .most = 400};
  const Relaxed end = net.infer(x, y);
  fixed.infer(x, y);
  CHECK(end.converged);
  CHECK(end.steps < 100);
  CHECK((net.at(1, {}) - fixed.at(1, {})).norm() < 1e-4);
  net.stop.most = end.steps - 1;
  CHECK_FALSE(net.infer(x, y).converged);
  auto before = network<EquilibriumPropagation<Rule>>(),
       last = before;  // the step that ended it moved less than the tolerance
  before.stop.most = end.steps - 1;
  last.stop.most = end.steps;
  before.infer(x, y);
  last.infer(x, y);
  double moved = 0;
  for (std::size_t k = 0; k < 3; ++k)
    moved = std::max(moved, (last.at(k, {}) - before.at(k, {})).cwiseAbs().maxCoeff());
  CHECK(moved <= 1e-6);
  CHECK(moved > 1e-8);
}

TEST_CASE("equilibrium propagation: the sign of the nudge is random, and follows the seed") {
  auto net = network<EquilibriumPropagation<Rule>>();
  net.layers[2].state.weights.setZero();
  net.layers[2].state.weights.rightCols(1).setConstant(0.5);
  const Matrix<double> targets = Matrix<double>::Ones(2, 3);
  std::string signs;
  for (int batch = 0; batch < 20; ++batch) {
    net.infer(x, targets);
    signs += net.at(2, {0, 20})(0, 0) > 0.5 ? '+' : '-';
  }
  CHECK(signs.find('+') != std::string::npos);
  CHECK(signs.find('-') != std::string::npos);
  auto again = network<EquilibriumPropagation<Rule>>();
  again.layers = net.layers;
  again.infer(x, targets);
  CHECK((again.at(2, {0, 20})(0, 0) > 0.5 ? '+' : '-') == signs[0]);
}

TEST_CASE(
    "equilibrium propagation: learning brings the free output nearer, sooner, and less feedback is "
    "needed") {
  const Matrix<double> inputs = Random{.seed = 4}.uniform<double>(4, 64);
  const Matrix<double> targets = (inputs.topRows(2) + inputs.bottomRows(2)) / 2;
  Contrastive<SymmetricNudge> net({Rule{.parameters = {.eta = 0.1}}, {4, 12, 2}});
  net.initialize({.seed = 3}, 0.3);
  const double cost = (targets - net.predict(inputs)).squaredNorm();
  net.infer(inputs, targets);
  const double below = net.feedback(0), output = net.feedback(1), latency = net.latency(0.2);
  for (int step = 0; step < 400; ++step) net.train(inputs, targets);
  CHECK((targets - net.predict(inputs)).squaredNorm() < 0.05 * cost);
  net.infer(inputs, targets);
  CHECK(net.feedback(0) < 0.5 * below);
  CHECK(net.feedback(1) < 0.5 * output);
  CHECK(net.latency(0.2) < latency);
}

TEST_CASE("equilibrium propagation: weights have the same bits for 1, 2 and 3 threads") {
  const Matrix<double> inputs = Random{.seed = 7}.uniform<double>(4, 150),
                       targets = Random{.seed = 8}.uniform<double>(2, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network<EquilibriumPropagation<Rule>>();
    for (int step = 0; step < 3; ++step) net.train(inputs, targets);
    return digest(net);
  }));
}

TEST_CASE(
    "equilibrium propagation: bad parameters, shapes and numbers are errors, and divergence names "
    "layer and step") {
  auto net = network<EquilibriumPropagation<Rule>>();
  CHECK_THROWS_WITH_AS(net.infer(x.topRows(3), y), "the network's input must have 4 rows, got 3",
                       ShapeError);
  CHECK_THROWS_WITH_AS(net.infer(x, y.leftCols(2)),
                       "the network's targets must be 2 x 3, got 2 x 2", ShapeError);
  const std::vector<Index> numbers{0, 1, 2};
  CHECK_THROWS_AS(net.infer(x, y, numbers), ShapeError);  // fresh states have none
  Matrix<double> bad = x;
  bad(3, 2) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(net.predict(bad), NonFinite);
  net.parameters.step_size = 1.5;
  CHECK_THROWS_AS(net.predict(x), InvalidParameter);
  net.parameters = {.beta = 0};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {.beta = std::numeric_limits<double>::infinity()};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {.nudged = 0};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {};
  net.layers[2].state.weights(0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(
      net.infer(x, y),
      "EquilibriumPropagation: the state of layer 1 is not finite at step 1, training step 0",
      Divergence);
}
