#include "hebb/rules/lpl.hpp"

#include <doctest/doctest.h>

#include <Eigen/QR>

#include "hebb/core/activation.hpp"
#include "hebb/core/random.hpp"

using namespace hebb;

namespace {

/// A layer z = f(W x) with the total loss of a rule as a function of W, for central differences.
template <typename Rule, typename Activation>
struct Problem {
  Rule rule;
  Matrix<double> x, previous;
  Index places = 1;

  double loss(const Matrix<double>& weights) const {
    Matrix<double> rate, gain;
    Activation::template respond<double>(weights * x, rate, gain);
    const auto terms = rule.loss(Response<double>(rate, gain, places), previous);
    return rule.parameters.predictive * terms.predictive + rule.parameters.hebbian * terms.hebbian +
           rule.parameters.decorrelation * terms.decorrelation;
  }

  Matrix<double> minus_numerical_gradient(const Matrix<double>& weights) const {
    constexpr double h = 1e-5;
    Matrix<double> gradient(weights.rows(), weights.cols());
    for (Index k = 0; k < weights.size(); ++k) {
      Matrix<double> up = weights, down = weights;
      up(k) += h;
      down(k) -= h;
      gradient(k) = -(loss(up) - loss(down)) / (2 * h);
    }
    return gradient;
  }

  Matrix<double> update(const Matrix<double>& weights) const {
    auto state = rule.init({.pre = weights.cols(), .post = weights.rows()});
    state.weights = weights;
    state.previous = previous;
    Matrix<double> rate, gain;
    Activation::template respond<double>(weights * x, rate, gain);
    rule.update(x, Response<double>(rate, gain, places), state);
    return (state.weights - weights) / rule.parameters.eta;
  }
};

double relative_error(const Matrix<double>& a, const Matrix<double>& b) { return (a - b).norm() / b.norm(); }

/// Three independent AR(1) sources of unit variance, the slowest first, seen through an orthogonal mixture: 3 x steps.
struct SlowSources {
  Matrix<double> mixture, x;
  explicit SlowSources(Index steps, const Vector<double>& rho) {
    Random random{.seed = 7};
    mixture = Eigen::HouseholderQR<Matrix<double>>(random.normal<double>(3, 3)).householderQ();
    Matrix<double> sources(3, steps);
    Vector<double> source = random.normal<double>(3, 1);
    for (Index t = 0; t < steps; ++t) {
      source =
          rho.cwiseProduct(source) + (1 - rho.array().square()).sqrt().matrix().cwiseProduct(Vector<double>(random.normal<double>(3, 1)));
      sources.col(t) = source;
    }
    x = mixture * sources;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("lpl: the update is minus the gradient of the loss", Activation, Linear, Tanh, Sigmoid, Softplus) {
  Random random{.seed = 11};
  const Matrix<double> weights = 0.5 * random.normal<double>(4, 5), x = random.normal<double>(5, 12);

  SUBCASE("symmetric views") {
    const Problem<Lpl<double, Symmetric>, Activation> problem{.rule = {}, .x = x, .previous = {}};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) < 1e-7);
  }
  SUBCASE("the past held constant") {
    const Problem<Lpl<double, Causal>, Activation> problem{.rule = {}, .x = x, .previous = random.normal<double>(4, 12)};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) < 1e-7);
  }
  SUBCASE("learned per place, two views of two samples at three places") {
    const Problem<Lpl<double, Symmetric>, Activation> problem{.rule = {}, .x = x, .previous = {}, .places = 3};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) < 1e-7);
  }
  SUBCASE("more neurons than samples, so that the decorrelation goes through the samples' Gram matrix") {
    const Matrix<double> wide = 0.5 * random.normal<double>(9, 5);
    const Problem<Lpl<double, Symmetric>, Activation> problem{.rule = {}, .x = x, .previous = {}};
    CHECK(relative_error(problem.update(wide), problem.minus_numerical_gradient(wide)) < 1e-7);
  }
}

TEST_CASE("lpl: the gradient test notices a factor of two in any one term") {
  Random random{.seed = 12};
  const Matrix<double> weights = 0.5 * random.normal<double>(4, 5), x = random.normal<double>(5, 12);
  using Rule = Lpl<double, Symmetric>;
  const Problem<Rule, Tanh> right{.rule = {}, .x = x, .previous = {}};
  for (const auto term : {&Rule::Parameters::predictive, &Rule::Parameters::hebbian, &Rule::Parameters::decorrelation}) {
    Problem<Rule, Tanh> wrong = right;
    wrong.rule.parameters.*term *= 2;
    CHECK(relative_error(wrong.update(weights), right.minus_numerical_gradient(weights)) > 1e-2);
  }
}

