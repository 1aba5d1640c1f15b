#include <doctest/doctest.h>

#include "hebb/spiking/rules/triplet.hpp"
#include "stdp_protocols/contrast.hpp"
#include "stdp_protocols/repetition.hpp"
#include "stdp_protocols/sjostrom.hpp"

using namespace hebb;
using namespace example;

namespace {

/// A rule that a user might bring: every postsynaptic spike strengthens all synapses by the same
/// amount.
struct Growing {
  double amount;

  using Scalar = double;
  struct State {
    Connections connections;
    Vector<double> weights;
    void each(auto&& visit) { visit("weights", weights); }
  };

  State init(const Connections& connections) const {
    return {connections, Vector<double>::Zero(connections.size())};
  }
  void update(const Spikes&, const Spikes& post, State& state) const {
    state.weights.array() += amount * double(post.neurons.size());  // of one neuron
  }
};

template <typename Rule>
double score_of(const Rule& rule) {
  return score(measure(
      [&](double rate_hz, double lag_ms) { return change_by_pairs(rule, rate_hz, lag_ms); }));
}

}  // namespace

TEST_CASE(
    "stdp_protocols: the score is the mean squared distance from the measurements in standard "
    "errors, for any rule") {
  Changes exact{}, one_off{};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    exact.before[k] = sjostrom[k].before, exact.after[k] = sjostrom[k].after;
    one_off.before[k] = sjostrom[k].before + sjostrom[k].before_error,
    one_off.after[k] = sjostrom[k].after - sjostrom[k].after_error;
  }
  CHECK(score(exact) == 0);
  CHECK(score(one_off) == doctest::Approx(1));
  const Growing rule{.amount = 0.01};
  CHECK(change_by_pairs(rule, 10, 10) == doctest::Approx(0.6));
  double expected = 0;
  for (const Measured& m : sjostrom)
    expected += (std::pow((0.6 - m.before) / m.before_error, 2) +
                 std::pow((0.6 - m.after) / m.after_error, 2)) /
                10;
  CHECK(score_of(rule) == doctest::Approx(expected));
}

TEST_CASE(
    "stdp_protocols: the cortical triplet sets are as far from the measurements as published") {
  const auto error = []<typename Pairing>(const TripletParameters<Pairing>& parameters) {
    return score_of(Triplet<double, Pairing, Unbounded>{.parameters = parameters});
  };
  CHECK(error(triplet::visual_cortex_full) == doctest::Approx(0.342).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_minimal) == doctest::Approx(0.356).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_nearest_full) == doctest::Approx(0.232).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_nearest_minimal) == doctest::Approx(0.348).epsilon(2e-3));
}

TEST_CASE(
    "temporal contrast: the score counts measured signs, and a change below a quarter of the "
    "largest is none") {
  const ContrastOutcome exact{"", "", {2, -2, 0, 0}}, small{"", "", {4, -1, 0.9, -0.9}},
      all_up{"", "", {1, 1, 1, 1}}, unchanged{"", "", {0, 0, 0, 0}};
  CHECK(exact.score() == 4);
  CHECK(exact.cosine() == doctest::Approx(1));
  CHECK(small.signs() == std::array<int, 4>{1, -1, 0, 0});
  CHECK(all_up.score() == 1);
  CHECK(all_up.cosine() == doctest::Approx(0));
  CHECK(unchanged.score() == 2);
  CHECK(unchanged.cosine() == 0);
}

TEST_CASE(
    "temporal contrast: the differential Hebbian rule changes by x dy of the second half, worked "
    "by hand") {
  const DifferentialHebbian<double> rule;
  const auto change = rate_contrast(rule);
  CHECK(change[0] == doctest::Approx(contrast_trials * 0.01 * 0.5 * 0.5));
  CHECK(change[1] == doctest::Approx(contrast_trials * 0.01 * 1 * -0.5));
  CHECK(change[2] == 0);
  CHECK(change[3] == 0);
  // With silence around the trial: x(t - 1) dy also includes the fall to 0 after the last half.
  const auto silence = rate_contrast(rule, true);
  CHECK(silence[2] == doctest::Approx(-contrast_trials * 0.01 * 0.5 * 0.5));
  CHECK(silence[3] == doctest::Approx(-contrast_trials * 0.01));
}

TEST_CASE(
    "temporal contrast: a rule of products alone does not depend on the order of the halves") {
  const auto change = rate_contrast(Hebbian<double>{});
  CHECK(change[0] == doctest::Approx(contrast_trials * 0.01 * (0.25 + 1)));
  CHECK(change[1] == doctest::Approx(change[0]));
}

TEST_CASE("temporal contrast: presynaptic trains have 25 or 50 Hz in each half, at every phase") {
  for (const auto& halves : strong) {
    std::array<Index, 2> spikes{};
    const auto steps = presynaptic_spikes(halves);
    for (std::size_t n = 0; n < steps.size(); ++n)
      for (std::size_t k = 0; k < steps[n].size(); ++k)
        ++spikes.at(std::size_t(double(n) * Trial::dt_ms / half_ms));
    for (std::size_t half = 0; half < 2; ++half)
      CHECK(double(spikes[half]) == double(phases) * (halves[half] ? high_hz : low_hz) / 10);
  }
}

TEST_CASE("temporal contrast: the currents bring the neuron to 25 and 50 Hz") {
  for (const double rate_hz : {low_hz, high_hz}) {
    const double current = current_for(rate_hz);
    const Trial trial = run_trial({current, current}, 200);
    std::vector<double> times_ms;
    for (std::size_t n = 0; n < trial.spikes.size(); ++n)
      if (trial.spikes[n]) times_ms.push_back(double(n) * Trial::dt_ms);
    REQUIRE(times_ms.size() > 2);
    CHECK(std::abs(times_ms.back() - times_ms[times_ms.size() - 2] - 1000 / rate_hz) < 0.2);
  }
}

TEST_CASE("repetition: at a low rate a row of the matrix is the pair window, worked by hand") {
  const PairStdp<double, Additive, AllToAll, Unbounded> rule;
  const auto change =
      change_by_repetition(rule, {.rate_hz = 1, .lags_ms = {10, -10}}, nothing, nothing);
  CHECK(change(0) == doctest::Approx(60 * 0.005 * std::exp(-10.0 / 20) / 0.5));
  CHECK(change(1) == doctest::Approx(-60 * 0.00525 * std::exp(-10.0 / 20) / 0.5));
}

TEST_CASE("repetition: one synapse and twenty synapses side by side change alike") {
  const Triplet<double, AllToAll, Unbounded> rule{triplet::visual_cortex_full};
  const auto row = change_by_repetition(rule, {.rate_hz = 40, .lags_ms = repetition_lags_ms()},
                                        nothing, nothing);
  for (const std::size_t k : {std::size_t(3), std::size_t(12)}) {
    const double lag = repetition_lags_ms()[k];
    CHECK(row(Index(k)) == doctest::Approx(2 * change_by_pairs(rule, 40, lag)));
  }
}
