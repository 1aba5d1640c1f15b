/// @file
/// Equilibrium propagation: an energy-based network relaxes freely, then nudged towards the target,
/// and learns from the difference.
#pragma once

#include <array>
#include <span>

#include "hebb/network/equilibrium/equilibrium_policies.hpp"
#include "hebb/network/equilibrium/equilibrium_run.hpp"
#include "hebb/network/equilibrium/kept_states.hpp"
#include "hebb/network/taught_network.hpp"

namespace hebb {

/// A network of equilibrium propagation whose input is clamped.
///
/// \f[ E = \tfrac12 \sum_l |s_l|^2 - \sum_l s_l^T (W_l s_{l-1} + b_l) \f]
/// \f[ s_l \leftarrow \textrm{clip}\big(s_l + \epsilon (\rho'(s_l) \odot (W_l s_{l-1} + b_l +
///     W_{l+1}^T s_{l+1}) - s_l + [l = L] \beta (y - s_L))\big) \f]
/// \f[ \Delta W_l \propto \frac{1}{\beta} \langle s_l^\beta {s_{l-1}^\beta}^T
///     - s_l^0 {s_{l-1}^0}^T \rangle \f]
///
/// which for beta -> 0 is minus the gradient of |y - s_L|^2 / 2 at the free equilibrium. The free
/// phase runs to s^0 with beta = 0, the nudged one from there to s^beta.
///
/// | symbol            | code                | shape            | unit     |
/// |-------------------|---------------------|------------------|----------|
/// | \f$s_l\f$         | `states[k]`         | post x columns   | rate     |
/// | \f$W_l, b_l\f$    | `layers.biased(k)`  | post x (pre + 1) | 1        |
/// | \f$\epsilon\f$    | `parameters.step_size`  | scalar           | per step |
/// | \f$\beta\f$       | `parameters.beta`   | scalar           | 1        |
///
/// Layer l of the equations is k = l - 1 here; all layers move at once. Targets lie in [0, 1].
/// (Published code often leaves out the 1/2 of the cost, and so nudges with 2 beta.) The variants
/// are EquilibriumPolicies. With PersistentStates, every batch comes with the numbers of its
/// samples. Cost: 4 flops per synapse, sample and step, except in the first layer, whose drive is
/// computed once per batch. Throws InvalidParameter when the step is not in (0, 1], or beta or the
/// number of steps is not positive; ShapeError and NonFinite on bad input; InvalidCall on calls
/// before `infer`; Divergence, naming layer, step and training step (from 0).
///
/// B. Scellier & Y. Bengio, Front. Comput. Neurosci. 11:24 (2017).
template <DecayFreeRule Rule, EquilibriumPolicySet Policies = EquilibriumPolicies<>>
class EquilibriumPropagation : public TaughtNetwork<Rule, Tanh> {
  using Base = TaughtNetwork<Rule, Tanh>;

 public:
  using Scalar = typename Rule::Scalar;
  using Base::layers, Base::output_errors;
  using Update = decltype(Policies::update);
  using Nudge = decltype(Policies::nudging);
  using Start = decltype(Policies::start);
  using Feedback = decltype(Policies::feedback);
  using AtBorder = decltype(Policies::border);
  using Stop = decltype(Policies::stop);
  using Path = typename Feedback::template Path<Rule>;
  static constexpr bool untied = requires { &Path::synapses; };  ///< feedback has its own weights

  struct Parameters {
    double step_size = 0.5;  ///< epsilon; in (0, 1]
    double beta = 0.5;       ///< strength of the nudge; > 0
    Index nudged = 4;        ///< steps of a nudged phase; > 0
  };

  Parameters parameters = {};
  Stop stop;           ///< when the free phase stops
  Random random = {};  ///< for RandomNudge
  typename Start::template States<Scalar> start = {};
  Path feedback_path = {};
  typename Update::template State<Scalar> update = {};

  explicit EquilibriumPropagation(DenseLayers<Rule> layers_, const Policies& policies = {})
      : Base("EquilibriumPropagation", std::move(layers_)), stop(policies.stop) {
    if constexpr (requires { policies.start.samples; }) start.samples = policies.start.samples;
    feedback_path.prepare(layers);
  }

