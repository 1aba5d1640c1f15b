// Every number of every parameter set: NaN is refused, and infinity either is refused or is the
// limit of ever larger numbers.
#include <bit>
#include <cstring>
#include <optional>

#include "hebb/spiking/neurons/adex.hpp"
#include "hebb/spiking/neurons/conductance_lif.hpp"
#include "hebb/spiking/neurons/current_lif.hpp"
#include "hebb/spiking/neurons/vogels_abbott_lif.hpp"
#include "tests/spiking/catalogue.hpp"

using namespace hebb;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The weights after some random moments; nothing where the parameters are refused.
template <typename Rule>
requires requires(const Rule r) { r.init(Shape{}); }
std::optional<Vector<double>> outcome(const Rule& rule) {
  try {
    auto state = spiking_laws::begin(rule, 60);
    if constexpr (requires { rule.reward(1.0, state); }) {
      rule.reward(0.3, state);
      for (Index n = 60; n < 90; ++n)
        spiking_laws::step(rule, spiking_laws::Moment::random(n), state);
    }
    spiking_laws::settle(rule, state);
    return state.weights.reshaped();
  } catch (const InvalidParameter&) {
    return {};
  }
}

/// Potentials after some steps, likewise.
template <NeuronModel Neuron>
std::optional<Vector<double>> outcome(const Neuron& neuron) {
  try {
    NeuronGroup<Neuron, double> group(neuron, 1, 0.1);
    const Matrix<double> drive = Matrix<double>::Constant(1, 1, 900);
    std::vector<Index> spikes;
    Vector<double> potentials(200);
    for (Index n = 0; n < potentials.size(); ++n) {
      group.step(drive, spikes);
      potentials(n) = group["potential"](0);
    }
    return potentials;
  } catch (const InvalidParameter&) {
    return {};
  }
}

std::optional<Vector<double>> outcome(const ConductanceLif& neuron) {
  try {
    const auto step = neuron.step<double>(0.1);
    ConductanceLif::State<double> s{-70, 0.1, 0.1, 0.1, 0};
    for (int n = 0; n < 200; ++n) step(s);
    return Vector<double>{{s.potential, s.ampa, s.nmda, s.gaba, s.raised}};
  } catch (const InvalidParameter&) {
    return {};
  }
}

/// Tries the first `count` numbers of a part of a rule, which `part_of` finds.
template <std::size_t count>
void try_numbers(const char* name, const auto& rule, const auto& part_of) {
  REQUIRE(outcome(rule));
  const auto with = [&](std::size_t k, double value) {
    auto changed = rule;
    auto& part = part_of(changed);
    static_assert(count * sizeof(double) <= sizeof(part) &&
                  std::is_trivially_copyable_v<std::remove_reference_t<decltype(part)>>);
    std::memcpy(reinterpret_cast<std::byte*>(&part) + k * sizeof(double), &value, sizeof(double));
    return outcome(changed);
  };
  for (std::size_t k = 0; k < count; ++k) {
    CAPTURE(name);
    CAPTURE(k);
    CHECK_FALSE(with(k, std::nan("")));
    for (const double sign : {1.0, -1.0}) {
      const auto found = with(k, sign * infinity);
      if (!found) continue;
      const auto limit = with(k, sign * 1e12);
      REQUIRE(limit);
      CHECK(found->allFinite());
      CHECK((*found - *limit).cwiseAbs().maxCoeff() < 1e-6);
    }
  }
}

template <std::size_t count>
void try_parameters(const char* name, const auto& rule) {
  try_numbers<count>(
      name, rule, [](auto& r) -> auto& { return r.parameters; });
}

}  // namespace

