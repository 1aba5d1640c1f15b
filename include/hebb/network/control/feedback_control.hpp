/// @file
/// Deep Feedback Control: a controller drives the output to its target, and every layer learns from
/// what that did to it.
#pragma once

#include <Eigen/LU>
#include <cmath>
#include <concepts>

#include "hebb/network/control/control_targets.hpp"
#include "hebb/network/control/control_updates.hpp"
#include "hebb/network/control/feedback_paths.hpp"
#include "hebb/network/control/noise.hpp"
#include "hebb/network/control/spike_sampled.hpp"
#include "hebb/network/measures.hpp"

namespace hebb {

/// Dynamics without leak: a state is at its drive in every step.
struct Instantaneous {
  static double gain(double, double) { return 1; }
};

/// No dynamics: the steady state of the network linearised at its feed-forward state, from one
/// system of output x output a sample. A leak keeps that system well conditioned where a softmax
/// saturates.
struct ClosedForm {
  static double gain(double, double) { return 1; }
};

/// How feedback weights are trained by noise.
struct FeedbackTraining {
  double rate = 1e-3;  ///< of the feedback weights, per batch
  double decay = 0.1;  ///< of the feedback weights
  Index steps = 100;
  double dt = 1e-3;
  double time_constant = 6e-3;  ///< of the neurons
  double proportional = 0.07;
  double leak = 0.4;
  FilteredNoise noise = {.sigma = 0.035, .output_sigma = 0.035, .time_constant = 0.07};
};

/// Deep Feedback Control.
///
/// \f[ \tau_v \dot v_l = -v_l + W_l r_{l-1} + b_l + Q_l u, \quad r_l = \phi(v_l), \quad
///     u = k_p e + \int (e - \alpha u) \, dt \f]
///
/// with e the output's error. The network starts at its feed-forward state with u = 0; what a layer
/// learns from the trajectory is the Update's: `EndPoints` and `TrajectorySum` (differential
/// Hebbian), `SpikeSampled` (STDP), or an error between soma and basal dendrite at its end,
/// `SteadyState`, or on its way, `TimeAverage`.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$v_l\f$ | `state[k]` | post x columns | rate |
/// | \f$W_l r_{l-1} + b_l\f$ | `activity.drive[k]` | post x columns | rate |
/// | \f$Q_l u\f$ | `apical[k]` | post x columns | rate |
/// | \f$r_{l-1}\f$ | `activity.rate[k]` | pre + 1 x columns | rate |
/// | \f$Q_l\f$ | `feedback_path` | post x outputs | 1 |
/// | \f$\tau_v\f$ | `parameters.time_constant` | scalar | the controller's time constant |
/// | \f$k_p\f$, \f$\alpha\f$ | `proportional`, `leak` | scalar | 1 |
///
/// Layer l of the equations is k = l - 1 here; the readout is linear. Layer l hears layer l - 1 of
/// the same time step. The default is the fast path: 40 steps, the input's drive cached, end points
/// kept instead of a trajectory. Noise belongs with error updates: the differences of differential
/// Hebbian learning amplify it. Cost: steps * 2 flops a synapse above the first layer and sample.
/// Stable for dt <= time constant (Euler), or with ExponentialEuler. Throws InvalidParameter from
/// the constructor and from infer, ShapeError and NonFinite on bad input, InvalidCall on calls
/// before `infer`, Divergence naming layer, step and training step (from 0).
///
/// A. Meulemans, M. Tristany Farinha, J. Garcia Ordonez, P. V. Aceituno, J. Sacramento & B. F.
/// Grewe, NeurIPS 34 (2021). P. V. Aceituno, M. Tristany Farinha, R. Loidl & B. F. Grewe, Front.
/// Comput. Neurosci. 17:1136010 (2023).
template <typename Rule, typename Hidden_ = Sigmoid, typename Update = EndPoints,
          template <typename> typename Feedback = WeightProduct,
          typename Target = StrongTarget<CrossEntropy>, typename Dynamics = Euler,
          typename Noise = Quiet>
class FeedbackControl {
 public:
  using Scalar = typename Rule::Scalar;
  using Hidden = Hidden_;
  using Loss = typename Target::Loss;

  /// Times are in units of the controller's time constant.
  struct Parameters {
    Index steps = 40;
    double dt = 0.0125;
    double time_constant = 0.05;  ///< of the neurons
    double proportional = 2;      ///< k_p
    double leak = 0;              ///< alpha
    double filter = 0;            ///< time constant of the control's low-pass; 0: none
  };

