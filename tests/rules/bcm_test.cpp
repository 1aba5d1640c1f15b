#include "hebb/rules/bcm.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("bcm: one update uses the threshold from before the step, worked by hand",
                   Scalar, float, double) {
  const Bcm<Scalar> rule{
      .parameters = {.eta = Scalar(0.5), .tau_theta = 4, .initial_threshold = 2}};
  auto state = rule.init({.pre = 2, .post = 1});
  rule.update(Matrix<Scalar>{{1, 2}, {0, 1}}, Matrix<Scalar>{{1, 3}},
              state);  // phi = (1 (1 - 2), 3 (3 - 2)) = (-1, 3)
  CHECK(state.weights(0, 0) == close_to<Scalar>(0.5 * (-1 * 1 + 3 * 2) / 2));
  CHECK(state.weights(0, 1) == close_to<Scalar>(0.5 * (3 * 1) / 2.0));
  CHECK(state.threshold(0) == close_to<Scalar>(2 + (5.0 - 2) / 4));  // <y^2> = 5

  const Bcm<Scalar, LawCooper> law_cooper{
      .parameters = {.eta = Scalar(0.5), .tau_theta = 4, .initial_threshold = 2}};
  auto other = law_cooper.init({.pre = 2, .post = 1});
  law_cooper.update(Matrix<Scalar>{{1, 2}, {0, 1}}, Matrix<Scalar>{{1, 3}}, other);
  CHECK(other.weights(0, 0) == close_to<Scalar>(state.weights(0, 0) / 2));  // phi / theta
}

/// Shows the columns of `patterns` in proportion to `counts`, all in one batch, to a linear unit.
template <typename Rule>
static typename Rule::State live(const Rule& rule, const Matrix<double>& patterns,
                                 const std::vector<int>& counts, int steps,
                                 const Matrix<double>& start) {
  Index total = 0;
  for (const int count : counts) total += count;
  Matrix<double> x(patterns.rows(), total);
  for (Index k = 0, column = 0; k < patterns.cols(); ++k)
    for (int n = 0; n < counts[std::size_t(k)]; ++n) x.col(column++) = patterns.col(k);
  auto state = rule.init({.pre = patterns.rows(), .post = 1});
  state.weights = start;
  for (int step = 0; step < steps; ++step) rule.update(x, state.weights * x, state);
  return state;
}

TEST_CASE("bcm: of K patterns a unit comes to prefer one, and there y = theta = 1 / p") {
  Matrix<double> patterns(3, 3);  // independent, not orthogonal
  patterns << 1, 0.3, 0.2, /**/ 0.1, 1, 0.3, /**/ 0.2, 0.1, 1;
  const Matrix<double> start{{0.3, 0.2, 0.1}};
  const std::vector<int> counts{1, 2, 1};
  const auto check = [&](const auto& state) {
    const Matrix<double> y = state.weights * patterns;
    Index preferred = 0;
    y.row(0).maxCoeff(&preferred);
    const double expected = 4.0 / counts[std::size_t(preferred)];
    CHECK(state.threshold(0) == doctest::Approx(expected).epsilon(1e-4));
    for (Index k = 0; k < 3; ++k) CHECK(std::abs(y(0, k) - (k == preferred ? expected : 0)) < 1e-3);
  };
  check(live(Bcm<double>{.parameters = {.eta = 5e-3, .tau_theta = 10}}, patterns, counts, 40000,
             start));
  check(live(Bcm<double, LawCooper>{.parameters = {.eta = 5e-3, .tau_theta = 10}}, patterns, counts,
             40000, start));
}

TEST_CASE(
    "bcm: the rarer the preferred pattern, the higher its response, and selectivity is 1 - 1/K") {
  const Matrix<double> patterns = Matrix<double>::Identity(4, 4);
  const Bcm<double> rule{.parameters = {.eta = 5e-3, .tau_theta = 10}};
  const std::vector<int> counts{1, 2, 1, 4};
  std::array<double, 4> response{};
  for (Index k = 0; k < 4; ++k) {
    Matrix<double> start = Matrix<double>::Constant(1, 4, 0.1);
    start(0, k) = 2;
    const Matrix<double> y = live(rule, patterns, counts, 20000, start).weights * patterns;
    response[std::size_t(k)] = y(0, k);
    CHECK(1 - y.mean() / y.maxCoeff() == doctest::Approx(1 - 1.0 / 4).epsilon(1e-3));
  }
  CHECK(response[0] == doctest::Approx(8).epsilon(1e-3));
  CHECK(response[1] == doctest::Approx(4).epsilon(1e-3));
  CHECK(response[3] == doctest::Approx(2).epsilon(1e-3));
}

