/// @file
/// Dendritic error microcircuits in their steady state: apical dendrites compare the activity of
/// higher areas with its prediction by interneurons.
#pragma once

#include "hebb/network/taught_network.hpp"

namespace hebb {

/// A cortical hierarchy in which apical potentials are the errors.
///
/// \f[ v_l = W_l r_{l-1} + b_l, \quad u_l = v_l + \alpha v^A_l, \quad u_L = (1 - \lambda) v_L
///     + \lambda y, \quad r = \phi(u) \f]
///
/// \f[ v^A_l = B_l r_{l+1} + W^{PI}_l \phi(u^I_l), \quad u^I_l = (1 - \lambda_I) v^I_l
///     + \lambda_I u_{l+1}, \quad
/// v^I_l = W^{IP}_l r_l + b^I_l \f]
///
/// \f[ \Delta W_l \propto \langle (\phi(u_l) - \phi(v_l)) r_{l-1}^T \rangle, \quad
/// \Delta W^{IP}_l \propto \langle (\phi(u^I_l) - \phi(v^I_l)) r_l^T \rangle, \quad
/// \Delta W^{PI}_l \propto -\langle v^A_l \phi(u^I_l)^T \rangle \f]
///
/// In the self-predicting state the interneurons copy the layer above, W^IP_l = W_{l+1} and W^PI_l
/// = -B_l, and apical potentials are 0 without a target. Under a weak nudge and with B = W^T they
/// are then the errors of backpropagation.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$u_l\f$ | `state[k]` | post x columns | potential |
/// | \f$v_l\f$ | `activity.drive[k]` | post x columns | potential |
/// | \f$v^A_l\f$ | `apical[k]` | post x columns | potential |
/// | \f$u^I_l\f$, \f$v^I_l\f$ | `interneuron[k]`, `predicted[k]` | above x columns | potential |
/// | \f$W_l, b_l\f$ | `layers.biased(k)` | post x (pre + 1) | 1 |
/// | \f$B_l\f$ | `top_down[k]`, fixed | post x above | 1 |
/// | \f$W^{IP}_l\f$ | `lateral[k]` | above x (post + 1) | 1 |
/// | \f$W^{PI}_l\f$ | `inhibition[k]` | post x above | 1 |
/// | \f$\alpha, \lambda_I, \lambda\f$ | `parameters` | scalars | 1 |
///
/// Layer l of the equations is k = l - 1 here; the readout is linear. The paper's potentials follow
/// with W the basal weights times g_B / (g_lk + g_B + g_A), alpha = g_A / (g_lk + g_B + g_A), and
/// lambda, lambda_I the shares of the somatic conductance; its dynamics in time converge to the
/// fixed point that is iterated here.
///
/// Cost: 6 flops per synapse of each kind, sample and step. Converges while alpha (1 - lambda_I)
/// |B|
/// |W| phi'^2 stays well below 1. Throws InvalidParameter when a parameter is not in [0, 1];
/// ShapeError and NonFinite on bad input; InvalidCall on calls before `infer`; Divergence, naming
/// layer, step and training step (from 0).
///
/// J. Sacramento, R. Ponte Costa, Y. Bengio & W. Senn, NeurIPS 31:8721-8732 (2018).
template <FactoredRule Rule, ActivationFor<typename Rule::Scalar> Hidden = Sigmoid,
          StoppingRule Stop = Tolerance>
class DendriticError : public TaughtNetwork<Rule, Hidden> {
  using Base = TaughtNetwork<Rule, Hidden>;

 public:
  using Scalar = typename Rule::Scalar;
  using Base::hidden, Base::layers, Base::output_errors;

  struct Parameters {
    double apical = 0.8 / 1.9;  ///< alpha: weight of the apical dendrite in the soma; in [0, 1]
    double interneuron =
        0.8 / 1.9;             ///< lambda_I: weight of the layer above in an interneuron; in [0, 1]
    double nudge = 0.8 / 1.9;  ///< lambda: weight of the target in the output; in [0, 1]
    double step_size = 1;      ///< the fraction of the way that one iteration takes; in (0, 1]
  };

  Parameters parameters = {};
  Stop stop = {};
  Matrices<Scalar> top_down = {};  ///< B, fixed: of hidden layer k, post x above
  /// The synapses onto interneurons, and those from them; each with a copy of the first layer's
  /// rule.
  std::vector<DenseSynapses<Rule>> lateral = {}, inhibition = {};

  Activity<Scalar> activity = {};  ///< of the last inference
  /// The potentials and errors of the table, of the last inference.
  Matrices<Scalar> state = {}, apical = {}, interneuron = {}, predicted = {}, errors = {};