TEST_CASE(
    "parameters: no number of a spiking rule may be NaN, and an infinite one is refused or is the "
    "limit") {
  const auto bounds = [](auto& r) -> auto& { return r.bounds; };
  const auto depression = [](auto& r) -> auto& { return r.depression; };
  const auto dependence = [](auto& r) -> auto& { return r.dependence; };
  try_parameters<4>("PairStdp", PairStdp<double>{});
  try_parameters<4>("PairStdp, reduced", PairStdp<double, Additive, NearestReducedSymmetric>{});
  try_numbers<2>("HardBounds", PairStdp<double>{}, bounds);
  try_numbers<1>("Multiplicative", PairStdp<double, Multiplicative>{}, dependence);
  try_numbers<2>("PowerLaw", PairStdp<double, PowerLaw>{}, dependence);
  try_parameters<4>("SparsePairStdp", SparsePairStdp<double>{});
  try_parameters<8>("Triplet", Triplet<double>{triplet::visual_cortex_full});
  try_parameters<3>("Inhibitory", Inhibitory<double>{});
  try_parameters<10>("Orchestrated", Orchestrated<double>{});
  try_numbers<3>("RateDependentDepression", Orchestrated<double, RateDependentDepression>{},
                 depression);
  try_parameters<7>("Voltage", Voltage<double>{});
  try_numbers<3>("HomeostaticDepression", Voltage<double, HomeostaticDepression>{}, depression);
  try_parameters<6>("RewardStdp", RewardStdp<double>{});
  try_numbers<2>(
      "Dopamine", RewardStdp<double>{}, [](auto& r) -> auto& { return r.modulation; });
  try_parameters<8>("SuperSpike", SuperSpike<double>{});
  try_parameters<6>("PhysicalUnits", SpikingLpl<double>{});
  try_numbers<11>(
      "SpikingLplTimes", SpikingLpl<double>{}, [](auto& r) -> auto& { return r.times; });
  try_numbers<1>(
      "slope_per_mv", SpikingLpl<double>{}, [](auto& r) -> auto& { return r.slope_per_mv; });
  try_numbers<1>(
      "threshold_mv", SpikingLpl<double>{}, [](auto& r) -> auto& { return r.threshold_mv; });
  try_numbers<1>(
      "AugmentedGradient", SpikingLpl<double, PhysicalUnits, AugmentedGradient>{},
      [](auto& r) -> auto& { return r.gradient; });
}

TEST_CASE(
    "parameters: no number of a neuron may be NaN, and an infinite one is refused or is the "
    "limit") {
  const auto whole = [](auto& neuron) -> auto& { return neuron; };
  try_numbers<17>("AdEx", AdEx{}, whole);
  try_numbers<7>("CurrentLif", CurrentLif{}, whole);
  try_numbers<9>("VogelsAbbottLif", VogelsAbbottLif{}, whole);
  try_numbers<12>("ConductanceLif", ConductanceLif{}, whole);
}

TEST_CASE("parameters: without decay every pair counts the whole amplitude, however far apart") {
  const Index zero[] = {0};
  const auto change = [&](const auto& rule) {
    auto state = rule.init({.pre = 1, .post = 1});
    state.weights.setConstant(0.5);
    rule.update({1, zero}, {1, {}}, state);
    rule.update({2, {}}, {2, zero}, state);
    rule.update({1e6, {}}, {1e6, zero}, state);
    if constexpr (requires { rule.settle(state); }) rule.settle(state);
    return double(state.weights(0)) - 0.5;
  };
  CHECK(change(PairStdp<double>{.parameters = {.a_plus = 0.1, .tau_plus_ms = infinity}}) ==
        doctest::Approx(0.2));
  CHECK(change(SparsePairStdp<double>{.parameters = {.a_plus = 0.1, .tau_plus_ms = infinity}}) ==
        doctest::Approx(0.2));
  CHECK(change(Triplet<double>{{.a2_plus = 0.1,
                                .a3_plus = 0.05,
                                .a2_minus = 0,
                                .a3_minus = 0,
                                .tau_x_ms = 100,
                                .tau_y_ms = infinity,
                                .tau_plus_ms = infinity}}) == doctest::Approx(0.25));
}

