/// @file
/// The laws that every spiking rule obeys, each a predicate on a rule. They are the laws of
/// tests/laws.hpp for rules that are given spikes.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "hebb/core/concepts.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/core/random.hpp"
#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/spikes.hpp"
#include "hebb/spiking/synapses.hpp"

namespace hebb::spiking_laws {

inline constexpr Shape shape{.pre = 5, .post = 7};

/// What happens in one moment.
struct Moment {
  double time_ms;
  std::vector<Index> pre, post, target;
  Matrix<double> potential_mv;

  static Moment random(Index number) {
    Random random = Random{.seed = 3}.at(std::uint64_t(number));
    const auto some = [&](Index size) {
      std::vector<Index> neurons;
      for (Index k = 0; k < size; ++k)
        if (random.bernoulli(0.2)) neurons.push_back(k);
      return neurons;
    };
    Moment moment{.time_ms = double(number),
                  .pre = some(shape.pre),
                  .post = some(shape.post),
                  .target = some(shape.post),
                  .potential_mv = {}};
    moment.potential_mv =
        Matrix<double>::Constant(shape.post, 1, -50) + 10 * random.normal<double>(shape.post, 1);
    return moment;
  }
};

template <typename Rule>
void step(const Rule& rule, const Moment& moment, auto& state) {
  const Spikes pre{moment.time_ms, moment.pre}, post{moment.time_ms, moment.post},
      target{moment.time_ms, moment.target};
  const View<double> potential = moment.potential_mv;
  using Scalar = typename Rule::Scalar;
  if constexpr (RuleFor<Rule, Spikes, Spikes>) {
    rule.update(pre, post, state);
  } else if constexpr (RuleFor<Rule, Spikes, SpikesAndPotential>) {
    rule.update(pre, SpikesAndPotential{post, potential}, state);
  } else if constexpr (RuleFor<Rule, Spikes, SpikesAndTarget>) {
    rule.update(pre, SpikesAndTarget{post, target, potential}, state);
  } else {
    const Vector<Scalar> potential_mv = moment.potential_mv.template cast<Scalar>();
    rule.update(moment.pre, SpikingPost<Scalar>{moment.post, potential_mv}, state);
  }
}

void settle(const auto& rule, auto& state) {
  if constexpr (requires { rule.settle(state); }) rule.settle(state);
}

/// A state after some moments, from random weights that are far from both bounds.
template <typename Rule>
typename Rule::State begin(const Rule& rule, Index moments = 0) {
  auto state = rule.init(shape);
  state.weights = Random{.seed = 5}.uniform<typename Rule::Scalar>(
      state.weights.rows(), state.weights.cols(), 0.4f, 0.6f);
  for (Index n = 0; n < moments; ++n) step(rule, Moment::random(n), state);
  return state;
}

template <typename Rule>
bool init_gives_a_weight_a_synapse(const Rule& rule) {
  return rule.init(shape).weights.size() == shape.pre * shape.post;
}

/// Equal state and input give equal results, and a copied state is independent.
template <typename Rule>
bool copies_are_equal_and_independent(const Rule& rule) {
  auto a = begin(rule, 10), b = a;
  const auto before = digest(b);
  step(rule, Moment::random(10), a);
  const bool independent = digest(b) == before && digest(a) != before;
  step(rule, Moment::random(10), b);
  return independent && digest(a) == digest(b);
}

/// Without presynaptic spikes nothing changes, whatever the postsynaptic side does.
template <typename Rule>
bool silent_pre(const Rule& rule) {
  auto state = begin(rule);
  const auto before = state.weights;
  for (Index n = 0; n < 30; ++n) {
    Moment moment = Moment::random(n);
    moment.pre.clear();
    step(rule, moment, state);
  }
  settle(rule, state);
  return state.weights == before;
}

/// A thousand random moments stay finite.
template <typename Rule>
bool stays_finite(const Rule& rule) {
  auto state = begin(rule, 1000);
  settle(rule, state);
  bool finite = true;
  state.each([&](std::string_view, auto& value) {
    if constexpr (requires { value.allFinite(); }) finite = finite && value.allFinite();
  });
  return finite;
}

/// forget leaves the weights alone, and the next sequence may begin at any time.
template <typename Rule>
bool forget_keeps_the_weights(const Rule& rule) {
  auto state = begin(rule, 20);
  settle(rule, state);
  const auto before = state.weights;
  rule.forget(state);
  if (state.weights != before) return false;
  try {
    step(rule, Moment::random(0), state);
  } catch (const InvalidParameter&) {
    return false;
  }
  return true;
}

/// After forget, postsynaptic spikes find no trace of past presynaptic ones. (As silent_pre, a law
/// of rules without heterosynaptic changes.)
template <typename Rule>
bool forget_clears_the_sequence(const Rule& rule) {
  auto state = begin(rule, 20);
  settle(rule, state);
  rule.forget(state);
  const auto before = state.weights;
  for (Index n = 0; n < 10; ++n) {
    Moment moment = Moment::random(n);
    moment.pre.clear();
    step(rule, moment, state);
  }
  settle(rule, state);
  return state.weights == before;
}

/// A fresh state into which every array that `each` names is copied continues as the original does.
template <typename Rule>
bool each_round_trips(const Rule& rule) {
  auto original = begin(rule, 20), copy = rule.init(shape);
  std::set<std::string_view> names;
  bool unique = true;
  original.each([&](std::string_view name, auto& value) {
    unique = unique && names.insert(name).second;
    copy.each([&](std::string_view other, auto& target) {
      if constexpr (std::is_same_v<decltype(target), decltype(value)> &&
                    std::is_assignable_v<decltype(target), decltype(value)>)
        if (name == other) target = value;
    });
  });
  for (Index n = 20; n < 40; ++n) {
    step(rule, Moment::random(n), original);
    step(rule, Moment::random(n), copy);
  }
  settle(rule, original), settle(rule, copy);
  return unique && digest(original) == digest(copy);
}

/// A synapse depends on its own presynaptic and postsynaptic neuron alone: without the spikes of
/// another neuron it has the same bits.
template <typename Rule>
bool locality(const Rule& rule) {
  for (Index who = 0; who < shape.pre + shape.post; ++who) {
    auto a = begin(rule), b = begin(rule);
    const bool pre = who < shape.pre;
    const Index neuron = pre ? who : who - shape.pre;
    for (Index n = 0; n < 30; ++n) {
      Moment moment = Moment::random(n);
      step(rule, moment, a);
      if (pre) {
        std::erase(moment.pre, neuron);
      } else {
        std::erase(moment.post, neuron);
        std::erase(moment.target, neuron);
        moment.potential_mv(neuron) = -70;
      }
      step(rule, moment, b);
    }
    settle(rule, a), settle(rule, b);
    for (Index j = 0; j < shape.pre; ++j)
      for (Index i = 0; i < shape.post; ++i)
        if ((pre ? j : i) != neuron &&
            a.weights(j * shape.post + i) != b.weights(j * shape.post + i))
          return false;
  }
  return true;
}

/// After forget, a state continues as a fresh state with the same weights and the same memory per
/// neuron does.
template <typename Rule>
bool forget_begins_anew(const Rule& rule) {
  const std::set<std::string_view> kept{"weights",        "reference", "depression.trace",
                                        "depolarisation", "mean",      "variance",
                                        "square",         "step",      "optimizer.step"};
  auto a = begin(rule, 20), b = rule.init(shape);
  if constexpr (requires { rule.reward(1.0, a); }) rule.reward(0.7, a);
  settle(rule, a);
  rule.forget(a);
  a.each([&](std::string_view name, auto& value) {
    if (!kept.contains(name)) return;
    b.each([&](std::string_view other, auto& target) {
      if constexpr (std::is_same_v<decltype(target), decltype(value)> &&
                    requires { target = value; })
        if (name == other) target = value;
    });
  });
  for (Index n = 0; n < 30; ++n) {
    step(rule, Moment::random(n), a);
    step(rule, Moment::random(n), b);
  }
  return digest(a) == digest(b);
}

/// Weights stay within their bounds.
template <typename Rule>
bool keeps_its_bounds(Rule rule) {
  if constexpr (requires { rule.bounds.upper; }) {
    rule.bounds = {.lower = 0.4999, .upper = 0.5001};
    auto state = rule.init(shape);
    state.weights.setConstant(typename Rule::Scalar(0.5));
    if constexpr (requires { rule.reward(1.0, state); }) rule.reward(50, state);
    for (Index n = 0; n < 100; ++n) {
      step(rule, Moment::random(n), state);
      settle(rule, state);
      if (state.weights.minCoeff() < typename Rule::Scalar(0.4999) ||
          state.weights.maxCoeff() > typename Rule::Scalar(0.5001))
        return false;
    }
  }
  return true;
}

/// Whether a moment is refused, and leaves every bit of the state as it was.
template <typename Rule>
bool refuses(const Rule& rule, const Moment& moment, typename Rule::State& state) {
  const auto before = digest(state);
  try {
    step(rule, moment, state);
  } catch (const std::invalid_argument&) {
    return digest(state) == before;
  }
  return false;
}

/// A neuron that is listed twice in one moment, in whatever order, or that is not there, is
/// refused.
template <typename Rule>
bool refuses_neurons_twice(const Rule& rule) {
  auto state = begin(rule, 10);
  bool refused = true;
  const auto try_list = [&](std::vector<Index> Moment::*list, const std::vector<Index>& neurons) {
    Moment moment = Moment::random(10);
    moment.*list = neurons;
    refused = refused && refuses(rule, moment, state);
  };
  for (auto list : {&Moment::pre, &Moment::post}) {
    try_list(list, {1, 1});
    try_list(list, {3, 1, 0, 3});
    try_list(list, {2, -1});
    try_list(list, {7});
  }
  if constexpr (RuleFor<Rule, Spikes, SpikesAndTarget>) try_list(&Moment::target, {2, 0, 2});
  Moment moment = Moment::random(10);
  moment.pre = {3, 1, 0};  // any order is welcome
  step(rule, moment, state);
  return refused;
}

/// A moment at an infinite time, or at the time of the last one, is refused.
template <typename Rule>
bool refuses_bad_times(const Rule& rule) {
  if constexpr (requires(typename Rule::State s) { s.time_ms; }) {
    auto state = begin(rule, 10);
    for (const double time_ms : {HUGE_VAL, double(NAN), 9.0, -HUGE_VAL}) {
      Moment moment = Moment::random(10);
      moment.time_ms = time_ms;
      if (!refuses(rule, moment, state)) return false;
    }
    step(rule, Moment::random(10), state);
  }
  return true;
}

/// Weights of another shape are refused, at every update.
template <typename Rule>
bool refuses_another_shape(const Rule& rule) {
  auto state = begin(rule, 10);
  state.weights.conservativeResize(state.weights.rows() + 1, state.weights.cols());
  if (!refuses(rule, Moment::random(10), state)) return false;
  state.weights.conservativeResize(state.weights.rows() - 3, state.weights.cols());
  return refuses(rule, Moment::random(10), state);
}

/// A state that init did not make is refused, with a message that says so.
template <typename Rule>
bool names_a_state_without_init(const Rule& rule) {
  typename Rule::State state;
  try {
    step(rule, Moment::random(0), state);
  } catch (const InvalidCall& error) {
    return std::string_view(error.what()).ends_with(": the state was not made by init");
  } catch (const std::invalid_argument&) {
    return false;
  }
  return false;
}

/// A weight that was set out of bounds, or that is not finite, is refused at the first update.
template <typename Rule>
bool refuses_bad_weights(const Rule& rule) {
  using Scalar = typename Rule::Scalar;
  std::vector<Scalar> bad{std::numeric_limits<Scalar>::quiet_NaN(),
                          std::numeric_limits<Scalar>::infinity()};
  if constexpr (requires { rule.bounds.upper; }) {
    bad.push_back(Scalar(rule.bounds.upper + 0.5));
    bad.push_back(Scalar(rule.bounds.lower - 0.5));
  }
  for (const Scalar weight : bad) {
    auto state = begin(rule);
    state.weights(3) = weight;
    if (!refuses(rule, Moment::random(0), state)) return false;
  }
  return true;
}

/// A state on connections has the weights of a dense state in which the other synapses are ignored,
/// bit for bit: through spikes, a reward, settling and forgetting.
template <typename Rule>
bool sparse_is_dense(const Rule& rule, const Connections& connections) {
  auto dense = begin(rule);
  auto sparse = rule.init(connections);
  const auto equal = [&] {
    bool same = sparse.weights.size() == connections.size();
    connections.for_each([&](Index j, Index i, Index k) {
      same = same && sparse.weights(k) == dense.weights(j * shape.post + i);
    });
    return same;
  };
  connections.for_each(
      [&](Index j, Index i, Index k) { sparse.weights(k) = dense.weights(j * shape.post + i); });
  const auto before = digest(sparse);
  const auto both = [&](const auto& act) { act(dense), act(sparse); };
  for (Index n = 0; n < 200; ++n) {
    both([&](auto& state) { step(rule, Moment::random(n), state); });
    if (n % 50 == 20)
      both([&](auto& state) {
        if constexpr (requires { rule.reward(1.0, state); }) rule.reward(0.7, state);
      });
    if (n == 120) {
      both([&](auto& state) { settle(rule, state); });
      if (!equal()) return false;
      both([&](auto& state) { rule.forget(state); });
    }
  }
  both([&](auto& state) { settle(rule, state); });
  return equal() && digest(sparse) != before;
}

template <typename Rule>
bool all_connections_are_dense(const Rule& rule) {
  return sparse_is_dense(rule, connect_all(shape));
}

template <typename Rule>
bool missing_synapses_change_nothing(const Rule& rule) {
  return sparse_is_dense(rule, connect_randomly(shape, 0.4, {.seed = 2}));
}

/// What ChangesAtOwnSpikes promises: a weight changes only in a moment in which its presynaptic or
/// its postsynaptic neuron spikes, and moments without spikes can be left out, but for rounding.
template <typename Rule>
bool changes_at_own_spikes(const Rule& rule) {
  auto state = begin(rule), without_empty = begin(rule);
  for (Index n = 0; n < 200; ++n) {
    const Moment moment = Moment::random(n);
    const auto spikes = [](const std::vector<Index>& neurons, Index neuron) {
      return std::find(neurons.begin(), neurons.end(), neuron) != neurons.end();
    };
    const auto before = state.weights;
    step(rule, moment, state);
    for (Index j = 0; j < shape.pre; ++j)
      for (Index i = 0; i < shape.post; ++i)
        if (state.weights(i, j) != before(i, j) && !spikes(moment.pre, j) &&
            !spikes(moment.post, i))
          return false;
    if (!moment.pre.empty() || !moment.post.empty()) step(rule, moment, without_empty);
  }
  return state.weights.isApprox(without_empty.weights, typename Rule::Scalar(1e-5));
}

/// Settling twice is the same as settling once.
template <typename Rule>
bool settling_is_idempotent(const Rule& rule) {
  auto state = begin(rule, 30);
  settle(rule, state);
  const auto before = digest(state);
  settle(rule, state);
  return digest(state) == before;
}

}  // namespace hebb::spiking_laws
