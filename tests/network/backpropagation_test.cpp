#include "hebb/network/backpropagation.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;

/// 7 samples of 5 inputs, and targets that sum to 1.
struct Batch {
  Matrix<double> x = Random{.seed = 1}.normal<double>(5, 7);
  Matrix<double> y = [] {
    Matrix<double> y_ = Random{.seed = 2}.uniform<double>(3, 7, 0.1, 1.0);
    for (Index c = 0; c < y_.cols(); ++c) y_.col(c) /= y_.col(c).sum();
    return y_;
  }();
};

template <typename Network>
Network network() {
  Network result({Rule{.parameters = {.eta = 0.1}}, {5, 6, 4, 3}});
  result.initialize({.seed = 3});
  for (std::size_t k = 0; k < result.layers.depth(); ++k)
    result.layers[k].state.weights.rightCols(1).setConstant(0.1);
  return result;
}

/// The largest difference between a network's changes and minus the central differences of its
/// loss.
template <typename Loss, typename Network>
double gradient_error(Network& net, const Batch& batch) {
  net.infer(batch.x, batch.y);
  double largest = 0;
  for (std::size_t k = 0; k < net.layers.depth(); ++k) {
    const Matrix<double> change = net.change(k);
    Matrix<double>& weights = net.layers[k].state.weights;
    for (Index i = 0; i < weights.size(); ++i) {
      const double w = weights.data()[i], h = 1e-5;
      const auto loss_at = [&](double value) {
        weights.data()[i] = value;
        return Loss::template loss<double>(net.predict(batch.x), batch.y);
      };
      const double slope = (loss_at(w + h) - loss_at(w - h)) / (2 * h);
      weights.data()[i] = w;
      largest = std::max(largest, std::abs(change.data()[i] + slope));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("backpropagation: a layer's change is minus the gradient of the loss") {
  const Batch batch;
  auto squared = network<Backpropagation<Rule>>();
  CHECK(gradient_error<SquaredError>(squared, batch) < 1e-9);
  auto softmax = network<Backpropagation<Rule, Tanh, CrossEntropy>>();
  CHECK(gradient_error<CrossEntropy>(softmax, batch) < 1e-9);
  CHECK(gradient_error<SquaredError>(softmax, batch) > 1e-2);  // detects another loss
  auto random = network<FeedbackAlignment<Rule>>();
  CHECK(gradient_error<SquaredError>(random, batch) > 1e-2);  // and another feedback
}

TEST_CASE("backpropagation: one step of gradient descent applies the change to the weights") {
  const Batch batch;
  auto net = network<Backpropagation<Rule>>();
  net.infer(batch.x, batch.y);
  Matrices<double> expected;
  for (std::size_t k = 0; k < 3; ++k)
    expected.push_back(net.layers.biased(k) + 0.1 * net.change(k));
  net.learn();
  for (std::size_t k = 0; k < 3; ++k) CHECK((net.layers.biased(k) - expected[k]).norm() < 1e-14);
}

namespace {

/// What layers change by when errors come back through given feedback weights: sums written out,
/// with tanh units and a squared error. `source(k)` is the layer whose error the feedback weights
/// of hidden layer k carry.
template <typename Network>
Matrices<double> written_out(const Network& net, const Batch& batch,
                             const Matrices<double>& feedback, auto source) {
  const auto& sizes = net.layers.sizes;
  Matrices<double> sums;
  for (std::size_t k = 0; k < 3; ++k)
    sums.push_back(Matrix<double>::Zero(sizes[k + 1], sizes[k] + 1));
  for (Index c = 0; c < batch.x.cols(); ++c) {
    std::vector<std::vector<double>> rate(4), error(3);
    for (Index j = 0; j < sizes[0]; ++j) rate[0].push_back(batch.x(j, c));
    for (std::size_t k = 0; k < 3; ++k) {
      rate[k].push_back(1);
      for (Index i = 0; i < sizes[k + 1]; ++i) {
        double drive = 0;
        for (Index j = 0; j <= sizes[k]; ++j)
          drive += net.layers.biased(k)(i, j) * rate[k][std::size_t(j)];
        rate[k + 1].push_back(k < 2 ? std::tanh(drive) : drive);
      }
    }
    for (std::size_t k = 3; k-- > 0;)
      for (Index i = 0; i < sizes[k + 1]; ++i) {
        const double r = rate[k + 1][std::size_t(i)];
        double sum = k == 2 ? batch.y(i, c) - r : 0;
        if (k < 2)
          for (Index j = 0; j < sizes[source(k) + 1]; ++j)
            sum += feedback[k](i, j) * error[source(k)][std::size_t(j)];
        error[k].push_back(k < 2 ? (1 - r * r) * sum : sum);
        for (Index j = 0; j <= sizes[k]; ++j)
          sums[k](i, j) += error[k].back() * rate[k][std::size_t(j)] / double(batch.x.cols());
      }
  }
  return sums;
}

}  // namespace

TEST_CASE(
    "feedback alignment, layer by layer and direct: the changes for given feedback weights are the "
    "sums written out") {
  const Batch batch;
  auto net = network<FeedbackAlignment<Rule>>();
  auto direct = network<DirectFeedbackAlignment<Rule>>();
  net.feedback_path.weights = {Random{.seed = 9}.normal<double>(6, 4),
                               Random{.seed = 10}.normal<double>(4, 3)};
  direct.feedback_path.weights = {Random{.seed = 11}.normal<double>(6, 3),
                                  Random{.seed = 12}.normal<double>(4, 3)};
  net.infer(batch.x, batch.y);
  direct.infer(batch.x, batch.y);
  const auto by_layer =
      written_out(net, batch, net.feedback_path.weights, [](std::size_t k) { return k + 1; });
  const auto at_once = written_out(direct, batch, direct.feedback_path.weights,
                                   [](std::size_t) { return std::size_t(2); });
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(by_layer[k].norm() > 0.1);
    CHECK(at_once[k].norm() > 0.1);
    CHECK((net.change(k) - by_layer[k]).norm() < 1e-13);
    CHECK((direct.change(k) - at_once[k]).norm() < 1e-13);
    const Matrix<double> before = direct.layers.biased(k);
    if (k == 0) {
      direct.learn();
      CHECK((direct.layers.biased(k) - before - 0.1 * at_once[k]).norm() < 1e-14);
      direct.layers[k].state.weights = before;
    }
  }
}

TEST_CASE("feedback alignment: with B = W^T it is backpropagation") {
  const Batch batch;
  auto exact = network<Backpropagation<Rule>>();
  auto net = network<FeedbackAlignment<Rule>>();
  exact.infer(batch.x, batch.y);
  net.infer(batch.x, batch.y);
  CHECK(cosine<double>(net.change(0), exact.change(0)) <
        0.9);                               // random feedback is another direction
  CHECK(net.change(2) == exact.change(2));  // the readout needs no feedback

  for (std::size_t k = 0; k < 2; ++k)
    net.feedback_path.weights[k] = net.layers.weights(k + 1).transpose();
  net.infer(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k) CHECK((net.change(k) - exact.change(k)).norm() < 1e-14);
}

TEST_CASE(
    "direct feedback alignment: with the product of the transposes it is backpropagation of a "
    "linear network") {
  const Batch batch;
  auto exact = network<Backpropagation<Rule, Linear>>();
  auto net = network<DirectFeedbackAlignment<Rule, Linear>>();
  exact.infer(batch.x, batch.y);
  net.infer(batch.x, batch.y);
  CHECK(cosine<double>(net.change(0), exact.change(0)) < 0.9);

  net.feedback_path.weights[1] = net.layers.weights(2).transpose();
  net.feedback_path.weights[0] =
      net.layers.weights(1).transpose() * net.layers.weights(2).transpose();
  net.infer(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k) CHECK((net.change(k) - exact.change(k)).norm() < 1e-14);
}

TEST_CASE("feedback alignment: the forward weights come to align with the fixed feedback") {
  Matrix<double> x = Random{.seed = 4}.normal<double>(5, 64);
  const Matrix<double> teacher = Random{.seed = 5}.normal<double>(3, 5),
                       y = (teacher * x).array().tanh();
  FeedbackAlignment<Rule, Linear> net({Rule{.parameters = {.eta = 0.05}}, {5, 6, 3}});
  net.initialize({.seed = 6});
  const auto alignment = [&] {
    return cosine<double>(net.layers.weights(1).transpose(), net.feedback_path.weights[0]);
  };
  const double before = alignment();
  const double loss = SquaredError::loss<double>(net.predict(x), y);
  for (int step = 0; step < 500; ++step) net.train(x, y);
  CHECK(alignment() > before + 0.2);
  CHECK(SquaredError::loss<double>(net.predict(x), y) < 0.2 * loss);
}

TEST_CASE("backpropagation: weights have the same bits for 1, 2 and 3 threads") {
  const Matrix<double> x = Random{.seed = 7}.normal<double>(5, 150),
                       y = Random{.seed = 8}.normal<double>(3, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network<Backpropagation<Rule>>();
    for (int step = 0; step < 3; ++step) net.train(x, y);
    return digest(net);
  }));
}