  void initialize(Random random_, Scalar scale = 1) {
    layers.initialize(random_, scale);
    feedback_path.initialize(layers, random_, scale);
    random = random_.stream("nudges");
  }

  /// The output rates for the inputs x after a free phase from 0: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) {
    check_dynamics();
    layers.require_inputs(x);
    prediction_run_.clamp(layers, feedback_path, x);
    FreshStates::States<Scalar>{}.load(prediction_run_.states, layers.sizes, {});
    settle(prediction_run_, stop, 0, DoNothing{});
    return prediction_run_.states.back();
  }

  /// Runs the free phase and the nudged ones; no weight moves. Returns how the free phase ended.
  /// Where states are persistent, `samples` are the numbers of the batch's samples.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y, std::span<const Index> samples = {}) {
    require_positive("EquilibriumPropagation", "beta", parameters.beta);
    require(parameters.nudged > 0,
            "EquilibriumPropagation: a nudged phase needs at least one step, got ",
            parameters.nudged);
    check_dynamics();
    layers.require_batch(x, y);
    feedback_path.require_nonzero(layers);
    start.check(x.cols(), samples);
    Relaxed settled;
    calls_.infer([&] {
      changes_.resize(layers.depth());
      feedback_changes_.resize(layers.depth() - 1);
      now_.clamp(layers, feedback_path, x);
      target_ = y;
      output_errors.begin(stop.most + parameters.nudged, x.cols());
      start.load(now_.states, layers.sizes, samples);
      settled = settle(
          now_, stop, 0,
          [&](const Columns& columns, Index t) {
            output_errors.watch(columns, t, target_, now_.states.back());
          },
          [&](Index a, Index b) {
            exchange_columns(a, b, target_);
            output_errors.exchange(a, b);
          });
      kept_.free = now_.states;

      const std::array<double, 2> signs = Nudge::signs(random);
      kept_.phases = {.count = signs[1] == 0 ? 1u : 2u,
                      .end = parameters.nudged,
                      .scale = 1 / (parameters.beta * (signs[0] - signs[1]))};
      for (std::size_t phase = 0; phase < kept_.phases.count; ++phase) {
        if (phase > 0) now_.states = kept_.free;
        if constexpr (Update::follows) kept_.begin_path(phase);
        settle(now_, FixedSteps{parameters.nudged}, parameters.beta * signs[phase],
               [&](const Columns& columns, Index t) {
                 if constexpr (Update::follows) kept_.follow(phase, columns, t, now_.states);
                 if (phase == 0)
                   output_errors.watch(columns, stop.most + t, target_, now_.states.back());
               });
        kept_.ends[phase] = now_.states;
      }
      start.store(kept_.free, samples);
      output_errors.finish();
    });
    return settled;
  }

  /// Every layer learns from the last inference, and so does feedback with weights of its own.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        calls_.apply("weights", k, layers[k].state, [&] { learn_layer(k); });
        if constexpr (untied)
          if (k + 1 < layers.depth())
            calls_.apply("feedback weights", k, feedback_path.synapses[k].state, [&] {
              auto& synapses = feedback_path.synapses[k];
              apply_sum(synapses.rule, backward_change(k), synapses.state);
            });
      }
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y, std::span<const Index> samples = {}) {
    infer(x, y, samples);
    learn();
  }

  /// The change of layer k's weights, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return forward_change(k);
  }

  /// The change of the feedback weights to hidden layer k, before their optimiser.
  const Matrix<Scalar>& feedback_change(std::size_t k) requires untied {
    calls_.require_layer("feedback_change()", k, layers.depth() - 1);
    require_shapes();
    return backward_change(k);
  }

  /// The mean norm of the change that the nudge made in the feedback to layer k. For the readout,
  /// the mean norm of the nudge.
  double feedback(std::size_t k) {
    calls_.require_layer("feedback()", k, layers.depth());
    require_shapes();
    const Moment end = kept_.phases.positive();
    if (k + 1 == layers.depth()) {
      feedback_ = Scalar(parameters.beta) * (target_ - kept_.rates(k, end));
    } else {
      const Index above = layers.sizes[k + 2];
      const Matrix<Scalar> moved =
          kept_.rates(k + 1, end).topRows(above) - kept_.rates(k + 1, {}).topRows(above);
      feedback_.noalias() = feedback_path.weights(layers, k) * moved;
    }
    return mean_norm<Scalar>(feedback_);
  }

  /// The rates of layer k at a moment of the last inference; those of hidden layers have a last row
  /// of ones. Moments between the ends of a phase are kept where the update policy follows the
  /// phase.
  View<Scalar> at(std::size_t k, Moment moment) const {
    calls_.require_layer("at()", k, layers.depth());
    const bool end = moment.t == 0 || moment.t == kept_.phases.end;
    require(moment.phase < kept_.phases.count && moment.t >= 0 && moment.t <= kept_.phases.end &&
                (end || Update::follows),
            "EquilibriumPropagation: step ", moment.t, " of phase ", moment.phase, " was not kept");
    return kept_.rates(k, moment);
  }

  Index planned_steps() const { return stop.most + parameters.nudged; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"EquilibriumPropagation", Update, Nudge, Start, Feedback, AtBorder>);
    feedback_path.each(visit);
    start.prepare(layers.sizes);
    start.each(visit);
    random.each(
        [&](std::string_view name, auto& value) { visit("random." + std::string(name), value); });
  }

 private:
  using Run = EquilibriumRun<Scalar, AtBorder>;

  void check_dynamics() const {
    Euler::gain(parameters.step_size, 1);
    require(stop.most >= 0, "EquilibriumPropagation: the number of steps must be >= 0, got ",
            stop.most);
    require_shapes();
  }

  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  /// The rates of layer k at any moment, without the row of ones.
  auto side(std::size_t k) const {
    return [this, k](Moment moment) -> View<Scalar> {
      return kept_.rates(k, moment).topRows(layers.sizes[k + 1]);
    };
  }

  /// The input is constant. So the optimiser forms the first layer's change from its two factors,
  /// where the update has them.
  void learn_layer(std::size_t k) {
    DenseSynapses<Rule>& synapses = layers[k];
    if constexpr (requires { update.contrast(synapses, side(k), kept_.phases); }) {
      if (k == 0) {
        const View<Scalar> input = now_.input;
        const auto& pre = synapses.pre_factor(input);
        const Change<Scalar> change(update.contrast(synapses, side(k), kept_.phases), pre);
        return synapses.rule.apply(change, None{}, synapses.state);
      }
    }
    apply_sum(synapses.rule, forward_change(k), synapses.state);
  }

  const Matrix<Scalar>& forward_change(std::size_t k) {
    const auto pre = [&](Moment moment) -> View<Scalar> {
      if (k == 0) return now_.input;
      return kept_.rates(k - 1, moment);
    };
    return change_of(layers[k], pre, side(k), changes_.at(k));
  }

  const Matrix<Scalar>& backward_change(std::size_t k) {
    return change_of(feedback_path.synapses[k], side(k + 1), side(k), feedback_changes_.at(k));
  }

  template <typename Exchange = DoNothing>
  Relaxed settle(Run& run, const auto& rule, double beta, const auto& record,
                 const Exchange& exchange = {}) {
    return run.settle(relaxation_, layers, rule, parameters.step_size, beta, target_, record,
                      exchange);
  }

  const Matrix<Scalar>& change_of(DenseSynapses<Rule>& synapses, const auto& pre, const auto& post,
                                  Matrix<Scalar>& change) {
    change.setZero(synapses.state.weights.rows(), synapses.state.weights.cols());
    update.add_to(synapses, pre, post, kept_.phases, change);
    return change;
  }

  using Base::calls_;
  Relaxation relaxation_ = {.name = "EquilibriumPropagation"};
  Run now_, prediction_run_;
  KeptStates<Scalar> kept_;  // of the last inference
  Matrices<Scalar> changes_, feedback_changes_;
  Matrix<Scalar> target_, feedback_;
};

/// The vector field form with differential Hebbian learning: forward and feedback synapses have
/// weights of their own, and each learns from its own two sides.
template <DecayFreeRule Rule, Nudging Nudge = RandomNudge>
using UntiedEquilibriumPropagation = EquilibriumPropagation<
    Rule, EquilibriumPolicies<LearnFromOneSidedEnds, Nudge, FreshStates, UntiedFeedback>>;

}  // namespace hebb
