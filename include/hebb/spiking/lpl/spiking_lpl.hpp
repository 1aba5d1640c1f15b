/// @file
/// Latent predictive learning of spiking neurons.
#pragma once

#include <cmath>
#include <span>

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/lpl/lpl_gradient.hpp"
#include "hebb/spiking/lpl/lpl_units.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// The postsynaptic neurons in one step. Borrowed for one call.
template <typename Scalar>
struct SpikingPost {
  std::span<const Index> spikes;       ///< neurons that spike in this step
  const Vector<Scalar>& potential_mv;  ///< after this step
};

/// Spiking latent predictive learning.
///
/// \f[ \dot w_{ij} = \eta \, \alpha * \big( \epsilon * S_j \, f'(V_i) \big) \;
///     \alpha * \Big( -\phi \, (S_i(t) - S_i(t - \Delta t)) + \frac{\lambda}{\sigma_i^2 + \xi}
///     (S_i - \bar S_i) + \delta \Big) \f]
///
/// with double exponential filters: epsilon with the time constants of synapse and membrane, alpha
/// with those of rise and fall; f'(V) = beta / (1 + beta |V - theta|)^2. Weights change once per
/// window and stay within the policy `Bounds`.
///
/// Delays: `pre` are the spikes that arrive in this step, one axonal delay after they were emitted;
/// `post` are the spikes that are emitted in this step. The rule delays the postsynaptic spikes,
/// the presynaptic traces and f' by one more axonal delay, so that it compares what happened in one
/// step. The older spikes of the predictive term are those emitted `prediction_ms` ago. Delta t is
/// therefore prediction - delay, 19.2 ms.
///
/// As difference equations, for step n, with d the axonal delay. The arriving spikes s_j[n-d] were
/// transmitted before, with the weights as they were:
///
///     dev = s_i[n-d] - m_i dt / tau_mean
///     err = lambda dev / (v_i + xi) + delta - phi (s_i[n-d] - s_i[n-prediction])
///     el += p_j[n-d] f'_i[n-d];  elf += (dt / tau_fall) (el - elf);  el *= exp(-dt / tau_rise)
///     acc += elf e2_i;  every window: w = cut(w + eta scale acc), acc = 0
///     p_j += (dt / tau_mem) (x_j - p_j);  v_i = (v_i + gain dev^2) exp(-dt / tau_var)
///     x_j = (x_j + s_j[n-d]) exp(-dt / tau_syn);  m_i = (m_i + s_i[n]) exp(-dt / tau_mean)
///     e1_i += (dt / tau_rise) (err - e1_i);  e2_i += (dt / tau_fall) (e1_i - e2_i)
///
/// | symbol                    | code                     | shape    | unit                 |
/// |---------------------------|--------------------------|----------|----------------------|
/// | \f$S_j\f$                 | `pre`                    | a list   | spikes that arrive   |
/// | \f$S_i\f$                 | `post.spikes`            | a list   | spikes emitted       |
/// | \f$V_i\f$                 | `post.potential_mv`      | post     | mV                   |
/// | \f$w\f$                   | `state.weights`          | synapses | leak conductance     |
/// | \f$\bar S_i \tau\f$       | `state.mean`             | post     | 1                    |
/// | \f$\sigma_i^2\f$          | `state.variance`         | post     | as `Units` says      |
/// | \f$\eta, \phi, \lambda, \xi, \delta\f$ | `parameters` | scalars  | as `Units` says      |
/// | \f$\beta, \theta\f$       | `slope_per_mv`, `threshold_mv` | scalars | 1/mV, mV         |
///
/// Cost: about 10 flops per synapse and step. LplBlocks computes the same without work per synapse
/// and step. A neuron that was silent for long has a gain of lambda / xi, and its first spikes
/// change its weights by much. Throws InvalidParameter from init. Update throws ShapeError,
/// NonFinite, and InvalidParameter for a neuron that is listed twice or, in a step that changes the
/// weights, for a weight out of bounds; the state is then unchanged.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), eqs. 13-21 and erratum (2024).
template <typename Scalar_ = double, typename Units = PhysicalUnits,
          typename Gradient = PlainGradient, typename Bounds = HardBounds>
struct SpikingLpl {
  using Scalar = Scalar_;
  using Parameters = Units;
  /// Of the saved state.
  static constexpr const Label& label = label_of<"SpikingLpl", Units, Gradient, Bounds>;

  /// Whether there is `State::square`.
  static constexpr bool remembers_gradient = Gradient::remembers;