TEST_CASE("backpropagation: bad shapes, bad numbers and divergence are errors that name them") {
  const Batch batch;
  auto net = network<Backpropagation<Rule>>();
  CHECK_THROWS_WITH_AS(net.infer(Matrix<double>::Ones(4, 7), batch.y),
                       "the network's input must have 5 rows, got 4", ShapeError);
  CHECK_THROWS_WITH_AS(net.infer(batch.x, batch.y.leftCols(6)),
                       "the network's targets must be 3 x 7, got 3 x 6", ShapeError);
  Matrix<double> y = batch.y;
  y(2, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(net.infer(batch.x, y), "the network's targets holds nan at row 2, column 1",
                       NonFinite);
  CHECK_THROWS_AS((Backpropagation<Rule>({Rule{}, {5}})), InvalidParameter);
  CHECK_THROWS_AS((Backpropagation<Rule>({Rule{}, {5, 0, 2}})), InvalidParameter);
  CHECK_THROWS_AS((Backpropagation<Rule>({{Rule{}, Rule{}}, {5, 2}})), InvalidParameter);
  for (const double scale : {HUGE_VAL, double(NAN)})
    CHECK_THROWS_AS(net.initialize({}, scale), InvalidParameter);
  net.train(batch.x, batch.y);
  net.layers[1].state.weights(0, 0) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(net.infer(batch.x, batch.y),
                       "SentBackError: the drive of layer 1 is not finite, training step 1",
                       Divergence);
}

TEST_CASE("fixed feedback weights fill Glorot's interval and do not leave it") {
  const std::vector<Index> sizes{40, 50, 60, 30};
  const auto check = [&](const auto& feedback, std::size_t k, Index from) {
    const double bound = std::sqrt(6.0 / double(sizes[k + 1] + from));
    const double largest = feedback.weights[k].cwiseAbs().maxCoeff();
    CHECK(largest <= bound);
    CHECK(largest > 0.98 * bound);
  };
  FeedbackAlignment<Rule> layered({Rule{}, sizes});
  layered.initialize({.seed = 3});
  DirectFeedbackAlignment<Rule> direct({Rule{}, sizes});
  direct.initialize({.seed = 3});
  for (std::size_t k = 0; k + 2 < sizes.size(); ++k) {
    check(layered.feedback_path, k, sizes[k + 2]);
    check(direct.feedback_path, k, sizes.back());
  }
}
