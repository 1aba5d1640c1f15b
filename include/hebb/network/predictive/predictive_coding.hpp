/// @file
/// Supervised predictive coding: inference moves the activity of every layer to lower the errors of
/// prediction. Layers then learn from the remaining errors, or from the changes of activity.
#pragma once

#include "hebb/network/predictive/coding_dynamics.hpp"

namespace hebb {

/// A network of predictive coding whose input and output are clamped.
///
/// Every layer predicts the state of the next; e is the error of the prediction. Inference starts
/// from the forward sweep and lowers the energy of each sample, E = sum_l |e_l|^2 / 2, over the
/// states of the hidden layers:
///
/// \f[ \varepsilon_l = x_l - W_l f(x_{l-1}) - b_l, \quad \dot x_l = f'(x_l)
///     \odot W_{l+1}^T \varepsilon_{l+1} - \varepsilon_l, \quad
/// \Delta W_l \propto \langle \varepsilon_l f(x_{l-1})^T \rangle \;\textrm{ or }\; \textstyle\int
///     \langle \dot x_l f(x_{l-1})^T \rangle dt
/// \f]
///
/// the error form and the temporal, differential Hebbian form. They agree in the first layer,
/// because its input is constant.
///
/// | symbol                                | code               | shape             | unit     |
/// |---------------------------------------|--------------------|-------------------|----------|
/// | \f$x_l\f$                             | `state[k]`         | post x columns    | rate     |
/// | \f$f(x_{l-1})\f$                      | `activity.rate[k]` | pre + 1 x columns | rate     |
/// | \f$\varepsilon_l\f$                   | `errors[k]`        | post x columns    | rate     |
/// | \f$f' \odot W^T \varepsilon_{l+1}\f$  | `back[k]`          | post x columns    | rate     |
/// | \f$W_l, b_l\f$                        | `layers.biased(k)` | post x (pre + 1)  | 1        |
/// | \f$\beta\f$ | `parameters.step_size` | scalar | per step |
///
/// Layer l of the equations is k = l - 1 here. The input is f(x_0) itself, the readout is linear.
/// `predict` needs no inference: without a target the forward sweep has energy 0. When the energy
/// of a sample rises, its beta is shortened; other samples keep theirs. Cost: 4 flops per synapse,
/// sample and step, except in the first layer, whose drive is computed once per batch. Stable while
/// beta < 2 / the largest curvature of E; the shortening finds such a beta. Throws InvalidParameter
/// when the step is not in (0, 1]; ShapeError and NonFinite on bad input; InvalidCall on calls
/// before `infer`; Divergence, naming layer, step and training step (from 0).
///
/// J. C. R. Whittington & R. Bogacz, Neural Comput. 29:1229-1262 (2017); the temporal form: P. V.
/// Aceituno, M. T. Farinha, R. Loidl & B. F. Grewe, Front. Comput. Neurosci. 17:1136010 (2023),
/// whose published code leaves the weights of the readout untrained.
template <FactoredRule Rule, ActivationFor<typename Rule::Scalar> Hidden = Tanh,
          CodingPolicySet Policies = CodingPolicies<>>
requires RuleWithoutDecayWhereChangesAreSummed<Rule, decltype(Policies::update)>
class PredictiveCoding : public CodingDynamics<Rule, Hidden, Policies> {
  using Base = CodingDynamics<Rule, Hidden, Policies>;

 public:
  using Scalar = typename Rule::Scalar;
  using Inference = decltype(Policies::inference);
  using Update = decltype(Policies::update);
  using Stop = decltype(Policies::stop);
  using Base::activity, Base::back, Base::errors, Base::hidden, Base::layers, Base::output_errors,
      Base::parameters, Base::state;

  Stop stop;
  typename Update::template State<Scalar> update = {};

  explicit PredictiveCoding(DenseLayers<Rule, Hidden> layers_, const Policies& policies = {})
      : Base("PredictiveCoding", std::move(layers_)), stop(policies.stop) {
    require_hidden();
  }

  void initialize(Random random, Scalar scale = 1) { layers.initialize(random, scale); }

  /// The outputs for the inputs x: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Runs inference with the targets clamped; no weight moves.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y) {
    check(x, y);
    Relaxed end;
    calls_.infer([&] {
      begin(x, y);
      end = relax(stop, 0);
      output_errors.finish();
    });
    return end;
  }