  explicit DendriticError(DenseLayers<Rule, Hidden> layers_)
      : Base("DendriticError", std::move(layers_)) {
    stop.most = 50;
    if constexpr (requires { stop.tolerance; }) stop.tolerance = 1e-5;
    for (std::size_t k = 0; k < hidden(); ++k) {
      const Index post = layers.sizes[k + 1], above = layers.sizes[k + 2];
      top_down.push_back(Matrix<Scalar>::Zero(post, above));
      lateral.emplace_back(layers[0].rule, Shape{.pre = post, .post = above}, Bias::learned);
      inhibition.emplace_back(layers[0].rule, Shape{.pre = above, .post = post}, Bias::none);
    }
  }

  /// Glorot's forward and top-down weights, and the self-predicting state.
  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    for (std::size_t k = 0; k < hidden(); ++k)
      top_down[k] = glorot_uniform<Scalar>({.pre = top_down[k].cols(), .post = top_down[k].rows()},
                                           random.stream("feedback", k), scale);
    predict_self();
  }

  /// Sets the lateral weights to the self-predicting state of the current forward and top-down
  /// weights.
  void predict_self() {
    for (std::size_t k = 0; k < hidden(); ++k) {
      lateral[k].state.weights = layers.biased(k + 1);
      inhibition[k].state.weights = -top_down[k];
    }
  }

