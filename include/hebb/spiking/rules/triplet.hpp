/// @file
/// The triplet rule: the effect of a pair of spikes grows with earlier spikes of the same neurons.
#pragma once

#include "hebb/core/bounds.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/spiking/pairing.hpp"

namespace hebb {

/// Amplitudes and time constants of the triplet rule. The type carries the pairing scheme that they
/// were fitted for, so that a published set cannot be used with another one.
template <typename Pairing>
struct TripletParameters {
  double a2_plus;   ///< potentiation by a pair
  double a3_plus;   ///< potentiation by post-pre-post
  double a2_minus;  ///< depression by a pair
  double a3_minus;  ///< depression by pre-post-pre
  double tau_x_ms;  ///< of the slow presynaptic trace; > 0, and may be infinite, like all here
  double tau_y_ms;  ///< of the slow postsynaptic trace; > 0
  double tau_plus_ms = 16.8;   ///< > 0
  double tau_minus_ms = 33.7;  ///< > 0
};

/// The published fits (tables 3 and 4). A minimal set sets two amplitudes to 0; where an amplitude
/// is 0, the time constant that it would use is that of the full set.
namespace triplet {
/// Visual cortex, all pairs and triplets, full.
inline constexpr TripletParameters<AllToAll> visual_cortex_full{.a2_plus = 5e-10,
                                                                .a3_plus = 6.2e-3,
                                                                .a2_minus = 7e-3,
                                                                .a3_minus = 2.3e-4,
                                                                .tau_x_ms = 101,
                                                                .tau_y_ms = 125};
/// Visual cortex, all pairs and triplets, minimal.
inline constexpr TripletParameters<AllToAll> visual_cortex_minimal{.a2_plus = 0,
                                                                   .a3_plus = 6.5e-3,
                                                                   .a2_minus = 7.1e-3,
                                                                   .a3_minus = 0,
                                                                   .tau_x_ms = 101,
                                                                   .tau_y_ms = 114};
/// Visual cortex, nearest spikes, full.
inline constexpr TripletParameters<NearestSymmetric> visual_cortex_nearest_full{.a2_plus = 8.8e-11,
                                                                                .a3_plus = 5.3e-2,
                                                                                .a2_minus = 6.6e-3,
                                                                                .a3_minus = 3.1e-3,
                                                                                .tau_x_ms = 714,
                                                                                .tau_y_ms = 40};
/// Visual cortex, nearest spikes, minimal.
inline constexpr TripletParameters<NearestSymmetric> visual_cortex_nearest_minimal{.a2_plus = 0,
                                                                                   .a3_plus = 5e-2,
                                                                                   .a2_minus = 8e-3,
                                                                                   .a3_minus = 0,
                                                                                   .tau_x_ms = 714,
                                                                                   .tau_y_ms = 40};
/// Hippocampal culture, all pairs and triplets, full.
inline constexpr TripletParameters<AllToAll> hippocampus_full{.a2_plus = 6.1e-3,
                                                              .a3_plus = 6.7e-3,
                                                              .a2_minus = 1.6e-3,
                                                              .a3_minus = 1.4e-3,
                                                              .tau_x_ms = 946,
                                                              .tau_y_ms = 27};
/// Hippocampal culture, all pairs and triplets, minimal.
inline constexpr TripletParameters<AllToAll> hippocampus_minimal{.a2_plus = 5.3e-3,
                                                                 .a3_plus = 8e-3,
                                                                 .a2_minus = 3.5e-3,
                                                                 .a3_minus = 0,
                                                                 .tau_x_ms = 946,
                                                                 .tau_y_ms = 40};
/// Hippocampal culture, nearest spikes, full.
inline constexpr TripletParameters<NearestSymmetric> hippocampus_nearest_full{.a2_plus = 4.6e-3,
                                                                              .a3_plus = 9.1e-3,
                                                                              .a2_minus = 3e-3,
                                                                              .a3_minus = 7.5e-9,
                                                                              .tau_x_ms = 575,
                                                                              .tau_y_ms = 47};
/// Hippocampal culture, nearest spikes, minimal.
inline constexpr TripletParameters<NearestSymmetric> hippocampus_nearest_minimal{.a2_plus = 4.6e-3,
                                                                                 .a3_plus = 9.1e-3,
                                                                                 .a2_minus = 3e-3,
                                                                                 .a3_minus = 0,
                                                                                 .tau_x_ms = 575,
                                                                                 .tau_y_ms = 48};
}  // namespace triplet

/// The triplet rule.
///
/// \f[ w_{ij} \mathrel{+}= r^1_j \, (A_2^+ + A_3^+ o^2_i) \;\; \text{at a spike of } i, \qquad
///     w_{ij} \mathrel{-}= o^1_i \, (A_2^- + A_3^- r^2_j) \;\; \text{at a spike of } j \f]
///
/// with presynaptic traces \f$r^1, r^2\f$ (\f$\tau_+, \tau_x\f$) and postsynaptic traces \f$o^1,
/// o^2\f$ (\f$\tau_-, \tau_y\f$), each read just before the moment's spikes enter it. A spike adds
/// 1 to its traces (AllToAll) or sets them to 1 (NearestSymmetric).
///
/// | symbol | code | shape | unit |
/// |---|---|---|---|
/// | \f$w\f$ | `state.weights` | post x pre | 1 |
/// | \f$r^1, r^2\f$ | `state.r1`, `state.r2` | pre | 1 |
/// | \f$o^1, o^2\f$ | `state.o1`, `state.o2` | post | 1 |
/// | \f$A_2^\pm, A_3^\pm\f$ | `parameters.a2_plus`, ... | scalar | of weight |
/// | \f$\tau_+, \tau_-, \tau_x, \tau_y\f$ | `parameters.tau_plus_ms`, ... | scalar | ms |
///
/// Runs on all pairs of neurons, init(shape), or on any connections, init(connections).
///
/// Cost: each presynaptic spike changes the synapses that leave its neuron, each postsynaptic spike
/// those that reach its neuron. For independent Poisson spikes at rates x and y the drift is that
/// of BCM, with the threshold \f$\theta = (A_2^-\tau_- - A_2^+\tau_+ + A_3^-\tau_-\tau_x x) /
/// (A_3^+\tau_+\tau_y)\f$. Throws InvalidParameter from init when a time constant is not positive.
///
/// J.-P. Pfister & W. Gerstner, J. Neurosci. 26:9673-9682 (2006), eqs. 3 and 4, tables 3 and 4. The
/// cortical sets are fitted to 60 continuous pairs; fed with bursts of five pairs 10 s apart the
/// all-to-all ones do not potentiate at 50 Hz.
template <typename Scalar_ = float, typename Pairing = AllToAll, typename Bounds = HardBounds>
struct Triplet {
  using Scalar = Scalar_;

