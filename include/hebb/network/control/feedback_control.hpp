/// @file
/// Deep Feedback Control: a controller drives the output to its target, and every layer learns from
/// the change that this caused in it.
#pragma once

#include <Eigen/LU>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "hebb/network/control/controlled_dynamics.hpp"
#include "hebb/network/control/linear_response.hpp"

namespace hebb {

/// Deep Feedback Control.
///
/// \f[ \tau_v \dot v_l = -v_l + W_l r_{l-1} + b_l + Q_l u, \quad r_l = \phi(v_l), \quad
///     u = k_p e + \int (e - \alpha u) \, dt \f]
///
/// with e the output's error. The network starts at its feed-forward state with u = 0. The update
/// policy computes what a layer learns from the trajectory: `EndPoints` and `TrajectorySum` are
/// differential Hebbian learning, `SpikeSampled` is STDP, `SteadyState` and `TimeAverage` use the
/// error between soma and basal dendrite at the end of the trajectory or averaged over it.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$v_l\f$ | `state[k]` | post x columns | rate |
/// | \f$W_l r_{l-1} + b_l\f$ | `activity.drive[k]` | post x columns | rate |
/// | \f$Q_l u\f$ | `apical[k]` | post x columns | rate |
/// | \f$r_{l-1}\f$ | `activity.rate[k]` | pre + 1 x columns | rate |
/// | \f$Q_l\f$ | `feedback_path` | post x outputs | 1 |
/// | \f$\tau_v\f$ | `parameters.tau` | scalar | the controller's time constant |
/// | \f$k_p\f$, \f$\alpha\f$ | `proportional`, `leak` | scalar | 1 |
///
/// Layer l of the equations is k = l - 1 here; the readout is linear. Layer l receives layer l - 1
/// of the same time step. The default is fast: 40 steps, the input's drive computed once, and end
/// points instead of a trajectory. Use noise with updates from errors; the differences of
/// differential Hebbian learning amplify it. Cost: 2 flops per step, sample and synapse above the
/// first layer.
/// Stable for dt <= time constant (Euler), or with ExponentialEuler. Throws InvalidParameter from
/// the constructor and from infer, ShapeError and NonFinite on bad input, InvalidCall on calls
/// before `infer`, Divergence naming layer, step and training step (from 0).
///
/// A. Meulemans, M. Tristany Farinha, J. Garcia Ordonez, P. V. Aceituno, J. Sacramento & B. F.
/// Grewe, NeurIPS 34 (2021). P. V. Aceituno, M. Tristany Farinha, R. Loidl & B. F. Grewe, Front.
/// Comput. Neurosci. 17:1136010 (2023).
template <FactoredRule Rule, ActivationFor<typename Rule::Scalar> Hidden_ = Sigmoid,
          ControlPolicySet Policies = ControlPolicies<>>
requires RuleWithoutDecayWhereChangesAreSummed<Rule, decltype(Policies::update)>
class FeedbackControl : public ControlledDynamics<Rule, Hidden_, Policies> {
  using Base = ControlledDynamics<Rule, Hidden_, Policies>;
  using typename Base::Dynamics, typename Base::Noise, typename Base::Path;

 public:
  using Hidden = Hidden_;
  using Scalar = typename Rule::Scalar;
  using Parameters = ControlParameters;
  using Update = decltype(Policies::update);
  using Target = decltype(Policies::target);
  using Loss = typename Target::Loss;
  using Base::activity, Base::apical, Base::feedback_path, Base::layers, Base::output_errors,
      Base::noise, Base::parameters, Base::relaxation, Base::state, Base::target;

  Update update;  ///< what a layer learns from an inference

  explicit FeedbackControl(DenseLayers<Rule, Hidden> layers_, Parameters parameters_ = {},
                           const Policies& policies = {})
      : Base(std::move(layers_), parameters_, policies), update(policies.update) {
    parameters.template check<Dynamics>();
  }

  /// The same with the default parameters.
  FeedbackControl(DenseLayers<Rule, Hidden> layers_, const Policies& policies)
      : FeedbackControl(std::move(layers_), Parameters{}, policies) {}

  /// Glorot's weights forward, and the initial weights of the feedback path.
  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    feedback_path.init(layers.sizes, random);
  }

