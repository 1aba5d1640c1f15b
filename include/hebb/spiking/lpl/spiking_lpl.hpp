/// @file
/// Latent predictive learning of spiking neurons.
#pragma once

#include <cmath>
#include <limits>
#include <span>

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/finite.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/spikes.hpp"

namespace hebb {

/// What a spiking layer tells its rule about the postsynaptic side of a step. Borrowed for one
/// call.
template <typename Scalar>
struct SpikingPost {
  std::span<const Index> spikes;    ///< who spiked in this step
  const Vector<Scalar>& potential;  ///< after this step, V
};

/// Time constants of spiking LPL, in seconds.
struct SpikingLplTimes {
  double dt = 1e-4;         ///< a step
  double synapse = 5e-3;    ///< fall of the presynaptic trace
  double membrane = 20e-3;  ///< of the postsynaptic potential that the presynaptic trace makes
  double rise = 2e-3;       ///< of both alpha filters
  double fall = 10e-3;
  double mean = 600;      ///< of the running mean of the postsynaptic train
  double variance = 30;   ///< of its running variance
  double delay = 0.8e-3;  ///< axonal: spikes arrive this long after they were emitted
  double prediction =
      20e-3;  ///< the predictive term compares arriving spikes with those emitted this long ago
  double window = 0.5;  ///< weights move this often
  double priming = 0;   ///< and not before this time

  Index steps(double time) const { return Index(std::llround(time / dt)); }
};

/// The numbers of spiking LPL per step, whatever units its parameters have.
struct SpikingLplStep {
  double predictive, hebbian, epsilon, transmitter;
  double variance_gain;   ///< v grows by this times the squared deviation
  double gradient_scale;  ///< of the sum of eligibility times error over a window
  double weight_decay;    ///< the fraction of a weight that is lost in a window
};

/// The equations as the erratum has them, in seconds, hertz and volts, with filters of unit area.
/// The variance is that of the number of spikes in a step, about rate * dt.
struct PhysicalUnits {
  static constexpr std::string_view name = "PhysicalUnits";
  double eta = 2e-7;                                                  ///< V s
  double predictive = 1;                                              ///< phi
  double hebbian = 1e-4;                                              ///< lambda
  double epsilon = 1e-7;                                              ///< xi, added to the variance
  double transmitter = 0.1;                                           ///< delta, Hz
  double weight_decay_tau = std::numeric_limits<double>::infinity();  ///< s

  SpikingLplStep step(const SpikingLplTimes& t) const {
    return {predictive,
            hebbian,
            epsilon,
            transmitter * t.dt,
            t.dt / t.variance,
            t.dt / (t.rise * t.synapse),
            -std::expm1(-t.window / weight_decay_tau)};
  }
};

/// The equations as the published program has them: without dt in the variance, which is then about
/// the rate in hertz; filters without 1 / tau_rise; a gradient that is the mean over a window's
/// steps; weight decay times eta. The defaults of the two forms are the same network.
struct PublishedCode {
  static constexpr std::string_view name = "PublishedCode";
  double eta = 1e-2;  ///< per window
  double predictive = 1;
  double hebbian = 1;
  double epsilon = 1e-3;
  double transmitter = 1e-5;
  double weight_decay_tau = std::numeric_limits<double>::infinity();

  SpikingLplStep step(const SpikingLplTimes& t) const {
    return {predictive,
            hebbian,
            epsilon,
            transmitter,
            1 / t.variance,
            t.dt / t.window,
            -eta * std::expm1(-t.window / weight_decay_tau)};
  }
};

/// Weights move along the gradient.
struct PlainGradient {
  static constexpr std::string_view name = "PlainGradient";
  static constexpr bool remembers = false;  ///< whether it keeps a number per synapse

  template <typename Scalar>
  Vector<Scalar> init(Index) const {
    return {};
  }
  template <typename Scalar>
  void normalise(Vector<Scalar>&, Vector<Scalar>&, double) const {}
};

/// Divides each synapse's gradient by the root of a decaying maximum of its square, so that no
/// window moves a weight by more than eta.
struct AugmentedGradient {
  static constexpr std::string_view name = "AugmentedGradient";
  static constexpr bool remembers = true;
  double tau = 100;  ///< of the maximum, s; infinite: it does not decay

  template <typename Scalar>
  Vector<Scalar> init(Index synapses) const {
    require_time_constant("AugmentedGradient", "tau", tau);
    return Vector<Scalar>::Zero(synapses);
  }

