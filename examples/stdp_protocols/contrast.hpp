/// @file
/// The temporal contrast protocol: does a synapse follow the order of weak and strong activity?
///
/// A trial has two halves of 100 ms. In each, the presynaptic neuron spikes at 25 Hz while the
/// postsynaptic neuron is depolarised weakly ("low"), or at 50 Hz while it is depolarised strongly
/// ("high"). Measured in CA1: low then high strengthens the synapse, high then low weakens it, and
/// low-low and high-high leave it as it is. J. Jang, A. Flores, K. Zito & R. C. O'Reilly, bioRxiv
/// 10.64898/2026.06.05.730489 (2026).
///
/// The protocol as it is simulated here:
/// * 60 trials, one per second.
/// * Spiking rules: a current makes an AdEx neuron without adaptation spike regularly, at 25 Hz in
/// a
///   low half and at 50 Hz in a high half. Twenty synapses differ in the phase of their presynaptic
///   spikes, and the change is the mean over them, because a pair rule depends on the phase. The
///   synapses do not drive the neuron.
/// * Rate rules: a trial is a sequence of two updates, one per half; rates are in units of 50 Hz,
///   so that both neurons are at 0.5 in a low half and at 1 in a high half. `forget` separates the
///   trials. Competitive rules see a second postsynaptic neuron that is silent, and lateral rules
///   connect two neurons of one layer.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "hebb/rules/anti_hebbian.hpp"
#include "hebb/rules/bcm.hpp"
#include "hebb/rules/covariance.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/homeostatic_scaling.hpp"
#include "hebb/rules/instar.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"
#include "hebb/rules/oja_subspace.hpp"
#include "hebb/rules/sanger.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "hebb/spiking/neurons/adex.hpp"
#include "stdp_protocols/catalogue.hpp"

namespace example {

/// The four trials, in the order of all arrays here.
inline constexpr std::array<const char*, 4> contrasts{"low-high", "high-low", "low-low",
                                                      "high-high"};
inline constexpr std::array<std::array<bool, 2>, 4> strong{
    {{false, true}, {true, false}, {false, false}, {true, true}}};
inline constexpr std::array<double, 4> measured_contrast{1, -1, 0, 0};  ///< signs

inline constexpr int contrast_trials = 60;
inline constexpr double half_ms = 100, trial_ms = 1000, low_hz = 25, high_hz = 50;

/// What a rule does with the four trials.
struct ContrastOutcome {
  std::string name, key;
  std::array<double, 4> change;  ///< of the weight, over all trials

  double largest() const {
    double result = 0;
    for (const double c : change) result = std::max(result, std::abs(c));
    return result;
  }

  /// -1, 0 or 1. A change counts as none where it is below a quarter of the rule's largest.
  std::array<int, 4> signs() const {
    std::array<int, 4> result{};
    for (std::size_t k = 0; k < 4; ++k)
      if (largest() > 0 && std::abs(change[k]) >= 0.25 * largest())
        result[k] = change[k] > 0 ? 1 : -1;
    return result;
  }

  /// In how many of the four trials the sign is the measured one.
  int score() const {
    int result = 0;
    for (std::size_t k = 0; k < 4; ++k) result += signs()[k] == int(measured_contrast[k]);
    return result;
  }

  /// The cosine of the angle between the four changes and (1, -1, 0, 0): 1 for the measured
  /// pattern, whatever its size; needs no threshold. 0 where nothing changes.
  double cosine() const {
    double product = 0, squares = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      product += change[k] * measured_contrast[k];
      squares += change[k] * change[k];
    }
    return squares > 0 ? product / std::sqrt(2 * squares) : 0;
  }
};

// Rate rules.

/// The change of the weight onto neuron `post` by a rate rule, from `initial`. show(rate, learn)
/// calls learn(pre, post) with what the rule receives where both neurons have that rate.
template <typename Rule>
std::array<double, 4> rate_contrast(const Rule& rule, hebb::Shape shape, Index post, double initial,
                                    const auto& show, bool with_silence = false) {
  std::array<double, 4> change;
  for (std::size_t k = 0; k < 4; ++k) {
    auto state = rule.init(shape);
    state.weights.setZero();
    state.weights(post, 0) = initial;
    const auto learn = [&](double rate) {
      show(rate, [&](const Matrix<double>& x, const auto& y) { rule.update(x, y, state); });
    };
    for (int trial = 0; trial < contrast_trials; ++trial) {
      if (with_silence) learn(0);
      for (const bool high : strong[k]) learn(high ? 1 : low_hz / high_hz);
      if (with_silence) learn(0);
      rule.forget(state);
    }
    change[k] = state.weights(post, 0) - initial;
  }
  return change;
}

