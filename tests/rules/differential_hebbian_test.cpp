#include "hebb/rules/differential_hebbian.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE(
    "differential hebbian: two steps by hand; the first step of a sequence learns nothing", Scalar,
    float, double) {
  const auto learn = [](auto rule) {
    rule.parameters.eta = Scalar(0.5);
    auto state = rule.init({.pre = 1, .post = 1});
    state.weights(0, 0) = 1;
    rule.update(Matrix<Scalar>{{2}}, Matrix<Scalar>{{1}}, state);
    const Scalar first = state.weights(0, 0);
    rule.update(Matrix<Scalar>{{5}}, Matrix<Scalar>{{3}}, state);
    return std::pair(first, state.weights(0, 0));
  };
  CHECK(learn(DifferentialHebbian<Scalar>{}) ==
        std::pair<Scalar, Scalar>(1, 1 + Scalar(0.5) * 2 * (3 - 1)));
  CHECK(learn(DifferentialHebbian<Scalar, BothChange>{}) ==
        std::pair<Scalar, Scalar>(1, 1 + Scalar(0.5) * (5 - 2) * (3 - 1)));
  CHECK(learn(DifferentialHebbian<Scalar, BothChangeWithDecay>{}) ==
        std::pair<Scalar, Scalar>(Scalar(0.5),
                                  Scalar(0.5) + Scalar(0.5) * ((5 - 2) * (3 - 1) - Scalar(0.5))));
}

TEST_CASE(
    "differential hebbian: for a constant pre the end points give the change of the trajectory") {
  const DifferentialHebbian<double> rule;
  auto trajectory = rule.init({.pre = 4, .post = 3});
  auto end_points = trajectory;
  Random random{.seed = 1};
  const Matrix<double> x = random.normal<double>(4, 5), first = random.normal<double>(3, 5);
  Matrix<double> y = first;
  for (int step = 0; step < 50; ++step) {
    rule.update(x, y, trajectory);
    if (step < 49) y += 0.1 * random.normal<double>(3, 5);
  }
  rule.update_from_end_points(x, first, y, end_points);
  CHECK((trajectory.weights - end_points.weights).norm() < 1e-14);
  CHECK(end_points.weights.norm() > 1e-3);
}

/// The weights after a random walk of x and y, shifted by offsets, with y inverted if asked.
template <typename Form>
static Matrix<double> after_a_walk(double pre_offset, double post_offset, double post_sign) {
  const DifferentialHebbian<double, Form> rule;
  auto state = rule.init({.pre = 3, .post = 2});
  Random random{.seed = 2};
  for (int step = 0; step < 100; ++step) {
    const Matrix<double> x = random.normal<double>(3, 1), y = random.normal<double>(2, 1);
    rule.update(x.array() + pre_offset, post_sign * y.array() + post_offset, state);
  }
  return state.weights;
}

TEST_CASE(
    "differential hebbian: with both changes, constant offsets do not matter, and inverting one "
    "signal inverts learning") {
  const Matrix<double> plain = after_a_walk<BothChange>(0, 0, 1);
  CHECK((after_a_walk<BothChange>(7, -4, 1) - plain).norm() < 1e-12);
  CHECK((after_a_walk<BothChange>(0, 0, -1) + plain).norm() == 0);
  CHECK((after_a_walk<BothChangeWithDecay>(0, 0, -1) + after_a_walk<BothChangeWithDecay>(0, 0, 1))
            .norm() == 0);
  CHECK(plain.norm() > 0.1);
}

TEST_CASE("kosko: with decay alone the weights are multiplied by 1 - eta per step") {
  const DifferentialHebbian<double, BothChangeWithDecay> rule{.parameters = {.eta = 0.25}};
  auto state = rule.init({.pre = 1, .post = 1});
  state.weights(0, 0) = 1;
  for (int step = 0; step < 10; ++step)
    rule.update(Matrix<double>{{3}}, Matrix<double>{{2}}, state);
  CHECK(state.weights(0, 0) == close_to<double>(std::pow(0.75, 10)));
}

TEST_CASE("ico: while the reflex input is constant the weights keep their bits") {
  const DifferentialHebbian<double> ico{.parameters = {.eta = 0.3}};
  auto state = ico.init({.pre = 3, .post = 1});
  Random random{.seed = 3};
  state.weights = random.normal<double>(1, 3);
  const Matrix<double> before = state.weights;
  for (int step = 0; step < 100; ++step)
    ico.update(random.normal<double>(3, 1), Matrix<double>{{0.7}}, state);
  CHECK(state.weights == before);
}

TEST_CASE(
    "iso: after a closed pulse the weight of a single input returns to its start, as the time step "
    "goes to zero") {
  const auto relative_change =
      [](int steps, double end) {  // u rises and falls back, or stops at its top for end = 1/2
        const DifferentialHebbian<double> iso{.parameters = {.eta = 0.5}};
        auto state = iso.init({.pre = 1, .post = 1});
        state.weights(0, 0) = 2;
        for (int n = 0; n <= steps; ++n) {
          const double u = std::pow(std::sin(std::numbers::pi * end * n / steps), 2);
          iso.update(Matrix<double>{{u}}, Matrix<double>{{u * state.weights(0, 0)}}, state);
        }
        return std::log(state.weights(0, 0) / 2);
      };
  CHECK(std::abs(relative_change(20000, 1)) < 1e-3);
  CHECK(relative_change(10000, 1) / relative_change(20000, 1) == doctest::Approx(2).epsilon(0.01));
  CHECK(relative_change(20000, 0.5) > 0.2);  // an open pulse leaves its trace
}

TEST_CASE("differential hebbian: another number of columns without forget is an error") {
  const DifferentialHebbian<float> rule;
  auto state = rule.init({.pre = 2, .post = 2});
  rule.update(Matrix<float>::Ones(2, 4), Matrix<float>::Ones(2, 4), state);
  CHECK_THROWS_AS(rule.update(Matrix<float>::Ones(2, 3), Matrix<float>::Ones(2, 3), state),
                  ShapeError);
  rule.forget(state);
  CHECK_NOTHROW(rule.update(Matrix<float>::Ones(2, 3), Matrix<float>::Ones(2, 3), state));
}
