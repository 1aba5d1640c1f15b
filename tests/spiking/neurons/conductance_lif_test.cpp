#include "hebb/spiking/neurons/conductance_lif.hpp"

#include <doctest/doctest.h>

#include "hebb/core/kernels/vectors.hpp"

using namespace hebb;

namespace {

constexpr double dt = 0.1;  // ms

}  // namespace

TEST_CASE("conductance lif: the potential relaxes to rest, by Euler's factor per step") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-60, 0, 0, 0, 0};
  for (int n = 0; n < 100; ++n) CHECK_FALSE(step(s));
  CHECK(s.potential == doctest::Approx(-70 + 10 * std::pow(1 - dt / 20, 100)).epsilon(1e-13));
}

TEST_CASE("conductance lif: conductances decay, and NMDA follows AMPA with the same area") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-70, 0.1, 0, 0.2, 0};
  step(s);
  CHECK(s.ampa == doctest::Approx(0.1 * std::exp(-dt / 5)));
  CHECK(s.gaba == doctest::Approx(0.2 * std::exp(-dt / 10)));
  const double q = 1 - std::exp(-dt / 100);
  CHECK(s.nmda == doctest::Approx(q * 0.1 * (1 - q)));
  double ampa = 0, nmda = 0;
  for (int n = 0; n < 20000; ++n) {
    ampa += s.ampa;
    nmda += s.nmda;
    step(s);
  }
  CHECK(nmda == doctest::Approx(ampa).epsilon(0.03));  // but for the step
}

TEST_CASE("conductance lif: constant conductances settle where currents balance") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-70, 0, 0, 0, 0};
  for (int n = 0; n < 5000; ++n) {
    s.ampa = 0.2;
    s.nmda = 0.4;
    s.gaba = 0.5;
    step(s);
  }
  CHECK(s.potential == doctest::Approx((-70 - 0.5 * 80) / (1 + 0.3 + 0.5)).epsilon(1e-12));
}

TEST_CASE("conductance lif: each share belongs to its receptor") {
  for (const bool fast : {true, false}) {
    const auto step =
        ConductanceLif{.ampa_share = fast ? 0.8 : 0, .nmda_share = fast ? 0 : 0.8}.step<double>(dt);
    ConductanceLif::State<double> ampa{-70, 0.3, 0, 0, 0}, nmda{-70, 0, 0.3, 0, 0};
    step(ampa);
    step(nmda);
    const double moved = -70 * (1 - dt / 20 * (1 + 0.8 * 0.3)) - 70 * dt / 20.0;
    CHECK(ampa.potential == doctest::Approx(fast ? moved : -70.0).epsilon(1e-13));
    CHECK(nmda.potential == doctest::Approx(fast ? -70.0 : moved).epsilon(1e-13));
  }
}

TEST_CASE(
    "conductance lif: a spike resets the potential and sets the jump of the threshold, whatever "
    "remained of the last jump") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-40, 0, 0, 0, 5};
  CHECK(step(s));
  CHECK(s.potential == -70);
  CHECK(s.raised == 100);
}

TEST_CASE("conductance lif: the potential stays between the inhibitory reversal potential and 0") {
  const auto step = ConductanceLif{.jump_mv = 200}.step<double>(dt);
  ConductanceLif::State<double> high{-1, 300, 300, 0, 200}, low{-79, 0, 0, 350, 0};
  step(high);
  step(low);
  CHECK(high.potential <= 0);
  CHECK(low.potential >= -80);
}

TEST_CASE("conductance lif: an external current in mV moves the resting potential by as much") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-70, 0, 0, 0, 0};
  for (int n = 0; n < 10000; ++n) CHECK_FALSE(step(s, 12.0));
  CHECK(s.potential == doctest::Approx(-58).epsilon(1e-12));
}

TEST_CASE("conductance lif: a vector of neurons gives the results of the single neurons") {
  using Vec = simd::Vec<float>;
  const auto step = ConductanceLif{}.step<float>(dt);
  ConductanceLif::State<Vec> all{};
  ConductanceLif::State<float> one[simd::width<float>];
  for (int i = 0; i < simd::width<float>; ++i) {
    one[i] = {-70 + 6 * float(i), 0.1f * float(i), 0.05f, 0.3f, 0};
    all.potential[i] = one[i].potential;
    all.ampa[i] = one[i].ampa;
    all.nmda[i] = one[i].nmda;
    all.gaba[i] = one[i].gaba;
  }
  for (int n = 0; n < 50; ++n) {
    const auto spikes = step(all);
    for (int i = 0; i < simd::width<float>; ++i) {
      CHECK(step(one[i]) == (spikes[i] != 0));
      const float potential = all.potential[i];
      CHECK(potential == doctest::Approx(one[i].potential).epsilon(1e-5));
    }
  }
}

TEST_CASE("conductance lif: the threshold's jump bounds the interval between spikes") {
  CHECK(ConductanceLif{}.shortest_interval(dt) == 35);  // 5 ms * log 2
  CHECK(ConductanceLif{.jump_mv = 40}.shortest_interval(dt) == 1);
}

TEST_CASE("conductance lif: unstable steps and potentials in the wrong order are refused") {
  CHECK_THROWS_AS(ConductanceLif{}.step<double>(0), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{}.step<double>(6), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.tau_gaba_ms = 0.05}.step<double>(dt), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.reset_mv = -40}.step<double>(dt), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.inh_mv = -60}.step<double>(dt), InvalidParameter);
}
