#include "hebb/network/relaxation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "hebb/core/random.hpp"
#include "hebb/network/trajectory.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using States = std::vector<Matrix<double>>;

}  // namespace

TEST_CASE(
    "relaxation: a leaky state reaches the closed form 1 - (1 - k)^n, whatever the width of the "
    "blocks") {
  for (const Index width : {1, 3, 7, 32}) {
    Relaxation relaxation{.width = width};
    States states{Matrix<double>::Zero(2, 7)};
    const Matrix<double> target = Matrix<double>::Ones(2, 7);
    const auto end = relaxation.run(states, FixedSteps{10}, [&](const Columns& columns, Index) {
      approach(columns.of(states[0]), columns.of(target), Euler::gain(0.1, 0.4));
    });
    CHECK(end.steps == 10);
    CHECK_FALSE(end.converged);
    CHECK((states[0].array() - (1 - std::pow(0.75, 10))).abs().maxCoeff() < 1e-15);
  }
}

TEST_CASE("relaxation: the exponential step is exact for a constant target, however long it is") {
  Relaxation relaxation;
  States states{Matrix<double>::Zero(1, 1)};
  const Matrix<double> target = Matrix<double>::Ones(1, 1);
  relaxation.run(states, FixedSteps{3}, [&](const Columns& columns, Index) {
    approach(columns.of(states[0]), columns.of(target), ExponentialEuler::gain(0.5, 0.2));
  });
  CHECK(states[0](0, 0) == doctest::Approx(1 - std::exp(-1.5 / 0.2)).epsilon(1e-14));
}

TEST_CASE(
    "relaxation: stops block by block at the first step whose largest change is within the "
    "tolerance") {
  Relaxation relaxation{.width = 1};
  States states{Matrix<double>::Zero(1, 2)};
  const Matrix<double> target{{1, 16}};  // changes halve: 1/2, 1/4, ... and 8, 4, ...
  const auto halve = [&](const Columns& columns, Index, auto& changes) {
    approach(columns.of(states[0]), columns.of(target), 0.5, columns.of(changes));
  };
  const auto end = relaxation.run(states, Tolerance{0.25, 100}, halve);
  CHECK(relaxation.steps[0] == 2);
  CHECK(relaxation.steps[1] == 6);
  CHECK(end.steps == 6);
  CHECK(end.converged);
  const auto cut = relaxation.run(states, Tolerance{0, 3}, halve);
  CHECK(cut.steps == 3);
  CHECK_FALSE(cut.converged);
}

TEST_CASE(
    "relaxation: with SampleTolerance every sample of a block stops by itself, and keeps its "
    "place") {
  for (const Index width : {1, 2, 5}) {
    Relaxation relaxation{.width = width};
    States states{Matrix<double>::Zero(1, 5)};
    const Matrix<double> targets{{16, 1, 0, 64, 2}};  // changes halve: 8, 4, ...
    Matrix<double> target = targets, norms = Matrix<double>::Zero(5, 11);
    Index column_steps = 0;
    const WithThreads one_thread(1);
    const auto end = relaxation.run(
        states, SampleTolerance{0.25, 10},
        [&](const Columns& columns, Index, auto& changes) {
          approach(columns.of(states[0]), columns.of(target), 0.5, columns.of(changes));
          column_steps += columns.count;
        },
        [&](const Columns& columns, Index t) {
          norms.col(t).segment(columns.begin, columns.count) =
              columns.of(states[0]).row(0).transpose();
        },
        [&](Index a, Index b) {
          target.col(a).swap(target.col(b));
          norms.row(a).swap(norms.row(b));
        });
    CHECK(relaxation.steps == std::vector<Index>{6, 2, 1, 8, 3});
    CHECK(column_steps == 6 + 2 + 1 + 8 + 3);
    CHECK(end.steps == 8);
    CHECK(end.converged);
    CHECK(target == targets);
    CHECK(states[0] == Matrix<double>{{15.75, 0.75, 0, 63.75, 1.75}});
    for (Index c = 0; c < 5; ++c) CHECK(norms(c, relaxation.steps[std::size_t(c)]) == states[0](c));
    CHECK(norms(3, 2) == 48);
  }
}

TEST_CASE("relaxation: samples that do not settle keep their places, too, and are reported") {
  Relaxation relaxation;
  States states{Matrix<double>::Zero(1, 3)};
  Matrix<double> target{{1, 64, 2}};
  const auto end = relaxation.run(
      states, SampleTolerance{0.25, 3},
      [&](const Columns& columns, Index, auto& changes) {
        approach(columns.of(states[0]), columns.of(target), 0.5, columns.of(changes));
      },
      DoNothing{}, [&](Index a, Index b) { target.col(a).swap(target.col(b)); });
  CHECK_FALSE(end.converged);
  CHECK(relaxation.steps == std::vector<Index>{2, 3, 3});
  CHECK(states[0] == Matrix<double>{{0.75, 56, 1.75}});
}

