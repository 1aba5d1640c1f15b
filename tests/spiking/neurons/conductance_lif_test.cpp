#include "hebb/spiking/neurons/conductance_lif.hpp"

#include <doctest/doctest.h>

#include "hebb/core/kernels/vectors.hpp"

using namespace hebb;

namespace {

constexpr double dt = 1e-4;

}  // namespace

TEST_CASE("conductance lif: the potential relaxes to rest, by Euler's factor a step") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-60e-3, 0, 0, 0, 0};
  for (int n = 0; n < 100; ++n) CHECK_FALSE(step(s));
  CHECK(s.potential ==
        doctest::Approx(-70e-3 + 10e-3 * std::pow(1 - dt / 20e-3, 100)).epsilon(1e-13));
}

TEST_CASE("conductance lif: conductances decay, and NMDA follows AMPA with the same area") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-70e-3, 0.1, 0, 0.2, 0};
  step(s);
  CHECK(s.ampa == doctest::Approx(0.1 * std::exp(-dt / 5e-3)));
  CHECK(s.gaba == doctest::Approx(0.2 * std::exp(-dt / 10e-3)));
  const double q = 1 - std::exp(-dt / 100e-3);
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
  ConductanceLif::State<double> s{-70e-3, 0, 0, 0, 0};
  for (int n = 0; n < 5000; ++n) {
    s.ampa = 0.2;
    s.nmda = 0.4;
    s.gaba = 0.5;
    step(s);
  }
  CHECK(s.potential == doctest::Approx((-70e-3 - 0.5 * 80e-3) / (1 + 0.3 + 0.5)).epsilon(1e-12));
}

TEST_CASE("conductance lif: each share is that of its receptor") {
  for (const bool fast : {true, false}) {
    const auto step =
        ConductanceLif{.ampa_share = fast ? 0.8 : 0, .nmda_share = fast ? 0 : 0.8}.step<double>(dt);
    ConductanceLif::State<double> ampa{-70e-3, 0.3, 0, 0, 0}, nmda{-70e-3, 0, 0.3, 0, 0};
    step(ampa);
    step(nmda);
    const double moved = -70e-3 * (1 - dt / 20e-3 * (1 + 0.8 * 0.3)) - 70e-3 * dt / 20e-3;
    CHECK(ampa.potential == doctest::Approx(fast ? moved : -70e-3).epsilon(1e-13));
    CHECK(nmda.potential == doctest::Approx(fast ? -70e-3 : moved).epsilon(1e-13));
  }
}

TEST_CASE(
    "conductance lif: a spike resets the potential and sets the threshold's jump, whatever was "
    "left of the last") {
  const auto step = ConductanceLif{}.step<double>(dt);
  ConductanceLif::State<double> s{-40e-3, 0, 0, 0, 5e-3};
  CHECK(step(s));
  CHECK(s.potential == -70e-3);
  CHECK(s.raised == 100e-3);
}

TEST_CASE("conductance lif: the potential stays between the inhibitory reversal potential and 0") {
  const auto step = ConductanceLif{.jump = 200e-3}.step<double>(dt);
  ConductanceLif::State<double> high{-1e-3, 300, 300, 0, 200e-3}, low{-79e-3, 0, 0, 350, 0};
  step(high);
  step(low);
  CHECK(high.potential <= 0);
  CHECK(low.potential >= -80e-3);
}

TEST_CASE("conductance lif: a vector of neurons does what each does alone") {
  using Vec = simd::Vec<float>;
  const auto step = ConductanceLif{}.step<float>(dt);
  ConductanceLif::State<Vec> all{};
  ConductanceLif::State<float> one[simd::width<float>];
  for (int i = 0; i < simd::width<float>; ++i) {
    one[i] = {-0.07f + 0.006f * float(i), 0.1f * float(i), 0.05f, 0.3f, 0};
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
  CHECK(ConductanceLif{.jump = 40e-3}.shortest_interval(dt) == 1);
}

TEST_CASE("conductance lif: unstable steps and disordered potentials are refused") {
  CHECK_THROWS_AS(ConductanceLif{}.step<double>(0), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{}.step<double>(6e-3), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.tau_gaba = 5e-5}.step<double>(dt), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.reset = -40e-3}.step<double>(dt), InvalidParameter);
  CHECK_THROWS_AS(ConductanceLif{.inhibitory = -60e-3}.step<double>(dt), InvalidParameter);
}
