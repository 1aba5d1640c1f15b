#include <doctest/doctest.h>

#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Differential = DifferentialHebbian<double>;
template <typename Rule, typename Teaching, typename Feedback = TiedFeedback>
using Nudged =
    EquilibriumPropagation<Rule,
                           EquilibriumPolicies<Teaching, SymmetricNudge, FreshStates, Feedback>>;

const Matrix<double> x = Random{.seed = 1}.uniform<double>(4, 3),
                     y = Random{.seed = 2}.uniform<double>(2, 3);

template <typename Network>
Network network() {
  Network net({{.parameters = {.eta = 0.1}}, {4, 5, 4, 2}});
  net.initialize({.seed = 3}, 0.3);
  for (std::size_t k = 0; k < net.layers.depth(); ++k)
    net.layers[k].state.weights.rightCols(1).setConstant(0.3);  // states between the borders
  net.infer(x, y);
  return net;
}

}  // namespace

TEST_CASE(
    "equilibrium propagation: the symmetric differential Hebbian sum is the contrast, to "
    "round-off") {
  auto contrast = network<Nudged<Hebbian<double>, LearnFromContrast>>();
  auto changes = network<Nudged<Hebbian<double>, LearnFromSymmetricChanges>>();
  auto one_sided = network<Nudged<Differential, LearnFromOneSidedChanges>>();
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(contrast.change(k).norm() > 1e-3);
    CHECK((changes.change(k) - contrast.change(k)).norm() < 1e-13);
  }
  CHECK((one_sided.change(0) - contrast.change(0)).norm() < 1e-13);  // the input is constant
  CHECK((one_sided.change(1) - contrast.change(1)).norm() > 1e-3);
}

TEST_CASE(
    "equilibrium propagation: the contrast is <s s'> nudged one way minus the other, over the "
    "difference of beta") {
  auto net = network<Nudged<Hebbian<double>, LearnFromContrast>>();
  const Matrix<double> plus = net.at(1, {0, 4}).topRows(4) * net.at(0, {0, 4}).transpose();
  const Matrix<double> minus = net.at(1, {1, 4}).topRows(4) * net.at(0, {1, 4}).transpose();
  CHECK((net.change(1) - (plus - minus) / 3 / (0.5 + 0.5)).norm() < 1e-15);
  CHECK((net.at(1, {0, 0}) - net.at(1, {0, 4})).norm() > 1e-3);
}

TEST_CASE(
    "untied equilibrium propagation: forward and feedback changes add up to the contrast but for "
    "the product of both changes") {
  auto net = network<
      EquilibriumPropagation<Differential, EquilibriumPolicies<LearnFromOneSidedEnds, PositiveNudge,
                                                               FreshStates, UntiedFeedback>>>();
  for (std::size_t k = 0; k < 2; ++k)
    net.feedback_path.synapses[k].state.weights = net.layers.weights(k + 1).transpose();
  net.infer(x, y);
  const auto state = [&](std::size_t k, Index t) -> Matrix<double> {
    return net.at(k, {0, t}).topRows(net.layers.sizes[k + 1]);
  };
  for (std::size_t k = 1; k < 3; ++k) {
    const Matrix<double> contrast =
        (state(k, 4) * state(k - 1, 4).transpose() - state(k, 0) * state(k - 1, 0).transpose()) /
        3 / 0.5;
    const Matrix<double> both =
        (state(k, 4) - state(k, 0)) * (state(k - 1, 4) - state(k - 1, 0)).transpose() / 3 / 0.5;
    const Matrix<double> forward = net.change(k).leftCols(net.layers.sizes[k]);
    const Matrix<double> sum = forward + net.feedback_change(k - 1).transpose();
    CHECK((sum + both - contrast).norm() < 1e-14);
    CHECK(both.norm() > 1e-7);
  }
}

TEST_CASE(
    "untied equilibrium propagation: the scale of initial weights also applies to the feedback "
    "weights") {
  auto whole = network<UntiedEquilibriumPropagation<Differential>>(), half = whole;
  whole.initialize({.seed = 5});
  half.initialize({.seed = 5}, 0.5);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(half.feedback_path.synapses[k].state.weights ==
          0.5 * whole.feedback_path.synapses[k].state.weights);
    CHECK(half.layers.biased(k + 1) == 0.5 * whole.layers.biased(k + 1));
    CHECK(whole.feedback_path.synapses[k].state.weights.norm() > 0.1);
  }
}

