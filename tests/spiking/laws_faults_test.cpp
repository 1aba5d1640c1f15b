// Each law of tests/spiking/laws.hpp catches the fault that it is there for.
#include <doctest/doctest.h>

#include "hebb/spiking/rules/pair_stdp.hpp"
#include "tests/spiking/laws.hpp"

using namespace hebb;

namespace {

/// Pair STDP with a fault.
enum class Fault {
  None,
  Shares,
  LearnsFromSilence,
  Explodes,
  ForgetsTooMuch,
  KeepsItsClock,
  KeepsItsTraces,
  HidesMemory,
  Peeks,
  SettlesAgain,
  MovesFirst,
  CountsTwice,
  KeepsTheClock,
  TakesAnyShape,
  TakesAnyWeight,
  KeepsALittle,
  CutsLate,
  CountsMoments
};

template <Fault fault>
struct Faulty {
  using Scalar = double;
  using Pair = PairStdp<double>;

  struct State : Pair::State {
    int hidden = 0;
    void each(auto&& visit) {
      Pair::State::each(visit);
      if constexpr (fault != Fault::HidesMemory) visit("hidden", hidden);
    }
  };
  Pair pair = {};
  HardBounds bounds = {};

  /// The pair rule, with these bounds.
  Pair bounded() const {
    Pair result = pair;
    result.bounds = bounds;
    return result;
  }

  State init(Shape shape) const { return {bounded().init(shape)}; }
  void update(const Spikes& pre, const Spikes& post, State& state) const {
    static int shared = 0;
    if constexpr (fault == Fault::MovesFirst) state.weights(0) += 1e-6;
    if constexpr (fault == Fault::CountsTwice || fault == Fault::KeepsTheClock ||
                  fault == Fault::TakesAnyShape) {
      if (fault == Fault::CountsTwice     ? pre.neurons.size() == 2
          : fault == Fault::KeepsTheClock ? pre.time_ms == 9
                                          : state.weights.rows() > 7)
        return;
    }
    if constexpr (fault == Fault::TakesAnyWeight) state.begun = true;
    bounded().update(pre, post, state);
    if constexpr (fault == Fault::CutsLate)
      for (const Index i : post.neurons) state.weights.row(i).array() += 1e-3;
    ++state.hidden;
    if constexpr (fault == Fault::CountsMoments)
      for (const Index i : post.neurons) state.weights.row(i).array() += 1e-3 * state.hidden;
    if constexpr (fault == Fault::Shares) state.weights(0) += 1e-6 * ++shared;
    if constexpr (fault == Fault::LearnsFromSilence)
      state.weights.row(0) *= post.neurons.empty() ? 1 : 0.999;
    if constexpr (fault == Fault::Explodes) state.pairing.pre.value.array() += 1e308;
    if constexpr (fault == Fault::HidesMemory) state.weights(0) += 1e-6 * state.hidden;
    if constexpr (fault == Fault::Peeks)
      state.weights(1, 1) += 1e-6 * state.pairing.post.value(0) * state.pairing.pre.value(1);
  }
  void settle(State& state) const {
    if constexpr (fault == Fault::SettlesAgain) state.weights *= 0.99;
  }
  void forget(State& state) const {
    const auto before = state;
    pair.forget(state);
    if constexpr (fault == Fault::ForgetsTooMuch) state.weights.setZero();
    state.hidden = fault == Fault::HidesMemory ? state.hidden : 0;
    if constexpr (fault == Fault::KeepsALittle)
      state.pairing.post.value = 1e-6 * before.pairing.post.value;
    if constexpr (fault == Fault::KeepsItsClock) state.time_ms = before.time_ms;
    if constexpr (fault == Fault::KeepsItsTraces)
      state.pairing = before.pairing, state.time_ms = -1;
  }
};

/// Pair STDP whose states on connections have a fault: a postsynaptic spike also moves the synapse
/// before its own, or forgetting keeps the traces.
enum class SparseFault { None, Misplaces, KeepsItsTraces };

template <SparseFault fault>
struct FaultyOnConnections : PairStdp<double> {
  using Pair = PairStdp<double>;
  using SparseState = Pair::StateOn<SparseSynapses>;

