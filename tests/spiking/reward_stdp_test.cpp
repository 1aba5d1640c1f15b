#include "hebb/spiking/rules/reward_stdp.hpp"

#include <doctest/doctest.h>

#include "tests/spiking/trains.hpp"

using namespace hebb;

namespace {

struct Pulse {
  double time, amount;
};

/// Passes the spikes of one synapse and the rewards to a rule, and settles at the end.
template <typename Rule>
double weight_after(const Rule& rule, const Train& pre, const Train& post,
                    const std::vector<Pulse>& rewards, double end, double settle_every = 1e9) {
  std::set<double> moments{end};
  for (const Train* train : {&pre, &post}) moments.insert(train->begin(), train->end());
  for (const Pulse& pulse : rewards) moments.insert(pulse.time);
  const std::vector<Train> pres{pre}, posts{post};
  Cursor pre_cursor(pres), post_cursor(posts);
  auto state = rule.init({.pre = 1, .post = 1});
  double settled = 0;
  for (const double time : moments) {
    rule.update(pre_cursor.at(time), post_cursor.at(time), state);
    for (const Pulse& pulse : rewards)
      if (pulse.time == time) rule.reward(pulse.amount, state);
    if (time - settled > settle_every) rule.settle(state), settled = time;
  }
  rule.settle(state);
  return double(state.weights.value());
}

/// The sum over pairs of spikes, each with every reward pulse: no traces, and no postponed changes.
/// In units of eta, seconds.
double by_pairs(const RewardStdp<double>::Parameters& p, const Dopamine& dopamine, const Train& pre,
                const Train& post, const std::vector<Pulse>& rewards, double end) {
  const double tau = p.tau_eligibility_ms, both = 1 / (1 / tau + 1 / dopamine.tau_ms);
  double sum = 0;
  for (const double s : pre)
    for (const double t : post) {
      if (s == t) continue;
      const double change = t > s ? p.a_plus * std::exp((s - t) / p.tau_plus_ms)
                                  : -p.a_minus * std::exp((t - s) / p.tau_minus_ms);
      const double at = std::max(s, t);
      double reward_integral = -dopamine.baseline * tau * (1 - std::exp((at - end) / tau));
      for (const Pulse& pulse : rewards) {
        const double start = std::max(at, pulse.time);
        reward_integral += pulse.amount *
                           std::exp((at - start) / tau + (pulse.time - start) / dopamine.tau_ms) *
                           both * (1 - std::exp((start - end) / both));
      }
      sum += change * reward_integral / 1000;
    }
  return sum;
}

}  // namespace

TEST_CASE_TEMPLATE(
    "reward: one pair and one later pulse of dopamine change a weight by the closed form", Scalar,
    float, double) {
  const RewardStdp<Scalar, Dopamine, Unbounded> rule{.parameters = {.eta = 0.1}};
  const double left = std::exp(-10.0 / 20), both = 1 / (1 / 1.0 + 1 / 0.2);  // s
  const double expected = 0.1 * left * 0.5 * both * std::exp(-0.29);
  CHECK(weight_after(rule, {0}, {10}, {{300, 0.5}}, 30000) == doctest::Approx(expected));
  CHECK(weight_after(rule, {10}, {0}, {{300, 0.5}}, 30000) == doctest::Approx(-expected));
}

TEST_CASE("reward: without a reward the weight does not change, however much the neurons fire") {
  const RewardStdp<double, Dopamine, Unbounded> rule;
  const Train pre = poisson(30, 5000, Random{.seed = 1}),
              post = poisson(30, 5000, Random{.seed = 2});
  CHECK(weight_after(rule, pre, post, {}, 6000) == 0);
}

TEST_CASE(
    "reward: postponed changes equal the sum over pairs and pulses to 1e-12, settled often or "
    "never") {
  const Dopamine dopamine{.baseline = 0.02};
  const RewardStdp<double, Dopamine, Unbounded> rule{
      .parameters = {.eta = 1, .a_plus = 0.8, .a_minus = 1.1}, .modulation = dopamine};
  const RewardStdp<double>::Parameters p{.eta = 1, .a_plus = 0.8, .a_minus = 1.1};
  const Train pre = poisson(15, 8000, 1, Random{.seed = 1}),
              post = poisson(15, 8000, 1, Random{.seed = 2});
  const std::vector<Pulse> rewards{{500, 1}, {2250.5, -0.4}, {6001, 0.7}};
  const double expected = by_pairs(p, dopamine, pre, post, rewards, 9000);
  CHECK(std::abs(expected) > 0.1);
  CHECK(std::abs(weight_after(rule, pre, post, rewards, 9000) - expected) < 1e-12);
  CHECK(std::abs(weight_after(rule, pre, post, rewards, 9000, 30) - expected) < 1e-12);
  CHECK(std::abs(by_pairs(p, {.baseline = 0.03}, pre, post, rewards, 9000) - expected) > 1e-3);
}

