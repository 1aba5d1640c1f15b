#include "hebb/network/dendritic/dendritic_error.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
using Network = DendriticError<Rule>;

const Matrix<double> x = Random{.seed = 1}.normal<double>(5, 7),
                     y = Random{.seed = 2}.uniform<double>(3, 7, -1, 1);

Network network() {
  Network net({Rule{.parameters = {.eta = 0.1}}, {5, 6, 4, 3}});
  net.initialize({.seed = 3});
  for (std::size_t k = 0; k < net.layers.depth(); ++k)
    net.layers[k].state.weights.rightCols(1).setConstant(0.1);
  net.predict_self();
  net.stop = {.tolerance = 1e-14, .most = 200};
  return net;
}

}  // namespace

TEST_CASE(
    "dendritic error: in the self-predicting state, without a target, apical potentials and "
    "changes are 0") {
  auto net = network();
  net.parameters.nudge = 0;
  const Matrix<double> output = net.predict(x);
  CHECK(net.infer(x, y).converged);
  CHECK((net.activity.output() - output).norm() < 1e-14);
  for (std::size_t k = 0; k < 3; ++k) CHECK(net.change(k).norm() < 1e-14);
  CHECK(net.feedback(0) < 1e-14);
  CHECK(net.feedback(1) < 1e-14);

  net.lateral[0].state.weights *=
      1.1;  // interneurons that predict wrongly change apical potentials
  net.infer(x, y);
  CHECK(net.feedback(0) > 1e-3);
  CHECK(net.change(0).norm() > 1e-4);
}

TEST_CASE(
    "dendritic error: with B = W^T a weak nudge makes the changes of backpropagation, scaled, but "
    "for a term of the order of the nudge") {
  auto net = network();
  Backpropagation<Rule, Sigmoid> control({Rule{}, {5, 6, 4, 3}});
  control.layers.copy_weights(net.layers);
  control.infer(x, y);
  const auto largest_difference = [&](double nudge) {
    net.parameters.nudge = nudge;
    CHECK(net.infer(x, y).converged);
    double largest = 0, scale = nudge;
    for (std::size_t k = 3; k-- > 0;) {
      largest = std::max(
          largest, (net.change(k) / scale - control.change(k)).norm() / control.change(k).norm());
      scale *= net.parameters.apical * (1 - net.parameters.interneuron);
    }
    return largest;
  };
  CHECK(largest_difference(1e-3) > 0.3);  // random top-down weights do not

  for (std::size_t k = 0; k < 2; ++k) net.top_down[k] = net.layers.weights(k + 1).transpose();
  net.predict_self();
  const double coarse = largest_difference(1e-3), fine = largest_difference(1e-4);
  CHECK(fine < 1e-4);
  CHECK(coarse / fine == doctest::Approx(10).epsilon(0.05));
}

TEST_CASE(
    "dendritic error: interneurons with other initial weights learn to predict the layer above") {
  const Matrix<double> inputs = Random{.seed = 4}.normal<double>(5, 64),
                       none = Matrix<double>::Zero(3, 64);
  auto net = network();
  net.parameters.nudge = 0;
  net.stop = {.tolerance = 1e-4, .most = 20};
  for (std::size_t k = 0; k < net.hidden(); ++k)
    net.lateral[k].rule.parameters.eta = net.inhibition[k].rule.parameters.eta = 0.4;
  for (std::size_t k = 0; k < net.layers.depth(); ++k)
    net.layers[k].rule.parameters.eta = 1e-9;  // the forward weights hardly move
  for (std::size_t k = 0; k < 2; ++k) {
    net.lateral[k].state.weights = Random{.seed = 5}
                                       .stream("lateral", k)
                                       .normal<double>(net.lateral[k].state.weights.rows(),
                                                       net.lateral[k].state.weights.cols());
    net.inhibition[k].state.weights *= 0.5;
  }
  net.infer(inputs, none);
  const double before[] = {net.feedback(0), net.feedback(1)};
  for (int step = 0; step < 1500; ++step) net.train(inputs, none);
  net.infer(inputs, none);
  for (std::size_t k = 0; k < 2; ++k) CHECK(net.feedback(k) < 0.1 * before[k]);
}

TEST_CASE(
    "dendritic error: learning brings the output nearer to the targets, and less feedback is "
    "needed") {
  const Matrix<double> inputs = Random{.seed = 6}.normal<double>(5, 64);
  const Matrix<double> targets = 0.3 * Random{.seed = 7}.normal<double>(3, 5) * inputs;
  Network net({Rule{.parameters = {.eta = 0.5}}, {5, 24, 3}});
  net.initialize({.seed = 3});
  net.stop = {.tolerance = 1e-4, .most = 20};
  const double cost = (targets - net.predict(inputs)).squaredNorm();
  net.infer(inputs, targets);
  const double feedback = net.feedback(0), latency = net.latency(0.7);
  for (int step = 0; step < 1000; ++step) net.train(inputs, targets);
  CHECK((targets - net.predict(inputs)).squaredNorm() < 0.2 * cost);
  net.infer(inputs, targets);
  CHECK(net.feedback(0) < 0.5 * feedback);
  CHECK(net.latency(0.7) < latency);
}

TEST_CASE("dendritic error: weights have the same bits for 1, 2 and 3 threads") {
  const Matrix<double> inputs = Random{.seed = 8}.normal<double>(5, 150),
                       targets = Random{.seed = 9}.normal<double>(3, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network();
    for (int step = 0; step < 3; ++step) net.train(inputs, targets);
    return digest(net);
  }));
}

TEST_CASE(
    "dendritic error: bad parameters, shapes and numbers are errors, and divergence names layer "
    "and step") {
  auto net = network();
  CHECK_THROWS_AS(net.infer(x.topRows(4), y), ShapeError);
  CHECK_THROWS_AS(net.infer(x, y.topRows(2)), ShapeError);
  net.parameters.nudge = 1.1;
  CHECK_THROWS_WITH_AS(net.infer(x, y),
                       "DendriticError: apical, interneuron and nudge must be in [0, 1], got 1.1",
                       InvalidParameter);
  net.parameters = {.step_size = 2};
  CHECK_THROWS_AS(net.infer(x, y), InvalidParameter);
  net.parameters = {};
  net.top_down[1](0, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(
      net.infer(x, y),
      "DendriticError: the state of layer 1 is not finite at step 1, training step 0", Divergence);
}
