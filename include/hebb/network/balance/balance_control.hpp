/// @file
/// Balance-controlled plasticity: feedback to inhibitory neurons breaks the balance of excitation
/// and inhibition, and what is left of it is the error that a layer learns from.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

#include "hebb/core/loss.hpp"
#include "hebb/network/balance/balance_parameters.hpp"
#include "hebb/network/control/differences.hpp"
#include "hebb/network/control/feedback_paths.hpp"
#include "hebb/network/taught_network.hpp"

namespace hebb {

/// A network whose hidden units are pairs of an excitatory and an inhibitory neuron. A leaky
/// proportional-integral controller of the output acts on the inhibitory ones.
///
/// \f[ a_l = W_l r_{l-1} + b_l, \quad r_l = [e_l]_+, \quad \tau_E \dot e_l = -e_l + a_l
///     - w [i_l]_+, \quad \tau_I \dot i_l = -i_l + a_l + g r_l - s_l B_l u \f]
///
/// \f[ \tau_E \dot o = -o + W_L r_{L-1} + b_L + u, \quad u = k_p \epsilon + k_i c, \quad
///     \dot c = \epsilon - \lambda c, \quad \epsilon = -\partial\mathcal{L}/\partial o \f]
///
/// \f[ w = \frac{\alpha}{1 + (1 - \alpha) g}, \quad \delta_l = [\alpha a_l]_+ - w [i_l]_+, \quad
///     \delta_L = o - W_L r_{L-1} - b_L, \quad \Delta W_l \propto \langle \delta_l r_{l-1}^T
///     \rangle \f]
///
/// Without control inhibition takes the share alpha of the input: r = (1 - alpha) [a]_+, and every
/// hidden error is 0. In the steady state, where control silences no neuron and wakes none,
/// delta_l = w s_l B_l u / (1 + w g), larger by 1 / (1 - alpha) with `Balanced::rate`, which puts
/// alpha / (1 - alpha) r for alpha a. Under weak control with JacobianFeedback the changes are then
/// those of backpropagation, scaled by a number for each layer.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$e_l, o\f$ | `state[k]` | post x columns | potential |
/// | \f$i_l\f$ | `inhibitory[k]` | post x columns | potential |
/// | \f$r_{l-1}\f$, \f$a_l\f$ | `activity.rate[k]`, `.drive[k]` | pre + 1, post x columns | rate |
/// | \f$s_l B_l u\f$, \f$u\f$ | `feedback_input[k]`, `.back()` | post x columns | potential |
/// | \f$\delta_l\f$ | `errors[k]` | post x columns | potential |
/// | \f$W_l, b_l\f$ | `layers.biased(k)` | post x (pre + 1) | 1 |
/// | \f$B_l\f$ | `feedback_path` | of its kind | 1 |
/// | \f$\alpha, g, w, k_p, k_i, \lambda, \tau_E, \tau_I\f$ | `parameters` | scalars | there |
///
/// Layer l of the equations is k = l - 1 here. B_l is read once, at the balanced state; s_l is 1
/// or, with `normalized`, 1 over the Frobenius norm of the sample's B_l. A step moves the
/// controller, then the layers from the first to the last, the inhibitory neurons of each first.
/// The paper's assemblies of neurons without overlap are such pairs exactly, because a rectified
/// unit scales with its input.
///
/// Cost: 4 flops per synapse above the first layer, sample and step. Throws InvalidParameter when a
/// parameter is out of range or a time step too long; ShapeError and NonFinite on bad input;
/// InvalidCall on calls before `infer`; Divergence, naming layer, step and training step (from 0).
///
/// J. Rossbroich & F. Zenke, bioRxiv 2025.05.12.653626 (2025).
template <FactoredRule Rule, LossFunction Loss_ = CrossEntropy,
          ControlFeedback Feedback = JacobianFeedback, StoppingRule Stop = Tolerance>
class BalanceControl : public TaughtNetwork<Rule, Relu> {
  using Base = TaughtNetwork<Rule, Relu>;

 public:
  using Scalar = typename Rule::Scalar;
  using Loss = Loss_;
  using Base::hidden, Base::layers, Base::output_errors;
  using Parameters = BalanceParameters;

  Parameters parameters = {};
  Stop stop = {};
  typename Feedback::template Path<Scalar> feedback_path = {};