  /// The outputs for the inputs x, without control.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Relaxes under control towards the targets y; no weight moves.
  Relaxed infer(const View<Scalar>& x, const View<Scalar>& y) {
    parameters.template check<Dynamics>();
    if constexpr (!Noise::silent) noise.check(parameters.dt);
    if constexpr (requires { update.check(); }) update.check();
    layers.require_batch(x, y);
    require_shapes();
    feedback_path.require_nonzero(layers);
    Relaxed end{.steps = 1, .converged = true};
    calls_.infer([&] {
      this->start(x, y);
      output_errors.begin(planned_steps(), x.cols());
      update.begin(*this, memory_);
      const auto record = [&](const Columns& columns, Index t) {
        update.observe(*this, columns, t, memory_);
      };
      if constexpr (closed_form)
        solve(record);
      else
        end = relax(record);
      update.finish(*this, memory_);
    });
    return end;
  }

  /// Every layer learns from the last inference.
  void learn() {
    require_shapes();
    calls_.learn(
        [&] { this->learn_layers([&](std::size_t k) { update.learn(*this, k, memory_); }); });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// The change of layer k's weights, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return update.change(*this, k, memory_);
  }

  /// The rates of layer k, without the row of ones. The rates of the readout are its state.
  auto rate(std::size_t k) {
    return (k + 1 < layers.depth() ? activity.rate[k + 1] : state[k]).topRows(layers.sizes[k + 1]);
  }

  /// The mean over the batch of |Q_l u|, with u averaged over the last quarter of the last
  /// inference. In closed form, the mean norm of the feedback that led to the state.
  double feedback(std::size_t k) {
    calls_.require_layer("feedback()", k, layers.depth());
    if constexpr (closed_form) {
      return mean_norm<Scalar>(apical[k]);  // Q was that of the feed-forward state; the gains are
                                            // those of the controlled state
    } else {
      require_shapes();
      resize_all(sent_, layers.neurons(), mean_control_.cols());
      sent_.back() = mean_control_;
      relaxation.for_each_block(mean_control_.cols(), [&](const Columns& columns) {
        feedback_path.send(layers, activity.gain, columns, sent_);
      });
      return mean_norm<Scalar>(sent_[k]);
    }
  }

  /// The share of the feedback that lies in the row space of the output's Jacobian J = [J_1 ...
  /// J_L] at the last inference: the mean over samples of |P_J Q| / |Q|. It is 1 where the control
  /// moves the output with the least effort.
  double condition2() {
    calls_.require_inference("condition2()");
    require_shapes();
    const Matrices<Scalar> gain = activity.gain;  // `feedback` needs those of the last inference
    const Index batch = activity.rate[0].cols();
    LinearResponse<Scalar> by_path, by_jacobian;
    this->set_gains();
    by_path.find(layers, activity.gain, relaxation, feedback_path, batch);
    JacobianFeedback::Path<Scalar> jacobian;
    jacobian.begin(layers);
    by_jacobian.find(layers, activity.gain, relaxation, jacobian, batch);
    activity.gain = gain;
    return share_in_row_space(by_path, by_jacobian);
  }