  template <typename Synapses>
  struct StateOn {
    Synapses connections;
    typename Synapses::template Values<Scalar> weights;
    Traces r1, r2, o1, o2;              ///< per sequence
    double time_ms = before_the_first;  ///< per sequence
    bool begun = false;                 // whether the weights were checked; not saved

    void each(auto&& visit) {
      visit("rule", label_of<"Triplet", Pairing, Bounds>);
      visit("weights", weights);
      visit("r1", r1.value);
      visit("r2", r2.value);
      visit("o1", o1.value);
      visit("o2", o2.value);
      visit("time_ms", time_ms);
    }
  };
  using State = StateOn<FullSynapses>;

  TripletParameters<Pairing> parameters;  ///< no defaults: namespace triplet has fitted sets
  Bounds bounds = {};

  State init(Shape shape) const { return start(FullSynapses{shape}); }
  StateOn<SparseSynapses> init(const Connections& connections) const {
    return start(SparseSynapses(connections));
  }

  /// The spikes of one moment.
  template <typename Synapses>
  void update(const Spikes& pre, const Spikes& post, StateOn<Synapses>& state) const {
    const TripletParameters<Pairing>& p = parameters;
    const Synapses& synapses = state.connections;
    const Shape shape = synapses.shape;
    require_values(state.weights, synapses, "Triplet", "weights");
    require_size(state.r1.value, shape.pre, 1, "Triplet", "r1");
    require_size(state.r2.value, shape.pre, 1, "Triplet", "r2");
    require_size(state.o1.value, shape.post, 1, "Triplet", "o1");
    require_size(state.o2.value, shape.post, 1, "Triplet", "o2");
    const double elapsed = begin_moment(pre, post, shape, bounds, "Triplet", state);
    state.r1.decay(elapsed, p.tau_plus_ms);
    state.r2.decay(elapsed, p.tau_x_ms);
    state.o1.decay(elapsed, p.tau_minus_ms);
    state.o2.decay(elapsed, p.tau_y_ms);
    Scalar* w = state.weights.data();
    const double *r1 = state.r1.value.data(), *o1 = state.o1.value.data();
    for (const Index i : post.neurons) {
      const double amplitude = p.a2_plus + p.a3_plus * state.o2.value(i);
      synapses.incoming(
          i, [&](Index j, Index k) { w[k] = bounds.cut(Scalar(w[k] + amplitude * r1[j])); });
    }
    for (const Index j : pre.neurons) {
      const double amplitude = p.a2_minus + p.a3_minus * state.r2.value(j);
      synapses.outgoing(
          j, [&](Index i, Index k) { w[k] = bounds.cut(Scalar(w[k] - amplitude * o1[i])); });
    }
    for (Traces* traces : {&state.r1, &state.r2}) Pairing::count(*traces, pre.neurons);
    for (Traces* traces : {&state.o1, &state.o2}) Pairing::count(*traces, post.neurons);
  }

  /// Forgets past spikes and their time.
  void forget(auto& state) const {
    for (Traces* traces : {&state.r1, &state.r2, &state.o1, &state.o2}) traces->clear();
    state.time_ms = before_the_first;
  }

 private:
  template <typename Synapses>
  StateOn<Synapses> start(const Synapses& synapses) const {
    const TripletParameters<Pairing>& p = parameters;
    constexpr const char* owner = "Triplet";
    require_finite_parameter(owner, "a2_plus", p.a2_plus);
    require_finite_parameter(owner, "a3_plus", p.a3_plus);
    require_finite_parameter(owner, "a2_minus", p.a2_minus);
    require_finite_parameter(owner, "a3_minus", p.a3_minus);
    require_time_constant(owner, "tau_x_ms", p.tau_x_ms);
    require_time_constant(owner, "tau_y_ms", p.tau_y_ms);
    require_time_constant(owner, "tau_plus_ms", p.tau_plus_ms);
    require_time_constant(owner, "tau_minus_ms", p.tau_minus_ms);
    bounds.check();
    const Traces pre = Traces::silent(synapses.shape.pre),
                 post = Traces::silent(synapses.shape.post);
    return {synapses, values_of(synapses, bounds.cut(Scalar(0))), pre, pre, post, post};
  }
};

static_assert(SpikingRuleFor<Triplet<float>, Spikes, Spikes> &&
              SpikingRuleFor<Triplet<double, NearestSymmetric, Unbounded>, Spikes, Spikes>);

}  // namespace hebb
