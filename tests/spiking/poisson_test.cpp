#include "hebb/spiking/poisson.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace hebb;

namespace {

SpikeList emit(const auto& input, std::int64_t slices) {
  SpikeList spikes;
  for (std::int64_t k = 0; k < slices; ++k) input.emit(k, spikes);
  return spikes;
}

}  // namespace

TEST_CASE("poisson: rates are linear between samples and repeat after the last") {
  const Rate rate{{2, 4, 10}, 0.5};
  CHECK(rate(0) == 2);
  CHECK(rate(0.25) == doctest::Approx(3));
  CHECK(rate(0.75) == doctest::Approx(7));
  CHECK(rate(1.25) == doctest::Approx(3));  // the loop is two intervals long
  CHECK(rate.highest(0.4, 0.2) == doctest::Approx(5.2));
  CHECK(rate.highest(0.9, 0.05) == doctest::Approx(9.4));
  CHECK(rate.highest(0.9, 0.1) == 10);  // the last sample is approached, then left
  CHECK(Rate::constant(7)(123) == 7);
  CHECK(Rate::constant(7).highest(123, 1) == 7);
  CHECK(Rate{{2, 11, 10}, 1e-15}.highest(0.9, 1) == 11);  // many intervals at once are skipped
}

TEST_CASE(
    "poisson: trains have the constant rate of their input, with the variance of independent "
    "steps") {
  const PoissonInput input({{1000, Rate::constant(50)}}, 0.1, {.seed = 1});
  const SpikeList spikes = emit(input, 200);
  std::vector<double> count(1000, 0);
  for (Index k = 0; k < spikes.size(); ++k) ++count[std::size_t(spikes[k].neuron)];
  double mean = 0, variance = 0;
  for (const double c : count) mean += c / 1000;
  for (const double c : count) variance += (c - mean) * (c - mean) / 999;
  CHECK(mean == doctest::Approx(100).epsilon(0.02));
  CHECK(variance == doctest::Approx(100 * (1 - 50e-4)).epsilon(0.2));
}

TEST_CASE(
    "poisson: spikes are ordered by step and neuron, each neuron at most once per step, "
    "populations one after the other") {
  const PoissonInput input(
      {{30, Rate::constant(2000)}, {20, Rate::constant(0)}, {30, Rate::constant(1e4)}}, 0.1,
      {.seed = 1});
  const SpikeList spikes = emit(input, 3);
  std::map<Index, int> count;
  for (Index k = 0; k < spikes.size(); ++k) {
    ++count[spikes[k].neuron];
    if (k == 0) continue;
    const Spike a = spikes[k - 1], b = spikes[k];
    REQUIRE((a.step < b.step || (a.step == b.step && a.neuron < b.neuron)));
  }
  CHECK(input.size() == 80);
  for (Index i = 30; i < 50; ++i) CHECK(count[i] == 0);
  for (Index i = 50; i < 80; ++i) CHECK(count[i] == 300);  // certain
}

TEST_CASE("poisson: trains follow a rate that changes in time") {
  const PoissonInput input({{2000, {{0, 100, 0}, 50}}}, 0.1, {.seed = 2});  // a triangle of 0.1 s
  std::vector<double> bins(10, 0);
  const SpikeList spikes = emit(input, 100);
  for (Index k = 0; k < spikes.size(); ++k)
    bins[std::size_t(spikes[k].step % 1000 / 100)] += 1.0 / (2000 * 10 * 0.01);
  for (std::size_t b = 0; b < 10; ++b)
    CHECK(bins[b] ==
          doctest::Approx(b < 5 ? 10 + 20.0 * double(b) : 190 - 20.0 * double(b)).epsilon(0.15));
}

TEST_CASE("poisson: a slice is a function of the seed and its number") {
  const PoissonInput input({{100, Rate::constant(20)}}, 0.1, {.seed = 1}),
      other({{100, Rate::constant(20)}}, 0.1, {.seed = 2});
  SpikeList a, b, c;
  for (std::int64_t k : {5, 6, 7}) input.emit(k, a);
  input.emit(6, b);
  other.emit(6, c);
  const Index first = a.find(600);
  REQUIRE(a.find(700) - first == b.size());
  for (Index k = 0; k < b.size(); ++k) CHECK(a[first + k] == b[k]);
  bool same = b.size() == c.size();
  for (Index k = 0; same && k < b.size(); ++k) same = b[k] == c[k];
  CHECK_FALSE(same);
}

TEST_CASE("poisson: a list of recorded spikes is emitted again") {
  SpikeList spikes;
  for (std::int64_t step : {3, 99, 100, 100, 250}) spikes.push({step, spikes.size()});
  const SpikeList again = emit(RecordedInput(7, spikes), 3);
  REQUIRE(again.size() == 5);
  for (Index k = 0; k < 5; ++k) CHECK(again[k] == spikes[k]);
  CHECK_THROWS_AS(RecordedInput(2, spikes), InvalidParameter);
  CHECK_THROWS_AS(spikes.push({249, 0}), InvalidParameter);  // out of order
  SpikeList twice, early;
  for (Index i : {4, 2, 4}) twice.push({8, i});
  early.push({-1, 0});
  CHECK_THROWS_AS(RecordedInput(7, twice), InvalidParameter);
  CHECK_THROWS_AS(RecordedInput(7, early), InvalidParameter);
}

TEST_CASE(
    "poisson: a list of spikes that was loaded with another size than its table has is refused at "
    "every use") {
  for (const Index count : {Index(-1), Index(3), Index(1) << 60}) {
    SpikeList list;
    list.push({1, 0}), list.push({2, 0});
    list.each([&](std::string_view name, auto& value) {
      if constexpr (std::same_as<decltype(value), Index&>)
        if (name == "count") value = count;
    });
    CHECK_THROWS_AS(list.size(), InvalidParameter);
    CHECK_THROWS_AS(list.push({3, 0}), InvalidParameter);
    CHECK_THROWS_AS(list.find(1), InvalidParameter);
    CHECK_THROWS_AS(list.drop_before(2), InvalidParameter);
  }
}

TEST_CASE("poisson: invalid rates are refused") {
  CHECK_THROWS_AS(PoissonInput({{10, Rate::constant(-1)}}, 0.1, {}), InvalidParameter);
  CHECK_THROWS_AS(PoissonInput({{10, Rate::constant(2e4)}}, 0.1, {}), InvalidParameter);
  CHECK_THROWS_AS(PoissonInput({{0, Rate::constant(1)}}, 0.1, {}), InvalidParameter);
  CHECK_THROWS_AS(PoissonInput({{10, {{1, 2}, 0}}}, 0.1, {}), InvalidParameter);
  CHECK_THROWS_AS(PoissonInput({{10, {{1, 2}, HUGE_VAL}}}, 0.1, {}), InvalidParameter);
  for (const double bad : {double(NAN), HUGE_VAL}) {
    CHECK_THROWS_AS(PoissonInput({{10, Rate::constant(bad)}}, 0.1, {}), InvalidParameter);
    CHECK_THROWS_AS(PoissonInput({{10, Rate::constant(0)}}, bad, {}), InvalidParameter);
  }
}