TEST_CASE("parameters: no rule accepts bounds of NaN, or a lower one above the upper one") {
  const auto refused = [](auto rule) {
    CAPTURE(name_of<decltype(rule)>);
    rule.bounds = {.lower = 1, .upper = 0};
    CHECK_THROWS_AS(rule.init({.pre = 1, .post = 1}), InvalidParameter);
    rule.bounds = {.lower = std::nan(""), .upper = 1};
    CHECK_THROWS_AS(rule.init({.pre = 1, .post = 1}), InvalidParameter);
  };
  refused(PairStdp<double>{});
  refused(SparsePairStdp<double>{});
  refused(Triplet<double>{triplet::visual_cortex_full});
  refused(Inhibitory<double>{});
  refused(Orchestrated<double>{});
  refused(Voltage<double>{});
  refused(RewardStdp<double>{});
  refused(SpikingLpl<double>{});
}

TEST_CASE("parameters: weights begin within the bounds, at 0 where that is among them") {
  CHECK(PairStdp<double>{}.init({.pre = 1, .post = 1}).weights.value() == 0);
  CHECK(PairStdp<double>{.bounds = {.lower = 0.2, .upper = 1}}
            .init({.pre = 1, .post = 1})
            .weights.value() == 0.2);
  CHECK(Inhibitory<float>{.bounds = {.lower = -2, .upper = -1}}
            .init({.pre = 1, .post = 1})
            .weights.value() == -1);
  CHECK(SparsePairStdp<double>{.bounds = {.lower = 0.2, .upper = 1}}
            .init({.pre = 1, .post = 1})
            .weights.value() == 0.2);
}

TEST_CASE(
    "parameters: factors that depend on the weight require bounds within their range, and never "
    "change the sign of a change") {
  const Shape one{.pre = 1, .post = 1};
  CHECK_THROWS_AS((PairStdp<double, Multiplicative>{.bounds = {.lower = -1, .upper = 0}}.init(one)),
                  InvalidParameter);
  CHECK_THROWS_AS((PairStdp<double, Multiplicative>{.dependence = {.upper = 0.5}}.init(one)),
                  InvalidParameter);
  CHECK_THROWS_AS((PairStdp<double, PowerLaw>{.bounds = {.lower = -1, .upper = 1}}.init(one)),
                  InvalidParameter);
  CHECK_THROWS_AS(
      (PairStdp<double, ProportionalDepression>{.bounds = {.lower = -1, .upper = 1}}.init(one)),
      InvalidParameter);
  CHECK_NOTHROW(
      (PairStdp<double, ProportionalDepression>{.bounds = {.lower = 0, .upper = infinity}}.init(
          one)));
  CHECK_NOTHROW((PairStdp<double, Additive>{.bounds = {.lower = -1, .upper = 0}}.init(one)));
  for (const double w : {-0.5, 2.5}) {
    CHECK(Multiplicative{.upper = 2}.depression(w) >= 0);
    CHECK(Multiplicative{.upper = 2}.potentiation(w) >= 0);
    CHECK(ProportionalDepression::depression(w) >= 0);
    CHECK(PowerLaw{.exponent = 1, .upper = 2}.depression(w) >= 0);
    CHECK(PowerLaw{.exponent = 1, .upper = 2}.potentiation(w) >= 0);
  }
}

TEST_CASE(
    "parameters: soft bounds depend on the weight as a share of their upper bound, whatever that "
    "is") {
  const Multiplicative half{.upper = 4};
  const PowerLaw law{.exponent = 0.5, .upper = 4};
  CHECK(half.potentiation(1) == doctest::Approx(0.75));
  CHECK(half.depression(1) == doctest::Approx(0.25));
  CHECK(law.potentiation(1) == doctest::Approx(std::sqrt(0.75)));
  CHECK(law.depression(1) == doctest::Approx(0.5));
}

TEST_CASE("parameters: a reward must be a number") {
  const RewardStdp<double> rule;
  auto state = rule.init({.pre = 1, .post = 1});
  CHECK_THROWS_AS(rule.reward(std::nan(""), state), NonFinite);
  CHECK_THROWS_AS(rule.reward(infinity, state), NonFinite);
  CHECK(state.level == 0);
}
