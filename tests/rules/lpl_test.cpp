#include "hebb/rules/lpl.hpp"

#include <doctest/doctest.h>

#include <Eigen/QR>

#include "hebb/core/activation.hpp"
#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

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

double relative_error(const Matrix<double>& a, const Matrix<double>& b) {
  return (a - b).norm() / b.norm();
}

/// Three independent AR(1) sources of unit variance, the slowest first, seen through an orthogonal
/// mixture: 3 x steps.
struct SlowSources {
  Matrix<double> mixture, x;
  explicit SlowSources(Index steps, const Vector<double>& rho) {
    Random random{.seed = 7};
    mixture = Eigen::HouseholderQR<Matrix<double>>(random.normal<double>(3, 3)).householderQ();
    Matrix<double> sources(3, steps);
    Vector<double> source = random.normal<double>(3, 1);
    for (Index t = 0; t < steps; ++t) {
      source =
          rho.cwiseProduct(source) + (1 - rho.array().square())
                                         .sqrt()
                                         .matrix()
                                         .cwiseProduct(Vector<double>(random.normal<double>(3, 1)));
      sources.col(t) = source;
    }
    x = mixture * sources;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("lpl: the update is minus the gradient of the loss", Activation, Linear, Tanh,
                   Sigmoid, Softplus) {
  Random random{.seed = 11};
  const Matrix<double> weights = 0.5 * random.normal<double>(4, 5),
                       x = random.normal<double>(5, 12);

  SUBCASE("symmetric views") {
    const Problem<Lpl<double, Symmetric>, Activation> problem{.rule = {}, .x = x, .previous = {}};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) <
          1e-7);
  }
  SUBCASE("the past held constant") {
    const Problem<Lpl<double, Causal>, Activation> problem{
        .rule = {}, .x = x, .previous = random.normal<double>(4, 12)};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) <
          1e-7);
  }
  SUBCASE("learned per place, two views of two samples at three places") {
    const Problem<Lpl<double, Symmetric>, Activation> problem{
        .rule = {}, .x = x, .previous = {}, .places = 3};
    CHECK(relative_error(problem.update(weights), problem.minus_numerical_gradient(weights)) <
          1e-7);
  }
  SUBCASE(
      "more neurons than samples, so that the decorrelation goes through the samples' Gram "
      "matrix") {
    const Matrix<double> wide = 0.5 * random.normal<double>(9, 5);
    const Problem<Lpl<double, Symmetric>, Activation> problem{.rule = {}, .x = x, .previous = {}};
    CHECK(relative_error(problem.update(wide), problem.minus_numerical_gradient(wide)) < 1e-7);
  }
}

TEST_CASE("lpl: the gradient test notices a factor of two in any one term") {
  Random random{.seed = 12};
  const Matrix<double> weights = 0.5 * random.normal<double>(4, 5),
                       x = random.normal<double>(5, 12);
  using Rule = Lpl<double, Symmetric>;
  const Problem<Rule, Tanh> right{.rule = {}, .x = x, .previous = {}};
  for (const auto term : {&Rule::Parameters::predictive, &Rule::Parameters::hebbian,
                          &Rule::Parameters::decorrelation}) {
    Problem<Rule, Tanh> wrong = right;
    wrong.rule.parameters.*term *= 2;
    CHECK(relative_error(wrong.update(weights), right.minus_numerical_gradient(weights)) > 1e-2);
  }
}

TEST_CASE_TEMPLATE("lpl: one update worked by hand", Scalar, float, double) {
  // One neuron, z = x, three samples 1, 2, 6: mean 3, variance 7; the past was 1, 1, 1.
  Lpl<Scalar> rule{
      .parameters = {.eta = 1, .predictive = 3, .hebbian = 7, .epsilon = Scalar(1e-30)}};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights << 1;
  const Matrix<Scalar> x{{1, 2, 6}}, ones = Matrix<Scalar>::Ones(1, 3);
  state.previous = ones;

  rule.update(x, Response<Scalar>(x, ones), state);

  // predictive: 2*3/3 * (0*1 + 1*2 + 5*6) = 64; Hebbian: 2*7/(2*7) * (-2*1 - 1*2 + 3*6) = 14.
  CHECK(state.weights(0, 0) == close_to<Scalar>(1 - 64 + 14));
}