  DenseLayers<Rule, Hidden> layers;
  Parameters parameters = {};
  Update update = {};
  Target target = {};
  Noise noise = {};
  Feedback<Scalar> feedback_path = {};

  Activity<Scalar> activity;       ///< of the last inference
  Matrices<Scalar> state, apical;  ///< of the last inference, one a layer
  Relaxation relaxation{.name = "FeedbackControl"};

  explicit FeedbackControl(DenseLayers<Rule, Hidden> layers_, Parameters parameters_ = {},
                           Update update_ = {}, Target aim = {})
      : layers(std::move(layers_)), parameters(parameters_), update(update_), target(aim) {
    check(parameters);
    feedback_path.prepare(layers);
  }

  /// Glorot's weights forward, and the feedback path's beginning.
  void initialize(Random random, Scalar scale = 1) {
    layers.initialize(random, scale);
    feedback_path.init(layers.sizes, random);
  }

  /// The outputs for the inputs x, with no control.
  const Matrix<Scalar>& predict(const View<Scalar>& x) { return layers.forward(x, prediction_); }

  /// Relaxes under control towards the targets y; no weight moves.
  void infer(const View<Scalar>& x, const View<Scalar>& y) {
    check(parameters);
    if constexpr (!Noise::silent) noise.check(parameters.dt);
    if constexpr (requires { update.check(); }) update.check();
    layers.require_batch(x, y);
    require_shapes();
    feedback_path.require_nonzero(layers);
    calls_.infer([&] {
      start(x, y);
      update.begin(*this, memory_);
      const auto record = [&](const Columns& columns, Index t) {
        update.observe(*this, columns, t, memory_);
      };
      if constexpr (closed_form) {
        solve(record);
      } else {
        prepare(parameters);
        const Scalar gain = Scalar(Dynamics::gain(parameters.dt, parameters.time_constant));
        relaxation.run(
            state, FixedSteps{parameters.steps},
            [&](const Columns& columns, Index t) {
              control(parameters, target, columns, t);
              feedback_path.send(layers, activity.gain, columns, apical);
              move(parameters.dt, noise, gain, columns, t);
            },
            record);
      }
      update.finish(*this, memory_);
    });
  }

  /// Every layer learns from the last inference.
  void learn() {
    require_shapes();
    calls_.learn([&] {
      for (std::size_t k = 0; k < layers.depth(); ++k)
        calls_.apply("weights", k, layers[k].state, [&] { update.learn(*this, k, memory_); });
    });
  }

  void train(const View<Scalar>& x, const View<Scalar>& y) {
    infer(x, y);
    learn();
  }

  /// What layer k would change by, before its optimiser, after the last inference.
  const Matrix<Scalar>& change(std::size_t k) {
    calls_.require_layer("change()", k, layers.depth());
    require_shapes();
    return update.change(*this, k, memory_);
  }

  /// The rates of layer k itself, without the row of ones; the readout's are its state.
  auto rate(std::size_t k) {
    return (k + 1 < layers.depth() ? activity.rate[k + 1] : state[k]).topRows(layers.sizes[k + 1]);
  }

  /// The mean over the batch of |Q_l u|, with u averaged over the last quarter of the last
  /// inference; in closed form, of the feedback under which the state is.
  double feedback(std::size_t k) {
    calls_.require_layer("feedback()", k, layers.depth());
    if constexpr (closed_form) {
      return mean_norm<Scalar>(apical[k]);  // Q was that of the feed-forward state; the gains are
                                            // those of the controlled state
    } else {
      require_shapes();
      sent_.back() = mean_control_;
      relaxation.for_each_block(mean_control_.cols(), [&](const Columns& columns) {
        feedback_path.send(layers, activity.gain, columns, sent_);
      });
      return mean_norm<Scalar>(sent_[k]);
    }
  }

  /// The mean norm of the output's error before step t of the last inference.
  double output_error(Index t) const {
    calls_.require_inference("output_error()");
    require(t >= 0 && t < error_norm_.rows(), "FeedbackControl: there is no step ", t,
            ", the steps are 0 to ", error_norm_.rows() - 1);
    return double(error_norm_.row(t).sum()) / double(error_norm_.cols());
  }

