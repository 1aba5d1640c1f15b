#include "hebb/rules/covariance.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

/// Rules whose means are those of the batch.
template <typename Thresholds>
static Matrix<double> change(const Matrix<double>& x, const Matrix<double>& y,
                             const Matrix<double>& weights) {
  const Covariance<double, Thresholds> rule{.parameters = {.eta = 0.5, .tau = 1}};
  auto state = rule.init({.pre = x.rows(), .post = y.rows()});
  state.weights = weights;
  rule.update(x, y, state);
  return state.weights - weights;
}

TEST_CASE("covariance: all three forms change a linear unit by eta Cov(x) w") {
  Random random{.seed = 1};
  const Matrix<double> x = random.normal<double>(3, 40).array() + 2.0,
                       w = random.normal<double>(2, 3);
  const Matrix<double> centred = x.colwise() - x.rowwise().mean();
  const Matrix<double> expected = 0.5 * w * centred * centred.transpose() / 40;
  CHECK((change<BothThresholds>(x, w * x, w) - expected).norm() < 1e-12);
  CHECK((change<PresynapticThreshold>(x, w * x, w) - expected).norm() < 1e-12);
  CHECK((change<PostsynapticThreshold>(x, w * x, w) - expected).norm() < 1e-12);
}

TEST_CASE(
    "covariance: a silent input is weakened by an active neuron under the presynaptic threshold "
    "only") {
  const auto learn_from_silence = [](auto thresholds) {
    const Covariance<double, decltype(thresholds)> rule{.parameters = {.eta = 0.5, .tau = 2}};
    auto state = rule.init({.pre = 1, .post = 1});
    rule.update(Matrix<double>{{2}}, Matrix<double>{{1}}, state);  // so that the means are 2 and 1
    state.weights.setZero();
    rule.update(Matrix<double>{{0}}, Matrix<double>{{3}}, state);  // and now 1 and 2
    return state.weights(0, 0);
  };
  CHECK(learn_from_silence(PresynapticThreshold{}) == close_to<double>(0.5 * 3 * (0 - 1)));
  CHECK(learn_from_silence(PostsynapticThreshold{}) == 0);
  CHECK(learn_from_silence(BothThresholds{}) == close_to<double>(0.5 * (3 - 2) * (0 - 1)));
}

TEST_CASE("covariance: a constant added to x or y changes nothing, from the first sample on") {
  const Covariance<double> rule;
  auto plain = rule.init({.pre = 3, .post = 2});
  auto shifted = plain;
  Random random{.seed = 2};
  for (int step = 0; step < 300; ++step) {
    const Matrix<double> x = random.normal<double>(3, 1), y = random.normal<double>(2, 1);
    rule.update(x, y, plain);
    rule.update(x.array() + 5.0, y.array() - 3.0, shifted);
  }
  CHECK((plain.weights - shifted.weights).norm() < 1e-12);
  CHECK(plain.weights.norm() > 0.01);
}

TEST_CASE(
    "covariance: the means are exact averages up to tau updates, exponential ones after that") {
  const Covariance<double> rule{.parameters = {.tau = 4}};
  auto state = rule.init({.pre = 1, .post = 1});
  const Matrix<double> y{{0}};
  for (const double x : {1.0, 2.0, 6.0}) rule.update(Matrix<double>{{x}}, y, state);
  CHECK(state.pre_mean(0) == close_to<double>(3));
  for (const double x : {7.0, 8.0}) rule.update(Matrix<double>{{x}}, y, state);
  CHECK(state.pre_mean(0) == close_to<double>(4 + 0.25 * (8 - 4)));
}