TEST_CASE("lpl: decorrelation is the squared covariance of the erratum, worked by hand") {
  // Two neurons in three samples: deviations (-1, 0, 1) and (-1, 1, 0), covariance 1/2, so the loss
  // is (2 * 1/4) / 2.
  const Matrix<double> z{{1, 2, 3}, {4, 6, 5}}, gain = Matrix<double>::Ones(2, 3);
  const Lpl<double> rule;
  CHECK(rule.loss(Response<double>(z, gain)).decorrelation == close_to<double>(0.25));
  CHECK(rule.loss(Response<double>(z, gain)).hebbian == close_to<double>(-std::log(1 + 1e-4)));
}

TEST_CASE_TEMPLATE(
    "lpl: a linear unit finds the slowest direction, at variance lambda / (1 - rho), half of it if "
    "symmetric",
    Pairing, Causal, Symmetric) {
  const Vector<double> rho{{0.95, 0.6, 0.2}};
  const Index steps = 200'000;
  const SlowSources sources(steps, rho);
  // Long blocks of consecutive pairs as batches: the update is nearly the averaged flow.
  const Index n = steps - 1;
  const Matrix<double> past = sources.x.leftCols(n), now = sources.x.rightCols(n);
  const Matrix<double> c0 = now * now.transpose() / double(n),
                       c1 = now * past.transpose() / double(n);
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
  CHECK(variance * (1 - autocorrelation) ==
        doctest::Approx(symmetric ? lambda / 2 : lambda).epsilon(0.03));
}

TEST_CASE(
    "lpl: the Hebbian term of a unit that does not vary is at most 1 / epsilon, and stays finite") {
  const Lpl<double, Symmetric> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> x = Matrix<double>::Ones(2, 4), z = Matrix<double>::Constant(2, 4, 0.5),
                       ones = Matrix<double>::Ones(2, 4);
  for (int step = 0; step < 100; ++step) rule.update(x, Response<double>(z, ones), state);
  CHECK(state.weights.norm() == 0);
}

TEST_CASE(
    "lpl: the first step of a sequence has no predictive term, and forget begins a sequence") {
  Random random{.seed = 5};
  const Lpl<double> rule{.parameters = {.hebbian = 0, .decorrelation = 0}};
  auto state = rule.init({.pre = 3, .post = 2});
  const Matrix<double> x = random.normal<double>(3, 4), z = random.normal<double>(2, 4),
                       ones = Matrix<double>::Ones(2, 4);
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
  const Matrix<double> x = random.normal<double>(3, 8), z = random.normal<double>(2, 8),
                       ones = Matrix<double>::Ones(2, 8);
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

TEST_CASE(
    "lpl: refuses parameters out of range, an odd number of samples and numbers that are not "
    "finite") {
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.eta = 0}}.init({.pre = 1, .post = 1}),
                  InvalidParameter);
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.epsilon = 0}}.init({.pre = 1, .post = 1}),
                  InvalidParameter);
  CHECK_THROWS_AS(Lpl<double>{.parameters = {.hebbian = -1}}.init({.pre = 1, .post = 1}),
                  InvalidParameter);
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

namespace {

/// One update of a single neuron from an input of ones by the Hebbian term alone.
template <typename Rule>
double hebbian_change(const Rule& rule, typename Rule::State& state, const Matrix<double>& z,
                      Index places = 1) {
  const Matrix<double> ones = Matrix<double>::Ones(1, z.cols()), before = state.weights;
  rule.update(ones, Response<double>(z, ones, places), state);
  return state.weights(0, 0) - before(0, 0);
}

const Lpl<double>::Parameters hebbian_alone{
    .eta = 1, .predictive = 0, .hebbian = 1, .decorrelation = 0, .epsilon = 1e-30};

template <typename Pairing, typename Statistics>
using WithStatistics = Lpl<double, Pairing, Plain, Statistics>;

template <typename Rule>
Rule with_hebbian_alone() {
  const auto& p = hebbian_alone;
  return Rule{.parameters = {p.eta, p.predictive, p.hebbian, p.decorrelation, p.epsilon}};
}

}  // namespace

