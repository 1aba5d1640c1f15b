#include "hebb/rules/krotov_hopfield.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE(
    "krotov-hopfield: the winner learns, the runner-up unlearns, the rest keeps its bits; by hand",
    Scalar, float, double) {
  const KrotovHopfield<Scalar, Plain> rule{
      .parameters = {.eta = Scalar(0.5), .delta = Scalar(0.25)}};
  auto state = rule.init({.pre = 2, .post = 4});
  state.weights << 1, 0, /**/ 2, 1, /**/ 0, 1, /**/ Scalar(0.1), Scalar(0.3);
  const Matrix<Scalar> before = state.weights, x{{2}, {1}};
  const Matrix<Scalar> h = rule.overlap(x, state);
  CHECK(h == before * x);  // 2, 5, 1, 0.5
  rule.update(x, h, state);
  CHECK(state.weights(1, 0) == close_to<Scalar>(2 + 0.5 * (2 - 5 * 2)));
  CHECK(state.weights(1, 1) == close_to<Scalar>(1 + 0.5 * (1 - 5 * 1)));
  CHECK(state.weights(0, 0) == close_to<Scalar>(1 - 0.5 * 0.25 * (2 - 2 * 1)));
  CHECK(state.weights(0, 1) == close_to<Scalar>(0 - 0.5 * 0.25 * (1 - 2 * 0)));
  CHECK(state.weights.bottomRows(2) == before.bottomRows(2));
}

TEST_CASE("krotov-hopfield: the largest change of a step is eta, whatever the input") {
  for (const double scale : {1e-3, 1.0, 1e3}) {
    const KrotovHopfield<double> rule{.parameters = {.eta = 0.02}};
    auto state = rule.init({.pre = 5, .post = 6});
    Random random{.seed = 1};
    state.weights = random.normal<double>(6, 5);
    const Matrix<double> before = state.weights, x = scale * random.uniform<double>(5, 10);
    rule.update(x, rule.overlap(x, state), state);
    CHECK((state.weights - before).cwiseAbs().maxCoeff() == doctest::Approx(0.02).epsilon(1e-12));
  }
}

TEST_CASE("krotov-hopfield: an input of zeros changes nothing") {
  const KrotovHopfield<double> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  state.weights.setOnes();
  rule.update(Matrix<double>::Zero(2, 1), Matrix<double>::Zero(2, 1), state);
  CHECK(state.weights == Matrix<double>::Ones(2, 2));
}

TEST_CASE(
    "krotov-hopfield: the p-norm of the winners goes to 1, that of the unlearning neuron moves "
    "away from 1") {
  for (const double p : {2.0, 3.0}) {
    CAPTURE(p);
    const KrotovHopfield<double, Plain> rule{
        .parameters = {.eta = 0.01, .delta = 0.1, .rank = 3, .p = p}};
    auto state = rule.init({.pre = 4, .post = 3});
    state.weights << 1.2, 0.1, 0.1, 0.1, /**/ 0.1, 0.8, 0.1, 0.1, /**/ 0.4, 0.4, 0.5, 0.7;
    const Matrix<double> x{{1, 0.1}, {0.1, 1}, {0.2, 0.1}, {0.1, 0.1}};
    const auto power = [&](Index i) { return state.weights.row(i).array().abs().pow(p).sum(); };
    CHECK(std::abs(power(0) - 1) > 0.1);
    for (int step = 0; step < 3000; ++step) {
      const Matrix<double> h = rule.overlap(x, state);
      rule.update(x, h, state);
    }
    CHECK(power(0) == doctest::Approx(1).epsilon(1e-3));
    CHECK(power(1) == doctest::Approx(1).epsilon(1e-3));
  }
  const KrotovHopfield<double, Plain> rule{.parameters = {.eta = 0.01, .delta = 0.5}};
  for (const double length : {0.8, 1.2}) {
    auto state = rule.init({.pre = 2, .post = 2});
    state.weights << 1.5, 0, /**/ length, 0;  // both along x; the second is the runner-up
    const Matrix<double> x{{1}, {0}};
    rule.update(x, rule.overlap(x, state), state);
    CHECK((state.weights.row(1).squaredNorm() - length * length) * (length - 1) > 0);  // repelled
    CHECK(state.weights.row(0).squaredNorm() < 1.5 * 1.5);                             // attracted
  }
}

TEST_CASE("krotov-hopfield: a rank that no neuron has is refused") {
  CHECK_THROWS_AS((KrotovHopfield<float>{.parameters = {.rank = 3}}.init({.pre = 4, .post = 2})),
                  InvalidParameter);
  CHECK_THROWS_AS((KrotovHopfield<float>{.parameters = {.rank = 1}}.init({.pre = 4, .post = 2})),
                  InvalidParameter);
}

TEST_CASE_TEMPLATE("krotov-hopfield: the neuron of the given rank unlearns, worked by hand", Scalar,
                   float, double) {
  const Matrix<Scalar> before{{1}, {4}, {2}, {3}};  // also the overlaps, with x = 1
  const Matrix<Scalar> x{{1}};
  const Index of_rank[] = {3, 2, 0};  // the neurons of rank 2, 3 and 4
  for (const Index rank : {2, 3, 4}) {
    const KrotovHopfield<Scalar, Plain> rule{
        .parameters = {.eta = Scalar(0.5), .delta = Scalar(0.25), .rank = rank}};
    auto state = rule.init({.pre = 1, .post = 4});
    state.weights = before;
    rule.update(x, rule.overlap(x, state), state);
    Matrix<Scalar> expected = before;
    const Index loser = of_rank[rank - 2];
    expected(1, 0) += Scalar(0.5) * (1 - 4 * 4);
    expected(loser, 0) -= Scalar(0.5 * 0.25) * (1 - before(loser) * before(loser));
    CHECK(state.weights == expected);
  }
}

TEST_CASE(
    "krotov-hopfield: an input of another size, and fewer neurons than the rank, are refused") {
  const KrotovHopfield<double> rule{.parameters = {.rank = 3}};
  auto state = rule.init({.pre = 2, .post = 3});
  CHECK_THROWS_AS(rule.overlap(Matrix<double>::Ones(3, 1), state), ShapeError);
  CHECK_THROWS_AS(rule.post_factor(Matrix<double>::Ones(2, 1), state), ShapeError);
}

TEST_CASE("krotov-hopfield: overlaps weigh each input by |w|^(p - 2) w, worked by hand") {
  const KrotovHopfield<double> rule{.parameters = {.p = 4}};
  auto state = rule.init({.pre = 2, .post = 2});
  state.weights << 1, -2, 0, 3;
  const Matrix<double> pre{{1, 2}, {1, -1}};
  CHECK(rule.overlap(pre, state) == Matrix<double>{{-7, 10}, {27, -27}});
}
