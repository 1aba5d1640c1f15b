// Backpropagation and Gauss-Newton on the weights of any arm.
#include <type_traits>

#include "hebb/network/backpropagation.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/rules/hebbian.hpp"
#include "task.hpp"

namespace temporal_hebb {

namespace {

using namespace hebb;
using Rule = Hebbian<float>;

/// The weight changes of a network with these weights; `make` makes it from the layers.
template <typename Network>
Changes changes(const Model& model, const Changes& weights, const Matrix<float>& x,
                const Matrix<float>& y, void (*set)(Network&) = nullptr) {
  Network network({Rule{}, model.sizes});
  network.initialize({});
  if (set) set(network);
  for (std::size_t k = 0; k < weights.size(); ++k) network.layers[k].state.weights = weights[k];
  network.infer(x, y);
  Changes result;
  for (std::size_t k = 0; k < weights.size(); ++k) result.push_back(network.change(k));
  return result;
}

/// Calls body(hidden units, loss), both as types.
Changes with_types(const Model& model, const auto& body) {
  const auto with_loss = [&](auto hidden) {
    if (model.loss == Loss::squared) return body(hidden, std::type_identity<SquaredError>{});
    return body(hidden, std::type_identity<CrossEntropy>{});
  };
  if (model.unit == Unit::tanh) return with_loss(std::type_identity<Tanh>{});
  return with_loss(std::type_identity<Sigmoid>{});
}

}  // namespace

Changes gradient(const Model& model, const Changes& weights, const Matrix<float>& x,
                 const Matrix<float>& y) {
  if (model.unit == Unit::clip) {
    using Network =
        EquilibriumPropagation<Rule, EquilibriumPolicies<LearnFromContrast, SymmetricNudge>>;
    return changes<Network>(model, weights, x, y, [](Network& network) {
      network.stop.most = 100;
      network.parameters.nudged = 50;
      network.parameters.beta = 0.02;
    });
  }
  if (model.unit == Unit::balanced)
    return changes<Backpropagation<Rule, BalancedUnit, CrossEntropy>>(model, weights, x, y);
  return with_types(model, [&]<typename Hidden, typename Cost>(std::type_identity<Hidden>,
                                                               std::type_identity<Cost>) {
    return changes<Backpropagation<Rule, Hidden, Cost>>(model, weights, x, y);
  });
}

Changes gauss_newton(const Model& model, const Changes& weights, const Matrix<float>& x,
                     const Matrix<float>& y) {
  if (model.unit == Unit::clip || model.unit == Unit::balanced) return {};
  return with_types(model, [&]<typename Hidden, typename Cost>(std::type_identity<Hidden>,
                                                               std::type_identity<Cost>) {
    using Network =
        FeedbackControl<Rule, Hidden,
                        ControlPolicies<SteadyState<VoltageDifference>, JacobianFeedback,
                                        WeakTarget<Cost>, ClosedForm>>;
    return changes<Network>(model, weights, x, y);
  });
}

}  // namespace temporal_hebb