  /// The time until the mean norm of the output's error was below the tolerance; steps * dt where
  /// it never was. Of a relaxation.
  double latency(double tolerance) const {
    calls_.require_inference("latency()");
    Index t = 0;
    while (t < error_norm_.rows() && output_error(t) >= tolerance) ++t;
    return double(t) * parameters.dt;
  }

  /// How much of the feedback lies in the row space of the output's Jacobian J = [J_1 ... J_L] at
  /// the last inference: the mean over samples of |P_J Q| / |Q|. It is 1 where the control moves
  /// the output with the least effort.
  double condition2() {
    calls_.require_inference("condition2()");
    require_shapes();
    const Matrices<Scalar> gain = activity.gain;  // `feedback` needs those of the last inference
    const Index outputs = layers.sizes.back(), batch = activity.rate[0].cols();
    Matrix<Scalar> jq, jj;
    Vector<double> q2 = Vector<double>::Zero(batch), j2 = q2;
    set_gains();
    respond_to_controls(feedback_path, jq, q2);
    JacobianFeedback<Scalar> jacobian;
    jacobian.begin(layers);
    respond_to_controls(jacobian, jj, j2);
    activity.gain = gain;
    double sum = 0;
    for (Index c = 0; c < batch; ++c) {
      const Matrix<double> a = jq.middleCols(c * outputs, outputs).template cast<double>();
      const Matrix<double> b = jj.middleCols(c * outputs, outputs).template cast<double>();
      const double share = a.cwiseProduct(b.partialPivLu().solve(a)).sum() /
                           q2(c);  // tr (JQ)^T (JJ^T)^-1 JQ = |P_J Q|^2
      require<Divergence>(all_finite(&share, 1), "FeedbackControl: condition2() of sample ", c,
                          " is ", share, ": its Jacobian has no full rank");
      sum += std::sqrt(std::max(0.0, share));
    }
    return sum / double(batch);
  }

  /// Trains direct feedback weights in sleep, by noise: with the network's own output as target the
  /// control answers the noise alone, and its correlation with the noise in a layer shows how that
  /// layer moves the output.
  ///
  /// Q_l <- Q_l - rate [ s_l / (T sigma^2) sum_t <(Q_l u[t] + sigma xi_l[t]) u[t + 1]^T> + decay
  /// Q_l ],  s_l = (1 + tau_v / tau)^(L - l)
  void train_feedback(const View<Scalar>& x, const FeedbackTraining& training) requires
      std::same_as<Feedback<Scalar>, FixedFeedback<Scalar>> {
    const Parameters p{.steps = training.steps,
                       .dt = training.dt,
                       .time_constant = training.time_constant,
                       .proportional = training.proportional,
                       .leak = training.leak};
    check(p);
    training.noise.check(p.dt);
    require(training.noise.time_constant > 0,
            "FeedbackTraining: the noise needs a time constant > 0");
    require_shapes();
    prediction_target_ = predict(x);
    const Index outputs = layers.sizes.back();
    std::vector<Matrices<Scalar>> sums;
    const Scalar gain = Scalar(Dynamics::gain(p.dt, p.time_constant)),
                 sigma = Scalar(training.noise.sigma);
    calls_.run([&] {
      start(x, prediction_target_);
      target_ = prediction_target_;
      prepare(p);
      silence(noise_);
      sums.assign(std::size_t(relaxation.blocks(x.cols())), feedback_path.weights);
      for (auto& block : sums)
        for (auto& sum : block) sum.setZero();
      relaxation.run(state, FixedSteps{p.steps}, [&](const Columns& columns, Index t) {
        control(p, WeakTarget<SquaredError>{}, columns, t);
        for (std::size_t k = 0; t > 0 && k + 1 < state.size(); ++k)
          sums[std::size_t(columns.block)][k].noalias() +=
              (columns.of(apical[k]) + sigma * columns.of(noise_[k])) *
              columns.of(apical.back()).transpose();
        feedback_path.send(layers, activity.gain, columns, apical);
        move(p.dt, training.noise, gain, columns, t);
      });
    });
    const double variance =
        std::max(training.noise.sigma, 0.01) * std::max(training.noise.sigma, 0.01);
    for (std::size_t k = 0; k + 1 < layers.depth(); ++k) {
      Matrix<Scalar>& q = feedback_path.weights[k];
      const double scale = std::pow(1 + p.time_constant / training.noise.time_constant,
                                    double(layers.depth() - 1 - k));
      Matrix<Scalar> sum = Matrix<Scalar>::Zero(q.rows(), outputs);
      for (const auto& block : sums) sum += block[k];
      calls_.apply("feedback weights", k, q, [&] {
        q -= Scalar(training.rate) *
             (Scalar(scale / (double(p.steps) * double(x.cols()) * variance)) * sum +
              Scalar(training.decay) * q);
      });
    }
    ++feedback_step_;
  }

