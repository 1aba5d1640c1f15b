#include "hebb/rules/anti_hebbian.hpp"

#include <doctest/doctest.h>

#include <Eigen/LU>
#include <set>
#include <vector>

#include "hebb/core/optimizer/clipped.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/instar.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("foldiak: one update of weights and thresholds, worked by hand", Scalar, float,
                   double) {
  const Foldiak<Scalar> rule{.parameters = {.eta = Scalar(0.5),
                                            .eta_threshold = Scalar(0.25),
                                            .target_rate = Scalar(0.5)}};
  for (const int repeats : {1, 2}) {  // as one sample and as a batch
    auto state = rule.init({.pre = 3, .post = 3});
    state.weights << 0, -1, -1, /**/ -1, 0, Scalar(-0.1), /**/ -1, Scalar(-0.1), 0;
    const Matrix<Scalar> y = Matrix<Scalar>{{1}, {1}, {0}}.replicate(1, repeats);
    rule.update(y, y, state);
    CHECK(state.weights(0, 1) == Scalar(-1 - 0.5 * (1 - 0.25)));
    CHECK(state.weights(0, 2) == Scalar(-1 + 0.5 * 0.25));
    CHECK(state.weights(1, 2) == 0);  // -0.1 + 0.125, and inhibition never becomes excitation
    CHECK(state.weights.diagonal().norm() == 0);
    CHECK(state.threshold == Vector<Scalar>{{Scalar(0.125), Scalar(0.125), Scalar(-0.125)}});
  }
}

TEST_CASE(
    "foldiak: neurons become active with probability p, and pairwise independent wherever they "
    "inhibit each other") {
  const Foldiak<double> rule{
      .parameters = {.eta = 0.02, .eta_threshold = 0.02, .target_rate = 0.25}};
  auto state = rule.init({.pre = 3, .post = 3});
  Random random{.seed = 1};
  Matrix<double> coincidence = Matrix<double>::Zero(3, 3);
  const int settling = 4000, measured = 40000;
  for (int step = 0; step < settling + measured; ++step) {
    const double shared =
        random.normal<double>();  // so that without inhibition they are correlated
    const Matrix<double> drive = random.normal<double>(3, 1).array() + shared;
    const Matrix<double> y = rule.respond(drive, state);
    rule.update(y, y, state);
    if (step >= settling) coincidence += y * y.transpose() / measured;
  }
  for (Index i = 0; i < 3; ++i) {
    CHECK(coincidence(i, i) == doctest::Approx(0.25).epsilon(0.01));
    for (Index j = 0; j < i; ++j) {
      CHECK(state.weights(i, j) < -0.1);
      CHECK(coincidence(i, j) == doctest::Approx(0.0625).epsilon(0.05));
    }
  }
}

TEST_CASE("foldiak: sixteen neurons learn the sixteen bars, one each") {
  const Index side = 8, units = 2 * side, pixels = side * side;
  const auto image = [&](const std::vector<bool>& bars) {
    Matrix<double> x = Matrix<double>::Zero(pixels, 1);
    for (Index b = 0; b < units; ++b)
      for (Index n = 0; n < side && bars[std::size_t(b)]; ++n)
        x(b < side ? b * side + n : n * side + b - side, 0) = 1;
    return x;
  };
  const Foldiak<double> lateral{
      .parameters = {.eta = 0.1, .eta_threshold = 0.02, .target_rate = 1.0 / 8}};
  const Instar<double> feedforward{.parameters = {.eta = 0.02}};
  auto inhibition = lateral.init({.pre = units, .post = units});
  auto excitation = feedforward.init({.pre = pixels, .post = units});
  Random random{.seed = 2};
  excitation.weights = random.uniform<double>(units, pixels);
  excitation.weights.rowwise().normalize();
  inhibition.threshold.setOnes();
  for (int step = 0; step < 4000; ++step) {
    std::vector<bool> bars;
    for (Index b = 0; b < units; ++b) bars.push_back(random.bernoulli(1.0 / 8));
    const Matrix<double> x = image(bars);
    const Matrix<double> y = lateral.respond(excitation.weights * x, inhibition);
    lateral.update(y, y, inhibition);
    feedforward.update(x, y, excitation);
  }
  std::set<Index> representatives;
  for (Index b = 0; b < units; ++b) {
    std::vector<bool> bars(std::size_t(units), false);
    bars[std::size_t(b)] = true;
    Index best = 0;
    (excitation.weights * image(bars)).col(0).maxCoeff(&best);
    representatives.insert(best);
  }
  CHECK(Index(representatives.size()) == units);
}