  template <typename Scalar>
  void normalise(Vector<Scalar>& gradient, Vector<Scalar>& square, double window) const {
    square = gradient.cwiseAbs2().cwiseMax(Scalar(std::exp(-window / tau)) * square);
    gradient.array() /= square.array().sqrt() + std::numeric_limits<Scalar>::min();
  }
};

/// As AugmentedGradient, with one maximum for all synapses of the layer.
struct LayerwiseAugmentedGradient {
  static constexpr std::string_view name = "LayerwiseAugmentedGradient";
  static constexpr bool remembers = true;
  double tau = 100;

  template <typename Scalar>
  Vector<Scalar> init(Index synapses) const {
    return AugmentedGradient{tau}.init<Scalar>(synapses);
  }

  template <typename Scalar>
  void normalise(Vector<Scalar>& gradient, Vector<Scalar>& square, double window) const {
    square = gradient.cwiseAbs2().cwiseMax(Scalar(std::exp(-window / tau)) * square);
    if (square.size() > 0)
      gradient /= std::sqrt(square.maxCoeff()) + std::numeric_limits<Scalar>::min();
  }
};

/// Spiking latent predictive learning.
///
/// \f[ \dot w_{ij} = \eta \, \alpha * \big( \epsilon * S_j \, f'(V_i) \big) \;
///     \alpha * \Big( -\phi \, (S_i(t) - S_i(t - \Delta t)) + \frac{\lambda}{\sigma_i^2 + \xi}
///     (S_i - \bar S_i) + \delta \Big) \f]
///
/// with double exponential filters: epsilon of synapse and membrane, alpha of rise and fall. f'(V)
/// = beta / (1 + beta |V - theta|)^2. Weights move once a window, within the policy `Bounds`.
///
/// Delays: `pre` holds spikes as they arrive, one axonal delay after emission, and `post` those of
/// this very step. Inside, the rule delays the postsynaptic spikes, the pre traces and f' by one
/// axonal delay, so that all meet as they were emitted. The older spikes of the predictive term are
/// `prediction` old, counted from emission, so that Delta t = prediction - delay, 19.2 ms.
///
/// As a difference equation, n-th step, d = delay, after `arrivals` s_j[n-d] were transmitted with
/// the weights before:
///
///     dev = s_i[n-d] - m_i dt / tau_mean
///     err = lambda dev / (v_i + xi) + delta - phi (s_i[n-d] - s_i[n-prediction])
///     el += p_j[n-d] f'_i[n-d];  elf += (dt / tau_fall) (el - elf);  el *= exp(-dt / tau_rise);  acc += elf e2_i
///     every window: w = cut(w + eta scale acc);  acc = 0
///     p_j += (dt / tau_mem) (x_j - p_j);  v_i = (v_i + gain dev^2) exp(-dt / tau_var)
///     x_j = (x_j + s_j[n-d]) exp(-dt / tau_syn);  m_i = (m_i + s_i[n]) exp(-dt / tau_mean)
///     e1_i += (dt / tau_rise) (err - e1_i);  e2_i += (dt / tau_fall) (e1_i - e2_i)
///
/// | symbol                    | code                     | shape    | unit                 |
/// |---------------------------|--------------------------|----------|----------------------|
/// | \f$S_j\f$                 | `pre`                    | a list   | spikes that arrive   |
/// | \f$S_i\f$                 | `post.spikes`            | a list   | spikes emitted       |
/// | \f$V_i\f$                 | `post.potential`         | post     | V                    |
/// | \f$w\f$                   | `state.weights`          | synapses | leak conductance     |
/// | \f$\bar S_i \tau\f$       | `state.mean`             | post     | 1                    |
/// | \f$\sigma_i^2\f$          | `state.variance`         | post     | as `Units` says      |
/// | \f$\eta, \phi, \lambda, \xi, \delta\f$ | `parameters` | scalars  | as `Units` says      |
///
/// Cost: about 10 flops a synapse and step; LplBlocks computes the same without touching a synapse
/// per step. A neuron that was silent for long has a gain of lambda / xi: its first spikes throw
/// its weights far. Throws InvalidParameter from init. From update ShapeError, NonFinite, and
/// InvalidParameter for a neuron listed twice or, in a step that moves the weights, for a weight
/// out of bounds; nothing has moved then.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), eqs. 13-21 and erratum (2024).
template <typename Scalar_ = double, typename Units = PhysicalUnits,
          typename Gradient = PlainGradient, typename Bounds = HardBounds>
struct SpikingLpl {
  using Scalar = Scalar_;
  using Parameters = Units;
  static constexpr const Label& label = label_of<"SpikingLpl", Units, Gradient, Bounds>;

  static constexpr bool remembers_gradient = Gradient::remembers;