TEST_CASE(
    "lpl: statistics of the previous batch are unbiased, and under Symmetric the mean of the two "
    "views', by hand") {
  const auto causal = with_hebbian_alone<WithStatistics<Causal, PreviousBatchStatistics>>();
  auto state = causal.init({.pre = 1, .post = 1});
  CHECK(hebbian_change(causal, state, Matrix<double>{{1, 3}}) ==
        close_to<double>(0));  // its own: deviations -1 and 1
  CHECK(state.moments.mean(0, 0) == 2);
  CHECK(state.moments.variance(0, 0) == 2);
  CHECK(hebbian_change(causal, state, Matrix<double>{{4, 8}}) ==
        close_to<double>(2 * ((4 - 2) + (8 - 2)) / 2.0));

  const auto symmetric = with_hebbian_alone<WithStatistics<Symmetric, PreviousBatchStatistics>>();
  auto both = symmetric.init({.pre = 1, .post = 1});
  hebbian_change(symmetric, both,
                 Matrix<double>{{1, 3, 2, 6}});  // means 2 and 4, variances 2 and 8
  CHECK(both.moments.mean(0, 0) == 3);
  CHECK(both.moments.variance(0, 0) == 5);
  CHECK(hebbian_change(symmetric, both, Matrix<double>{{4, 5, 6, 7}}) ==
        close_to<double>((1 + 2 + 3 + 4) / 5.0));
}

TEST_CASE("lpl: a remembered variance may be as large as a number can be") {
  const auto remembered = [](const auto& rule, Index columns) {
    auto state = rule.init({.pre = 1, .post = 1});
    Matrix<double> rates(1, columns);
    for (Index column = 0; column < columns; ++column) rates(column) = column % 2 ? 9e153 : -9e153;
    rule.post_factor(Response<double>(rates, Matrix<double>::Ones(1, columns)), state);
    return state.moments.variance(0, 0);
  };
  const double variance = 2 * 9e153 * 9e153;  // of two samples, -9e153 and 9e153
  CHECK(remembered(with_hebbian_alone<WithStatistics<Causal, PreviousBatchStatistics>>(), 2) ==
        variance);
  CHECK(remembered(with_hebbian_alone<WithStatistics<Symmetric, PreviousBatchStatistics>>(), 4) ==
        variance);
}

TEST_CASE(
    "lpl: running statistics average over samples and views, and the Hebbian term divides by the "
    "samples of a view, by hand") {
  auto causal = with_hebbian_alone<WithStatistics<Causal, RunningStatistics>>();
  causal.statistics.tau = 4;
  auto state = causal.init({.pre = 1, .post = 1});
  // The mean moves from 0 to (1 + 3) / 2 / 4 = 1/2; the variance from 1 to 3/4 + (1/4 + 25/4) / 2 /
  // 4 = 25/16.
  CHECK(hebbian_change(causal, state, Matrix<double>{{1, 3}}) ==
        close_to<double>(2.0 / 2 * (0.5 + 2.5) / (25.0 / 16)));
  CHECK(state.moments.mean(0, 0) == 0.5);
  CHECK(state.moments.variance(0, 0) == 25.0 / 16);

  auto symmetric = with_hebbian_alone<WithStatistics<Symmetric, RunningStatistics>>();
  symmetric.statistics.tau = 4;
  auto both = symmetric.init({.pre = 1, .post = 1});
  // The mean moves to (1 + 3 + 2 + 6) / 4 / 4 = 3/4; the variance to 3/4 + (1/16 + 81/16 + 25/16 +
  // 441/16) / 4 / 4.
  const double variance = 0.75 + 548.0 / 256;
  CHECK(hebbian_change(symmetric, both, Matrix<double>{{1, 3, 2, 6}}) ==
        close_to<double>(1.0 / 2 * (12 - 4 * 0.75) / variance));
  CHECK(both.moments.mean(0, 0) == 0.75);
  CHECK(both.moments.variance(0, 0) == close_to<double>(variance));
}

TEST_CASE("lpl: a batch of one sample has no variance; the remembered variance is kept") {
  const auto rule = with_hebbian_alone<WithStatistics<Causal, PreviousBatchStatistics>>();
  auto state = rule.init({.pre = 1, .post = 1});
  CHECK(hebbian_change(rule, state, Matrix<double>{{9}}) == 0);  // nothing is known yet
  rule.forget(state);
  hebbian_change(rule, state, Matrix<double>{{1, 3}});
  rule.forget(state);
  CHECK(hebbian_change(rule, state, Matrix<double>{{7}}) == close_to<double>(2 * (7 - 2) / 2.0));
  CHECK(hebbian_change(rule, state, Matrix<double>{{4}}) == close_to<double>(2 * (4 - 2) / 2.0));
}