  /// The outputs for the inputs x of a network in the self-predicting state, in which apical
  /// potentials are 0: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Finds the steady state with the output nudged towards the targets; no weight moves.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y) {
    for (const double share : {parameters.apical, parameters.interneuron, parameters.nudge})
      require(share >= 0 && share <= 1,
              "DendriticError: apical, interneuron and nudge must be in [0, 1], got ", share);
    require(stop.most >= 0, "DendriticError: the number of steps must be >= 0, got ", stop.most);
    const Scalar step = Scalar(Euler::gain(parameters.step_size, 1));
    layers.require_batch(x, y);
    require_shapes();
    for (std::size_t k = 0; k < hidden(); ++k)
      require<InvalidCall>(
          any_nonzero(top_down[k]), "all top-down weights of layer ", k,
          " are 0: call initialize(), or set or load them, before infer() or train()");
    Relaxed end;
    calls_.infer([&] {
      layers.begin(x, activity);
      target_ = y;
      resize(x.cols());
      layers.for_each_block(x.cols(), [&](const Columns& columns) {
        layers.sweep(columns, activity);
        for (std::size_t k = 0; k < layers.depth(); ++k)
          columns.of(state[k]) = columns.of(activity.drive[k]);
        output_errors.watch(columns, 0, target_, activity.output());
      });
      relaxation_.width = block_width(x.cols());
      relaxation_.column_time = 4 * layers.time_above(1);
      end = relaxation_.run(
          state, stop,
          [&](const Columns& columns, Index t, auto&& changes) {
            compare(columns);
            integrate(columns, step, changes);
            output_errors.watch(columns, t + 1, target_, activity.output());
          },
          DoNothing{}, [&](Index a, Index b) { exchange(a, b); });
      layers.for_each_block(x.cols(), [&](const Columns& columns) {
        compare(columns);
        for (std::size_t k = 0; k < layers.depth(); ++k)
          subtract_rates(columns, k, state[k], activity.drive[k], errors[k]);
        for (std::size_t k = 0; k < hidden(); ++k)
          subtract_rates(columns, k + 1, interneuron[k], predicted[k], surprise_[k]);
      });
      output_errors.finish();
    });
    return end;
  }

  /// Forward weights and interneurons learn from the last inference.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      this->learn_layers([&](std::size_t k) { layers[k].learn(activity.rate[k], errors[k]); });
      for (std::size_t k = 0; k < hidden(); ++k) {
        calls_.apply("lateral weights", k, lateral[k].state,
                     [&] { lateral[k].learn(activity.rate[k + 1], surprise_[k]); });
        apical[k] *= Scalar(-1);
        calls_.apply("inhibition", k, inhibition[k].state,
                     [&] { inhibition[k].learn(interneuron_rate_[k], apical[k]); });
        apical[k] *= Scalar(-1);
      }
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// The change of the forward weights of layer k, before their optimiser, after the last
  /// inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return this->change_by(k, activity.rate[k], errors[k]);
  }

  /// The mean norm of the apical potentials of layer k in the last inference. For the readout, the
  /// mean norm of the change that the nudge made.
  double feedback(std::size_t k) const {
    calls_.require_layer("feedback()", k, layers.depth());
    return mean_norm<Scalar>(k < hidden() ? apical.at(k) : errors.at(k));
  }

  Index planned_steps() const { return stop.most; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"DendriticError", Hidden>);
    for (std::size_t k = 0; k < hidden(); ++k) {
      const std::string number = std::to_string(k) + ".";
      visit("top_down" + std::to_string(k), top_down[k]);
      lateral[k].each([&](std::string_view name, auto& value) {
        visit("lateral" + number + std::string(name), value);
      });
      inhibition[k].each([&](std::string_view name, auto& value) {
        visit("inhibition" + number + std::string(name), value);
      });
    }
  }

 private:
  void require_shapes() const {
    layers.require_shapes();
    require<ShapeError>(
        top_down.size() == hidden() && lateral.size() == hidden() && inhibition.size() == hidden(),
        "there are ", top_down.size(), " top-down, ", lateral.size(), " lateral and ",
        inhibition.size(), " inhibitory arrays of weights for ", hidden(), " hidden layers");
    for (std::size_t k = 0; k < hidden(); ++k) {
      const Index post = layers.sizes[k + 1], above = layers.sizes[k + 2];
      require_weights<Scalar>(top_down[k], post, above, "top-down weights", k);
      require_weights<Scalar>(lateral[k].state.weights, above, post + 1, "lateral weights", k);
      require_weights<Scalar>(inhibition[k].state.weights, post, above, "inhibition", k);
    }
  }

  void resize(Index batch) {
    const std::span<const Index> above = layers.neurons().subspan(1);
    for (auto* of_neurons : {&state, &errors, &rate_scratch_, &gain_scratch_})
      resize_all(*of_neurons, layers.neurons(), batch);
    resize_all(apical, layers.hidden(), batch);
    for (auto* of_interneurons : {&interneuron, &predicted, &interneuron_rate_, &surprise_})
      resize_all(*of_interneurons, above, batch);
    output_errors.begin(stop.most, batch);
  }

  /// The rates of layer k for given potentials. The readout is linear.
  void rates(const Columns& columns, std::size_t k, const Matrix<Scalar>& potential,
             Matrix<Scalar>& rate) {
    if (k < hidden())
      Hidden::template respond<Scalar>(columns.of(potential), columns.of(rate),
                                       columns.of(gain_scratch_[k]));
    else
      columns.of(rate) = columns.of(potential);
  }

  void subtract_rates(const Columns& columns, std::size_t k, const Matrix<Scalar>& a,
                      const Matrix<Scalar>& b, Matrix<Scalar>& difference) {
    rates(columns, k, a, difference);
    rates(columns, k, b, rate_scratch_[k]);
    columns.of(difference) -= columns.of(rate_scratch_[k]);
  }

  /// Computes interneurons and apical potentials from the current rates.
  void compare(const Columns& columns) {
    const Scalar share = Scalar(parameters.interneuron);
    for (std::size_t k = 0; k < hidden(); ++k) {
      tiles::multiply<Scalar>(lateral[k].state.weights, columns.of(activity.rate[k + 1]),
                              columns.of(predicted[k]));
      columns.of(interneuron[k]) =
          (1 - share) * columns.of(predicted[k]) + share * columns.of(state[k + 1]);
      rates(columns, k + 1, interneuron[k], interneuron_rate_[k]);
      rates(columns, k + 1, state[k + 1], rate_scratch_[k + 1]);
      tiles::multiply<Scalar>(top_down[k], columns.of(rate_scratch_[k + 1]), columns.of(apical[k]));
      tiles::multiply<Scalar>(inhibition[k].state.weights, columns.of(interneuron_rate_[k]),
                              columns.of(apical[k]), 1, true);
    }
  }

  /// Moves the somata, from the lowest layer to the output.
  void integrate(const Columns& columns, Scalar step, auto& changes) {
    const Scalar alpha = Scalar(parameters.apical), nudge = Scalar(parameters.nudge);
    const auto move = [&](std::size_t k, const auto& target) {
      approach(columns.of(state[k]), target, step, columns.of(changes));
    };
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      auto v = columns.of(activity.drive[k]);
      if (k > 0) tiles::multiply<Scalar>(layers.biased(k), columns.of(activity.rate[k]), v);
      if (k < hidden()) {
        move(k, v + alpha * columns.of(apical[k]));
        layers.respond(columns, k, state, activity);
      } else {
        move(k, (1 - nudge) * v + nudge * columns.of(target_));
      }
    }
  }

  void exchange(Index a, Index b) {
    exchange_columns(a, b, activity.rate, activity.drive, target_);
    output_errors.exchange(a, b);
  }

  using Base::calls_, Base::prediction_;
  Relaxation relaxation_ = {.name = "DendriticError"};
  Matrices<Scalar> interneuron_rate_, surprise_, rate_scratch_, gain_scratch_;
  Matrix<Scalar> target_;
};

}  // namespace hebb