  struct State {
    Connections connections;
    Vector<Scalar> weights;
    Vector<Scalar> rising, eligibility, accumulated,
        square;                            // a synapse: el, elf, acc, and what Gradient remembers
    Vector<Scalar> trace, potential;       // a presynaptic neuron: x, p
    Vector<double> mean, variance;         // a postsynaptic neuron; slow, hence double
    Vector<Scalar> error, filtered_error;  // e1, e2
    Matrix<Scalar> past_potential, past_slope,
        past_spikes;  // rings of the last steps, a column a step
    std::int64_t step = 0;
    struct {
      Vector<double> deviation, error;
    } work = {};  // room, not memory

    void each(auto&& visit) {
      visit("rule", label);
      visit("weights", weights);
      visit("rising", rising);
      visit("eligibility", eligibility);
      visit("accumulated", accumulated);
      visit("square", square);
      visit("trace", trace);
      visit("potential", potential);
      visit("mean", mean);
      visit("variance", variance);
      visit("error", error);
      visit("filtered_error", filtered_error);
      visit("past_potential", past_potential);
      visit("past_slope", past_slope);
      visit("past_spikes", past_spikes);
      visit("step", step);
    }
  };

  Parameters parameters = {};
  SpikingLplTimes times = {};
  Gradient gradient = {};
  Bounds bounds = {};
  double steepness = 1000, threshold = -50e-3;  ///< beta, 1/V, and theta, V, of f'

  State init(Shape shape) const { return init(connect_all(shape)); }

  State init(const Connections& connections) const {
    check();
    const Index synapses = connections.size();
    const auto [pre, post] = connections.shape;
    require(pre > 0 && post > 0, "SpikingLpl: an empty network, ", pre, " to ", post, " neurons");
    const Index delay = times.steps(times.delay);
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
            Matrix<Scalar>::Zero(post, times.steps(times.prediction))};
  }

  /// Advances by one step: the spikes that arrive, and what the postsynaptic neurons did.
  void update(std::span<const Index> pre, const SpikingPost<Scalar>& post, State& state) const {
    const Connections& net = state.connections;
    check(state);
    require<ShapeError>(post.potential.size() == net.shape.post, "SpikingLpl: there are ",
                        post.potential.size(), " potentials for ", net.shape.post, " neurons");
    require_finite<Scalar>(post.potential, "SpikingLpl: potential");
    require_spikes(pre, net.shape.pre, "SpikingLpl: pre");
    require_spikes(post.spikes, net.shape.post, "SpikingLpl: post");
    const double dt = times.dt;
    const SpikingLplStep step = parameters.step(times);
    const Index delay = state.past_slope.cols(), prediction = state.past_spikes.cols();
    const Index now = Index(state.step % delay), then = Index(state.step % prediction);
    const Index arrived = Index((state.step + prediction - delay) % prediction);

    Vector<double>&deviation = state.work.deviation, &error = state.work.error;
    deviation =
        state.past_spikes.col(arrived).template cast<double>() - state.mean * (dt / times.mean);
    error = step.hebbian * deviation.array() / (state.variance.array() + step.epsilon) +
            step.transmitter -
            step.predictive * (state.past_spikes.col(arrived) - state.past_spikes.col(then))
                                  .template cast<double>()
                                  .array();

    const Scalar follow = Scalar(dt / times.fall), decay = Scalar(std::exp(-dt / times.rise));
    const Scalar *presynaptic = state.past_potential.col(now).data(),
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
    if (lands(state)) land(state.accumulated, state.weights, state.square, state.step);

    state.past_potential.col(now) = state.potential;
    state.past_slope.col(now) =
        Scalar(steepness) /
        (1 + Scalar(steepness) * (post.potential.array() - Scalar(threshold)).abs()).square();
    state.potential += Scalar(dt / times.membrane) * (state.trace - state.potential);
    state.variance = (state.variance + step.variance_gain * deviation.cwiseAbs2()) *
                     std::exp(-dt / times.variance);

    for (const Index j : pre) state.trace(j) += 1;
    state.trace *= Scalar(std::exp(-dt / times.synapse));
    state.past_spikes.col(then).setZero();
    for (const Index i : post.spikes) state.past_spikes(i, then) = 1;
    state.mean = (state.mean + state.past_spikes.col(then).template cast<double>()) *
                 std::exp(-dt / times.mean);
    state.error += Scalar(dt / times.rise) * (error.template cast<Scalar>() - state.error);
    state.filtered_error += Scalar(dt / times.fall) * (state.error - state.filtered_error);
    ++state.step;
  }

