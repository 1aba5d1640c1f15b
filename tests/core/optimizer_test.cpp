#include "hebb/core/optimizer.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

namespace {

Matrix<double> one(double value) { return Matrix<double>::Constant(1, 1, value); }

/// A weight that starts at w0 and gets one change after another.
double after(const auto& optimizer, double w0, double eta, std::initializer_list<double> changes) {
  Matrix<double> w = one(w0);
  auto state = optimizer.template init<double>({.pre = 1, .post = 1});
  for (const double change : changes) optimizer.template apply<double>(w, one(change), None{}, eta, state);
  return w(0);
}

}  // namespace

TEST_CASE("schedule: constant by default; a linear warm-up; half a cosine down to the floor, where it stays") {
  CHECK(Schedule{}(0) == 1);
  CHECK(Schedule{}(1000000) == 1);
  const Schedule warmup{.warmup = 4};
  CHECK(warmup(0) == 0.25);
  CHECK(warmup(3) == 1);
  CHECK(warmup(100) == 1);
  const Schedule cosine{.warmup = 4, .total = 12, .floor = 0.2};
  CHECK(cosine(1) == 0.5);
  CHECK(cosine(4) == doctest::Approx(1));
  CHECK(cosine(6) == doctest::Approx(0.2 + 0.8 * 0.5 * (1 + std::sqrt(0.5))));
  CHECK(cosine(8) == doctest::Approx(0.6));
  CHECK(cosine(12) == doctest::Approx(0.2));
  CHECK(cosine(1000) == doctest::Approx(0.2));
}

TEST_CASE("plain: W += eta (d - weight_decay W), worked by hand") {
  CHECK(after(Plain{}, 1, 0.2, {0.5}) == doctest::Approx(1.1));
  CHECK(after(Plain{.weight_decay = 0.1}, 1, 0.2, {0.5}) == doctest::Approx(1 + 0.2 * (0.5 - 0.1)));
}

TEST_CASE("momentum: V = 0.9 V + d, worked by hand over three steps") {
  CHECK(after(Momentum{}, 0, 0.1, {1, 1, 1}) == doctest::Approx(0.1 * (1 + 1.9 + 2.71)));
  CHECK(after(Momentum{.weight_decay = 0.5}, 2, 0.1, {0}) == doctest::Approx(2 - 0.1 * 0.5 * 2));
}

TEST_CASE("Adam: with bias correction, the first step is eta whatever the size of the change") {
  for (const double change : {1e-4, 1.0, 1e4, -3.0})
    CHECK(after(Adam{.epsilon = 0}, 0, 0.01, {change}) == doctest::Approx(std::copysign(0.01, change)));
  CHECK(after(Adam{.epsilon = 0}, 0, 0.01, {5, 5, 5, 5}) == doctest::Approx(0.04));
}

TEST_CASE("Adam: two steps worked by hand") {
  // M = 0.1, then 0.09 - 0.2 = -0.11; V = 0.001, then 0.000999 + 0.004 = 0.004999; corrections 0.1, 0.19 and 0.001, 0.001999.
  const double second = (-0.11 / 0.19) / (std::sqrt(0.004999 / 0.001999) + 1e-8);
  CHECK(after(Adam{}, 0, 0.1, {1, -2}) == doctest::Approx(0.1 + 0.1 * second));
}

TEST_CASE("Adam: coupled decay goes through the moments, decoupled decay beside them") {
  CHECK(after(Adam{.epsilon = 0, .weight_decay = 0.1}, 2, 0.01, {0}) == doctest::Approx(2 - 0.01));  // d = -0.2, a step of eta
  CHECK(after(Adam{.epsilon = 0, .decoupled_decay = 0.1}, 2, 0.01, {1}) == doctest::Approx(2 * (1 - 0.01 * 0.1) + 0.01));
}

TEST_CASE("optimisers: the schedule is that of their own step, counted from 0, and decoupled decay follows it") {
  const Schedule warmup{.warmup = 2};
  CHECK(after(Plain{.schedule = warmup}, 0, 1, {1, 1, 1}) == doctest::Approx(0.5 + 1 + 1));
  CHECK(after(Adam{.epsilon = 0, .schedule = warmup}, 0, 0.01, {1, 1}) == doctest::Approx(0.005 + 0.01));
  CHECK(after(Adam{.epsilon = 0, .decoupled_decay = 1, .schedule = warmup}, 1, 0.1, {1}) == doctest::Approx(1 - 0.05 + 0.05));
}