TEST_CASE(
    "reward: in Florian's form with eligibility, a constant reward changes the weight by its "
    "integral") {
  const Mstdpet<double, Unbounded> rule{.parameters = {.eta = 2, .tau_eligibility_ms = 25}};
  // The pair leaves exp(-0.5) at 10 ms; the reward is 1 from 20 ms and -1 from 40 ms on.
  const double decay = [](double t) { return std::exp(-(t - 10) / 25); }(20),
               later = std::exp(-30.0 / 25);
  const double expected = 2 * std::exp(-0.5) * 0.025 * ((decay - later) - later);
  CHECK(weight_after(rule, {0}, {10}, {{20, 1}, {40, -1}}, 5000) == doctest::Approx(expected));
}

TEST_CASE("reward: in Florian's form without eligibility, only the reward of the moment counts") {
  const Mstdp<double, Unbounded> rule{.parameters = {.eta = 0.1}};
  CHECK(weight_after(rule, {0}, {10}, {{5, 2}}, 100) == doctest::Approx(0.2 * std::exp(-0.5)));
  CHECK(weight_after(rule, {0}, {10}, {{15, 2}}, 100) == 0);
}

TEST_CASE(
    "reward: after thousands of time constants a pair changes the weight as much as at first") {
  const RewardStdp<double, Dopamine, Unbounded> rule{.parameters = {.eta = 0.1}};
  const double once = weight_after(rule, {0}, {10}, {{300, 0.5}}, 30000);
  CHECK(weight_after(rule, {0, 3e6}, {10, 3e6 + 10}, {{300, 0.5}, {3e6 + 300, 0.5}}, 3e6 + 30000) ==
        doctest::Approx(2 * once).epsilon(1e-9).scale(0));
  CHECK(once > 1e-3);
}

TEST_CASE(
    "reward: with a reward level that does not decay, the change grows in proportion to time") {
  const RewardStdp<double, Dopamine, Unbounded> rule{.parameters = {.eta = 0.1},
                                                     .modulation = {.tau_ms = HUGE_VAL}};
  // An eligibility of exp(-0.5) from 10 ms on, a level of 0.5 from 10 ms on: its integral is one
  // second's.
  CHECK(weight_after(rule, {0}, {10}, {{10, 0.5}}, 30000) ==
        doctest::Approx(0.1 * std::exp(-0.5) * 0.5));
}

TEST_CASE("reward: settling keeps the weights in their bounds") {
  const RewardStdp<double> rule{.parameters = {.eta = 100}};
  CHECK(weight_after(rule, {0}, {10}, {{20, 5}}, 20000) == 1);
  CHECK(weight_after(rule, {10}, {0}, {{20, 5}}, 20000) == 0);
  const Mstdp<double> at_once{.parameters = {.eta = 10}};
  auto state = at_once.init({.pre = 1, .post = 1});
  const Index zero[] = {0};
  at_once.reward(1, state);
  at_once.update({0, zero}, {0, {}}, state);
  at_once.update({5, {}}, {5, zero}, state);
  CHECK(state.weights.value() == 1);  // before any settling
}

TEST_CASE(
    "reward: after forget a sequence may begin at any time, and gives the changes of a new one") {
  const RewardStdp<double, Dopamine, Unbounded> rule{.parameters = {.eta = 0.1}};
  const Index zero[] = {0};
  const auto play = [&](auto& state) {
    rule.update({0, zero}, {0, {}}, state);
    rule.update({10, {}}, {10, zero}, state);
    rule.reward(0.5, state);
    rule.update({5000, {}}, {5000, {}}, state);
    rule.settle(state);
  };
  auto fresh = rule.init({.pre = 1, .post = 1}), used = fresh;
  play(fresh);
  rule.update({1e5, zero}, {1e5, zero}, used);
  rule.forget(used);
  play(used);
  CHECK(used.weights == fresh.weights);
  CHECK(fresh.weights.value() > 1e-3);
}
