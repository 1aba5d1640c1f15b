/// @file
/// A complete rule from its equation alone.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// The parameters of a rule, with its learning rate `eta`, and its equation: `post_factor(post)`
/// returns a Factor, the postsynaptic factor and the decay. `post` is a View of the rates, or a
/// Response where the equation needs the gain.
template <typename E>
concept Equation = std::copyable<E> && std::floating_point<typename E::Scalar> &&
    requires(const E equation, const Response<typename E::Scalar>& post) {
  { equation.eta } -> std::convertible_to<double>;
  { equation.post_factor(post).post } -> std::convertible_to<View<typename E::Scalar>>;
};

/// A factored rule with the equation dw = eta <post_factor(post) pre^T> - eta decay w. It adds the
/// state, the optimiser and the rest of what the library asks of a rule.
///
///     struct MyRule {  // dw = eta <y (x - w)>
///       using Scalar = float;
///       float eta = 0.1f;
///
///       Factor<float, Vector<float>> post_factor(const View<float>& y) const {
///         return {y, y.rowwise().mean()};
///       }
///     };
///     const RuleOf<MyRule> rule{.parameters = {.eta = 0.2f}};
///
/// Cost: that of the equation, and 2 post * pre * columns flops. Throws InvalidParameter from init
/// when eta is not finite and positive. A rule with a memory of its own is written as a class: see
/// docs/tutorial.md.
template <Equation E, OptimizerFor<typename E::Scalar> Optimizer = Plain>
struct RuleOf {
  using Scalar = typename E::Scalar;
  using Parameters = E;
  /// Whether the equation takes the rates alone, without their gains.
  static constexpr bool takes_rates = requires(const E equation, const View<Scalar>& rate) {
    equation.post_factor(rate);
  };
  /// The postsynaptic signal: rates, or rates and gains.
  using Post = std::conditional_t<takes_rates, View<Scalar>, Response<Scalar>>;
  static constexpr std::string_view name = name_of<E>;

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;

    void each(auto&& visit) {
      visit("rule", label_of<"RuleOf", E>);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The factor that the equation gives.
  auto post_factor(const Post& post, State&) const { return parameters.post_factor(post); }

  void apply(const Change<Scalar>& change, const auto& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const Post& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence
};

}  // namespace hebb