  /// The steps of an inference.
  Index planned_steps() const { return closed_form ? 1 : parameters.steps; }

  std::int64_t step() const { return calls_.step; }

  void each(auto&& visit) {
    visit("step", calls_.step);
    visit("feedback_step", feedback_step_);
    layers.each(visit);
    visit("network",
          label_of<"FeedbackControl", Hidden, Update, Feedback<Scalar>, Target, Dynamics>);
    feedback_path.each(visit);
  }

 private:
  static constexpr bool closed_form = std::same_as<Dynamics, ClosedForm>;

  static void check(const Parameters& p) {
    require(p.steps > 0, "FeedbackControl: steps must be > 0, got ", p.steps);
    require(p.proportional >= 0, "FeedbackControl: proportional must be >= 0, got ",
            p.proportional);
    require(p.leak >= 0, "FeedbackControl: leak must be >= 0, got ", p.leak);
    require(p.filter == 0 || p.filter >= p.dt, "FeedbackControl: filter must be 0 or >= dt, got ",
            p.filter);
    Dynamics::gain(p.dt, p.time_constant);
  }

  void require_shapes() const {
    layers.require_shapes();
    feedback_path.require_shapes(layers);
  }

  /// The feed-forward state of every layer, and the target.
  void start(const View<Scalar>& x, const View<Scalar>& y) {
    const Index batch = x.cols(), outputs = layers.sizes.back();
    layers.begin(x, activity);
    relaxation.width = block_width(batch);
    for (auto* matrices : {&state, &apical, &sent_}) resize_all(*matrices, layers.neurons(), batch);
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

  void prepare(const Parameters& p) {
    error_norm_.resize(p.steps, state.back().cols());
    if constexpr (!Noise::silent) silence(noise_);
  }

  void silence(Matrices<Scalar>& matrices) {
    resize_all(matrices, layers.neurons(), state.back().cols());
    for (auto& matrix : matrices) matrix.setZero();
  }

  void keep_error(const auto& error, const Columns& columns, Index t) {
    error_norm_.row(t).segment(columns.begin, columns.count) =
        error.template cast<double>()
            .colwise()
            .norm()
            .template cast<Scalar>();  // squares of large numbers overflow in float
  }

  /// One step of the controller; what it sends is the apical input of the readout.
  template <typename Aim>
  void control(const Parameters& p, const Aim& aim, const Columns& columns, Index t) {
    const Scalar dt = Scalar(p.dt), leak = Scalar(p.leak), proportional = Scalar(p.proportional);
    auto error = columns.of(error_), integral = columns.of(integral_), u = columns.of(control_),
         sent = columns.of(apical.back());
    aim.template error<Scalar>(columns.of(state.back()), columns.of(target_), error);
    keep_error(error, columns, t);
    integral += dt * (error - leak * u);
    u = integral + proportional * error;
    if (p.filter == 0 || t == 0)
      sent = u;
    else
      sent += Scalar(p.dt / p.filter) * (u - sent);
    const Index averaged = std::max<Index>(1, p.steps / 4);
    if (t >= p.steps - averaged) columns.of(mean_control_) += sent / Scalar(averaged);
  }

  /// One step of all layers, from the first to the last, column by column in the cache.
  template <typename Noises>
  void move(double dt, const Noises& noises, Scalar gain, const Columns& columns, Index t) {
    const bool with_gain = feedback_path.wants_gain(t);
    for (std::size_t k = 0; k < state.size(); ++k) {
      if (k > 0)
        activity.weights[k].multiply(columns.of(activity.rate[k]), columns.of(activity.drive[k]));
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
        auto v = state[k].col(c);
        v += gain * (activity.drive[k].col(c) + apical[k].col(c) - v);
        if constexpr (!Noises::silent) {
          // The high bits count inferences and trainings, the low ones what is drawn in one.
          const std::uint64_t run = (std::uint64_t(calls_.step + feedback_step_) << 32) +
                                    std::uint64_t(t * state[k].cols() + c);
          noises.template advance<Scalar>(dt, std::uint32_t(k), run, noise_[k].col(c));
          v += gain * Scalar(k + 1 < state.size() ? noises.sigma : noises.output_sigma) *
               noise_[k].col(c);
        }
        if (k + 1 < state.size()) respond(k, c, with_gain);
      }
    }
  }