/// The distance from the selective fixed point of a unit on K orthonormal, equally likely patterns,
/// relative to a nudge 50,000 updates ago.
template <typename Rule>
static double growth_of_a_nudge(Rule rule, int K, double ratio) {
  rule.parameters.eta = 2e-3;  // tau_w = 500 updates
  rule.parameters.tau_theta = ratio / rule.parameters.eta;
  rule.parameters.initial_threshold = K;
  const Matrix<double> x = Matrix<double>::Identity(K, K);
  auto state = rule.init({.pre = K, .post = 1});
  const double nudge = 0.01 * K;
  state.weights(0, 0) = K + nudge;
  double largest = 0;
  for (int step = 0; step < 60000; ++step) {
    rule.update(x, state.weights * x, state);
    if (step >= 50000) largest = std::max(largest, std::abs(state.weights(0, 0) - K));
  }
  return largest / nudge;
}

TEST_CASE("bcm: Intrator and Cooper's form is stable while tau_theta < tau_w / |x|^2") {
  for (const int K : {2, 4}) {
    CAPTURE(K);
    CHECK(growth_of_a_nudge(Bcm<double>{}, K, 0.9) < 0.5);
    CHECK(growth_of_a_nudge(Bcm<double>{}, K, 1.1) > 2);
  }
}

TEST_CASE("bcm: Law and Cooper's form is stable for thresholds K times as slow") {
  for (const int K : {2, 4}) {
    CAPTURE(K);
    CHECK(growth_of_a_nudge(Bcm<double, LawCooper>{}, K, 0.9 * K) < 0.5);
    CHECK(growth_of_a_nudge(Bcm<double, LawCooper>{}, K, 1.1 * K) > 2);
  }
}

TEST_CASE("bcm: the mean update is the gradient of <y^3> / 3 - <y^2>^2 / 4") {
  Random random{.seed = 3};
  const Matrix<double> x = random.normal<double>(3, 30);
  const Matrix<double> w = random.normal<double>(1, 3);
  const auto objective = [&](const Matrix<double>& weights) {
    const Eigen::ArrayXXd y = (weights * x).array();
    return y.cube().mean() / 3 - std::pow(y.square().mean(), 2) / 4;
  };
  const Matrix<double> y = w * x;
  const Bcm<double> rule{.parameters = {.eta = 1, .initial_threshold = y.squaredNorm() / 30}};
  auto state = rule.init({.pre = 3, .post = 1});
  state.weights = w;
  rule.update(x, y, state);
  for (Index j = 0; j < 3; ++j) {
    Matrix<double> up = w, down = w;
    up(0, j) += 1e-6;
    down(0, j) -= 1e-6;
    CHECK(state.weights(0, j) - w(0, j) ==
          doctest::Approx((objective(up) - objective(down)) / 2e-6).epsilon(1e-7));
  }
}

TEST_CASE_TEMPLATE("bcm: the threshold in Law and Cooper's division stays above its floor, by hand",
                   Scalar, float, double) {
  const auto learn_after_silence = [](const Bcm<Scalar, LawCooper>& rule) {
    auto state = rule.init({.pre = 1, .post = 1});
    state.threshold(0) = Scalar(0.125);
    rule.update(Matrix<Scalar>{{1}}, Matrix<Scalar>{{1}}, state);
    return state.weights(0, 0);
  };
  using Rule = Bcm<Scalar, LawCooper>;
  CHECK(learn_after_silence(
            Rule{.parameters = {.eta = 1}, .modification = {.smallest_threshold = 0.25}}) ==
        close_to<Scalar>(0.875 / 0.25));
  CHECK(learn_after_silence(Rule{.parameters = {.eta = 1}}) == close_to<Scalar>(0.875 / 0.5));
  CHECK(learn_after_silence(
            Rule{.parameters = {.eta = 1}, .modification = {.smallest_threshold = 0.1}}) ==
        close_to<Scalar>(7));
  for (const double bad : {0.0, -1.0, std::nan("")})
    CHECK_THROWS_AS((Rule{.modification = {.smallest_threshold = bad}}.init({.pre = 1, .post = 1})),
                    InvalidParameter);
}

TEST_CASE("bcm: a threshold that overflows is named although no weight depends on it") {
  const Bcm<float> rule;
  auto state = rule.init({.pre = 1, .post = 2});
  const Matrix<float> silence{{0, 0, 0}}, loud{{1, 1, 1}, {1.5e19f, 1.5e19f, 1.5e19f}};
  CHECK_THROWS_WITH_AS(rule.update(silence, loud, state),
                       "Bcm: threshold holds inf at row 1, column 0", Divergence);
  CHECK(state.weights.isZero());
}
