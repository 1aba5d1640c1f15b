/// @file
/// The dynamics of a network under feedback control: the controller, and the layers that it moves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "hebb/network/control/control_policies.hpp"
#include "hebb/network/taught_network.hpp"

namespace hebb {

/// The state of a controlled network, and one time step of it. FeedbackControl runs it.
template <FactoredRule Rule_, typename Hidden_, ControlPolicySet Policies>
class ControlledDynamics : public TaughtNetwork<Rule_, Hidden_> {
  using Base = TaughtNetwork<Rule_, Hidden_>;

 public:
  using Hidden = Hidden_;
  using Scalar = typename Rule_::Scalar;
  using Parameters = ControlParameters;
  using Dynamics = decltype(Policies::dynamics);
  using Noise = decltype(Policies::noise);
  using Target = decltype(Policies::target);
  using Path = typename decltype(Policies::feedback)::template Path<Scalar>;
  using Base::layers, Base::output_errors;

  Parameters parameters;
  Target target;            ///< what the controller aims at
  Noise noise;              ///< noise on the states
  Path feedback_path = {};  ///< Q_l

  Activity<Scalar> activity;                         ///< of the last inference
  Matrices<Scalar> state, apical;                    ///< of the last inference, one per layer
  Relaxation relaxation{.name = "FeedbackControl"};  ///< runs the steps, in blocks of columns

 protected:
  /// A network with these parameters; copies the target and the noise of the policies.
  ControlledDynamics(DenseLayers<Rule_, Hidden> layers_, Parameters parameters_,
                     const Policies& policies)
      : Base("FeedbackControl", std::move(layers_)),
        parameters(parameters_),
        target(policies.target),
        noise(policies.noise) {
    feedback_path.prepare(layers);
  }

  /// Sets every layer to its feed-forward state, and the target.
  void start(const View<Scalar>& x, const View<Scalar>& y) {
    const Index batch = x.cols(), outputs = layers.sizes.back();
    layers.begin(x, activity);
    layers.pack_weights(activity);
    relaxation.width = block_width(batch);
    relaxation.column_time = layers.time_above(0);
    for (auto* matrices : {&state, &apical}) resize_all(*matrices, layers.neurons(), batch);
    for (auto* matrix : {&target_, &error_}) matrix->resize(outputs, batch);
    for (auto* matrix : {&integral_, &control_, &mean_control_}) matrix->setZero(outputs, batch);
    feedback_path.begin(layers);
    relaxation.for_each_block(batch, [&](const Columns& columns) {
      layers.sweep(columns, activity);
      for (std::size_t k = 0; k < state.size(); ++k)
        columns.of(state[k]) = columns.of(activity.drive[k]);
      target.template aim<Scalar>(columns.of(state.back()), columns.of(y), columns.of(target_));
    });
  }

  /// Sets the noise of every layer to 0.
  void reset_noise() {
    resize_all(noise_, layers.neurons(), state.back().cols());
    for (auto& matrix : noise_) matrix.setZero();
  }

  /// Computes the error of some columns of the output, and keeps its norm at step t.
  template <typename Aim>
  void watch_error(const Aim& aim, const Columns& columns, Index t) {
    aim.template error<Scalar>(columns.of(state.back()), columns.of(target_), columns.of(error_));
    output_errors.watch(columns, t, error_);
  }

  /// One step of the controller. Its signal is the apical input of the readout.
  template <typename Aim>
  void control(const Parameters& p, const Aim& aim, const Columns& columns, Index t) {
    const Scalar dt = Scalar(p.dt), leak = Scalar(p.leak), proportional = Scalar(p.proportional);
    auto error = columns.of(error_), integral = columns.of(integral_), u = columns.of(control_),
         sent = columns.of(apical.back());
    watch_error(aim, columns, t);
    integral += dt * (error - leak * u);
    u = integral + proportional * error;
    if (p.tau_filter == 0 || t == 0)
      sent = u;
    else
      sent += Scalar(p.dt / p.tau_filter) * (u - sent);
    const Index averaged = std::max<Index>(1, p.steps / 4);
    if (t >= p.steps - averaged) columns.of(mean_control_) += sent / Scalar(averaged);
  }

  /// One step of all layers, from the first to the last; each column is finished while it is in the
  /// cache.
  template <ControlNoise AddedNoise>
  void move(double dt, const AddedNoise& added, Scalar gain, const Columns& columns, Index t) {
    const bool with_gain = feedback_path.wants_gain(t);
    for (std::size_t k = 0; k < state.size(); ++k) {
      if (k > 0)
        activity.weights[k].multiply(columns.of(activity.rate[k]), columns.of(activity.drive[k]));
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
        auto v = state[k].col(c);
        v += gain * (activity.drive[k].col(c) + apical[k].col(c) - v);
        if constexpr (!AddedNoise::silent) {
          // The high bits count inferences and trainings, the low bits the draws within one.
          const std::uint64_t calls = std::uint64_t(calls_.step) + std::uint64_t(feedback_step_),
                              draw = (calls << 32) + std::uint64_t(t * state[k].cols() + c);
          added.template advance<Scalar>(dt, std::uint32_t(k), draw, noise_[k].col(c));
          v += gain * Scalar(k + 1 < state.size() ? added.sigma : added.output_sigma) *
               noise_[k].col(c);
        }
        if (k + 1 < state.size()) respond(k, c, with_gain);
      }
    }
  }

  /// Computes all gains at the states as they are.
  void set_gains() {
    relaxation.for_each_block(state.back().cols(), [&](const Columns& columns) {
      for (std::size_t k = 0; k + 1 < state.size(); ++k)
        for (Index c = columns.begin; c < columns.begin + columns.count; ++c) respond(k, c, true);
    });
  }

  using Base::calls_;
  Matrices<Scalar> noise_;  ///< of every layer, at the current step
  Matrix<Scalar> target_, error_, integral_, control_, mean_control_;  ///< outputs x columns
  std::int64_t feedback_step_ = 0;  ///< batches that have trained the feedback weights

 private:
  /// The rate of hidden layer k, and its gain where it is needed.
  void respond(std::size_t k, Index c, bool with_gain) {
    auto r = activity.rate[k + 1].col(c).head(state[k].rows());
    if (with_gain)
      Dense<Rule_, Hidden>::respond(state[k].col(c), r, activity.gain[k].col(c));
    else
      Dense<Rule_, Hidden>::respond(state[k].col(c), r, Ignored{});
  }
};

}  // namespace hebb
