#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"

using namespace hebb;

namespace {

/// Spike times of one neuron under a constant drive.
template <typename Neuron>
std::vector<double> spike_times(const Neuron& neuron, double drive, double dt_ms,
                                double duration_ms) {
  NeuronGroup<Neuron, double> group(neuron, 1, dt_ms);
  const Matrix<double> input = Matrix<double>::Constant(1, 1, drive);
  std::vector<double> times;
  std::vector<Index> spikes;
  for (Index n = 1; double(n) * dt_ms <= duration_ms; ++n) {
    group.step(input, spikes);
    if (!spikes.empty()) times.push_back(double(n) * dt_ms);
  }
  return times;
}

}  // namespace

TEST_CASE(
    "current lif: under a constant current the intervals are refractory + tau ln(I / (I - theta)), "
    "to a step") {
  const CurrentLif neuron;
  const double expected = 2 + 20 * std::log(30.0 / (30 - 20));
  for (const double dt : {0.05, 0.5}) {
    const auto times = spike_times(neuron, 30, dt, 500);
    REQUIRE(times.size() > 10);
    for (std::size_t k = 1; k < times.size(); ++k)
      CHECK(std::abs(times[k] - times[k - 1] - expected) <= dt);
  }
  CHECK(spike_times(neuron, 19.99, 0.1, 500).empty());
}

TEST_CASE(
    "current lif: after a spike it is held for exactly its refractory time, to the step, and then "
    "integrates again") {
  for (const double refractory : {0.0, 0.3, 2.0}) {
    const CurrentLif neuron{.refractory_ms = refractory};
    const auto held = std::llround(refractory / 0.1);
    const auto rises =
        std::llround(std::ceil(20 * std::log(30.0 / (30 - 20)) / 0.1));  // from reset to threshold
    const auto times = spike_times(neuron, 30, 0.1, 300);
    REQUIRE(times.size() > 10);
    for (std::size_t k = 1; k < times.size(); ++k)
      CHECK(std::llround((times[k] - times[k - 1]) / 0.1) == held + rises);
  }
}

