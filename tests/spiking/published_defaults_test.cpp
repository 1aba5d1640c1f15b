// Defaults of the spiking rules are the numbers of their papers or of their authors' programs.
// Those of the triplet and voltage rules are sets with names; they have tests of their own.
#include <doctest/doctest.h>

#include "hebb/spiking/lpl/spiking_lpl.hpp"
#include "hebb/spiking/rules/inhibitory.hpp"
#include "hebb/spiking/rules/orchestrated.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"
#include "hebb/spiking/rules/reward_stdp.hpp"
#include "hebb/spiking/rules/super_spike.hpp"
#include "hebb/spiking/rules/voltage.hpp"

using namespace hebb;

TEST_CASE("published defaults: inhibitory plasticity of Vogels and others (2011)") {
  const Inhibitory<double>::Parameters p;
  CHECK(p.tau_ms == 20);
  CHECK(p.target_hz == 5);
}

TEST_CASE("published defaults: orchestrated plasticity of Zenke, Agnes and Gerstner (2015)") {
  const Orchestrated<double>::Parameters p;
  CHECK(p.tau_plus_ms == 20);
  CHECK(p.tau_minus_ms == 20);
  CHECK(p.tau_slow_ms == 100);
  CHECK(p.a == 1e-3);
  CHECK(p.beta == 0.05);
  CHECK(p.delta == 2e-5);
  CHECK(p.potential == 20);
  CHECK(p.well == 0.5);
  CHECK(p.tau_consolidation_ms == 1200e3);
  const RateDependentDepression depression;
  CHECK(depression.amplitude == p.a);  // B is A at the target rate
  CHECK(depression.target_hz == 4);
  CHECK(depression.tau_ms == 1200e3);
  CHECK(ConstantDepression{}.amplitude == p.a);
}

TEST_CASE("published defaults: SuperSpike of Zenke and Ganguli (2018)") {
  const SuperSpike<double>::Parameters p;
  CHECK(p.slope_per_mv == 1);
  CHECK(p.threshold_mv == -50);
  CHECK(p.epsilon.tau_rise_ms == 5);
  CHECK(p.epsilon.tau_fall_ms == 10);
  CHECK(p.alpha.tau_rise_ms == 5);
  CHECK(p.alpha.tau_fall_ms == 10);
}

TEST_CASE("published defaults: reward-modulated STDP of Izhikevich (2007) and Florian (2007)") {
  const RewardStdp<double>::Parameters p;
  CHECK(p.tau_eligibility_ms == 1000);
  CHECK(Dopamine{}.tau_ms == 200);
  CHECK(Dopamine{}.baseline == 0);
  CHECK(p.tau_plus_ms == 20);
  CHECK(p.tau_minus_ms == 20);
  CHECK(p.a_plus == 1);
  CHECK(p.a_minus == 1);
}

TEST_CASE("published defaults: spiking LPL of Halvagal and Zenke (2023), in ms, mV and Hz") {
  const SpikingLplTimes times;
  CHECK(times.dt_ms == 0.1);
  CHECK(times.tau_synapse_ms == 5);
  CHECK(times.tau_membrane_ms == 20);
  CHECK(times.tau_rise_ms == 2);
  CHECK(times.tau_fall_ms == 10);
  CHECK(times.steps(times.delay_ms) == 8);
  CHECK(times.window_ms == 500);
  CHECK(PhysicalUnits{}.predictive == 1);
  CHECK(PhysicalUnits{}.transmitter_hz == 0.1);
  CHECK(PhysicalUnits{}.hebbian == 1e-4);  // lambda dt, in s
  CHECK(PhysicalUnits{}.eta == 0.2);       // 2e-7 V s
  CHECK(PublishedCode{}.eta == 1e-2);
  CHECK(PublishedCode{}.predictive == 1);
  CHECK(PublishedCode{}.hebbian == 1);
  CHECK(PublishedCode{}.epsilon == 1e-3);
  CHECK(PublishedCode{}.transmitter == 1e-5);
}

TEST_CASE("published defaults: the window of pair STDP of Song, Miller and Abbott (2000)") {
  const PairParameters p;
  CHECK(p.a_plus == 0.005);
  CHECK(p.a_minus / p.a_plus == doctest::Approx(1.05));
  CHECK(p.tau_plus_ms == 20);
  CHECK(p.tau_minus_ms == 20);
}

TEST_CASE(
    "published defaults: homeostasis of voltage-based STDP, Clopath and others (2010), averages "
    "over 1 s") {
  CHECK(HomeostaticDepression{}.tau_ms == 1000);
  CHECK(HomeostaticDepression{}.reference_mv2 == 60);
}