  using Pair::update;
  void update(const Spikes& pre, const Spikes& post, SparseState& state) const {
    Pair::update(pre, post, state);
    if constexpr (fault == SparseFault::Misplaces)
      for (const Index i : post.neurons)
        state.connections.incoming(
            i, [&](Index, Index k) { state.weights(std::max<Index>(0, k - 1)) += 1e-6; });
  }
  using Pair::forget;
  void forget(SparseState& state) const {
    if constexpr (fault != SparseFault::KeepsItsTraces) Pair::forget(state);
    state.time_ms = before_the_first;
  }
};

}  // namespace

TEST_CASE("a rule without a fault obeys every law") {
  const Faulty<Fault::None> rule;
  CHECK(spiking_laws::copies_are_equal_and_independent(rule));
  CHECK(spiking_laws::silent_pre(rule));
  CHECK(spiking_laws::stays_finite(rule));
  CHECK(spiking_laws::forget_keeps_the_weights(rule));
  CHECK(spiking_laws::forget_clears_the_sequence(rule));
  CHECK(spiking_laws::each_round_trips(rule));
  CHECK(spiking_laws::locality(rule));
  CHECK(spiking_laws::changes_at_own_spikes(rule));
  CHECK(spiking_laws::settling_is_idempotent(rule));
  CHECK(spiking_laws::forget_begins_anew(rule));
  CHECK(spiking_laws::keeps_its_bounds(rule));
  CHECK(spiking_laws::refuses_neurons_twice(rule));
  CHECK(spiking_laws::refuses_bad_times(rule));
  CHECK(spiking_laws::refuses_another_shape(rule));
  CHECK(spiking_laws::refuses_bad_weights(rule));
  const FaultyOnConnections<SparseFault::None> sparse;
  CHECK(spiking_laws::all_connections_are_dense(sparse));
  CHECK(spiking_laws::missing_synapses_change_nothing(sparse));
}

TEST_CASE("each law catches its fault") {
  CHECK_FALSE(spiking_laws::copies_are_equal_and_independent(Faulty<Fault::Shares>{}));
  CHECK_FALSE(spiking_laws::silent_pre(Faulty<Fault::LearnsFromSilence>{}));
  CHECK_FALSE(spiking_laws::stays_finite(Faulty<Fault::Explodes>{}));
  CHECK_FALSE(spiking_laws::forget_keeps_the_weights(Faulty<Fault::ForgetsTooMuch>{}));
  CHECK_FALSE(spiking_laws::forget_keeps_the_weights(Faulty<Fault::KeepsItsClock>{}));
  CHECK_FALSE(spiking_laws::forget_clears_the_sequence(Faulty<Fault::KeepsItsTraces>{}));
  CHECK_FALSE(spiking_laws::each_round_trips(Faulty<Fault::HidesMemory>{}));
  CHECK_FALSE(spiking_laws::locality(Faulty<Fault::Peeks>{}));
  CHECK_FALSE(spiking_laws::changes_at_own_spikes(Faulty<Fault::MovesFirst>{}));
  CHECK_FALSE(spiking_laws::changes_at_own_spikes(Faulty<Fault::CountsMoments>{}));
  CHECK_FALSE(spiking_laws::settling_is_idempotent(Faulty<Fault::SettlesAgain>{}));
  CHECK_FALSE(spiking_laws::forget_begins_anew(Faulty<Fault::KeepsALittle>{}));
  CHECK_FALSE(spiking_laws::keeps_its_bounds(Faulty<Fault::CutsLate>{}));
  CHECK_FALSE(spiking_laws::refuses_neurons_twice(Faulty<Fault::CountsTwice>{}));
  CHECK_FALSE(spiking_laws::refuses_neurons_twice(Faulty<Fault::MovesFirst>{}));
  CHECK_FALSE(spiking_laws::refuses_bad_times(Faulty<Fault::KeepsTheClock>{}));
  CHECK_FALSE(spiking_laws::refuses_another_shape(Faulty<Fault::TakesAnyShape>{}));
  CHECK_FALSE(spiking_laws::refuses_bad_weights(Faulty<Fault::TakesAnyWeight>{}));
  const FaultyOnConnections<SparseFault::Misplaces> misplaces;
  CHECK_FALSE(spiking_laws::all_connections_are_dense(misplaces));
  CHECK_FALSE(spiking_laws::missing_synapses_change_nothing(misplaces));
  const FaultyOnConnections<SparseFault::KeepsItsTraces> keeps;
  CHECK_FALSE(spiking_laws::all_connections_are_dense(keeps));
}