TEST_CASE_TEMPLATE("lpl: one update worked by hand", Scalar, float, double) {
  // One neuron, z = x, three samples 1, 2, 6: mean 3, variance 7; the past was 1, 1, 1.
  Lpl<Scalar> rule{.parameters = {.eta = 1, .predictive = 3, .hebbian = 7, .epsilon = Scalar(1e-12)}};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights << 1;
  const Matrix<Scalar> x{{1, 2, 6}}, ones = Matrix<Scalar>::Ones(1, 3);
  state.previous = ones;

  rule.update(x, Response<Scalar>(x, ones), state);

  // predictive: 2*3/3 * (0*1 + 1*2 + 5*6) = 64; Hebbian: 2*7/(2*7) * (-2*1 - 1*2 + 3*6) = 14.
  CHECK(state.weights(0, 0) == doctest::Approx(1 - 64 + 14));
}

TEST_CASE("lpl: decorrelation is the squared covariance of the erratum, worked by hand") {
  // Two neurons in three samples: deviations (-1, 0, 1) and (-1, 1, 0), covariance 1/2, so the loss is (2 * 1/4) / 2.
  const Matrix<double> z{{1, 2, 3}, {4, 6, 5}}, gain = Matrix<double>::Ones(2, 3);
  const Lpl<double> rule;
  CHECK(rule.loss(Response<double>(z, gain)).decorrelation == doctest::Approx(0.25));
  CHECK(rule.loss(Response<double>(z, gain)).hebbian == doctest::Approx(-std::log(1 + 1e-4)));
}

TEST_CASE_TEMPLATE("lpl: a linear unit finds the slowest direction, at variance lambda / (1 - rho), half of it if symmetric", Pairing,
                   Causal, Symmetric) {
  const Vector<double> rho{{0.95, 0.6, 0.2}};
  const Index steps = 200'000;
  const SlowSources sources(steps, rho);
  // Long blocks of consecutive pairs as batches: the update is nearly the averaged flow.
  const Index n = steps - 1;
  const Matrix<double> past = sources.x.leftCols(n), now = sources.x.rightCols(n);
  const Matrix<double> c0 = now * now.transpose() / double(n), c1 = now * past.transpose() / double(n);
  constexpr bool symmetric = Pairing::views == 2;

  const double lambda = 1;
  const Lpl<double, Pairing> rule{.parameters = {.eta = 0.1, .hebbian = lambda}};
  auto state = rule.init({.pre = 3, .post = 1});
  state.weights.setConstant(0.3);
  const Index block = 4000;
  for (Index epoch = 0; epoch < 12; ++epoch)
    for (Index begin = 0; begin + block <= n; begin += block) {
      const Matrix<double> x0 = past.middleCols(begin, block), x1 = now.middleCols(begin, block);
      if constexpr (symmetric) {
        Matrix<double> both(3, 2 * block);
        both << x0, x1;
        const Matrix<double> z = state.weights * both, ones = Matrix<double>::Ones(1, 2 * block);
        rule.update(both, Response<double>(z, ones), state);
      } else {
        state.previous = state.weights * x0;
        const Matrix<double> z = state.weights * x1, ones = Matrix<double>::Ones(1, block);
        rule.update(x1, Response<double>(z, ones), state);
      }
    }

  const Vector<double> loadings = sources.mixture.transpose() * state.weights.transpose();
  const double variance = (state.weights * c0 * state.weights.transpose())(0, 0);
  const double autocorrelation = (state.weights * c1 * state.weights.transpose())(0, 0) / variance;
  CHECK(std::abs(loadings(0)) > 0.98 * loadings.norm());
  CHECK(variance * (1 - autocorrelation) == doctest::Approx(symmetric ? lambda / 2 : lambda).epsilon(0.03));
}

TEST_CASE("lpl: a unit that does not vary is pushed by at most 1 / epsilon, and stays finite") {
  const Lpl<double, Symmetric> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> x = Matrix<double>::Ones(2, 4), z = Matrix<double>::Constant(2, 4, 0.5), ones = Matrix<double>::Ones(2, 4);
  for (int step = 0; step < 100; ++step) rule.update(x, Response<double>(z, ones), state);
  CHECK(state.weights.norm() == 0);
}