  /// Every layer learns from the last inference.
  void learn() {
    layers.require_shapes();
    calls_.learn([&] {
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        DenseSynapses<Rule>& synapses = layers[k];
        calls_.apply("weights", k, synapses.state, [&] {
          if constexpr (!Update::sums_changes)
            update.present(*this, k, [&](const View<Scalar>& pre, const View<Scalar>& post) {
              synapses.learn(pre, post);
            });
          else
            apply_sum(synapses.rule, change_of(k), synapses.state);
        });
        synapses.forget();
      }
    });
  }

  /// Inference and learning, one after the other or, with LearnIncrementally, step by step.
  void train(const View<Scalar>& x, const View<Scalar>& y) {
    if constexpr (std::same_as<Update, LearnIncrementally>) {
      static_assert(std::same_as<Inference, StateInference>,
                    "the weights move under states, not under errors");
      check(x, y);
      calls_.infer([&] { begin(x, y); });
      for (Index t = 0; t < stop.most; ++t) {
        calls_.infer([&] { relax(FixedSteps{1}, t); });
        learn();
        pack_weights();
        layers.for_each_block(x.cols(), [&](const Columns& columns) {
          layers.drive(columns, 0, activity);
          this->predict_all(columns);
        });
      }
    } else {
      infer(x, y);
      learn();
    }
  }

  /// What layer k would change by, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    layers.require_shapes();
    return change_of(k);
  }

  /// The mean norm of the feedback that layer k received in the last step of inference. For the
  /// readout, the mean norm of its error.
  double feedback(std::size_t k) const {
    calls_.require_layer("feedback()", k, layers.depth());
    return mean_norm<Scalar>(k < hidden() ? back.at(k) : errors.at(k));
  }

  /// The energy of each sample after the last inference.
  const Vector<Scalar>& energy() const {
    calls_.require_inference("energy()");
    return energy_;
  }

  Index planned_steps() const { return stop.most; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"PredictiveCoding", Hidden, Inference, Update>);
  }

 private:
  void check(const View<Scalar>& x, const View<Scalar>& y) const {
    Euler::gain(parameters.step_size, 1);
    require(parameters.shortening > 0 && parameters.shortening <= 1,
            "PredictiveCoding: shortening must be in (0, 1], got ", parameters.shortening);
    require(stop.most >= 0, "PredictiveCoding: the number of steps must be >= 0, got ", stop.most);
    require_hidden();
    layers.require_batch(x, y);
    layers.require_nonzero();
  }

  void require_hidden() const {
    require(layers.depth() > 1,
            "PredictiveCoding: needs a hidden layer, whose state inference moves");
  }

  void begin(const View<Scalar>& x, const View<Scalar>& y) {
    layers.begin(x, activity);
    pack_weights();
    target_ = y;
    resize_all(state, layers.hidden(), x.cols());
    resize_all(back, layers.hidden(), x.cols());
    resize_all(errors, layers.neurons(), x.cols());
    step_.setConstant(x.cols(), Scalar(Euler::gain(parameters.step_size, 1)));
    energy_.setConstant(x.cols(), std::numeric_limits<Scalar>::infinity());
    output_errors.begin(stop.most, x.cols());
    layers.for_each_block(x.cols(), [&](const Columns& columns) {
      layers.sweep(columns, activity);
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        columns.of(errors[k]).setZero();
        if (k < hidden()) columns.of(state[k]) = columns.of(activity.drive[k]);
      }
      columns.of(errors.back()) = columns.of(target_) - columns.of(activity.output());
      this->watch(columns, 0);
    });
    update.begin(*this);
  }

  void pack_weights() {
    layers.pack_weights(activity);
    this->pack_transposes();
  }

  Relaxed relax(const auto& rule, Index elapsed) {
    relaxation_.width = block_width(target_.cols());
    relaxation_.column_time = 2 * layers.time_above(1);
    const Relaxed end = relaxation_.run(
        state, rule,
        [&](const Columns& columns, Index t, auto&& changes) {
          Inference::step(*this, columns, changes);
          this->watch(columns, elapsed + t + 1);
        },
        [&](const Columns& columns, Index t) { update.record(*this, columns, elapsed + t); },
        [&](Index a, Index b) { this->exchange(a, b); });
    if (!all_finite(energy_.data(), energy_.size())) {
      std::size_t k = 0;  // the first layer whose squares overflow, or the readout
      while (k < hidden() && std::isfinite(errors[k].squaredNorm())) ++k;
      throw Divergence(sentence("PredictiveCoding: the energy of layer ", k,
                                " is not finite at step ", elapsed + end.steps));
    }
    return end;
  }

  const Matrix<Scalar>& change_of(std::size_t k) {
    change_.setZero(layers.biased(k).rows(), layers.biased(k).cols());
    update.present(*this, k, [&](const View<Scalar>& pre, const View<Scalar>& post) {
      layers[k].add_change(Scalar(1), pre, post, change_);
    });
    layers[k].forget();
    return change_;
  }

  using Base::calls_, Base::change_, Base::energy_, Base::prediction_, Base::step_, Base::target_;
  Relaxation relaxation_ = {.name = "PredictiveCoding"};
};

/// The temporal form: a differential Hebbian rule learns from changes of activity.
template <typename Rule, typename Hidden = Tanh>
using TemporalPredictiveCoding =
    PredictiveCoding<Rule, Hidden, CodingPolicies<StateInference, LearnFromEndPoints>>;

/// iPC: weights move in every step of inference.
template <typename Rule, typename Hidden = Tanh>
using IncrementalPredictiveCoding =
    PredictiveCoding<Rule, Hidden, CodingPolicies<StateInference, LearnIncrementally>>;

/// ePC: inference moves the errors.
template <typename Rule, typename Hidden = Tanh>
using ErrorPredictiveCoding =
    PredictiveCoding<Rule, Hidden, CodingPolicies<ErrorInference, LearnFromErrors>>;

}  // namespace hebb