TEST_CASE_TEMPLATE("lpl: remembered statistics belong to one number of places", Statistics,
                   PreviousBatchStatistics, RunningStatistics) {
  const auto rule = with_hebbian_alone<WithStatistics<Causal, Statistics>>();
  auto state = rule.init({.pre = 1, .post = 1});
  hebbian_change(rule, state, Matrix<double>{{1, 3, 2, 5}}, 2);
  rule.forget(state);
  const Matrix<double> weights = state.weights;
  for (const Index places : {1, 4})
    CHECK_THROWS_WITH_AS(
        hebbian_change(rule, state, Matrix<double>{{1, 3, 2, 5, 1, 3, 2, 5}}, places),
        doctest::Contains("the remembered mean (neurons x places) must be 1 x "), ShapeError);
  CHECK(state.weights == weights);
  CHECK_NOTHROW(hebbian_change(rule, state, Matrix<double>{{1, 3, 2, 5, 1, 3, 2, 5}}, 2));
}

TEST_CASE("lpl: the update of one sample at several places descends the loss that is reported") {
  Random random{.seed = 13};
  const Matrix<double> weights = 0.5 * random.normal<double>(4, 5);
  const Problem<Lpl<double, Causal>, Tanh> one{
      .rule = {}, .x = random.normal<double>(5, 3), .previous = {}, .places = 3};
  CHECK(relative_error(one.update(weights), one.minus_numerical_gradient(weights)) < 1e-7);
  const Problem<Lpl<double, Symmetric>, Tanh> two{
      .rule = {}, .x = random.normal<double>(5, 6), .previous = {}, .places = 3};
  CHECK(relative_error(two.update(weights), two.minus_numerical_gradient(weights)) < 1e-7);
}

TEST_CASE(
    "lpl: a previous response of another shape, a gain that does not fit or is NaN, and a variance "
    "that overflows are refused") {
  const Lpl<double> rule{.parameters = {.decorrelation = 0}};
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> z{{1, 2}, {3, 5}}, ones = Matrix<double>::Ones(2, 2);
  CHECK_THROWS_AS(rule.loss(Response<double>(z, ones), Matrix<double>::Ones(1, 2)), ShapeError);
  CHECK_THROWS_AS(rule.loss(Response<double>(z, ones), Matrix<double>::Ones(2, 1)), ShapeError);
  CHECK_THROWS_AS(rule.update(z, Response<double>(z, Matrix<double>::Ones(2, 3)), state),
                  ShapeError);
  Matrix<double> gain = ones;
  gain(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(rule.update(z, Response<double>(z, gain), state),
                       "gain holds nan at row 1, column 0", NonFinite);
  const Matrix<double> huge = 1e200 * z;
  CHECK_THROWS_WITH_AS(
      rule.update(z, Response<double>(huge, ones), state),
      "Lpl: the variance of a batch (neurons x places) holds inf at row 0, column 0", Divergence);
  CHECK(state.weights.isZero());
}

TEST_CASE("lpl: with an infinite time constant running statistics stay as they are set") {
  const Lpl<double, Causal, Plain, RunningStatistics> rule{
      .statistics = {.tau = std::numeric_limits<double>::infinity()}};
  auto state = rule.init({.pre = 2, .post = 1});
  state.moments = {.mean = Matrix<double>::Constant(1, 1, 0.5),
                   .variance = Matrix<double>::Constant(1, 1, 2)};
  const Matrix<double> pre{{1, 2}, {3, 4}}, rate{{3, 7}}, gain = Matrix<double>::Ones(1, 2);
  rule.update(pre, Response<double>(rate, gain), state);
  CHECK(state.moments.mean(0, 0) == 0.5);
  CHECK(state.moments.variance(0, 0) == 2);
  CHECK(state.weights.allFinite());
}

TEST_CASE("lpl: a remembered mean without its variance is refused") {
  const Lpl<double, Causal, Plain, PreviousBatchStatistics> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  state.moments.mean = Matrix<double>::Zero(3, 1);
  const Matrix<double> pre{{1, 2}, {3, 4}}, rate{{3, 7}}, gain = Matrix<double>::Ones(1, 2);
  CHECK_THROWS_AS(rule.update(pre, Response<double>(rate, gain), state), ShapeError);
}