  /// Trains fixed feedback weights by noise, without a task. The target is the network's own
  /// output, so the control responds to the noise alone. Its correlation with the noise in a layer
  /// shows how that layer moves the output.
  ///
  /// Q_l <- Q_l - eta [ s_l / (T sigma^2) sum_t <(Q_l u[t] + sigma xi_l[t]) u[t + 1]^T> + decay
  /// Q_l ],  s_l = (1 + tau_v / tau)^(L - l)
  void train_feedback(const View<Scalar>& x, const FeedbackTraining& training) requires
      std::same_as<Path, FixedFeedback::Path<Scalar>> {
    const Parameters p{.steps = training.steps,
                       .dt = training.dt,
                       .tau = training.tau,
                       .proportional = training.proportional,
                       .leak = training.leak};
    p.template check<Dynamics>();
    training.noise.check(p.dt);
    require(training.noise.tau > 0, "FeedbackTraining: the noise needs a tau > 0");
    require_shapes();
    require_steps("FeedbackControl", feedback_step_);
    output_ = predict(x);
    std::vector<Matrices<Scalar>> sums;
    const Scalar gain = Scalar(Dynamics::gain(p.dt, p.tau)), sigma = Scalar(training.noise.sigma);
    calls_.run([&] {
      this->start(x, output_);
      target_ = output_;
      output_errors.begin(p.steps, x.cols());
      this->reset_noise();
      sums.assign(std::size_t(relaxation.blocks(x.cols())), feedback_path.weights);
      for (auto& block : sums)
        for (auto& sum : block) sum.setZero();
      relaxation.run(state, FixedSteps{p.steps}, [&](const Columns& columns, Index t) {
        this->control(p, WeakTarget<SquaredError>{}, columns, t);
        for (std::size_t k = 0; t > 0 && k + 1 < state.size(); ++k)
          sums[std::size_t(columns.block)][k].noalias() +=
              (columns.of(apical[k]) + sigma * columns.of(noise_[k])) *
              columns.of(apical.back()).transpose();
        feedback_path.send(layers, activity.gain, columns, apical);
        this->move(p.dt, training.noise, gain, columns, t);
      });
    });
    const double deviation = std::max(training.noise.sigma, 0.01), variance = deviation * deviation;
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k) {
      Matrix<Scalar>& q = feedback_path.weights[k];
      const double scale = std::pow(1 + p.tau / training.noise.tau, double(layers.depth() - 1 - k));
      Matrix<Scalar> sum = Matrix<Scalar>::Zero(q.rows(), layers.sizes.back());
      for (const auto& block : sums) sum += block[k];
      calls_.apply("feedback weights", k, q, [&] {
        q -= Scalar(training.eta) *
             (Scalar(scale / (double(p.steps) * double(x.cols()) * variance)) * sum +
              Scalar(training.decay) * q);
      });
    }
    ++feedback_step_;
  }

  Index planned_steps() const { return closed_form ? 1 : parameters.steps; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    visit("feedback_step", feedback_step_);
    layers.each(visit);
    visit("network", label_of<"FeedbackControl", Hidden, Update, decltype(Policies::feedback),
                              Target, Dynamics>);
    feedback_path.each(visit);
  }

 private:
  static constexpr bool closed_form = std::same_as<Dynamics, ClosedForm>;

  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  Relaxed relax(const auto& record) {
    if constexpr (!Noise::silent) this->reset_noise();
    const Scalar gain = Scalar(Dynamics::gain(parameters.dt, parameters.tau));
    const Relaxed end = relaxation.run(
        state, FixedSteps{parameters.steps},
        [&](const Columns& columns, Index t) {
          this->control(parameters, target, columns, t);
          feedback_path.send(layers, activity.gain, columns, apical);
          this->move(parameters.dt, noise, gain, columns, t);
        },
        record);
    relaxation.for_each_block(state.back().cols(), [&](const Columns& columns) {
      this->watch_error(target, columns, parameters.steps);
    });
    return end;
  }

  /// The closed form: u = (J Q + leak)^-1 e of the network linearised at its feed-forward state,
  /// then one sweep under that control.
  void solve(const auto& record) {
    const Index batch = state.back().cols();
    response_.find(layers, activity.gain, relaxation, feedback_path, batch);
    relaxation.for_each_block(batch, [&](const Columns& columns) {
      record(columns, 0);
      this->watch_error(target, columns, 0);
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
        Matrix<Wide<Scalar>> system = response_.of(c);
        const Vector<Wide<Scalar>> error = error_.col(c).template cast<Wide<Scalar>>();
        target.linearize(system, error, target_.col(c).template cast<Wide<Scalar>>());
        system.diagonal().array() += parameters.leak;
        apical.back().col(c) = system.partialPivLu().solve(error).template cast<Scalar>();
      }
      columns.of(mean_control_) = columns.of(apical.back());
      feedback_path.send(layers, activity.gain, columns, apical);
      this->move(parameters.dt, Quiet{}, 1, columns, 0);
      this->watch_error(target, columns, 1);
      record(columns, 1);
    });
    for (std::size_t k = 0; k < state.size(); ++k)
      require<Divergence>(all_finite(state[k].data(), state[k].size()), relaxation.name,
                          ": the closed form of layer ", k, " is not finite");
  }

  using Base::calls_, Base::error_, Base::feedback_step_, Base::mean_control_, Base::noise_,
      Base::prediction_, Base::target_;
  typename Update::template State<Scalar> memory_;
  Matrices<Scalar> sent_;
  LinearResponse<Scalar> response_;
  Matrix<Scalar> output_;
};

}  // namespace hebb
