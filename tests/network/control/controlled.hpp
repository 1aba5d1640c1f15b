/// @file
/// A small network under feedback control, and a batch for it.
#pragma once

#include "hebb/core/targets.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/rules/hebbian.hpp"

namespace controlled {

using namespace hebb;

using Rule = Hebbian<double>;
inline const std::vector<Index> sizes{5, 7, 6, 3};

/// 6 samples of 5 inputs, and targets that sum to 1.
struct Batch {
  Matrix<double> x = Random{.seed = 1}.normal<double>(5, 6);
  Matrix<double> y = soft_targets<double>(std::vector<int>{0, 1, 2, 0, 1, 2}, 3, 0.9);
};

template <typename Network>
Network network(typename Network::Parameters parameters = {}, double scale = 1) {
  Network net({Rule{.parameters = {.eta = 0.1}}, sizes}, parameters);
  net.initialize({.seed = 3}, scale);
  for (std::size_t k = 0; k < 3; ++k)
    net.layers[k].state.weights.rightCols(1) =
        Random{.seed = 4}.stream("biases", k).normal<double>(sizes[k + 1], 1) / 5;
  return net;
}

/// The derivative of the output with respect to the state of every layer, side by side, at a
/// feed-forward state.
template <typename Network>
Matrix<double> jacobian(const Network& net, Index column) {
  std::vector<Matrix<double>> parts(net.layers.depth());
  parts.back() = Matrix<double>::Identity(3, 3);
  for (std::size_t k = parts.size() - 1; k-- > 0;)
    parts[k] =
        parts[k + 1] * net.layers.weights(k + 1) * net.activity.gain[k].col(column).asDiagonal();
  Matrix<double> all(3, 7 + 6 + 3);
  all << parts[0], parts[1], parts[2];
  return all;
}

/// A network under weak control with a squared error.
template <typename Hidden, typename Feedback, typename Dynamics,
          typename Update = SteadyState<VoltageDifference>>
using Squared =
    FeedbackControl<Rule, Hidden,
                    ControlPolicies<Update, Feedback, WeakTarget<SquaredError>, Dynamics>>;

}  // namespace controlled
