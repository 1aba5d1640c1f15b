#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "hebb/core/optimizer/clipped.hpp"
#include "hebb/core/optimizer/largest_step.hpp"
#include "hebb/core/optimizer/momentum.hpp"
#include "hebb/core/random.hpp"
#include "tests/close_to.hpp"
#include "tests/forged_steps.hpp"

using namespace hebb;

namespace {

Matrix<double> one(double value) { return Matrix<double>::Constant(1, 1, value); }

/// A weight that starts at w0 and gets one change after another.
double after(const auto& optimizer, double w0, double eta, std::initializer_list<double> changes) {
  Matrix<double> w = one(w0);
  auto state = optimizer.template init<double>({.pre = 1, .post = 1});
  for (const double change : changes)
    optimizer.template apply<double>(w, one(change), None{}, eta, state);
  return w(0);
}

}  // namespace

TEST_CASE(
    "schedule: constant by default; a linear warm-up; half a cosine down to the floor, where it "
    "stays") {
  CHECK(Schedule{}(0) == 1);
  CHECK(Schedule{}(1000000) == 1);
  const Schedule warmup{.warmup = 4};
  CHECK(warmup(0) == 0.25);
  CHECK(warmup(3) == 1);
  CHECK(warmup(100) == 1);
  const Schedule cosine{.warmup = 4, .total = 12, .floor = 0.2};
  CHECK(cosine(1) == 0.5);
  CHECK(cosine(4) == close_to<double>(1));
  CHECK(cosine(6) == close_to<double>(0.2 + 0.8 * 0.5 * (1 + std::sqrt(0.5))));
  CHECK(cosine(8) == close_to<double>(0.6));
  CHECK(cosine(12) == close_to<double>(0.2));
  CHECK(cosine(1000) == close_to<double>(0.2));
}

TEST_CASE_TEMPLATE("optimisers: an impossible step, as in a forged checkpoint, is refused",
                   Optimizer, Plain, Momentum, Adam, LargestStep) {
  for (const std::int64_t step : forged_steps) {
    const Optimizer optimizer;
    auto state = optimizer.template init<double>({.pre = 1, .post = 1});
    state.step = step;
    Matrix<double> w = one(1);
    CHECK_THROWS_AS(optimizer.template apply<double>(w, one(1), None{}, 0.1, state),
                    InvalidParameter);
    CHECK(w(0) == 1);
    CHECK(state.step == step);
  }
}

TEST_CASE("plain: W += eta (d - weight_decay W), worked by hand") {
  CHECK(after(Plain{}, 1, 0.2, {0.5}) == close_to<double>(1.1));
  CHECK(after(Plain{.weight_decay = 0.1}, 1, 0.2, {0.5}) ==
        close_to<double>(1 + 0.2 * (0.5 - 0.1)));
}

TEST_CASE("momentum: V = 0.9 V + d, worked by hand over three steps") {
  CHECK(after(Momentum{}, 0, 0.1, {1, 1, 1}) == close_to<double>(0.1 * (1 + 1.9 + 2.71)));
  CHECK(after(Momentum{.weight_decay = 0.5}, 2, 0.1, {0}) == close_to<double>(2 - 0.1 * 0.5 * 2));
}

TEST_CASE("Adam: with bias correction, the first step is eta whatever the size of the change") {
  for (const double change : {1e-4, 1.0, 1e4, -3.0})
    CHECK(after(Adam{.epsilon = 1e-300}, 0, 0.01, {change}) ==
          close_to<double>(std::copysign(0.01, change)));
  CHECK(after(Adam{.epsilon = 1e-300}, 0, 0.01, {5, 5, 5, 5}) == close_to<double>(0.04));
}

TEST_CASE("Adam: two steps worked by hand") {
  // M = 0.1, then 0.09 - 0.2 = -0.11; V = 0.001, then 0.000999 + 0.004 = 0.004999; corrections 0.1,
  // 0.19 and 0.001, 0.001999.
  const double second = (-0.11 / 0.19) / (std::sqrt(0.004999 / 0.001999) + 1e-8);
  CHECK(after(Adam{}, 0, 0.1, {1, -2}) ==
        doctest::Approx(0.1 / (1 + 1e-8) + 0.1 * second).epsilon(1e-12));
}

TEST_CASE("Adam: coupled decay goes through the moments, decoupled decay beside them") {
  CHECK(after(Adam{.epsilon = 1e-300, .weight_decay = 0.1}, 2, 0.01, {0}) ==
        close_to<double>(2 - 0.01));  // d = -0.2, a step of eta
  CHECK(after(Adam{.epsilon = 1e-300, .decoupled_decay = 0.1}, 2, 0.01, {1}) ==
        close_to<double>(2 * (1 - 0.01 * 0.1) + 0.01));
}

