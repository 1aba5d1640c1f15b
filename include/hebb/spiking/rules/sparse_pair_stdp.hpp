/// @file
/// Pair STDP for large sparse networks: a synapse is updated only when a presynaptic spike arrives.
#pragma once

#include <cstring>

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/kernels/vectors.hpp"
#include "hebb/spiking/connectivity.hpp"
#include "hebb/spiking/pairing.hpp"

namespace hebb {

/// Additive all-to-all pair STDP that postpones potentiation until the next presynaptic spike.
///
/// It makes the same changes as PairStdp, to rounding, and is a rule of its own because of that
/// rounding and because it exists for additive changes and all-to-all pairs alone. PairStdp visits
/// the synapses of a postsynaptic spike one by one, in distant places of memory; here such a spike
/// is only recorded. When a presynaptic spike arrives, each of its synapses first receives, in one
/// step, the potentiation by all postsynaptic spikes since the last arrival,
///
/// \f[ A_+ \sum_{t_i} r_j(t_i) = A_+ R_j \sum_{t_i} e^{-(t_i - T)/\tau_+}, \qquad
///     R_j = \sum_{t_j} e^{(t_j - T)/\tau_+} \f]
///
/// then transmits its weight, then is depressed by \f$A_- o_i\f$. Factors are relative to an epoch
/// T, which advances before they leave the range of a float. Weights are current after `settle`;
/// before it, a weight is that of the last arrival.
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$w\f$ | `state.weights`, in the order of `state.connections` | synapses | 1 |
/// | \f$R\f$ | `state.pre_sum` | pre | 1 |
/// | \f$o\, e^{(t - T)/\tau_-}\f$ | `state.post_sum` | post | 1 |
/// | \f$A_\pm, \tau_\pm\f$ | `parameters` | scalar | of weight, ms |
///
/// Cost: each presynaptic spike updates the synapses that leave its neuron; a postsynaptic spike is
/// recorded at constant cost. Synapses whose presynaptic neuron is silent for 40 time constants are
/// updated once in that time. Weights are clipped only when a presynaptic spike arrives. This gives
/// the same result as clipping at every change, because between two arrivals a weight can only
/// grow.
///
/// A. Morrison, A. Aertsen & M. Diesmann, Neural Comput. 19:1437-1467 (2007), appendix, for the
/// order of events.
template <typename Scalar_ = float, typename Bounds = HardBounds>
struct SparsePairStdp {
  using Scalar = Scalar_;
  using Parameters = PairParameters;

  /// Spikes of a postsynaptic neuron that are summed together.
  static constexpr Index recent = 8;
  /// Spikes that it may emit before all its synapses must be settled.
  static constexpr Index kept = 64;

  struct State {
    Connections connections;
    Vector<Scalar> weights;  ///< one per synapse
    Vector<double> pre_sum;  ///< per sequence, as all that follows
    /// Per presynaptic neuron: the number of the moment up to which its synapses are settled.
    Vector<Scalar> last_arrival;
    Vector<Scalar> post_sum;  ///< per postsynaptic neuron: growing sums of its spikes
    /// 2 recent x post: numbers of moments and strengths of the latest spikes, newest first.
    Matrix<Scalar> latest;
    /// 2 kept x post: the same of more spikes, a ring.
    Matrix<Scalar> history;
    Vector<Index> emitted;               ///< number of spikes of a postsynaptic neuron
    Scalar moment = 0;                   ///< how many updates there were
    Scalar settled = 0;                  ///< all synapses are settled up to this moment
    Scalar epoch_moment = 0;             ///< the last moment before the epoch
    double epoch_ms = before_the_first;  ///< T, which factors are relative to
    double time_ms = before_the_first;   ///< of the last update
    bool begun = false;                  // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"SparsePairStdp", Bounds>);
      visit("weights", weights);
      visit("pre_sum", pre_sum);
      visit("last_arrival", last_arrival);
      visit("post_sum", post_sum);
      visit("latest", latest);
      visit("history", history);
      visit("emitted", emitted);
      visit("moment", moment);
      visit("settled", settled);
      visit("epoch_moment", epoch_moment);
      visit("epoch_ms", epoch_ms);
      visit("time_ms", time_ms);
    }
  };

