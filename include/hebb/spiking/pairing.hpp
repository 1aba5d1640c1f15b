/// @file
/// Pairs of spikes: the window of their effect, and four schemes that say which spikes pair: all
/// with all, or nearest neighbours in one of three ways.
///
/// A scheme provides two numbers for each synapse: a presynaptic trace, which the next postsynaptic
/// spike reads, and a postsynaptic trace, which the next presynaptic spike reads. A. Morrison, M.
/// Diesmann & W. Gerstner, Biol. Cybern. 98:459-478 (2008), section 4.1.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// The exponential window of pairs of spikes, over d = t_post - t_pre.
struct PairParameters {
  double a_plus = 0.005;     ///< potentiation at d = 0+; > 0
  double a_minus = 0.00525;  ///< depression at d = 0-; > 0
  double tau_plus_ms = 20;   ///< > 0; infinite: the trace does not decay
  double tau_minus_ms = 20;  ///< > 0; infinite: the trace does not decay

  void check(const char* rule) const {
    require_positive(rule, "a_plus", a_plus);
    require_positive(rule, "a_minus", a_minus);
    require_time_constant(rule, "tau_plus_ms", tau_plus_ms);
    require_time_constant(rule, "tau_minus_ms", tau_minus_ms);
  }
};

/// One trace per presynaptic and one per postsynaptic neuron.
struct PairTraces {
  Traces pre, post;  ///< one per neuron of each side

  void each(auto&& visit) {
    visit("trace.pre", pre.value);
    visit("trace.post", post.value);
  }
  void check(const auto& synapses, const char* rule) const {
    require_size(pre.value, synapses.shape.pre, 1, rule, "pairing.pre");
    require_size(post.value, synapses.shape.post, 1, rule, "pairing.post");
  }
  /// Lets a time pass.
  void decay(double elapsed_ms, double tau_plus_ms, double tau_minus_ms) {
    pre.decay(elapsed_ms, tau_plus_ms);
    post.decay(elapsed_ms, tau_minus_ms);
  }
};

/// Every presynaptic spike pairs with every postsynaptic spike.
struct AllToAll {
  static constexpr std::string_view name = "AllToAll";
  template <typename>
  using State = PairTraces;

  static PairTraces init(const auto& synapses) {
    return {Traces::silent(synapses.shape.pre), Traces::silent(synapses.shape.post)};
  }

  /// Enters the spikes of some neurons into their traces.
  static void count(Traces& traces, std::span<const Index> neurons) { traces.add(neurons); }

  static void decay(double elapsed_ms, double tau_plus_ms, double tau_minus_ms, PairTraces& state) {
    state.decay(elapsed_ms, tau_plus_ms, tau_minus_ms);
  }

  /// The traces of the synapse at `place`, from neuron j to neuron i.
  static double pre_trace(Index, Index j, Index /*place*/, const PairTraces& state) {
    return state.pre.value(j);
  }
  static double post_trace(Index i, Index, const PairTraces& state) { return state.post.value(i); }

  static void record(const Spikes& pre, const Spikes& post, const auto& /*synapses*/,
                     PairTraces& state) {
    count(state.pre, pre.neurons);
    count(state.post, post.neurons);
  }
};

/// Every spike pairs with the last spike of the other neuron.
struct NearestSymmetric : AllToAll {
  static constexpr std::string_view name = "NearestSymmetric";

  /// Enters the spikes of some neurons into their traces.
  static void count(Traces& traces, std::span<const Index> neurons) { traces.set(neurons); }

  static void record(const Spikes& pre, const Spikes& post, const auto& /*synapses*/,
                     PairTraces& state) {
    count(state.pre, pre.neurons);
    count(state.post, post.neurons);
  }
};

