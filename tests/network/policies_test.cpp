// Policies of networks: named members, deduced types, and roles that cannot be confused.
#include <doctest/doctest.h>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/optimizer/plain.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

static_assert(ControlUpdate<SteadyState<>> && ControlUpdate<SpikeSampled<>>);
static_assert(!ControlUpdate<Adam> && !ControlUpdate<LearnFromContrast>);
static_assert(ControlFeedback<JacobianFeedback> && !ControlFeedback<RandomWeights>);
static_assert(ControlDynamics<ExponentialEuler> && !ControlDynamics<Adam>);
static_assert(CodingUpdate<LearnIncrementally> && !CodingUpdate<LearnFromContrast>);
static_assert(CodingInference<ErrorInference> && !CodingInference<LearnFromErrors>);
static_assert(EquilibriumUpdate<LearnFromContrast> && !EquilibriumUpdate<LearnFromErrors>);
static_assert(LossFunction<CrossEntropy> && !LossFunction<Adam> && !LossFunction<Tanh>);
static_assert(StoppingRule<Tolerance> && !StoppingRule<Plain>);
static_assert(!ControlPolicySet<CodingPolicies<>> && !CodingPolicySet<Hebbian<float>>);

TEST_CASE("policies: a network starts with the values that its policies have") {
  const DenseLayers layers(Hebbian<double>{}, Tanh{}, {3, 4, 2});
  using Noisy =
      ControlPolicies<EndPoints, WeightProduct, WeakTarget<SquaredError>, Euler, FilteredNoise>;
  Noisy policies;
  policies.target.step_size = 0.25;
  policies.noise.sigma = 0.5;
  const FeedbackControl control(layers, policies);
  CHECK(control.target.step_size == 0.25);
  CHECK(control.noise.sigma == 0.5);
  CHECK(control.planned_steps() == 40);
  const PredictiveCoding coding(layers, CodingPolicies<>{{}, {}, {.most = 7}});
  CHECK(coding.planned_steps() == 7);
}

#if __cpp_deduction_guides >= 201907L  // arguments of aggregates are deduced
TEST_CASE("policies: members are named, and their types deduced") {
  const DenseLayers layers(Hebbian<double>{}, Tanh{}, {3, 4, 2});
  FeedbackControl control(
      layers, ControlPolicies{.update = SteadyState{}, .target = WeakTarget{.step_size = 0.25}});
  static_assert(
      std::same_as<decltype(control), FeedbackControl<Hebbian<double>, Tanh,
                                                      ControlPolicies<SteadyState<>, WeightProduct,
                                                                      WeakTarget<CrossEntropy>>>>);
  CHECK(control.target.step_size == 0.25);
  PredictiveCoding coding(layers, CodingPolicies{.inference = ErrorInference{}});
  static_assert(
      std::same_as<decltype(coding),
                   PredictiveCoding<Hebbian<double>, Tanh, CodingPolicies<ErrorInference>>>);
  EquilibriumPropagation equilibrium(DenseLayers<Hebbian<double>>(Hebbian<double>{}, {3, 4, 2}),
                                     EquilibriumPolicies{.start = PersistentStates{.samples = 9}});
  CHECK(equilibrium.start.samples == 9);
}
#endif