TEST_CASE("clipped: a change that is too long keeps its direction and takes the norm, a shorter one lands as it is") {
  const Clipped<Plain> optimizer{.norm = 2.5};
  const Matrix<double> change{{3, 0}, {0, 4}};
  Matrix<double> w = Matrix<double>::Zero(2, 2);
  auto state = optimizer.init<double>({.pre = 2, .post = 2});
  optimizer.apply<double>(w, change, None{}, 0.1, state);
  CHECK((w - 0.05 * change).norm() < 1e-15);
  optimizer.apply<double>(w, Matrix<double>(change / 4), None{}, 0.1, state);
  CHECK((w - 0.075 * change).norm() < 1e-15);
  CHECK(after(Clipped<Momentum>{.norm = 1}, 0, 0.1, {5, 5}) == doctest::Approx(0.1 * (1 + 1.9)));
  CHECK(after(Clipped<Plain>{.norm = 1, .inner = {.weight_decay = 0.5}}, 2, 0.1, {5}) == doctest::Approx(2 + 0.1 * (1 - 1)));
  CHECK_THROWS_AS(Clipped<Plain>{.norm = 0}.init<double>({.pre = 1, .post = 1}), InvalidParameter);
}

TEST_CASE_TEMPLATE("optimisers: a decay per neuron and a matrix of decays act as d = change - decay W", Optimizer, Plain, Momentum, Adam,
                   Clipped<Plain>) {
  const Optimizer optimizer;
  const Matrix<double> start{{1, 2, 3}, {4, 5, 6}}, change = Random{.seed = 1}.normal<double>(2, 3);
  const Vector<double> vector{{0.5, 0.25}};
  const Matrix<double> matrix{{0.5, 0.1}, {-0.2, 0.3}};
  const auto land = [&](const Matrix<double>& d, const auto& decay) {
    Matrix<double> w = start;
    auto state = optimizer.template init<double>({.pre = 3, .post = 2});
    for (int step = 0; step < 2; ++step) {
      const Matrix<double> asked = std::is_same_v<decltype(decay), const None&> ? Matrix<double>(d) : change;
      optimizer.template apply<double>(w, asked, decay, 0.1, state);
      if (step == 0) w = start;  // so that the expectation may use the same W in both steps
    }
    return w;
  };
  CHECK(land(change, vector).isApprox(land(change - vector.asDiagonal() * start, None{})));
  CHECK(land(change, matrix).isApprox(land(change - matrix * start, None{})));
}

TEST_CASE_TEMPLATE("optimisers: one sample as two factors lands like its outer product", Optimizer, Plain, Momentum, Adam) {
  const Optimizer optimizer;
  Random random{.seed = 2};
  const Matrix<double> g = random.normal<double>(9, 1), x = random.normal<double>(300, 1), start = random.normal<double>(9, 300);
  const View<double> post = g, pre = x;
  Matrix<double> fused = start, plain = start;
  auto fused_state = optimizer.template init<double>({.pre = 300, .post = 9}), plain_state = fused_state;
  optimizer.template apply<double>(fused, RankOne<double>{post, pre}, None{}, 0.1, fused_state);
  optimizer.template apply<double>(plain, Matrix<double>(g * x.transpose()), None{}, 0.1, plain_state);
  CHECK(fused.isApprox(plain, 1e-14));
}

TEST_CASE_TEMPLATE("optimisers: a matrix of several chunks moves like its elements one by one", Optimizer, Plain, Momentum, Adam) {
  const Optimizer optimizer;
  Random random{.seed = 3};
  const Index rows = 300, cols = 250;  // more than two chunks
  Matrix<double> w = random.normal<double>(rows, cols);
  const Matrix<double> start = w, change = random.normal<double>(rows, cols);
  auto state = optimizer.template init<double>({.pre = cols, .post = rows});
  for (int step = 0; step < 2; ++step) optimizer.template apply<double>(w, change, None{}, 0.1, state);
  for (const auto& [i, j] : {std::pair<Index, Index>{0, 0}, {299, 108}, {0, 109}, {150, 249}})
    CHECK(w(i, j) == doctest::Approx(after(optimizer, start(i, j), 0.1, {change(i, j), change(i, j)})));
}

TEST_CASE("optimisers: changes and decays of another shape, and parameters out of range, are refused") {
  Matrix<double> w = Matrix<double>::Zero(2, 3);
  Plain::State<double> state;
  CHECK_THROWS_AS(Plain{}.apply<double>(w, Matrix<double>(Matrix<double>::Zero(3, 2)), None{}, 1, state), ShapeError);
  CHECK_THROWS_AS(Plain{}.apply<double>(w, Matrix<double>(w), Vector<double>(Vector<double>::Zero(3)), 1, state), ShapeError);
  CHECK_THROWS_AS(Plain{}.apply<double>(w, Matrix<double>(w), Matrix<double>(Matrix<double>::Zero(3, 3)), 1, state), ShapeError);
  CHECK(state.step == 0);
  CHECK_THROWS_AS(Momentum{.momentum = 1}.init<double>({1, 1}), InvalidParameter);
  CHECK_THROWS_AS(Adam{.beta1 = -0.1}.init<double>({1, 1}), InvalidParameter);
  CHECK_THROWS_AS(Adam{.beta2 = 1}.init<double>({1, 1}), InvalidParameter);
}