  struct State {
    Connections connections;
    Vector<Scalar> weights;                           ///< one per synapse
    Vector<Scalar> rising, eligibility, accumulated;  ///< per synapse: el, elf, acc
    Vector<Scalar> square;                            ///< per synapse, where Gradient remembers
    Vector<Scalar> trace, psp;                        ///< per presynaptic neuron: x, p
    Vector<double> mean, variance;         ///< m, v; in double, because they decay slowly
    Vector<Scalar> error, filtered_error;  ///< e1, e2
    Matrix<Scalar> past_psp, past_slope, past_spikes;  ///< ring buffers, one column per step
    std::int64_t step = 0;
    struct {
      Vector<double> deviation, error;
    } work = {};  // scratch space; not saved in checkpoints

    void each(auto&& visit) {
      visit("rule", label);
      visit("weights", weights);
      visit("rising", rising);
      visit("eligibility", eligibility);
      visit("accumulated", accumulated);
      visit("square", square);
      visit("trace", trace);
      visit("psp", psp);
      visit("mean", mean);
      visit("variance", variance);
      visit("error", error);
      visit("filtered_error", filtered_error);
      visit("past_psp", past_psp);
      visit("past_slope", past_slope);
      visit("past_spikes", past_spikes);
      visit("step", step);
    }
  };

  Parameters parameters = {};
  SpikingLplTimes times = {};  ///< time constants and delays
  Gradient gradient = {};      ///< from gradients to changes of the weights
  Bounds bounds = {};
  double slope_per_mv = 1;    ///< beta of f'
  double threshold_mv = -50;  ///< theta of f'

  State init(Shape shape) const { return init(connect_all(shape)); }

  State init(const Connections& connections) const {
    check();
    connections.check();
    const Index synapses = connections.size();
    const auto [pre, post] = connections.shape;
    require(pre > 0 && post > 0, "SpikingLpl: an empty network, ", pre, " to ", post, " neurons");
    const Index delay = times.steps(times.delay_ms);
    const Vector<Scalar> none = Vector<Scalar>::Zero(synapses);
    return {connections,
            Vector<Scalar>::Constant(synapses, bounds.cut(Scalar(0))),
            none,
            none,
            none,
            gradient.template init<Scalar>(synapses),
            Vector<Scalar>::Zero(pre),
            Vector<Scalar>::Zero(pre),
            Vector<double>::Zero(post),
            Vector<double>::Zero(post),
            Vector<Scalar>::Zero(post),
            Vector<Scalar>::Zero(post),
            Matrix<Scalar>::Zero(pre, delay),
            Matrix<Scalar>::Zero(post, delay),
            Matrix<Scalar>::Zero(post, times.steps(times.prediction_ms))};
  }

  /// Advances by one step, from the spikes that arrive and what the postsynaptic neurons do.
  void update(std::span<const Index> pre, const SpikingPost<Scalar>& post, State& state) const {
    const Connections& net = state.connections;
    check(state);
    require<ShapeError>(post.potential_mv.size() == net.shape.post, "SpikingLpl: there are ",
                        post.potential_mv.size(), " potentials for ", net.shape.post, " neurons");
    require_finite<Scalar>(post.potential_mv, "SpikingLpl: potential_mv");
    require_spikes(pre, net.shape.pre, "SpikingLpl: pre");
    require_spikes(post.spikes, net.shape.post, "SpikingLpl: post");
    const double dt = times.dt_ms;
    const SpikingLplStep step = parameters.step(times);
    const Index delay = state.past_slope.cols(), prediction = state.past_spikes.cols();
    const Index now = Index(state.step % delay), then = Index(state.step % prediction);
    const Index arrived = Index((state.step + prediction - delay) % prediction);

    Vector<double>&deviation = state.work.deviation, &error = state.work.error;
    deviation = state.past_spikes.col(arrived).template cast<double>() -
                state.mean * (dt / times.tau_mean_ms);
    error = step.hebbian * deviation.array() / (state.variance.array() + step.epsilon) +
            step.transmitter -
            step.predictive * (state.past_spikes.col(arrived) - state.past_spikes.col(then))
                                  .template cast<double>()
                                  .array();

    const Scalar follow = Scalar(dt / times.tau_fall_ms),
                 decay = Scalar(std::exp(-dt / times.tau_rise_ms));
    const Scalar *presynaptic = state.past_psp.col(now).data(),
                 *slope = state.past_slope.col(now).data();
    const Scalar* e2 = state.filtered_error.data();
    Scalar *rising = state.rising.data(), *eligibility = state.eligibility.data(),
           *accumulated = state.accumulated.data();
    net.for_each([&](Index j, Index i, Index k) {
      const Scalar el = rising[k] + presynaptic[j] * slope[i];
      eligibility[k] += follow * (el - eligibility[k]);
      rising[k] = decay * el;
      accumulated[k] += eligibility[k] * e2[i];
    });
    if (window_ends(state)) apply(state.accumulated, state.weights, state.square, state.step);

    state.past_psp.col(now) = state.psp;
    state.past_slope.col(now) =
        Scalar(slope_per_mv) /
        (1 + Scalar(slope_per_mv) * (post.potential_mv.array() - Scalar(threshold_mv)).abs())
            .square();
    state.psp += Scalar(dt / times.tau_membrane_ms) * (state.trace - state.psp);
    state.variance = (state.variance + step.variance_gain * deviation.cwiseAbs2()) *
                     std::exp(-dt / times.tau_variance_ms);

    for (const Index j : pre) state.trace(j) += 1;
    state.trace *= Scalar(std::exp(-dt / times.tau_synapse_ms));
    state.past_spikes.col(then).setZero();
    for (const Index i : post.spikes) state.past_spikes(i, then) = 1;
    state.mean = (state.mean + state.past_spikes.col(then).template cast<double>()) *
                 std::exp(-dt / times.tau_mean_ms);
    state.error += Scalar(dt / times.tau_rise_ms) * (error.template cast<Scalar>() - state.error);
    state.filtered_error += Scalar(dt / times.tau_fall_ms) * (state.error - state.filtered_error);
    ++state.step;
  }

