/// @file
/// The curves of the spiking rules. Every point comes from spikes that the rule itself heard.
#pragma once

#include <array>
#include <limits>
#include <string>

#include "curves/picture.hpp"
#include "hebb/core/random.hpp"
#include "hebb/spiking/rules/sparse_pair_stdp.hpp"
#include "stdp_protocols/clamp.hpp"
#include "stdp_protocols/lpl_windows.hpp"
#include "stdp_protocols/repetition.hpp"

namespace curves {

using namespace hebb;

inline constexpr const char* lag_label = "t_post − t_pre, ms";
inline constexpr const char* change_label = "Δw";
inline constexpr double gap = std::numeric_limits<double>::quiet_NaN();

/// The change of the weight by pairs of spikes, against the lag. Spikes at once are left out.
template <typename Rule>
Curve window(const std::string& name, const Rule& rule, example::Pairs pairs, int widest_ms) {
  for (int lag = -widest_ms; lag <= widest_ms; ++lag)
    if (lag != 0) pairs.lags_ms.push_back(lag);
  const Vector<double> relative =
      example::change_by_repetition(rule, pairs, example::nothing, example::nothing);
  Curve curve{name};
  for (Index k = 0; k < relative.size(); ++k) {
    if (k == widest_ms) curve.add(0, gap);
    curve.add(pairs.lags_ms[std::size_t(k)], pairs.weight * relative(k));
  }
  return curve;
}

inline constexpr example::Pairs one_pair{.rate_hz = 1, .lags_ms = {}, .count = 1};

inline Picture pair_stdp() {
  using Additive_ = PairStdp<double, Additive, AllToAll, Unbounded>;
  const PairStdp<double, Multiplicative> multiplicative;
  example::Pairs weak = one_pair, strong = one_pair;
  weak.weight = 0.2;
  strong.weight = 0.8;
  return {lag_label,
          change_label,
          {window("additive", Additive_{}, one_pair, 50),
           window("multiplicative, w = 0.2", multiplicative, weak, 50),
           window("multiplicative, w = 0.8", multiplicative, strong, 50)}};
}

/// The spike of the only neuron at a time, or none.
inline Spikes spike(double time_ms, bool any) {
  static constexpr std::array<Index, 1> neuron{0};
  return {time_ms, any ? std::span<const Index>(neuron) : std::span<const Index>()};
}

/// A moment of a rule that hears spikes alone, of one synapse.
void moment(const auto& rule, double time_ms, bool pre, bool post, auto& state) {
  rule.update(spike(time_ms, pre), spike(time_ms, post), state);
}

inline Picture sparse_pair_stdp() {
  Curve sparse{.name = "SparsePairStdp", .as = Draw::dots};
  const SparsePairStdp<double, Unbounded> rule;
  for (int lag = -48; lag <= 48; lag += 4) {
    if (lag == 0) continue;
    auto state = rule.init({.pre = 1, .post = 1});
    moment(rule, 100, lag > 0, lag < 0, state);
    moment(rule, 100 + std::abs(lag), lag<0, lag> 0, state);
    rule.settle(state);
    sparse.add(lag, state.weights(0));
  }
  return {lag_label,
          change_label,
          {window("PairStdp", PairStdp<double, Additive, AllToAll, Unbounded>{}, one_pair, 50),
           sparse}};
}

/// Changes by 60 pairs against their rate.
inline Picture triplet() {
  Picture picture{"rate of the pairs, Hz", "relative change by 60 pairs", {}};
  const Triplet<double, AllToAll, Unbounded> rule{hebb::triplet::visual_cortex_full};
  for (const auto& [name, lag_ms] :
       {std::pair{"pre 10 ms before post", 10.0}, {"post 10 ms before pre", -10.0}}) {
    Curve curve{name};
    for (const double rate_hz :
         {1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0})
      curve.add(rate_hz,
                example::change_by_repetition(rule, {.rate_hz = rate_hz, .lags_ms = {lag_ms}},
                                              example::nothing, example::nothing)(0));
    picture.curves.push_back(curve);
  }
  return picture;
}

inline Picture voltage() {
  Picture picture{lag_label, "Δw by 60 pairs", {}};
  const auto rule = example::voltage_rule(hebb::voltage::visual_cortex, 1);
  for (const int rate_hz : {10, 20, 40})  // pairs do not overlap
    picture.curves.push_back(window(std::to_string(rate_hz) + " Hz", rule,
                                    {.rate_hz = double(rate_hz), .lags_ms = {}},
                                    std::min(30, 500 / rate_hz)));
  return picture;
}

inline Picture voltage_clamp() {
  Picture picture{"potential, mV", "Δw per presynaptic spike", {}};
  for (const example::ClampStudy& study : example::clamp_studies) {
    if (study.key == "hippocampal") continue;  // its changes are of another size
    Curve curve{study.name};
    for (int potential = -80; potential <= -40; ++potential)
      curve.add(potential, example::change_under_clamp(study.parameters, potential));
    picture.curves.push_back(curve);
  }
  return picture;
}

inline Picture inhibitory() {
  Picture picture{lag_label, "Δw / η", {}};
  for (const int target_hz : {5, 20})
    picture.curves.push_back(window(
        "target " + std::to_string(target_hz) + " Hz",
        Inhibitory<double, Unbounded>{{.eta = 1, .target_hz = double(target_hz)}}, one_pair, 50));
  return picture;
}

/// Changes in 10 s of Poisson spikes against the postsynaptic rate: of synapses that are used, at
/// their reference, and of unused ones above and below it.
inline Picture orchestrated() {
  constexpr Index each = 100;
  const Orchestrated<double> rule;
  Picture picture{"postsynaptic rate, Hz", "Δw in 10 s", {}};
  for (const char* name : {"pre at 10 Hz", "silent, w > w̃", "silent, w < w̃"})
    picture.curves.push_back({name});
  for (int rate_hz = 0; rate_hz <= 60; rate_hz += 3) {
    auto state = rule.init({.pre = 3 * each, .post = 1});
    state.reference.setConstant(0.5);
    state.weights.leftCols(each).setConstant(0.5);
    state.weights.middleCols(each, each).setConstant(0.55);
    state.weights.rightCols(each).setConstant(0.45);
    const auto before = state.weights.eval();
    Random random{.seed = 1};
    for (int step = 0; step < 10'000; ++step) {
      std::vector<Index> pre, post;
      for (Index j = 0; j < each; ++j)
        if (random.bernoulli(0.01)) pre.push_back(j);
      if (random.bernoulli(0.001 * rate_hz)) post.push_back(0);
      rule.update({double(step), pre}, {double(step), post}, state);
    }
    for (std::size_t k = 0; k < 3; ++k)
      picture.curves[k].add(rate_hz,
                            (state.weights - before).middleCols(Index(k) * each, each).mean());
  }
  return picture;
}

/// The change by a pair of spikes 10 ms apart, against the time from it to a reward.
inline Picture reward_stdp() {
  const RewardStdp<double, Dopamine, Unbounded> rule;
  Picture picture{"time from the pair to the reward, s",
                  change_label,
                  {{"pre before post"}, {"post before pre"}}};
  for (std::size_t k = 0; k < 2; ++k)
    for (int delay_ms = 0; delay_ms <= 4000; delay_ms += 50) {
      auto state = rule.init({.pre = 1, .post = 1});
      moment(rule, 0, k == 0, k == 1, state);
      moment(rule, 10, k == 1, k == 0, state);
      if (delay_ms > 0) moment(rule, 10 + delay_ms, false, false, state);
      rule.reward(1, state);
      moment(rule, 20'000, false, false, state);
      rule.settle(state);
      picture.curves[k].add(0.001 * delay_ms, state.weights.value());
    }
  return picture;
}

/// The change by an input spike and one spike that is wanted, or not wanted.
inline Picture super_spike() {
  struct Arm {
    const char* name;
    double potential_mv;
    bool wanted;
  };
  Picture picture{"from the input spike to the other, ms", "Δw / η", {}};
  for (const Arm& arm : {Arm{"missing spike, at threshold", -50, true},
                         {"missing spike, 1 mV below", -51, true},
                         {"needless spike, at threshold", -50, false}}) {
    Curve curve{arm.name};
    for (int lag = -20; lag <= 80; lag += 2) {
      const SuperSpike<double> rule{{.eta = 1}};
      auto state = rule.init({.pre = 1, .post = 1});
      const Matrix<double> potential = Matrix<double>::Constant(1, 1, arm.potential_mv);
      for (int step = -50; step <= 300; ++step)
        rule.update(spike(step, step == 0),
                    {spike(step, step == lag && !arm.wanted),
                     spike(step, step == lag && arm.wanted), potential},
                    state);
      rule.settle(state);
      curve.add(lag, state.weights.value());
    }
    picture.curves.push_back(curve);
  }
  return picture;
}

/// The window at three variances of the neuron before, in the experiment of fig. 6.
inline Picture spiking_lpl() {
  Picture picture{lag_label, "relative change by 100 pairs", {}};
  for (const auto& [name, variance] :
       {std::pair{"σ² = 0.1", 0.1}, {"σ² = 1", 1.0}, {"σ² = 100", 100.0}}) {
    const example::Window found = example::lpl_window(10, variance, example::Clamp::ideal);
    picture.curves.push_back({name, found.lags_ms, found.changes});
  }
  return picture;
}

}  // namespace curves