  Activity<Scalar> activity = {};  ///< of the last inference
  Matrices<Scalar> state = {}, inhibitory = {}, feedback_input = {}, errors = {};  ///< see table

  explicit BalanceControl(DenseLayers<Rule, Relu> layers_)
      : Base("BalanceControl", std::move(layers_)) {
    stop.most = 50;
    if constexpr (requires { stop.tolerance; }) stop.tolerance = 1e-3;
    feedback_path.prepare(layers);
  }

  /// Glorot's weights forward, and the initial weights of the feedback path.
  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    feedback_path.init(layers.sizes, random);
  }

  /// The outputs for the inputs x, without control: output x columns.
  const Matrix<Scalar>& predict(const View<Scalar>& x) {
    check();
    layers.require_inputs(x);
    layers.begin(x, prediction_);
    resize_all(predicted_, layers.hidden(), x.cols());
    layers.for_each_block(
        x.cols(), [&](const Columns& columns) { balance(columns, prediction_, predicted_); });
    require_finite_layers("BalanceControl: the drive", prediction_.drive);
    return prediction_.output();
  }

  /// Relaxes under control; no weight moves.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y) {
    check();
    layers.require_batch(x, y);
    feedback_path.require_nonzero(layers);
    Relaxed end;
    calls_.infer([&] {
      start(x, y);
      end = relaxation_.run(
          state, stop,
          [&](const Columns& columns, Index, auto&& changes) {
            control(columns, changes);
            move(columns, changes);
          },
          [&](const Columns& columns, Index t) {
            Loss::template error<Scalar>(columns.of(state.back()), columns.of(target_),
                                         columns.of(error_));
            output_errors.watch(columns, t, error_);
          },
          [&](Index a, Index b) {
            exchange_columns(a, b, activity.rate, activity.drive, activity.gain, inhibitory,
                             feedback_input, scale_, target_, error_, integral_);
            output_errors.exchange(a, b);
          });
      relaxation_.for_each_block(x.cols(), [&](const Columns& columns) { compare(columns); });
      output_errors.finish();
    });
    return end;
  }

  /// Every layer learns from the last inference.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      this->learn_layers([&](std::size_t k) { layers[k].learn(activity.rate[k], errors[k]); });
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// The change of layer k's weights, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return this->change_by(k, activity.rate[k], errors[k]);
  }

  /// The mean norm of the feedback to the inhibitory neurons of layer k at the end of the last
  /// inference. For the readout, the mean norm of the control.
  double feedback(std::size_t k) const {
    calls_.require_layer("feedback()", k, layers.depth());
    return mean_norm<Scalar>(feedback_input.at(k));
  }

  Index planned_steps() const { return stop.most; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    layers.each(visit);
    visit("network", label_of<"BalanceControl", Loss, Feedback>);
    feedback_path.each(visit);
  }

 private:
  void check() const {
    parameters.check();
    require_shapes();
  }

  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  /// The balanced state of some columns.
  void balance(const Columns& columns, Activity<Scalar>& balanced, Matrices<Scalar>& excitatory) {
    const Scalar left = Scalar(1 - parameters.balance);
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      layers.drive(columns, k, balanced);
      if (k == hidden()) return;
      const auto drive = columns.of(balanced.drive[k]).array();
      columns.of(excitatory[k]) = (drive < Scalar(0)).select(drive, left * drive);
      layers.respond(columns, k, excitatory, balanced);
    }
  }

  /// Sets every layer to its balanced state, and the scales of the feedback.
  void start(const View<Scalar>& x, const View<Scalar>& y) {
    const Index batch = x.cols();
    layers.begin(x, activity);
    layers.pack_weights(activity);
    relaxation_.width = block_width(batch);
    relaxation_.column_time = 2 * layers.time_above(1);
    for (auto* matrices : {&state, &feedback_input, &errors})
      resize_all(*matrices, layers.neurons(), batch);
    resize_all(inhibitory, layers.hidden(), batch);
    scale_.resize(hidden());
    for (auto& scale : scale_) scale.setOnes(1, batch);
    target_ = y;
    error_.resizeLike(y);
    integral_.setZero(y.rows(), batch);
    output_errors.begin(stop.most < 0 ? 0 : stop.most, batch);  // the relaxation refuses it
    feedback_path.begin(layers);
    relaxation_.for_each_block(batch, [&](const Columns& columns) {
      balance(columns, activity, state);
      columns.of(state.back()) = columns.of(activity.drive.back());
      for (std::size_t k = 0; k < hidden(); ++k)
        columns.of(inhibitory[k]) =
            columns.of(activity.drive[k]) + Scalar(parameters.recurrence) * rate(columns, k);
      if (parameters.normalized) normalize(columns);
      for (auto& input : feedback_input) columns.of(input).setZero();
    });
  }

  /// Sets the scales, from the feedback of a control of each output alone.
  void normalize(const Columns& columns) {
    auto control = columns.of(feedback_input.back());
    for (auto& scale : scale_) columns.of(scale).setZero();
    for (Index output = 0; output < control.rows(); ++output) {
      control.setZero();
      control.row(output).setOnes();
      feedback_path.send(layers, activity.gain, columns, feedback_input);
      for (std::size_t k = 0; k < hidden(); ++k)
        for (Index c = columns.begin; c < columns.begin + columns.count; ++c)  // without overflow
          scale_[k](c) = std::hypot(scale_[k](c), feedback_input[k].col(c).stableNorm());
    }
    for (auto& scale : scale_)
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
        if (scale(c) > 0) scale(c) = 1 / scale(c);
  }

  /// The rates of hidden layer k, without the row of ones.
  auto rate(const Columns& columns, std::size_t k) {
    return columns.of(activity.rate[k + 1]).topRows(layers.sizes[k + 1]);
  }

  /// One step of the controller, from the error that was watched, and its feedback.
  void control(const Columns& columns, auto& changes) {
    const Parameters& p = parameters;
    auto integral = columns.of(integral_);
    columns.of(feedback_input.back()) =
        Scalar(p.proportional) * columns.of(error_) + Scalar(p.integral) * integral;
    approach(integral, columns.of(error_) + Scalar(1 - p.leak) * integral, p.dt,
             columns.of(changes));
    feedback_path.send(layers, activity.gain, columns, feedback_input);
    if (!p.normalized) return;
    for (std::size_t k = 0; k < hidden(); ++k)
      columns.of(feedback_input[k]).array().rowwise() *= columns.of(scale_[k]).row(0).array();
  }

  /// One step of all layers, from the first to the last.
  void move(const Columns& columns, auto& changes) {
    const auto& p = parameters;
    const double fast = p.dt / p.tau_inhibitory, slow = p.dt / p.tau_excitatory;
    const Scalar g = Scalar(p.recurrence), w = Scalar(p.inhibition());
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      auto drive = columns.of(activity.drive[k]);
      const auto sent = columns.of(feedback_input[k]);
      if (k > 0) activity.weights[k].multiply(columns.of(activity.rate[k]), drive);
      if (k == hidden()) {
        approach(columns.of(state[k]), drive + sent, slow, columns.of(changes));
      } else {
        auto inhibitory_now = columns.of(inhibitory[k]), excitatory = columns.of(state[k]);
        approach(inhibitory_now, drive + g * rate(columns, k) - sent, fast, columns.of(changes));
        approach(excitatory, drive - w * inhibitory_now.cwiseMax(Scalar(0)), slow,
                 columns.of(changes));
        Relu::respond<Scalar>(excitatory, rate(columns, k), Ignored{});
      }
    }
  }

  /// The errors at the end: what is missing of the inhibition that would balance the neuron.
  void compare(const Columns& columns) {
    const Scalar alpha = Scalar(parameters.balance), w = Scalar(parameters.inhibition());
    for (std::size_t k = 0; k < layers.depth(); ++k) {
      const auto drive = columns.of(activity.drive[k]);
      auto error = columns.of(errors[k]);
      if (k == hidden()) {
        error = columns.of(state[k]) - drive;
        continue;
      }
      if (parameters.balanced == Balanced::rate)
        error = alpha / (1 - alpha) * rate(columns, k);
      else
        error = alpha * drive.cwiseMax(Scalar(0));
      error -= w * columns.of(inhibitory[k]).cwiseMax(Scalar(0));
    }
  }

  using Base::calls_, Base::prediction_;
  Relaxation relaxation_ = {.name = "BalanceControl"};
  Matrices<Scalar> scale_, predicted_;
  Matrix<Scalar> target_, error_, integral_;
};

}  // namespace hebb
