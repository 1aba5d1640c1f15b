// Feedback control allocates nothing after the first batch.
// clang-format off: this header defines macros that Eigen's headers read
#include "tests/layers/allocations.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/targets.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/rules/differential_hebbian.hpp"

using namespace hebb;

namespace {

using Rule = DifferentialHebbian<float, PostsynapticChange, Adam>;

/// Allocations of the batches after the first.
void count_allocations(auto net) {
  const Matrix<float> x = Random{.seed = 1}.uniform<float>(20, 70),
                      y = soft_targets<float>(std::vector<int>(70, 1), 3, 0.9f);
  net.initialize({.seed = 2});
  net.train(x, y);
  start_counting();
  for (int batch = 0; batch < 3; ++batch) net.train(x, y);
  stop_counting();
}

}  // namespace

TEST_CASE(
    "feedback control: steps and updates allocate nothing after the first batch, with end points "
    "and along the trajectory") {
  count_allocations(FeedbackControl<Rule>({Rule{}, {20, 16, 16, 3}}));
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
  count_allocations(
      FeedbackControl<Rule, Sigmoid, ControlPolicies<TrajectorySum, JacobianFeedback>>(
          {Rule{}, {20, 16, 16, 3}}));
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);
}

TEST_CASE("relaxation: an allocation in a step is counted, a run without has none") {
  Relaxation relaxation;
  Matrices<double> states{Matrix<double>::Zero(4, 40)};
  const auto grow = [&](const Columns& columns, Index) { columns.of(states[0]).array() += 1; };
  relaxation.run(states, FixedSteps{5}, grow);
  start_counting();
  relaxation.run(states, FixedSteps{5}, grow);
  stop_counting();
  CHECK(allocations == 0);
  CHECK(eigen_allocations == 0);

  start_counting();
  relaxation.run(states, FixedSteps{5}, [&](const Columns& columns, Index) {
    const Matrix<double> copy = columns.of(states[0]);
    columns.of(states[0]) += copy;
  });
  stop_counting();
  CHECK(eigen_allocations > 0);
}
