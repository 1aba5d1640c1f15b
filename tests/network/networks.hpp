/// @file
/// Every network with feedback, small, with a batch: what all of them promise is tested once.
#pragma once

#include <numeric>

#include "hebb/network/backpropagation.hpp"
#include "hebb/network/balance/balance_control.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"

namespace networks {

using namespace hebb;

using Errors = Hebbian<float>;
using Changes = DifferentialHebbian<float>;

/// 6 samples of 4 inputs and 2 targets, all in [0, 1].
struct Batch {
  Matrix<float> x = Random{.seed = 1}.uniform<float>(4, 6),
                y = Random{.seed = 2}.uniform<float>(2, 6);
};

/// A network whose weights are as it was constructed.
template <typename Network>
Network fresh(float eta = 0.1f) {
  Network net({typename decltype(Network::layers)::Rule{.parameters = {.eta = eta}}, {4, 5, 3, 2}});
  if constexpr (requires { net.start.samples; }) net.start.samples = 9;
  return net;
}

template <typename Network>
Network network(float eta = 0.1f) {
  Network net = fresh<Network>(eta);
  net.initialize({.seed = 3}, 0.5f);
  return net;
}

/// Calls infer or train, with the numbers of the samples where states are persistent.
void with_samples(auto& net, const Matrix<float>& x, const auto& call) {
  if constexpr (requires { net.start.samples; }) {
    std::vector<Index> numbers(std::size_t(x.cols()));
    std::iota(numbers.begin(), numbers.end(), 2);
    call(std::span<const Index>(numbers));
  } else {
    call();
  }
}

void infer(auto& net, const Matrix<float>& x, const Matrix<float>& y) {
  with_samples(net, x, [&](auto... samples) { net.infer(x, y, samples...); });
}

void train(auto& net, const Matrix<float>& x, const Matrix<float>& y) {
  with_samples(net, x, [&](auto... samples) { net.train(x, y, samples...); });
}

using Control =
    FeedbackControl<Errors, Sigmoid,
                    ControlPolicies<EndPoints, JacobianFeedback, StrongTarget<SquaredError>>>;
using RandomControl =
    FeedbackControl<Errors, Sigmoid, ControlPolicies<TrajectorySum, FixedFeedback>>;
using ClosedControl = FeedbackControl<
    Errors, Tanh,
    ControlPolicies<SteadyState<>, WeightProduct, StrongTarget<SquaredError>, ClosedForm>>;
using FollowedCoding =
    PredictiveCoding<Changes, Tanh, CodingPolicies<StateInference, LearnFromTrajectory>>;
using Persistent =
    EquilibriumPropagation<Errors,
                           EquilibriumPolicies<LearnFromContrast, RandomNudge, PersistentStates>>;

#define HEBB_NETWORKS                                                                              \
  Backpropagation<Errors>, FeedbackAlignment<Errors>, DirectFeedbackAlignment<Errors>, Control,    \
      RandomControl, ClosedControl, PredictiveCoding<Errors>, IncrementalPredictiveCoding<Errors>, \
      FollowedCoding, EquilibriumPropagation<Errors>, UntiedEquilibriumPropagation<Changes>,       \
      Persistent, DendriticError<Errors>, BalanceControl<Errors, SquaredError>

}  // namespace networks
