/// @file
/// Pairs of spikes: their window, and which spikes pair with which, all with all, or nearest
/// neighbours in one of three schemes.
///
/// A scheme keeps what each synapse has yet to pair: a presynaptic trace that the next postsynaptic
/// spike reads, and a postsynaptic trace that the next presynaptic spike reads. A. Morrison, M.
/// Diesmann & W. Gerstner, Biol. Cybern. 98:459-478 (2008), section 4.1.
#pragma once

#include "hebb/core/parameter.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/trace.hpp"

namespace hebb {

/// The exponential window of pairs of spikes.
struct PairParameters {
  double a_plus = 0.005;     ///< potentiation by a pair at d = 0+; > 0
  double a_minus = 0.00525;  ///< depression by a pair at d = 0-; > 0
  double tau_plus_ms = 20;   ///< > 0; infinite: traces do not decay
  double tau_minus_ms = 20;  ///< likewise

  void check(const char* rule) const {
    require_positive(rule, "a_plus", a_plus);
    require_positive(rule, "a_minus", a_minus);
    require_time_constant(rule, "tau_plus_ms", tau_plus_ms);
    require_time_constant(rule, "tau_minus_ms", tau_minus_ms);
  }
};

/// Every presynaptic spike pairs with every postsynaptic spike.
struct AllToAll {
  static constexpr std::string_view name = "AllToAll";
  struct State {
    Traces pre, post;

    void each(auto&& visit) {
      visit("trace.pre", pre.value);
      visit("trace.post", post.value);
    }
    Shape shape() const { return {.pre = pre.value.size(), .post = post.value.size()}; }
    void check(const char*) const {}
  };

  static State init(Shape shape) { return {Traces::silent(shape.pre), Traces::silent(shape.post)}; }

  /// How a spike enters a trace.
  static void count(Traces& traces, std::span<const Index> neurons) { traces.add(neurons); }

  static void decay(double elapsed_ms, double tau_pre_ms, double tau_post_ms, State& state) {
    state.pre.decay(elapsed_ms, tau_pre_ms);
    state.post.decay(elapsed_ms, tau_post_ms);
  }
  static double pre_trace(Index, Index j, const State& state) { return state.pre.value(j); }
  static double post_trace(Index i, Index, const State& state) { return state.post.value(i); }
  static void record(const Spikes& pre, const Spikes& post, State& state) {
    count(state.pre, pre.neurons);
    count(state.post, post.neurons);
  }
};

/// Every spike pairs with the last spike of the other side.
struct NearestSymmetric : AllToAll {
  static constexpr std::string_view name = "NearestSymmetric";
  static void count(Traces& traces, std::span<const Index> neurons) { traces.set(neurons); }
  static void record(const Spikes& pre, const Spikes& post, State& state) {
    count(state.pre, pre.neurons);
    count(state.post, post.neurons);
  }
};

/// Every presynaptic spike pairs with the last and with the next postsynaptic spike.
struct NearestPreCentred {
  static constexpr std::string_view name = "NearestPreCentred";
  struct State {
    NearestSymmetric::State last;
    Matrix<double> unpaired;  ///< presynaptic spikes since the last postsynaptic one, as at the
                              ///< last of them: post x pre

    void each(auto&& visit) {
      last.each(visit);
      visit("trace.unpaired", unpaired);
    }
    Shape shape() const { return last.shape(); }
    void check(const char* rule) const {
      require_size(unpaired, shape().post, shape().pre, rule, "pairing.unpaired");
    }
  };

  static State init(Shape shape) {
    return {NearestSymmetric::init(shape), Matrix<double>::Zero(shape.post, shape.pre)};
  }

  static void decay(double elapsed_ms, double tau_pre_ms, double tau_post_ms, State& state) {
    NearestSymmetric::decay(elapsed_ms, tau_pre_ms, tau_post_ms, state.last);
  }
  static double pre_trace(Index i, Index j, const State& state) {
    return state.unpaired(i, j) * state.last.pre.value(j);
  }
  static double post_trace(Index i, Index, const State& state) { return state.last.post.value(i); }
  static void record(const Spikes& pre, const Spikes& post, State& state) {
    for (const Index i : post.neurons) state.unpaired.row(i).setZero();
    for (const Index j : pre.neurons)
      state.unpaired.col(j).array() = state.unpaired.col(j).array() * state.last.pre.value(j) + 1;
    NearestSymmetric::record(pre, post, state.last);
  }
};

/// Only neighbours pair: a spike with the last one of the other side, if that is later than the
/// last one of its own side.
struct NearestReducedSymmetric {
  static constexpr std::string_view name = "NearestReducedSymmetric";
  struct State {
    NearestSymmetric::State last;
    Vector<double> pre_time_ms, post_time_ms;  ///< of the last spike

    void each(auto&& visit) {
      last.each(visit);
      visit("trace.pre_time_ms", pre_time_ms);
      visit("trace.post_time_ms", post_time_ms);
    }
    Shape shape() const { return last.shape(); }
    void check(const char* rule) const {
      require_size(pre_time_ms, shape().pre, 1, rule, "pairing.pre_time_ms");
      require_size(post_time_ms, shape().post, 1, rule, "pairing.post_time_ms");
    }
  };

  static State init(Shape shape) {
    return {NearestSymmetric::init(shape), Vector<double>::Constant(shape.pre, before_the_first),
            Vector<double>::Constant(shape.post, before_the_first)};
  }

  static void decay(double elapsed_ms, double tau_pre_ms, double tau_post_ms, State& state) {
    NearestSymmetric::decay(elapsed_ms, tau_pre_ms, tau_post_ms, state.last);
  }
  static double pre_trace(Index i, Index j, const State& state) {
    return state.pre_time_ms(j) >= state.post_time_ms(i) ? state.last.pre.value(j) : 0;
  }
  static double post_trace(Index i, Index j, const State& state) {
    return state.post_time_ms(i) >= state.pre_time_ms(j) ? state.last.post.value(i) : 0;
  }
  static void record(const Spikes& pre, const Spikes& post, State& state) {
    NearestSymmetric::record(pre, post, state.last);
    for (const Index j : pre.neurons) state.pre_time_ms(j) = pre.time_ms;
    for (const Index i : post.neurons) state.post_time_ms(i) = post.time_ms;
  }
};

}  // namespace hebb