TEST_CASE("linear anti-hebbian: the responses of a linear network become uncorrelated") {
  Random random{.seed = 3};
  const Matrix<double> mixing = random.normal<double>(4, 4),
                       drive = mixing * random.normal<double>(4, 200);
  const LinearAntiHebbian<double> rule{.parameters = {.eta = 0.02}};
  auto state = rule.init({.pre = 4, .post = 4});
  const auto respond = [&]() -> Matrix<double> {
    return (Matrix<double>::Identity(4, 4) - state.weights).lu().solve(drive);
  };
  const auto correlation = [&] {
    Matrix<double> c = respond() * respond().transpose() / 200;
    c.diagonal().setZero();
    return c.norm();
  };
  CHECK(correlation() > 1);
  for (int step = 0; step < 5000; ++step) {
    const Matrix<double> y = respond();
    rule.update(y, y, state);
  }
  CHECK(correlation() < 1e-6);
  CHECK(state.weights.diagonal().norm() == 0);
}

TEST_CASE("anti-hebbian: lateral weights are square") {
  CHECK_THROWS_AS(Foldiak<float>{}.init({.pre = 2, .post = 3}), ShapeError);
  CHECK_THROWS_AS(LinearAntiHebbian<float>{}.init({.pre = 2, .post = 3}), ShapeError);
}

TEST_CASE(
    "linear anti-hebbian: an optimiser that measures the change does not count the diagonal, "
    "worked by hand") {
  const LinearAntiHebbian<double, Clipped<Plain>> rule{.parameters = {.eta = 1},
                                                       .optimizer = {.norm = 5}};
  for (const int repeats : {1, 2}) {  // as one sample and as a batch
    auto state = rule.init({.pre = 2, .post = 2});
    const Matrix<double> y = Matrix<double>{{3}, {4}}.replicate(1, repeats);
    rule.update(y, y, state);
    CHECK(state.weights(0, 1) == close_to<double>(-5 / std::sqrt(2.0)));
    CHECK(state.weights(1, 0) == close_to<double>(-5 / std::sqrt(2.0)));
    auto taught = rule.init({.pre = 2, .post = 2});
    rule.apply(Matrix<double>(-9 * Matrix<double>::Ones(2, 2)), None{}, taught);  // from a network
    CHECK(taught.weights(0, 1) == close_to<double>(-5 / std::sqrt(2.0)));
  }
  const LinearAntiHebbian<double, Clipped<Plain>> wide{.parameters = {.eta = 1},
                                                       .optimizer = {.norm = 1e9}};
  auto state = wide.init({.pre = 150, .post = 150});  // several blocks of columns
  const Matrix<double> y = Random{.seed = 4}.normal<double>(150, 1);
  wide.update(y, y, state);
  Matrix<double> expected = -y * y.transpose();
  expected.diagonal().setZero();
  CHECK((state.weights - expected).norm() < 1e-12);
}

TEST_CASE("foldiak: a drive, a threshold or weights that do not fit are refused") {
  const Foldiak<double> rule;
  auto state = rule.init({.pre = 3, .post = 3});
  const Matrix<double> y = Matrix<double>::Ones(3, 1);
  CHECK_THROWS_AS(rule.respond(Matrix<double>::Ones(4, 1), state), ShapeError);
  CHECK_THROWS_AS(rule.respond(Matrix<double>{{1}, {std::nan("")}, {1}}, state), NonFinite);
  state.threshold.resize(2);
  CHECK_THROWS_AS(rule.respond(y, state), ShapeError);
  CHECK_THROWS_AS(rule.update(y, y, state), ShapeError);
  state.threshold.setZero(3);
  state.weights.setZero(3, 4);
  CHECK_THROWS_AS(rule.respond(y, state), ShapeError);
  CHECK_THROWS_AS(rule.update(Matrix<double>::Ones(4, 1), y, state), ShapeError);
}
