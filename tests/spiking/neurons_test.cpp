#include <doctest/doctest.h>

#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"

using namespace hebb;

namespace {

/// Spike times of one neuron under a constant drive.
template <typename Neuron>
std::vector<double> spike_times(const Neuron& neuron, double drive, double dt_ms, double duration_ms) {
  auto state = neuron.init(1);
  const Matrix<double> input = Matrix<double>::Constant(1, 1, drive);
  std::vector<double> times;
  std::vector<Index> spikes;
  for (Index n = 1; double(n) * dt_ms <= duration_ms; ++n) {
    neuron.step(dt_ms, input, state, spikes);
    if (!spikes.empty()) times.push_back(double(n) * dt_ms);
  }
  return times;
}

}  // namespace

TEST_CASE("current lif: under a constant current the intervals are refractory + tau ln(I / (I - theta)), to a step") {
  const CurrentLif neuron;
  const double expected = 2 + 20 * std::log(30.0 / (30 - 20));
  for (const double dt : {0.05, 0.5}) {
    const auto times = spike_times(neuron, 30, dt, 500);
    REQUIRE(times.size() > 10);
    for (std::size_t k = 1; k < times.size(); ++k) CHECK(std::abs(times[k] - times[k - 1] - expected) <= dt);
  }
  CHECK(spike_times(neuron, 19.99, 0.1, 500).empty());
}

TEST_CASE("current lif: the potential after an input spike is exact in steps of any length") {
  const CurrentLif neuron;
  const Matrix<double> none = Matrix<double>::Zero(1, 1);
  for (const double dt : {0.1, 1.0, 12.5}) {
    auto state = neuron.init(1);
    state.current(0) = 10;
    std::vector<Index> spikes;
    for (Index n = 0; n < std::llround(25 / dt); ++n) neuron.step(dt, none, state, spikes);
    const double expected = -70 + 10 * 5.0 / (20 - 5) * (std::exp(-25.0 / 20) - std::exp(-25.0 / 5));
    CHECK(state.potential(0) == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("adex: without exponential and adaptation the subthreshold potential relaxes to I / g") {
  const AdEx neuron{.slope_mv = 0.01, .a_ns = 0};
  auto state = neuron.init(1);
  const Matrix<double> current = Matrix<double>::Constant(1, 1, 300);
  std::vector<Index> spikes;
  for (int n = 0; n < 5000; ++n) neuron.step(0.1, current, state, spikes);
  CHECK(state.potential(0) == doctest::Approx(-70.6 + 10).epsilon(1e-6));
}

TEST_CASE("adex: with adaptation the resting potential under a current is that of both conductances") {
  const AdEx neuron{.slope_mv = 0.01};
  auto state = neuron.init(1);
  const Matrix<double> current = Matrix<double>::Constant(1, 1, 300);
  std::vector<Index> spikes;
  for (int n = 0; n < 20000; ++n) neuron.step(0.1, current, state, spikes);
  CHECK(state.potential(0) == doctest::Approx(-70.6 + 300.0 / 34).epsilon(1e-6));
}

TEST_CASE("adex: a spike stays at its peak for 2 ms and leaves adaptation, afterpotential and a raised threshold") {
  const AdEx neuron;
  auto state = neuron.init(1);
  const Matrix<double> strong = Matrix<double>::Constant(1, 1, 3000), none = Matrix<double>::Zero(1, 1);
  std::vector<Index> spikes;
  do neuron.step(0.1, strong, state, spikes);
  while (spikes.empty());
  int at_peak = 0;
  for (; state.potential(0) == 33; ++at_peak) neuron.step(0.1, none, state, spikes);
  CHECK(at_peak == 20);
  CHECK(state.potential(0) == -49.5);
  CHECK(state.adaptation(0) > 80);
  CHECK(state.afterpotential(0) == 400);
  CHECK(state.threshold(0) == -30.4);
}

TEST_CASE("adex: intervals lengthen under a constant current, and do not without b and a") {
  const auto ratio = [](const AdEx& neuron) {
    const auto times = spike_times(neuron, 1200, 0.1, 1500);
    REQUIRE(times.size() > 5);
    return (times.back() - times[times.size() - 2]) / (times[1] - times[0]);
  };
  CHECK(ratio({}) > 1.1);
  CHECK(ratio({.a_ns = 0, .b_pa = 0}) < 1.05);
}

TEST_CASE("neurons: empty groups, unstable steps and inputs that are not finite are refused") {
  std::vector<Index> spikes;
  const Matrix<double> bad = Matrix<double>::Constant(1, 1, std::nan(""));
  CHECK_THROWS_AS(CurrentLif{}.init(0), InvalidParameter);
  CHECK_THROWS_AS((CurrentLif{.tau_mem_ms = 5}.init(1)), InvalidParameter);
  auto lif = CurrentLif{}.init(1);
  CHECK_THROWS_AS(CurrentLif{}.step(0.1, bad, lif, spikes), NonFinite);
  auto adex = AdEx{}.init(1);
  CHECK_THROWS_AS(AdEx{}.step(0.1, bad, adex, spikes), NonFinite);
  CHECK_THROWS_AS(AdEx{}.step(20, Matrix<double>::Zero(1, 1), adex, spikes), InvalidParameter);
  CHECK_THROWS_AS(AdEx{}.step(0.1, Matrix<double>::Zero(2, 1), adex, spikes), ShapeError);
}