  Parameters parameters = {};
  Bounds bounds = {};

  State init(Shape shape) const { return init(connect_all(shape)); }

  State init(const Connections& connections) const {
    parameters.check("SparsePairStdp");
    bounds.check();
    connections.check();
    State state;
    state.connections = connections;
    state.weights.setConstant(connections.size(), bounds.cut(Scalar(0)));
    forget(state);
    return state;
  }

  /// The spikes of one moment. Calls deliver(post, weight) for every synapse at which a spike
  /// arrives.
  void update(const Spikes& pre, const Spikes& post, State& state, const auto& deliver) const {
    check_sizes(state);
    begin_moment(pre, post, state.connections.shape, bounds, "SparsePairStdp", state);
    if (state.epoch_ms == before_the_first) state.epoch_ms = state.time_ms;
    const FlushDenormals guard;
    make_room(post, state);
    state.moment += 1;

    const double age = state.time_ms - state.epoch_ms;
    const double pre_factor = std::exp(age / parameters.tau_plus_ms),
                 post_factor = std::exp(age / parameters.tau_minus_ms);
    for (const Index i : post.neurons) note(i, Scalar(1 / pre_factor), state);
    const Scalar loss = Scalar(parameters.a_minus / post_factor);
    for (const Index j : pre.neurons) {
      apply_postponed(j, state, [&](Index i, Scalar& weight) {
        deliver(i, weight);
        weight = bounds.cut(weight - loss * state.post_sum(i));
      });
    }
    for (const Index i : post.neurons) state.post_sum(i) += Scalar(post_factor);
    for (const Index j : pre.neurons) state.pre_sum(j) += pre_factor;
  }

  /// The same without a function that transmits weights.
  void update(const Spikes& pre, const Spikes& post, State& state) const {
    update(pre, post, state, [](Index, Scalar) {});
  }

  /// Brings all weights up to the moment of the last update.
  void settle(State& state) const {
    check_sizes(state);
    for (Index j = 0; j < state.pre_sum.size(); ++j)
      if (state.last_arrival(j) < state.moment) apply_postponed(j, state);
    state.settled = state.moment;
  }

  /// Forgets past spikes and their time. Call `settle` first to keep what they ask for.
  void forget(State& state) const {
    const auto [pres, posts] = state.connections.shape;
    state.pre_sum.setZero(pres);
    state.last_arrival.setZero(pres);
    state.post_sum.setZero(posts);
    state.latest.setZero(2 * recent, posts);
    state.history.setZero(2 * kept, posts);
    state.emitted.setZero(posts);
    state.moment = state.settled = state.epoch_moment = 0;
    state.epoch_ms = state.time_ms = before_the_first;
  }

 private:
  // Time constants: e^50, and e^-50 times a weight, are still floats.
  static constexpr double longest_epoch = 40;
  // A float counts without a gap up to twice as many.
  static constexpr Scalar last_moment = Scalar(1 << 23);

  using Lanes = simd::Lanes<Scalar, int(recent)>;

  /// The sum of the strengths of those of the latest spikes that are later than a moment.
  [[gnu::always_inline]] static Scalar sum_since(Scalar moment, const Scalar* latest) {
    Lanes moments, strengths;
    const Lanes none{};
    std::memcpy(&moments, latest, sizeof(Lanes));
    std::memcpy(&strengths, latest + recent, sizeof(Lanes));
    const Lanes s = moments > moment ? strengths : none;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  }

  /// The same over all that is kept.
  static Scalar long_sum_since(Scalar moment, Index i, const State& state) {
    Scalar sum = 0;
    for (Index n = 0; n < kept; ++n)
      if (state.history(n, i) > moment) sum += state.history(kept + n, i);
    return sum;
  }