TEST_CASE("lpl: the first step of a sequence has no predictive term, and forget begins a sequence") {
  Random random{.seed = 5};
  const Lpl<double> rule{.parameters = {.hebbian = 0, .decorrelation = 0}};
  auto state = rule.init({.pre = 3, .post = 2});
  const Matrix<double> x = random.normal<double>(3, 4), z = random.normal<double>(2, 4), ones = Matrix<double>::Ones(2, 4);
  rule.update(x, Response<double>(z, ones), state);
  CHECK(state.weights.norm() == 0);
  const Matrix<double> later = random.normal<double>(2, 4);
  rule.update(x, Response<double>(later, ones), state);
  CHECK(state.weights.norm() > 0);
  const Matrix<double> before = state.weights;
  rule.forget(state);
  rule.update(x, Response<double>(z, ones), state);
  CHECK(state.weights == before);
}

TEST_CASE("lpl: a shorter batch in the middle of a sequence is an error, after forget it is not") {
  const Lpl<double> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> x = Matrix<double>::Identity(2, 2), ones = Matrix<double>::Ones(2, 2);
  rule.update(x, Response<double>(x, ones), state);
  const Matrix<double> one = x.leftCols(1), gain = ones.leftCols(1);
  CHECK_THROWS_AS(rule.update(one, Response<double>(one, gain), state), ShapeError);
  rule.forget(state);
  CHECK_NOTHROW(rule.update(one, Response<double>(one, gain), state));
}

TEST_CASE("lpl: previous-batch statistics equal batch statistics while the batch repeats") {
  Random random{.seed = 21};
  const Matrix<double> x = random.normal<double>(3, 8), z = random.normal<double>(2, 8), ones = Matrix<double>::Ones(2, 8);
  const Lpl<double, Causal> batch;
  const Lpl<double, Causal, Plain, PreviousBatchStatistics> previous;
  auto a = batch.init({.pre = 3, .post = 2});
  auto b = previous.init({.pre = 3, .post = 2});
  for (int step = 0; step < 3; ++step) {
    batch.update(x, Response<double>(z, ones), a);
    previous.update(x, Response<double>(z, ones), b);
    CHECK((a.weights - b.weights).norm() < 1e-14);
  }
  const Matrix<double> other = 3 * z;
  batch.update(x, Response<double>(other, ones), a);
  previous.update(x, Response<double>(other, ones), b);
  CHECK((a.weights - b.weights).norm() > 1e-6);
}

TEST_CASE("lpl: running statistics reach the moments of their input, one sample at a time") {
  Random random{.seed = 22};
  const Lpl<double, Causal, Plain, RunningStatistics> rule{.statistics = {.tau = 2000}};
  auto state = rule.init({.pre = 1, .post = 1});
  const Matrix<double> ones = Matrix<double>::Ones(1, 1);
  for (int step = 0; step < 40'000; ++step) {
    const Matrix<double> z = 2 * random.normal<double>(1, 1).array() + 3;
    rule.update(ones, Response<double>(z, ones), state);
  }
  CHECK(state.moments.mean(0, 0) == doctest::Approx(3).epsilon(0.05));
  CHECK(state.moments.variance(0, 0) == doctest::Approx(4).epsilon(0.1));
}

TEST_CASE("lpl: refuses parameters without meaning, odd views and numbers that are not finite") {
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.eta = 0}}.init({.pre = 1, .post = 1}), InvalidParameter);
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.epsilon = 0}}.init({.pre = 1, .post = 1}), InvalidParameter);
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.hebbian = -1}}.init({.pre = 1, .post = 1}), InvalidParameter);
  const Lpl<double, Symmetric> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  Matrix<double> x = Matrix<double>::Ones(2, 3);
  CHECK_THROWS_AS(rule.update(x, Response<double>(x, x), state), ShapeError);
  x = Matrix<double>::Ones(2, 4);
  x(1, 2) = std::numeric_limits<double>::quiet_NaN();
  const Matrix<double> z = Matrix<double>::Ones(2, 4);
  CHECK_THROWS_AS(rule.update(x, Response<double>(z, z), state), NonFinite);
  CHECK(state.weights.norm() == 0);
}