/// Every presynaptic spike pairs with the last and with the next postsynaptic spike.
struct NearestPreCentred {
  static constexpr std::string_view name = "NearestPreCentred";
  template <typename Synapses>
  struct State {
    PairTraces last;  ///< of the last spike of each neuron
    /// Per synapse: the trace of the presynaptic spikes since the last postsynaptic one, as it was
    /// at the last presynaptic spike.
    typename Synapses::template Values<double> unpaired;

    void each(auto&& visit) {
      last.each(visit);
      visit("trace.unpaired", unpaired);
    }
    void check(const Synapses& synapses, const char* rule) const {
      last.check(synapses, rule);
      require_values(unpaired, synapses, rule, "pairing.unpaired");
    }
  };

  template <typename Synapses>
  static State<Synapses> init(const Synapses& synapses) {
    return {NearestSymmetric::init(synapses), values_of(synapses, 0.0)};
  }

  static void decay(double elapsed_ms, double tau_plus_ms, double tau_minus_ms, auto& state) {
    state.last.decay(elapsed_ms, tau_plus_ms, tau_minus_ms);
  }
  static double pre_trace(Index, Index j, Index place, const auto& state) {
    return state.unpaired.data()[place] * state.last.pre.value(j);
  }
  static double post_trace(Index i, Index, const auto& state) { return state.last.post.value(i); }

  static void record(const Spikes& pre, const Spikes& post, const auto& synapses, auto& state) {
    double* unpaired = state.unpaired.data();
    for (const Index i : post.neurons)
      synapses.incoming(i, [&](Index, Index k) { unpaired[k] = 0; });
    for (const Index j : pre.neurons) {
      const double decayed = state.last.pre.value(j);
      synapses.outgoing(j, [&](Index, Index k) { unpaired[k] = unpaired[k] * decayed + 1; });
    }
    NearestSymmetric::record(pre, post, synapses, state.last);
  }
};

/// Only neighbouring spikes pair: a spike pairs with the last spike of the other neuron, if that
/// spike is later than the last one of its own neuron.
struct NearestReducedSymmetric {
  static constexpr std::string_view name = "NearestReducedSymmetric";
  /// The traces, and when each neuron spiked last.
  struct Neurons {
    PairTraces last;                           ///< of the last spike of each neuron
    Vector<double> pre_time_ms, post_time_ms;  ///< of each neuron's last spike

    void each(auto&& visit) {
      last.each(visit);
      visit("trace.pre_time_ms", pre_time_ms);
      visit("trace.post_time_ms", post_time_ms);
    }
    void check(const auto& synapses, const char* rule) const {
      last.check(synapses, rule);
      require_size(pre_time_ms, synapses.shape.pre, 1, rule, "pairing.pre_time_ms");
      require_size(post_time_ms, synapses.shape.post, 1, rule, "pairing.post_time_ms");
    }
  };
  template <typename>
  using State = Neurons;

  static Neurons init(const auto& synapses) {
    return {NearestSymmetric::init(synapses),
            Vector<double>::Constant(synapses.shape.pre, before_the_first),
            Vector<double>::Constant(synapses.shape.post, before_the_first)};
  }

  static void decay(double elapsed_ms, double tau_plus_ms, double tau_minus_ms, Neurons& state) {
    state.last.decay(elapsed_ms, tau_plus_ms, tau_minus_ms);
  }
  static double pre_trace(Index i, Index j, Index /*place*/, const Neurons& state) {
    return state.pre_time_ms(j) >= state.post_time_ms(i) ? state.last.pre.value(j) : 0;
  }
  static double post_trace(Index i, Index j, const Neurons& state) {
    return state.post_time_ms(i) >= state.pre_time_ms(j) ? state.last.post.value(i) : 0;
  }
  static void record(const Spikes& pre, const Spikes& post, const auto& synapses, Neurons& state) {
    NearestSymmetric::record(pre, post, synapses, state.last);
    for (const Index j : pre.neurons) state.pre_time_ms(j) = pre.time_ms;
    for (const Index i : post.neurons) state.post_time_ms(i) = post.time_ms;
  }
};

}  // namespace hebb