  /// Applies the postponed potentiation to all synapses of a presynaptic neuron; then calls
  /// then(post, weight).
  void apply_postponed(Index j, State& state, const auto& then) const {
    const Scalar since = state.last_arrival(j), gain = Scalar(parameters.a_plus * state.pre_sum(j));
    const std::int32_t* post = state.connections.post.data();
    const Scalar* latest = state.latest.data();
    Scalar* weights = state.weights.data();
    const Index end = state.connections.end(j);
    for (Index k = state.connections.begin(j); k < end; ++k) {
      const Index i = post[k];
      const Scalar* line = latest + 2 * recent * i;
      Scalar sum = sum_since(since, line);
      if (line[recent - 1] > since) [[unlikely]]
        sum = long_sum_since(since, i, state);
      Scalar weight = bounds.cut(weights[k] + gain * sum);
      then(i, weight);
      weights[k] = weight;
    }
    state.last_arrival(j) = state.moment;
  }

  void apply_postponed(Index j, State& state) const {
    apply_postponed(j, state, [](Index, Scalar) {});
  }

  /// The place of the next spike in the history. It lies within the history for any number, also
  /// for one from a damaged checkpoint.
  static Index ring_place(Index emitted) {
    static_assert((kept & (kept - 1)) == 0);
    return emitted & (kept - 1);
  }

  void note(Index i, Scalar strength, State& state) const {
    Scalar* line = state.latest.col(i).data();
    for (Index n = recent - 1; n > 0; --n) {
      line[n] = line[n - 1];
      line[recent + n] = line[recent + n - 1];
    }
    line[0] = state.moment;
    line[recent] = strength;
    const Index place = ring_place(state.emitted(i)++);
    state.history(place, i) = state.moment;
    state.history(kept + place, i) = strength;
  }

  void check_sizes(const State& state) const {
    const auto [pres, posts] = state.connections.shape;
    require_size(state.weights, state.connections.size(), 1, "SparsePairStdp", "weights");
    require_size(state.pre_sum, pres, 1, "SparsePairStdp", "pre_sum");
    require_size(state.last_arrival, pres, 1, "SparsePairStdp", "last_arrival");
    require_size(state.post_sum, posts, 1, "SparsePairStdp", "post_sum");
    require_size(state.latest, 2 * recent, posts, "SparsePairStdp", "latest");
    require_size(state.history, 2 * kept, posts, "SparsePairStdp", "history");
    require_size(state.emitted, posts, 1, "SparsePairStdp", "emitted");
  }

  /// Before a moment: begins an epoch where one is over, and settles where a history is full.
  void make_room(const Spikes& post, State& state) const {
    if (state.moment >= last_moment) {
      settle(state);
      state.latest.setZero();
      state.history.setZero();
      state.last_arrival.setZero();
      state.moment = state.settled = state.epoch_moment = 0;
    }
    const double age = state.time_ms - state.epoch_ms,
                 tau = std::min(parameters.tau_plus_ms, parameters.tau_minus_ms);
    if (age > longest_epoch * tau) begin_epoch(age, age > 1.25 * longest_epoch * tau, state);
    for (const Index i : post.neurons)
      if (state.history(ring_place(state.emitted(i)), i) > state.settled) settle(state);
  }

  /// Settles the synapses that have waited for a whole epoch, or all, and makes all factors
  /// relative to the present time.
  void begin_epoch(double age, bool everything, State& state) const {
    state.settled = everything ? state.moment : std::max(state.settled, state.epoch_moment);
    for (Index j = 0; j < state.pre_sum.size(); ++j)
      if (state.last_arrival(j) < state.settled) apply_postponed(j, state);
    const Scalar growth = everything ? Scalar(0) : Scalar(std::exp(age / parameters.tau_plus_ms));
    const auto renew = [&](auto&& moments, auto&& strengths) {
      strengths = (moments.array() > state.settled).select(growth * strengths, Scalar(0));
    };
    renew(state.latest.topRows(recent), state.latest.bottomRows(recent));
    renew(state.history.topRows(kept), state.history.bottomRows(kept));
    state.pre_sum *= std::exp(-age / parameters.tau_plus_ms);
    state.post_sum *= Scalar(std::exp(-age / parameters.tau_minus_ms));
    state.epoch_ms = state.time_ms;
    state.epoch_moment = state.moment;
  }
};

static_assert(SpikingRuleFor<SparsePairStdp<float>, Spikes, Spikes> &&
              SpikingRuleFor<SparsePairStdp<double, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