inline Matrix<double> one(double rate) { return Matrix<double>::Constant(1, 1, rate); }

/// Rules of one synapse between two neurons.
template <typename Rule>
std::array<double, 4> rate_contrast(const Rule& rule, bool with_silence = false) {
  return rate_contrast(
      rule, {.pre = 1, .post = 1}, 0, 0.5,
      [](double rate, const auto& learn) { learn(one(rate), one(rate)); }, with_silence);
}

inline std::vector<ContrastOutcome> rate_contrasts() {
  using namespace hebb;
  std::vector<ContrastOutcome> all;
  const auto add = [&](const std::string& name, const std::string& key,
                       const std::array<double, 4>& change) {
    all.push_back({name, key, change});
  };
  add("differential Hebbian, x dy", "differential_hebbian",
      rate_contrast(DifferentialHebbian<double>{}));
  add("differential Hebbian, dx dy", "differential_hebbian_both",
      rate_contrast(DifferentialHebbian<double, BothChange>{}));
  add("differential Hebbian, dx dy - w", "differential_hebbian_kosko",
      rate_contrast(DifferentialHebbian<double, BothChangeWithDecay>{}));
  add("differential Hebbian, x dy, silence included", "differential_hebbian_silence",
      rate_contrast(DifferentialHebbian<double>{}, true));
  add("Hebbian", "hebbian", rate_contrast(Hebbian<double>{}));
  add("covariance", "covariance", rate_contrast(Covariance<double>{}));
  add("Oja", "oja", rate_contrast(Oja<double>{}));
  add("Sanger", "sanger", rate_contrast(Sanger<double>{}));
  add("Oja's subspace", "oja_subspace", rate_contrast(OjaSubspace<double>{}));
  add("instar", "instar", rate_contrast(Instar<double>{}));
  add("BCM, Intrator & Cooper", "bcm", rate_contrast(Bcm<double>{}));
  add("BCM, Law & Cooper", "bcm_law", rate_contrast(Bcm<double, LawCooper>{}));
  add("homeostatic scaling", "homeostatic_scaling", rate_contrast(HomeostaticScaling<double>{}));
  add("LPL, rates", "lpl",
      rate_contrast(Lpl<double, Causal, Plain, RunningStatistics>{}, {.pre = 1, .post = 1}, 0, 0.5,
                    [](double rate, const auto& learn) {
                      const Matrix<double> z = one(rate), gain = one(1);
                      learn(z, Response<double>(z, gain));
                    }));
  // The second postsynaptic neuron is silent.
  const auto competing = [](double rate, const auto& learn) {
    learn(one(rate), Matrix<double>{{rate}, {0}});
  };
  add("SoftHebb", "soft_hebb",
      rate_contrast(SoftHebb<double>{}, {.pre = 1, .post = 2}, 0, 0.5, competing));
  add("Krotov & Hopfield", "krotov_hopfield",
      rate_contrast(KrotovHopfield<double>{}, {.pre = 1, .post = 2}, 0, 0.5, competing));
  // Both neurons belong to one layer; the lateral weight is inhibitory.
  const auto lateral = [](double rate, const auto& learn) {
    const Matrix<double> both{{rate}, {rate}};
    learn(both, both);
  };
  add("Foldiak, lateral", "foldiak",
      rate_contrast(Foldiak<double>{}, {.pre = 2, .post = 2}, 1, -0.5, lateral));
  add("anti-Hebbian, lateral", "anti_hebbian",
      rate_contrast(LinearAntiHebbian<double>{}, {.pre = 2, .post = 2}, 1, -0.5, lateral));
  return all;
}

// Spiking rules.

/// A postsynaptic neuron that hardly adapts, as in the fits of the voltage rule.
inline const hebb::AdEx contrast_neuron{.b_pa = 0.0805};

/// Steps of 0.1 ms of one trial.
struct Trial {
  static constexpr double dt_ms = 0.1;
  std::vector<double> potential_mv;
  std::vector<bool> spikes;
};

