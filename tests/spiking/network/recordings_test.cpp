#include "hebb/spiking/recordings.hpp"

#include <doctest/doctest.h>

#include "hebb/spiking/network.hpp"

using namespace hebb;

TEST_CASE("recordings: rates count spikes after the beginning, up to the last moment") {
  SpikeRecording recording(3, 10);
  const Index both[] = {0, 2}, one[] = {2};
  recording.record({10, both});
  recording.record({30, one});
  recording.record({60, {}});
  CHECK(recording.times_ms() == std::vector<double>{10, 10, 30});
  CHECK(recording.neurons() == std::vector<Index>{0, 2, 2});
  CHECK(recording.rates_hz() == Vector<double>{{0, 0, 20}});
  CHECK(recording.rates_hz(0) == recording.rates_hz());  // there is nothing before it began
  CHECK(recording.rates_hz(30) == Vector<double>{{0, 0, 0}});
  CHECK(recording.rate_hz(20) == doctest::Approx(25.0 / 3));
  CHECK_THROWS_WITH_AS(recording.rates_hz(60),
                       "SpikeRecording: there is no time between 60 and 60 ms", InvalidParameter);
}

TEST_CASE("recordings: intervals of one length have no variation, and five of them are needed") {
  SpikeRecording recording(2, 0);
  const Index first[] = {0}, second[] = {1};
  for (int n = 1; n <= 6; ++n) {
    if (n == 6) CHECK(std::isnan(recording.irregularity()));
    recording.record({10.0 * n, first});
  }
  CHECK(recording.irregularity() == 0);
  // Five intervals of 1 and 3 ms: mean 1.8, variance 0.96.
  for (const double time_ms : {61.0, 62.0, 65.0, 66.0, 69.0, 70.0})
    recording.record({time_ms, second});
  CHECK(recording.irregularity() == doctest::Approx(0.5 * std::sqrt(0.96) / 1.8));
}

TEST_CASE("recordings: rates of spikes that were handed to a sink are refused") {
  SpikeRecording recording(1, 0);
  const Index one[] = {0};
  for (int n = 1; n <= 10; ++n) recording.record({10.0 * n, one});
  Index handed = 0;
  recording.stream([&](const Matrix<double>& columns) { handed += columns.cols(); });
  recording.flush();
  CHECK(handed == 10);
  for (int n = 11; n <= 20; ++n) recording.record({10.0 * n, one});
  CHECK_THROWS_WITH_AS(recording.rate_hz(),
                       "SpikeRecording: spikes up to 100 ms were handed to a sink, those from 0 ms "
                       "on are not all kept",
                       InvalidCall);
  CHECK_THROWS_AS(recording.irregularity(), InvalidCall);
  CHECK(recording.rate_hz(100) == doctest::Approx(100));
  CHECK(recording.irregularity(100) == 0);
}

TEST_CASE("recordings: rates in bins, of which a spike at the end belongs to the bin before") {
  RateRecording recording(4, 50, 50);
  const Index two[] = {0, 3};
  for (int n = 1; n <= 15; ++n) {
    const bool spikes = n == 1 || n == 5 || n == 11;
    recording.record({50 + 10.0 * n, {two, spikes ? 2u : 0u}}, 10);
  }
  REQUIRE(recording.bins() == 3);
  CHECK(recording.rate_hz(0) == doctest::Approx(20));
  CHECK(recording.rate_hz(1) == 0);
  CHECK(recording.rate_hz(2) == doctest::Approx(10));
  CHECK(recording.begin_ms(2) == 150);
  for (const double bin_ms : {0.0, -1.0, HUGE_VAL, double(NAN)})
    CHECK_THROWS_AS(RateRecording(4, 0, bin_ms), InvalidParameter);
  SpikingNetwork<double> net({.dt_ms = 0.1});
  const auto source = net.add(PoissonNeurons{}, 4);
  CHECK_THROWS_WITH_AS(net.record_rate(source, 0.05),
                       "SpikingNetwork: a bin of 0.05 ms is shorter than the step of 0.1 ms",
                       InvalidParameter);
}