TEST_CASE("relaxation: every sample may have its own step size") {
  Relaxation relaxation{.width = 2};
  States states{Matrix<double>::Zero(1, 3)};
  const Matrix<double> target = Matrix<double>::Ones(1, 3);
  const Vector<double> gains{{0.5, 0.25, 1.0}};
  relaxation.run(states, FixedSteps{2}, [&](const Columns& columns, Index) {
    approach(columns.of(states[0]), columns.of(target),
             gains.segment(columns.begin, columns.count));
  });
  CHECK(states[0](0) == 0.75);
  CHECK(states[0](1) == 1 - 0.75 * 0.75);
  CHECK(states[0](2) == 1);
}

TEST_CASE("relaxation: a trajectory holds the start and every step") {
  Relaxation relaxation{.width = 2};
  States states{Matrix<double>::Ones(1, 3), Matrix<double>::Zero(2, 3)};
  Trajectory<double> trajectory;
  trajectory.begin(states, 4);
  relaxation.run(
      states, FixedSteps{4},
      [&](const Columns& columns, Index) {
        columns.of(states[0]) *= 2;
        columns.of(states[1]).array() += double(columns.begin);
      },
      [&](const Columns& columns, Index t) { trajectory.keep(states, columns, t); });
  for (Index t = 0; t <= 4; ++t) {
    CHECK((trajectory.at(0, t).array() == double(1 << t)).all());
    CHECK(trajectory.at(1, t)(1, 0) == 0);
    CHECK(trajectory.at(1, t)(1, 2) == 2 * double(t));
    CHECK(trajectory.sample(1, 2)(0, t) == 2 * double(t));
  }
}

TEST_CASE("relaxation: a step longer than the time constant is refused, one as long is not") {
  CHECK(Euler::gain(0.1, 0.1) == 1);
  CHECK_THROWS_WITH_AS(Euler::gain(0.2, 0.1),
                       "relaxation: the time step 0.2 is longer than the time constant 0.1, "
                       "Euler's step is not stable",
                       InvalidParameter);
  CHECK_THROWS_AS(Euler::gain(0, 0.1), InvalidParameter);
  CHECK_THROWS_AS(Euler::gain(HUGE_VAL, HUGE_VAL), InvalidParameter);
  CHECK_THROWS_AS(ExponentialEuler::gain(0.1, 0), InvalidParameter);
  CHECK(ExponentialEuler::gain(0.2, 0.1) < 1);
}

TEST_CASE(
    "relaxation: divergence names the layer and the step, the same with any number of threads") {
  for (const int threads : thread_counts()) {
    const WithThreads guard(threads);
    Relaxation relaxation{.name = "Test", .width = 1};
    States states{Matrix<double>::Ones(1, 6), Matrix<double>::Ones(2, 6)};
    const auto run = [&] {
      relaxation.run(states, FixedSteps{5}, [&](const Columns& columns, Index t) {
        if (t == 3 && columns.begin == 4) states[1](0, 4) = std::nan("");
        if (t == 2 && columns.begin == 5) states[0](0, 5) = std::numeric_limits<double>::infinity();
      });
    };
    CHECK_THROWS_WITH_AS(run(), "Test: the state of layer 1 is not finite at step 4", Divergence);
  }
  const WithThreads guard(2);
}

TEST_CASE("relaxation: states that do not fit, and no states, are refused") {
  Relaxation relaxation;
  States none, uneven{Matrix<double>::Zero(1, 2), Matrix<double>::Zero(1, 3)};
  const auto nothing = [](const Columns&, Index) {};
  CHECK_THROWS_AS(relaxation.run(none, FixedSteps{1}, nothing), InvalidParameter);
  CHECK_THROWS_AS(relaxation.run(uneven, FixedSteps{1}, nothing), ShapeError);
  uneven.pop_back();
  CHECK_THROWS_AS(relaxation.run(uneven, FixedSteps{-1}, nothing), InvalidParameter);
  const auto no_change = [](const Columns&, Index, auto&&) {};
  for (const double tolerance : {-1.0, double(NAN)})
    CHECK_THROWS_AS(relaxation.run(uneven, Tolerance{tolerance, 1}, no_change), InvalidParameter);
}

TEST_CASE("relaxation: the same bits with 1, 2 and 3 threads, first run or second") {
  const Matrix<double> weights = Random{.seed = 1}.normal<double>(20, 20) / 5,
                       start = Random{.seed = 2}.normal<double>(20, 70);
  const auto relaxed = [&](int threads) {
    const WithThreads guard(threads);
    Relaxation relaxation;
    States states{start};
    Matrix<double> target = start;
    const auto run = [&] {
      states[0] = start;
      relaxation.run(states, FixedSteps{20}, [&](const Columns& columns, Index) {
        columns.of(target).noalias() = weights.lazyProduct(columns.of(states[0]));
        approach(columns.of(states[0]), columns.of(target), 0.3);
      });
    };
    run();
    run();
    return states[0];
  };
  const Matrix<double> one = relaxed(1);
  CHECK(relaxed(2) == one);
  CHECK(relaxed(3) == one);
}