  /// Lands what a window accumulated on the weights and clears it. Throws InvalidParameter, before
  /// anything moves, for a weight that is out of bounds.
  void land(Vector<Scalar>& accumulated, Vector<Scalar>& weights, Vector<Scalar>& square,
            std::int64_t step) const {
    require_size(accumulated, weights.size(), 1, "SpikingLpl", "accumulated");
    require_size(square, remembers_gradient ? weights.size() : 0, 1, "SpikingLpl", "square");
    require_weights(weights, bounds, "SpikingLpl");
    const SpikingLplStep numbers = parameters.step(times);
    accumulated *= Scalar(numbers.gradient_scale);
    gradient.normalise(accumulated, square, times.window);
    if (step >= times.steps(times.priming)) {
      const Scalar eta = Scalar(parameters.eta), decay = Scalar(numbers.weight_decay);
      for (Index k = 0; k < weights.size(); ++k) {
        Scalar& w = weights.data()[k];
        w = bounds.cut(w + eta * accumulated.data()[k] - decay * w);
      }
    }
    accumulated.setZero();
  }

  /// Throws, as the next update will, for a state that does not fit together, and for a weight that
  /// is out of bounds where it moves.
  void check(const State& state) const {
    check_sizes(state);
    if (lands(state)) require_weights(state.weights, bounds, "SpikingLpl");
  }

  /// Forgets the current sequence: traces, filters and rings; weights, mean and variance stay.
  void forget(State& state) const {
    for (Vector<Scalar>* memory :
         {&state.rising, &state.eligibility, &state.accumulated, &state.trace, &state.potential,
          &state.error, &state.filtered_error})
      memory->setZero();
    for (Matrix<Scalar>* ring : {&state.past_potential, &state.past_slope, &state.past_spikes})
      ring->setZero();
  }

  /// Throws InvalidParameter, naming the parameter, unless all are in their range.
  void check() const {
    constexpr const char* owner = "SpikingLpl";
    require_positive(owner, "eta", parameters.eta);
    require_finite_parameter(owner, "predictive", parameters.predictive);
    require_finite_parameter(owner, "hebbian", parameters.hebbian);
    require_positive(owner, "epsilon", parameters.epsilon);
    require_finite_parameter(owner, "transmitter", parameters.transmitter);
    require_time_constant(owner, "weight_decay_tau", parameters.weight_decay_tau);
    require_positive(owner, "steepness", steepness);
    require_finite_parameter(owner, "threshold", threshold);
    require_positive(owner, "dt", times.dt);
    for (const double tau :
         {times.synapse, times.membrane, times.rise, times.fall, times.mean, times.variance})
      require(tau > times.dt && std::isfinite(tau),
              "SpikingLpl: time constants must be finite and longer than the step of ", times.dt,
              " s, got ", tau, " s");
    constexpr double longest = 1e9;  // steps
    for (const double time : {times.delay, times.prediction, times.window, times.priming})
      require(time >= 0 && time / times.dt <= longest,
              "SpikingLpl: delay, prediction, window and priming must be >= 0 and at most ",
              longest, " steps, got ", time, " s");
    require(
        times.steps(times.delay) >= 1 && times.steps(times.prediction) > times.steps(times.delay),
        "SpikingLpl: 0 < delay < prediction is needed, in steps, got ", times.delay, " and ",
        times.prediction);
    require(times.steps(times.window) >= 1, "SpikingLpl: window must be at least a step, got ",
            times.window);
    bounds.check();
  }

 private:
  bool lands(const State& state) const { return state.step % times.steps(times.window) == 0; }

  void check_sizes(const State& state) const {
    const auto [pre, post] = state.connections.shape;
    const Index synapses = state.connections.size(), delay = times.steps(times.delay);
    const auto size = [](const auto& array, Index rows, Index cols, const char* name) {
      require_size(array, rows, cols, "SpikingLpl", name);
    };
    size(state.weights, synapses, 1, "weights");
    size(state.rising, synapses, 1, "rising");
    size(state.eligibility, synapses, 1, "eligibility");
    size(state.accumulated, synapses, 1, "accumulated");
    size(state.square, remembers_gradient ? synapses : 0, 1, "square");
    size(state.trace, pre, 1, "trace");
    size(state.potential, pre, 1, "potential");
    size(state.mean, post, 1, "mean");
    size(state.variance, post, 1, "variance");
    size(state.error, post, 1, "error");
    size(state.filtered_error, post, 1, "filtered_error");
    size(state.past_potential, pre, delay, "past_potential");
    size(state.past_slope, post, delay, "past_slope");
    size(state.past_spikes, post, times.steps(times.prediction), "past_spikes");
    require(state.step >= 0, "SpikingLpl: the state is at step ",
            state.step);  // a column of its rings
  }
};

}  // namespace hebb