  /// Applies what a window accumulated to the weights, and clears it. Throws InvalidParameter,
  /// before anything changes, for a weight that is out of bounds.
  void apply(Vector<Scalar>& accumulated, Vector<Scalar>& weights, Vector<Scalar>& square,
             std::int64_t step) const {
    require_size(accumulated, weights.size(), 1, "SpikingLpl", "accumulated");
    require_size(square, remembers_gradient ? weights.size() : 0, 1, "SpikingLpl", "square");
    require_weights(weights, bounds, "SpikingLpl");
    const SpikingLplStep numbers = parameters.step(times);
    accumulated *= Scalar(numbers.gradient_scale);
    gradient.normalise(accumulated, square, times.window_ms);
    if (step >= times.steps(times.priming_ms)) {
      const Scalar eta = Scalar(parameters.eta), decay = Scalar(numbers.weight_decay);
      for (Index k = 0; k < weights.size(); ++k) {
        Scalar& w = weights.data()[k];
        w = bounds.cut(w + eta * accumulated.data()[k] - decay * w);
      }
    }
    accumulated.setZero();
  }

  /// Throws, as the next update will, for arrays of a wrong size and, where that update changes the
  /// weights, for a weight out of bounds.
  void check(const State& state) const {
    check_sizes(state);
    if (window_ends(state)) require_weights(state.weights, bounds, "SpikingLpl");
  }

  /// Forgets the current sequence: traces, filters and past steps. Weights, mean and variance stay.
  void forget(State& state) const {
    for (Vector<Scalar>* memory : {&state.rising, &state.eligibility, &state.accumulated,
                                   &state.trace, &state.psp, &state.error, &state.filtered_error})
      memory->setZero();
    for (Matrix<Scalar>* ring : {&state.past_psp, &state.past_slope, &state.past_spikes})
      ring->setZero();
  }

  /// Throws InvalidParameter, naming the parameter, unless all are in their range.
  void check() const {
    constexpr const char* owner = "SpikingLpl";
    require_positive(owner, "eta", parameters.eta);
    require_finite_parameter(owner, "predictive", parameters.predictive);
    require_finite_parameter(owner, "hebbian", parameters.hebbian);
    require_positive(owner, "epsilon", parameters.epsilon);
    require_time_constant(owner, "tau_weight_decay_ms", parameters.tau_weight_decay_ms);
    require_positive(owner, "slope_per_mv", slope_per_mv);
    require_finite_parameter(owner, "threshold_mv", threshold_mv);
    times.check(owner);
    require_finite_parameter(owner, "transmitter", parameters.step(times).transmitter);
    bounds.check();
  }

 private:
  bool window_ends(const State& state) const {
    return state.step % times.steps(times.window_ms) == 0;
  }

  void check_sizes(const State& state) const {
    const auto [pre, post] = state.connections.shape;
    const Index synapses = state.connections.size(), delay = times.steps(times.delay_ms);
    const auto size = [](const auto& array, Index rows, Index cols, const char* name) {
      require_size(array, rows, cols, "SpikingLpl", name);
    };
    size(state.weights, synapses, 1, "weights");
    size(state.rising, synapses, 1, "rising");
    size(state.eligibility, synapses, 1, "eligibility");
    size(state.accumulated, synapses, 1, "accumulated");
    size(state.square, remembers_gradient ? synapses : 0, 1, "square");
    size(state.trace, pre, 1, "trace");
    size(state.psp, pre, 1, "psp");
    size(state.mean, post, 1, "mean");
    size(state.variance, post, 1, "variance");
    size(state.error, post, 1, "error");
    size(state.filtered_error, post, 1, "filtered_error");
    size(state.past_psp, pre, delay, "past_psp");
    size(state.past_slope, post, delay, "past_slope");
    size(state.past_spikes, post, times.steps(times.prediction_ms), "past_spikes");
    require_steps("SpikingLpl", state.step);  // a column of its rings
  }
};

}  // namespace hebb