/// The neuron under currents, one per half; no current afterwards.
inline Trial run_trial(const std::array<double, 2>& current_pa, double duration_ms = trial_ms) {
  hebb::SpikingNetwork<double> net({.dt_ms = Trial::dt_ms});
  const auto cell = net.add(contrast_neuron, 1);
  net.inject(cell, [&](double time_ms) {
    const auto half = std::size_t((time_ms - 0.5 * Trial::dt_ms) / half_ms);
    return half < 2 ? current_pa[half] : 0;
  });
  const auto potential = net.record(cell, "potential", {0}, Trial::dt_ms);
  const auto spikes = net.record_spikes(cell);
  net.run(duration_ms);
  Trial trial;
  for (Index n = 1; n < potential.size(); ++n) trial.potential_mv.push_back(potential[n](0));
  trial.spikes.resize(trial.potential_mv.size());
  for (const double time_ms : spikes.times_ms())
    trial.spikes[std::size_t(std::lround(time_ms / Trial::dt_ms) - 1)] = true;
  return trial;
}

/// The current under which the neuron spikes at a rate: the last interval within 200 ms of a
/// constant current is that of the rate, to 0.1 ms.
inline double current_for(double rate_hz) {
  const auto interval = [](double current_pa) {
    const Trial trial = run_trial({current_pa, current_pa}, 2 * half_ms);
    int last = -1;
    double result = HUGE_VAL;
    for (int n = 0; n < int(trial.spikes.size()); ++n)
      if (trial.spikes[std::size_t(n)]) {
        if (last >= 0) result = (n - last) * Trial::dt_ms;
        last = n;
      }
    return result;
  };
  double low = 500, high = 3000;
  while (high - low > 0.1) {
    const double middle = (low + high) / 2;
    (interval(middle) > 1000 / rate_hz ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// The neuron's response to the four trials.
struct ContrastStimulus {
  std::array<double, 2> current_pa{current_for(low_hz), current_for(high_hz)};
  std::array<Trial, 4> trials;

  ContrastStimulus() {
    for (std::size_t k = 0; k < 4; ++k)
      trials[k] = run_trial({current_pa[strong[k][0]], current_pa[strong[k][1]]});
  }
};

inline constexpr Index phases = 20;

/// Whether the synapse of a phase has a presynaptic spike at a step of a trial.
inline std::vector<std::vector<Index>> presynaptic_spikes(const std::array<bool, 2>& halves) {
  std::vector<std::vector<Index>> steps(std::size_t(std::lround(trial_ms / Trial::dt_ms)));
  for (std::size_t half = 0; half < 2; ++half) {
    const double period_ms = 1000 / (halves[half] ? high_hz : low_hz);
    for (Index p = 0; p < phases; ++p)
      for (double t = (double(p) + 0.5) / double(phases) * period_ms; t < half_ms; t += period_ms)
        steps[std::size_t(std::lround((t + double(half) * half_ms) / Trial::dt_ms))].push_back(p);
  }
  return steps;
}

/// The mean change over phases by a spiking rule. `at_end(experiment)` is called at the end of each
/// trial.
template <typename Rule>
std::array<double, 4> spiking_contrast(const Rule& rule, const ContrastStimulus& stimulus,
                                       const auto& prepare, const auto& at_end) {
  constexpr double initial = 0.5;
  std::array<double, 4> change;
  for (std::size_t k = 0; k < 4; ++k) {
    Experiment<Rule> experiment(rule,
                                {.dt_ms = Trial::dt_ms,
                                 .pre = presynaptic_spikes(strong[k]),
                                 .post = stimulus.trials[k].spikes,
                                 .potential_mv = stimulus.trials[k].potential_mv,
                                 .trials = contrast_trials},
                                phases, initial);
    prepare(experiment);
    for (int trial = 0; trial < contrast_trials; ++trial) {
      experiment.run_trial();
      at_end(experiment);
    }
    change[k] = experiment.weights().mean() - initial;
  }
  return change;
}

/// All spiking rules. Calls done() after each.
std::vector<ContrastOutcome> spiking_contrasts(const ContrastStimulus& stimulus, const auto& done) {
  std::vector<ContrastOutcome> all;
  for_each_spiking_rule(
      Trial::dt_ms, [&](const std::string& name, const std::string& key, const auto& rule,
                        const auto& prepare, const auto& at_end) {
        all.push_back({name, key, spiking_contrast(rule, stimulus, prepare, at_end)});
        done();
      });
  return all;
}

}  // namespace example