TEST_CASE(
    "optimisers: the schedule is that of their own step, counted from 0, and decoupled decay "
    "follows it") {
  const Schedule warmup{.warmup = 2};
  CHECK(after(Plain{.schedule = warmup}, 0, 1, {1, 1, 1}) == close_to<double>(0.5 + 1 + 1));
  CHECK(after(Adam{.epsilon = 1e-300, .schedule = warmup}, 0, 0.01, {1, 1}) ==
        close_to<double>(0.005 + 0.01));
  CHECK(after(Adam{.epsilon = 1e-300, .decoupled_decay = 1, .schedule = warmup}, 1, 0.1, {1}) ==
        close_to<double>(1 - 0.05 + 0.05));
}

TEST_CASE(
    "clipped: a change that is too long keeps its direction and takes the norm, a shorter one "
    "is applied unchanged") {
  const Clipped<Plain> optimizer{.norm = 2.5};
  const Matrix<double> change{{3, 0}, {0, 4}};
  Matrix<double> w = Matrix<double>::Zero(2, 2);
  auto state = optimizer.init<double>({.pre = 2, .post = 2});
  optimizer.apply<double>(w, change, None{}, 0.1, state);
  CHECK((w - 0.05 * change).norm() < 1e-15);
  optimizer.apply<double>(w, Matrix<double>(change / 4), None{}, 0.1, state);
  CHECK((w - 0.075 * change).norm() < 1e-15);
  CHECK(after(Clipped<Momentum>{.norm = 1}, 0, 0.1, {5, 5}) == close_to<double>(0.1 * (1 + 1.9)));
  CHECK(after(Clipped<Plain>{.norm = 1, .inner = {.weight_decay = 0.5}}, 2, 0.1, {5}) ==
        close_to<double>(2 + 0.1 * (1 - 1)));
  CHECK_THROWS_AS(Clipped<Plain>{.norm = 0}.init<double>({.pre = 1, .post = 1}), InvalidParameter);
}

TEST_CASE_TEMPLATE(
    "optimisers: a decay per neuron and a matrix of decays act as d = change - decay W", Optimizer,
    Plain, Momentum, Adam, Clipped<Plain>) {
  const Optimizer optimizer;
  const Matrix<double> start{{1, 2, 3}, {4, 5, 6}}, change = Random{.seed = 1}.normal<double>(2, 3);
  const Vector<double> vector{{0.5, 0.25}};
  const Matrix<double> matrix{{0.5, 0.1}, {-0.2, 0.3}};
  const auto apply = [&](const Matrix<double>& d, const auto& decay) {
    Matrix<double> w = start;
    auto state = optimizer.template init<double>({.pre = 3, .post = 2});
    for (int step = 0; step < 2; ++step) {
      const Matrix<double> asked =
          std::is_same_v<decltype(decay), const None&> ? Matrix<double>(d) : change;
      optimizer.template apply<double>(w, asked, decay, 0.1, state);
      if (step == 0) w = start;  // so that the expectation may use the same W in both steps
    }
    return w;
  };
  CHECK(apply(change, vector).isApprox(apply(change - vector.asDiagonal() * start, None{})));
  CHECK(apply(change, matrix).isApprox(apply(change - matrix * start, None{})));
}

TEST_CASE_TEMPLATE(
    "optimisers: one sample as two factors changes the weights like its outer product", Optimizer,
    Plain, Momentum, Adam) {
  const Optimizer optimizer;
  Random random{.seed = 2};
  const Matrix<double> g = random.normal<double>(9, 1), x = random.normal<double>(300, 1),
                       start = random.normal<double>(9, 300);
  const View<double> post = g, pre = x;
  Matrix<double> fused = start, plain = start;
  auto fused_state = optimizer.template init<double>({.pre = 300, .post = 9}),
       plain_state = fused_state;
  optimizer.template apply<double>(fused, Change<double>(post, pre), None{}, 0.1, fused_state);
  optimizer.template apply<double>(plain, Matrix<double>(g * x.transpose()), None{}, 0.1,
                                   plain_state);
  CHECK(fused.isApprox(plain, 1e-14));
}

TEST_CASE_TEMPLATE("optimisers: a matrix of several blocks changes like its elements one by one",
                   Optimizer, Plain, Momentum, Adam) {
  const Optimizer optimizer;
  Random random{.seed = 3};
  const Index rows = 300, cols = 250;  // more than two blocks
  Matrix<double> w = random.normal<double>(rows, cols);
  const Matrix<double> start = w, change = random.normal<double>(rows, cols);
  auto state = optimizer.template init<double>({.pre = cols, .post = rows});
  for (int step = 0; step < 2; ++step)
    optimizer.template apply<double>(w, change, None{}, 0.1, state);
  for (const auto& [i, j] : {std::pair<Index, Index>{0, 0}, {299, 108}, {0, 109}, {150, 249}})
    CHECK(w(i, j) ==
          close_to<double>(after(optimizer, start(i, j), 0.1, {change(i, j), change(i, j)})));
}