TEST_CASE(
    "untied equilibrium propagation: separate feedback weights carry the feedback, and learn") {
  auto net = network<UntiedEquilibriumPropagation<Differential, SymmetricNudge>>();
  const Matrix<double> before = net.feedback_path.synapses[0].state.weights,
                       change = net.feedback_change(0);
  const Matrix<double> free = net.at(0, {});
  CHECK(change.norm() > 1e-4);
  net.learn();
  CHECK((net.feedback_path.synapses[0].state.weights - before - 0.1 * change).norm() < 1e-15);
  net.feedback_path.synapses[0].state.weights *= 2;
  net.infer(x, y);
  CHECK((net.at(0, {}) - free).norm() > 1e-3);

  const Matrix<double> inputs = Random{.seed = 4}.uniform<double>(4, 64);
  const Matrix<double> targets = (inputs.topRows(2) + inputs.bottomRows(2)) / 2;
  UntiedEquilibriumPropagation<Differential, SymmetricNudge> learner(
      {Differential{.parameters = {.eta = 0.1}}, {4, 12, 2}});
  learner.initialize({.seed = 3}, 0.3);
  const double cost = (targets - learner.predict(inputs)).squaredNorm();
  for (int step = 0; step < 1200; ++step) learner.train(inputs, targets);
  CHECK((targets - learner.predict(inputs)).squaredNorm() < 0.05 * cost);  // their mean alone: 0.13
}

TEST_CASE(
    "equilibrium propagation: persistent states are those of the samples, whatever their order in "
    "the batch") {
  EquilibriumPropagation<Hebbian<double>,
                         EquilibriumPolicies<LearnFromContrast, PositiveNudge, PersistentStates>>
      net({Hebbian<double>{}, {4, 5, 4, 2}});
  net.initialize({.seed = 3});
  net.start.samples = 10;
  net.stop.most = 3;
  const std::vector<Index> numbers{7, 0, 4}, others{1, 2, 3}, shuffled{4, 7, 0};
  net.infer(x, y, numbers);
  const Matrix<double> free = net.at(1, {});
  net.infer(x, y, others);  // another sample's start is 0, though its input is the same
  CHECK(net.at(1, {}) == free);

  net.stop.most = 0;
  net.infer(x, y, shuffled);  // resumes the free state, not the nudged one
  CHECK(net.at(1, {}).col(0) == free.col(2));
  CHECK(net.at(1, {}).col(1) == free.col(0));
  net.stop.most = 3;
  net.infer(x, y, numbers);
  CHECK((net.at(1, {}) - free).norm() > 1e-3);  // it went on

  CHECK_THROWS_AS(net.infer(x, y), ShapeError);
  const std::vector<Index> far{7, 0, 10};
  CHECK_THROWS_WITH_AS(net.infer(x, y, far), "EquilibriumPropagation: sample 10 is not in [0, 10)",
                       InvalidParameter);
}

TEST_CASE(
    "untied equilibrium propagation: symmetric changes leave the difference of a pair's weights as "
    "it is, but for the weight decay") {
  using Rule = Hebbian<double, Plain>;
  auto net = network<Nudged<Rule, LearnFromSymmetricChanges, UntiedFeedback>>();
  const double eta = 0.1, decay = 0.2;
  for (std::size_t k = 0; k < 3; ++k) net.layers[k].rule.optimizer.weight_decay = decay;
  for (auto& synapses : net.feedback_path.synapses) synapses.rule.optimizer.weight_decay = decay;
  const auto difference = [&](std::size_t k) -> Matrix<double> {
    return net.layers.weights(k + 1) - net.feedback_path.synapses[k].state.weights.transpose();
  };
  const Matrix<double> before = difference(1);
  CHECK(before.norm() > 0.1);
  for (int step = 1; step <= 20; ++step) {
    const Matrix<double> weights = net.layers.biased(2);
    net.train(x, y);
    CHECK((net.layers.biased(2) - weights).norm() > 1e-4);
    CHECK((difference(1) - std::pow(1 - eta * decay, step) * before).norm() < 1e-14);
  }
}