  /// The rate of hidden layer k, and its gain where it is wanted.
  void respond(std::size_t k, Index c, bool with_gain) {
    auto r = activity.rate[k + 1].col(c).head(state[k].rows());
    if (with_gain)
      Hidden::template respond<Scalar>(state[k].col(c), r, activity.gain[k].col(c));
    else
      Hidden::template respond<Scalar>(state[k].col(c), r, Ignored{});
  }

  void set_gains() {
    relaxation.for_each_block(state.back().cols(), [&](const Columns& columns) {
      for (std::size_t k = 0; k + 1 < state.size(); ++k)
        for (Index c = columns.begin; c < columns.begin + columns.count; ++c) respond(k, c, true);
    });
  }

  /// responses.col(c * outputs + j) = how the output of sample c, linearised, answers the feedback
  /// of a unit control e_j to all layers; squares(c) = the squared norm of all that feedback.
  void respond_to_controls(const auto& path, Matrix<Scalar>& responses, Vector<double>& squares) {
    const Index outputs = layers.sizes.back(), batch = state.back().cols();
    responses.resize(outputs, outputs * batch);
    squares.setZero(batch);
    relaxation.for_each_block(batch, [&](const Columns& columns) {
      for (Index j = 0; j < outputs; ++j) {
        columns.of(sent_.back()).setZero();
        columns.of(sent_.back()).row(j).setOnes();
        path.send(layers, activity.gain, columns, sent_);
        for (std::size_t k = 0; k < sent_.size(); ++k)
          squares.segment(columns.begin, columns.count) +=
              columns.of(sent_[k]).colwise().squaredNorm().transpose().template cast<double>();
        for (std::size_t k = 1; k < sent_.size(); ++k) {
          columns.of(sent_[k - 1]).array() *= columns.of(activity.gain[k - 1]).array();
          columns.of(sent_[k]).noalias() += layers.weights(k) * columns.of(sent_[k - 1]);
        }
        for (Index c = columns.begin; c < columns.begin + columns.count; ++c)
          responses.col(c * outputs + j) = sent_.back().col(c);
      }
    });
  }

  /// The closed form: u = (J Q + leak)^-1 e of the network linearised at its feed-forward state,
  /// then one sweep under that control.
  void solve(const auto& record) {
    const Index outputs = layers.sizes.back(), batch = state.back().cols();
    error_norm_.resize(1, batch);
    respond_to_controls(feedback_path, responses_, squares_);
    relaxation.for_each_block(batch, [&](const Columns& columns) {
      record(columns, 0);
      target.template error<Scalar>(columns.of(state.back()), columns.of(target_),
                                    columns.of(error_));
      keep_error(columns.of(error_), columns, 0);
      for (Index c = columns.begin; c < columns.begin + columns.count; ++c) {
        Matrix<double> system = responses_.middleCols(c * outputs, outputs).template cast<double>();
        const Vector<double> error = error_.col(c).template cast<double>();
        target.linearize(system, error, target_.col(c).template cast<double>());
        system.diagonal().array() += parameters.leak;
        apical.back().col(c) = system.partialPivLu().solve(error).template cast<Scalar>();
      }
      columns.of(mean_control_) = columns.of(apical.back());
      feedback_path.send(layers, activity.gain, columns, apical);
      move(parameters.dt, Quiet{}, 1, columns, 0);
      record(columns, 1);
    });
    for (std::size_t k = 0; k < state.size(); ++k)
      require<Divergence>(all_finite(state[k].data(), state[k].size()), relaxation.name,
                          ": the closed form of layer ", k, " is not finite");
  }

  CallOrder calls_{"FeedbackControl"};
  typename Update::template State<Scalar> memory_;
  Activity<Scalar> prediction_;
  Matrices<Scalar> sent_, noise_;
  Matrix<Scalar> target_, error_, integral_, control_, mean_control_;
  Matrix<Scalar> error_norm_;  ///< steps x columns
  Matrix<Scalar> responses_, prediction_target_;
  Vector<double> squares_;
  std::int64_t feedback_step_ = 0;
};

}  // namespace hebb