TEST_CASE("current lif: the potential after an input spike is exact in steps of any length") {
  const CurrentLif neuron;
  const Matrix<double> none = Matrix<double>::Zero(1, 1);
  for (const double dt : {0.1, 1.0, 12.5}) {
    NeuronGroup<CurrentLif, double> group(neuron, 1, dt);
    group["excitatory"](0) = 10;
    group["inhibitory"](0) = 4;
    std::vector<Index> spikes;
    for (Index n = 0; n < std::llround(25 / dt); ++n) group.step(none, spikes);
    const double expected = -70 +
                            10 * 5.0 / (20 - 5) * (std::exp(-25.0 / 20) - std::exp(-25.0 / 5)) -
                            4 * 10.0 / (20 - 10) * (std::exp(-25.0 / 20) - std::exp(-25.0 / 10));
    CHECK(group["potential"](0) == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("adex: without exponential and adaptation the subthreshold potential relaxes to I / g") {
  const AdEx neuron{.slope_mv = 0.01, .a_ns = 0};
  NeuronGroup<AdEx, double> group(neuron, 1, 0.1);
  const Matrix<double> current = Matrix<double>::Constant(1, 1, 300);
  std::vector<Index> spikes;
  for (int n = 0; n < 5000; ++n) group.step(current, spikes);
  CHECK(group["potential"](0) == doctest::Approx(-70.6 + 10).epsilon(1e-6));
}

TEST_CASE(
    "adex: with adaptation the resting potential under a current is that of both conductances") {
  const AdEx neuron{.slope_mv = 0.01};
  NeuronGroup<AdEx, double> group(neuron, 1, 0.1);
  const Matrix<double> current = Matrix<double>::Constant(1, 1, 300);
  std::vector<Index> spikes;
  for (int n = 0; n < 20000; ++n) group.step(current, spikes);
  CHECK(group["potential"](0) == doctest::Approx(-70.6 + 300.0 / 34).epsilon(1e-6));
}

TEST_CASE(
    "adex: a spike stays at its peak for 2 ms and leaves adaptation, afterpotential and a raised "
    "threshold") {
  const AdEx neuron;
  NeuronGroup<AdEx, double> group(neuron, 1, 0.1);
  const Matrix<double> strong = Matrix<double>::Constant(1, 1, 3000),
                       none = Matrix<double>::Zero(1, 1);
  std::vector<Index> spikes;
  do group.step(strong, spikes);
  while (spikes.empty());
  int at_peak = 0;
  for (; group["potential"](0) == 33; ++at_peak) group.step(none, spikes);
  CHECK(at_peak == 20);
  // The spike ended within the last step: what it left has decayed for less than 0.1 ms.
  CHECK(group["adaptation"](0) > 80);
  CHECK(
      (group["afterpotential"](0) < 400 && group["afterpotential"](0) > 400 * std::exp(-0.1 / 40)));
  CHECK((group["threshold"](0) < -30.4 &&
         group["threshold"](0) > -30.4 - 20 * (1 - std::exp(-0.1 / 50))));
  CHECK((group["potential"](0) < -49.5 && group["potential"](0) > -49.7));
  CHECK(group["peak_left"](0) == 0);
}

namespace {

/// When a neuron spikes under a constant current, by the classical Runge-Kutta method in steps of
/// 1e-3 ms and of a hundredth of that in the upswing.
std::vector<double> fine_spike_times(const AdEx& n, double current_pa, double duration_ms) {
  using Cell = std::array<double, 4>;  // u, w, z, V_T
  const auto slope = [&](const Cell& c) {
    const double upswing =
        n.leak_ns * n.slope_mv * std::exp(std::min((c[0] - c[3]) / n.slope_mv, 30.0));
    return Cell{
        (-n.leak_ns * (c[0] - n.rest_mv) + upswing - c[1] + c[2] + current_pa) / n.capacitance_pf,
        (n.a_ns * (std::min(c[0], n.peak_mv) - n.rest_mv) - c[1]) / n.tau_w_ms, -c[2] / n.tau_z_ms,
        (n.threshold_rest_mv - c[3]) / n.tau_threshold_ms};
  };
  const auto moved = [](Cell c, double h, const Cell& by) {
    for (std::size_t k = 0; k < 4; ++k) c[k] += h * by[k];
    return c;
  };
  Cell c{n.rest_mv, 0, 0, n.threshold_rest_mv};
  std::vector<double> times;
  for (double time = 0; time < duration_ms;) {
    const double h = c[0] > c[3] + 2 * n.slope_mv ? 1e-5 : 1e-3;
    const Cell k1 = slope(c), k2 = slope(moved(c, h / 2, k1)), k3 = slope(moved(c, h / 2, k2)),
               k4 = slope(moved(c, h, k3));
    c = moved(moved(moved(moved(c, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
    time += h;
    if (c[0] < n.peak_mv) continue;
    times.push_back(time);
    const double at_peak = n.a_ns * (n.peak_mv - n.rest_mv);
    c = {n.reset_mv, at_peak + (c[1] - at_peak) * std::exp(-n.peak_ms / n.tau_w_ms) + n.b_pa,
         n.i_sp_pa, n.threshold_max_mv};
    time += n.peak_ms;
  }
  return times;
}

}  // namespace

TEST_CASE(
    "adex: every spike is listed by the step that holds it in a fine solution, and its time is "
    "known to 1e-3 ms") {
  AdEx classic{.reset_mv = -70.6, .threshold_max_mv = -50.4, .i_sp_pa = 0};
  for (const auto& [neuron, current] :
       {std::pair{AdEx{}, 1200.0}, {AdEx{.b_pa = 0.0805}, 800.0}, {classic, 3000.0}}) {
    const std::vector<double> expected = fine_spike_times(neuron, current, 500);
    REQUIRE(expected.size() > 10);
    for (const double dt : {0.1, 1.0}) {
      NeuronGroup<AdEx, double> group(neuron, 1, dt);
      const Matrix<double> input = Matrix<double>::Constant(1, 1, current);
      std::vector<Index> spikes;
      std::vector<double> listed, found;
      for (Index n = 1; double(n) * dt <= 500; ++n) {
        group.step(input, spikes);
        if (spikes.empty()) continue;
        listed.push_back(double(n) * dt);
        found.push_back(double(n) * dt - (neuron.peak_ms - group["peak_left"](0)));
      }
      CAPTURE(dt);
      REQUIRE(found.size() == expected.size());
      for (std::size_t k = 0; k < found.size(); ++k) {
        CHECK(std::abs(found[k] - expected[k]) < 1e-3);
        CHECK((listed[k] >= found[k] && listed[k] < found[k] + dt));
      }
    }
  }
}

TEST_CASE(
    "adex: a current so strong that the neuron reaches threshold at once makes one spike, at the "
    "time of the crossing") {
  const AdEx neuron{.slope_mv = 0.01};  // threshold is sharp
  NeuronGroup<AdEx, double> group(neuron, 1, 1);
  std::vector<Index> spikes;
  group.step(Matrix<double>::Constant(1, 1, 1e6), spikes);
  REQUIRE(spikes.size() == 1);
  const double crossing = 1 - (neuron.peak_ms - group["peak_left"](0));
  CHECK(crossing ==
        doctest::Approx((70.6 - 50.4) * 281 / 1e6).epsilon(5e-3));  // (threshold - rest) C / I
}

TEST_CASE(
    "adex: with a peak below the upswing it is a leaky integrator, and the time of the crossing is "
    "exact") {
  const AdEx neuron{.reset_mv = -70.6, .peak_mv = -60};
  NeuronGroup<AdEx, double> group(neuron, 1, 1);
  std::vector<Index> spikes;
  group.step(Matrix<double>::Constant(1, 1, 1e4), spikes);
  REQUIRE(spikes.size() == 1);
  const double crossing = 1 - (neuron.peak_ms - group["peak_left"](0));
  CHECK(crossing == doctest::Approx(-281.0 / 30 * std::log(1 - 30 * 10.6 / 1e4)).epsilon(3e-4));
}

TEST_CASE("adex: a peak shorter than the step lasts one step") {
  const AdEx neuron{.peak_ms = 0};
  NeuronGroup<AdEx, double> group(neuron, 1, 0.1);
  const Matrix<double> strong = Matrix<double>::Constant(1, 1, 1e5);
  std::vector<Index> spikes;
  int seen = 0, listed = 0;
  for (int n = 0; n < 200; ++n) {
    group.step(strong, spikes);
    listed += int(spikes.size());
    seen += group["potential"](0) == neuron.peak_mv;
  }
  CHECK(listed > 20);
  CHECK(seen == listed);
}

TEST_CASE("adex: intervals grow under a constant current, and do not without b and a") {
  const auto ratio = [](const AdEx& neuron) {
    const auto times = spike_times(neuron, 1200, 0.1, 1500);
    REQUIRE(times.size() > 5);
    return (times.back() - times[times.size() - 2]) / (times[1] - times[0]);
  };
  CHECK(ratio({}) > 1.1);
  CHECK(ratio({.a_ns = 0, .b_pa = 0}) < 1.05);
}

TEST_CASE(
    "neurons: empty groups, steps of no length, arrays of another size and numbers that are not "
    "finite are refused") {
  std::vector<Index> spikes;
  const Matrix<double> bad = Matrix<double>::Constant(1, 1, std::nan("")),
                       none = Matrix<double>::Zero(1, 1);
  using Lif = NeuronGroup<CurrentLif, double>;
  using Adaptive = NeuronGroup<AdEx, double>;
  CHECK_THROWS_AS((Lif{{}, 0, 0.1}), InvalidParameter);
  CHECK_THROWS_AS((Lif{{.tau_mem_ms = 5}, 1, 0.1}), InvalidParameter);
  for (const double dt : {0.0, -1.0, double(NAN), HUGE_VAL}) {
    CHECK_THROWS_AS((Lif{{}, 1, dt}), InvalidParameter);
    CHECK_THROWS_AS((Adaptive{{}, 1, dt}), InvalidParameter);
  }
  Lif lif({}, 1, 0.1);
  Adaptive adex({}, 1, 0.1);
  CHECK_THROWS_AS(lif.step(bad, spikes), NonFinite);
  CHECK_THROWS_AS(adex.step(bad, spikes), NonFinite);
  CHECK_THROWS_AS(adex.step(Matrix<double>::Zero(2, 1), spikes), ShapeError);
  CHECK(lif["potential"](0) == -70);
  CHECK_THROWS_WITH(lif["voltage"],
                    "CurrentLif has no variable voltage, it has potential, excitatory, inhibitory, "
                    "refractory");
  lif["excitatory"](0) = std::nan("");
  CHECK_THROWS_WITH_AS(lif.step(none, spikes),
                       "CurrentLif: the potential of neuron 0 is not finite", Divergence);
  lif.state.resize(2, 4);
  CHECK_THROWS_AS(lif.step(none, spikes), ShapeError);
  adex["potential"](0) = std::nan("");
  CHECK_THROWS_AS(adex.step(none, spikes), Divergence);
}