TEST_CASE(
    "optimisers: changes and decays of another shape, and parameters out of range, are refused") {
  Matrix<double> w = Matrix<double>::Zero(2, 3);
  Plain::State<double> state;
  CHECK_THROWS_AS(
      Plain{}.apply<double>(w, Matrix<double>(Matrix<double>::Zero(3, 2)), None{}, 1, state),
      ShapeError);
  CHECK_THROWS_AS(Plain{}.apply<double>(w, Matrix<double>(w),
                                        Vector<double>(Vector<double>::Zero(3)), 1, state),
                  ShapeError);
  CHECK_THROWS_AS(Plain{}.apply<double>(w, Matrix<double>(w),
                                        Matrix<double>(Matrix<double>::Zero(3, 3)), 1, state),
                  ShapeError);
  CHECK(state.step == 0);
  CHECK_THROWS_AS(Momentum{.momentum = 1}.init<double>({1, 1}), InvalidParameter);
  CHECK_THROWS_AS(Adam{.beta1 = -0.1}.init<double>({1, 1}), InvalidParameter);
  CHECK_THROWS_AS(Adam{.beta2 = 1}.init<double>({1, 1}), InvalidParameter);
}

TEST_CASE("optimisers: parameters that are not finite, or negative, are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               inf = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, inf, -1.0}) {
    CHECK_THROWS_AS(Plain{.weight_decay = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Momentum{.momentum = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Momentum{.weight_decay = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Adam{.beta1 = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Adam{.beta2 = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Adam{.epsilon = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Adam{.weight_decay = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Adam{.decoupled_decay = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Clipped<Plain>{.norm = bad}.init<float>({1, 1}), InvalidParameter);
    CHECK_THROWS_AS(Plain{.schedule = {.floor = bad}}.init<float>({1, 1}), InvalidParameter);
  }
  CHECK_THROWS_AS(Plain{.schedule = {.warmup = -1}}.init<float>({1, 1}), InvalidParameter);
  CHECK_THROWS_WITH_AS(Adam{.epsilon = 0}.init<double>({1, 1}),
                       doctest::Contains("Adam: epsilon must be finite and >= "), InvalidParameter);
  CHECK_THROWS_AS(Adam{.epsilon = 1e-50}.init<float>({1, 1}),
                  InvalidParameter);  // 0 in float, and 0 / 0 where there is no change
  CHECK_NOTHROW(Adam{.epsilon = 1e-50}.init<double>({1, 1}));
}

TEST_CASE("adam: epsilon is added to the root, and keeps a tiny change small, worked by hand") {
  // One step: M and V corrected are d and d^2, so that the step is eta d / (|d| + epsilon).
  CHECK(after(Adam{.epsilon = 1e-3}, 0, 0.5, {1e-3}) == doctest::Approx(0.5 * 0.5).epsilon(1e-12));
  CHECK(after(Adam{.epsilon = 1e-3}, 0, 0.5, {-3e-3}) ==
        doctest::Approx(-0.5 * 0.75).epsilon(1e-12));
}

TEST_CASE_TEMPLATE(
    "optimisers: moments that do not have the shape of the weights are refused, and nothing "
    "changes",
    Optimizer, Momentum, Adam) {
  const Optimizer optimizer;
  auto state = optimizer.template init<double>({.pre = 3, .post = 2});
  for (const auto& [rows, cols] : {std::pair<Index, Index>{2, 4}, {3, 3}, {1, 3}, {0, 0}}) {
    Matrix<double> w = Matrix<double>::Ones(rows, cols);
    CHECK_THROWS_AS(optimizer.template apply<double>(w, Matrix<double>(w), None{}, 1, state),
                    ShapeError);
    CHECK(w == Matrix<double>::Ones(rows, cols));
  }
  CHECK(state.step == 0);
}

TEST_CASE("clipped: weights whose shape has changed since init learn as any others") {
  const Clipped<Plain> optimizer{.norm = 1};
  auto state = optimizer.init<double>({.pre = 1, .post = 1});
  Matrix<double> w = Matrix<double>::Zero(3, 40);
  optimizer.apply<double>(w, Matrix<double>(Matrix<double>::Ones(3, 40)), None{}, 1, state);
  CHECK(w.norm() == doctest::Approx(1).epsilon(1e-12));
}

TEST_CASE_TEMPLATE(
    "optimisers: the step that makes a weight infinite or NaN is named, be it the first or a later "
    "one",
    Optimizer, Plain, Momentum, Adam, Clipped<Plain>) {
  const float inf = std::numeric_limits<float>::infinity(),
              largest = std::numeric_limits<float>::max();
  for (const int step : {0, 3})
    for (const float bad : {inf, -inf, std::nanf(""), largest}) {
      if (bad == largest && std::is_same_v<Optimizer, Clipped<Plain>>)
        continue;  // which uses its direction
      const Optimizer optimizer;
      Matrix<float> w = Matrix<float>::Ones(300, 250), change = w;  // more than two blocks
      auto state = optimizer.template init<float>({.pre = 250, .post = 300});
      const View<float> x = change.col(0).head(250), y = change.col(0);
      for (int t = 0; t < step; ++t)
        optimizer.template apply<float>(w, Change<float>(y, x), None{}, 0.1, state);
      change(17, 200) = bad;
      CHECK_THROWS_WITH_AS(
          optimizer.template apply<float>(w, change, None{}, 10, state),
          doctest::Contains(("after step " + std::to_string(step) + " holds").c_str()), Divergence);
    }
}

TEST_CASE_TEMPLATE("optimisers: factors and decays that overflow are named in their step, too",
                   Optimizer, Plain, Momentum, Adam) {
  const Optimizer optimizer;
  const float huge = 1e30f, nan = std::nanf("");
  const Matrix<float> ones = Matrix<float>::Ones(9, 1), large = Matrix<float>::Constant(9, 1, huge);
  const View<float> one_view = ones, large_view = large;
  const auto settled = [&] {
    Matrix<float> w = Matrix<float>::Ones(9, 9);
    auto state = optimizer.template init<float>({.pre = 9, .post = 9});
    for (int t = 0; t < 5; ++t)
      optimizer.template apply<float>(w, Change<float>(one_view, one_view), None{}, 0.1, state);
    return std::pair(w, state);
  };
  auto [w, state] = settled();
  CHECK_THROWS_AS(
      optimizer.template apply<float>(w, Change<float>(large_view, large_view), None{}, 0.1, state),
      Divergence);
  Vector<float> decay = Vector<float>::Ones(9);
  for (const float bad : {nan, std::numeric_limits<float>::infinity()}) {
    auto [v, before] = settled();
    decay(4) = bad;
    CHECK_THROWS_AS(
        optimizer.template apply<float>(v, Change<float>(one_view, one_view), decay, 0.1, before),
        Divergence);
  }
}

TEST_CASE(
    "plain: weights that grow by a decay below zero are named in the step in which they overflow") {
  Matrix<float> w = Matrix<float>::Ones(9, 3), zero = Matrix<float>::Zero(9, 1),
                x = Matrix<float>::Zero(3, 1);
  const View<float> post = zero, pre = x;
  const Vector<float> growth = Vector<float>::Constant(9, -1);
  Plain::State<float> state = Plain{}.init<float>({3, 9});
  const auto grow = [&] { Plain{}.apply<float>(w, Change<float>(post, pre), growth, 1.0, state); };
  for (int step = 0; step < 127; ++step) grow();
  CHECK(w(0, 0) == 0x1p127f);
  CHECK_THROWS_WITH_AS(grow(), "the weight matrix after step 127 holds inf at row 0, column 0",
                       Divergence);
}

TEST_CASE(
    "adam: a change whose square overflows is an error, because its weight would never change "
    "again") {
  Matrix<float> w = Matrix<float>::Zero(1, 2);
  auto state = Adam{}.init<float>({2, 1});
  const Matrix<float> change{{1, 1e25f}};
  CHECK_THROWS_WITH_AS(Adam{}.apply<float>(w, change, None{}, 0.1, state),
                       "Adam's mean square of the change after step 0 holds inf at row 0, column 1",
                       Divergence);
}

TEST_CASE_TEMPLATE("clipped: a change whose square overflows keeps its direction", Scalar, float,
                   double) {
  const Scalar huge = std::numeric_limits<Scalar>::max();
  const Clipped<Plain> optimizer{.norm = 5};
  Matrix<Scalar> w = Matrix<Scalar>::Zero(2, 2);
  auto state = optimizer.init<Scalar>({2, 2});
  optimizer.apply<Scalar>(w, Matrix<Scalar>{{huge, 0}, {0, -huge}}, None{}, 1, state);
  CHECK(w(0, 0) == doctest::Approx(5 / std::sqrt(2.0)).epsilon(1e-6));
  CHECK(w(1, 1) == doctest::Approx(-5 / std::sqrt(2.0)).epsilon(1e-6));
}
