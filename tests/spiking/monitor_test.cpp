#include "hebb/spiking/monitor.hpp"

#include <doctest/doctest.h>

using namespace hebb;

TEST_CASE("monitor: spikes and rates are counted per neuron, in a half-open interval") {
  SpikeMonitor monitor;
  const Index both[] = {0, 2}, one[] = {2};
  monitor.record({10, both});
  monitor.record({20, {}});
  monitor.record({30, one});
  CHECK(monitor.times_ms() == std::vector<double>{10, 10, 30});
  CHECK(monitor.neurons() == std::vector<Index>{0, 2, 2});
  CHECK(monitor.rates_hz(3, 0, 100) == Vector<double>{{10, 0, 20}});
  CHECK(monitor.rates_hz(3, 10, 30) == Vector<double>{{50, 0, 50}});
  CHECK_THROWS_AS(monitor.rates_hz(2, 0, 100), ShapeError);
  CHECK_THROWS_AS(monitor.rates_hz(3, 0, HUGE_VAL), InvalidParameter);
  CHECK_THROWS_AS(monitor.rates_hz(3, 100, 100), InvalidParameter);
  const Index none[] = {-1};
  monitor.record({40, none});
  CHECK_THROWS_AS(monitor.rates_hz(3, 0, 100), ShapeError);
}

TEST_CASE("monitor: the rate of a group in bins") {
  RateMonitor monitor(4, 50);
  const Index two[] = {0, 3};
  monitor.record({10, two});
  monitor.record({49.9, two});
  monitor.record({100, two});
  REQUIRE(monitor.bins() == 3);
  CHECK(monitor.rate_hz(0) == doctest::Approx(20));
  CHECK(monitor.rate_hz(1) == 0);
  CHECK(monitor.rate_hz(2) == doctest::Approx(10));
  CHECK(monitor.begin_ms(2) == 100);
  for (const double time_ms : {HUGE_VAL, double(NAN), 1e30, -1.0})
    CHECK_THROWS_AS(monitor.record({time_ms, two}), InvalidParameter);
  CHECK(monitor.bins() == 3);
  CHECK_THROWS_AS(RateMonitor(4, HUGE_VAL), InvalidParameter);
}

TEST_CASE(
    "monitor: a sampler looks at finite times alone, goes on after a long break, and keeps its "
    "samples of one size") {
  Sampler<double> sampler(0.5);
  const auto values = [] { return Vector<double>{{1.0}}; };
  for (const double time_ms : {HUGE_VAL, double(NAN)})
    CHECK_THROWS_AS(sampler.record(time_ms, values), InvalidParameter);
  sampler.record(0, values);
  sampler.record(1e17, values);  // where adding half a millisecond changes nothing
  CHECK(sampler.times_ms() == std::vector<double>{0, 1e17});
  CHECK_THROWS_AS(sampler.record(2e17, [] { return Vector<double>{{1.0, 2.0}}; }), ShapeError);
  CHECK(sampler.samples().cols() == 2);
}

TEST_CASE("monitor: a sampler looks once an interval, and only then asks for the values") {
  Sampler<double> sampler(0.5);
  int asked = 0;
  for (int step = 0; step < 30; ++step)
    sampler.record(0.1 * step, [&] {
      ++asked;
      return Vector<double>{{double(step), 1}};
    });
  CHECK(asked == 6);
  CHECK(sampler.samples().row(0) == Eigen::RowVectorXd{{0, 5, 10, 15, 20, 25}});
  CHECK(sampler.times_ms().size() == 6);
  CHECK_THROWS_AS(sampler.record(100, [] { return Vector<double>{{1.0}}; }), ShapeError);
}

TEST_CASE("monitor: a sampler refuses a matrix, and takes a matrix of one column") {
  Sampler<double> sampler(0.5);
  CHECK_THROWS_WITH_AS(sampler.record(0, [] { return Matrix<double>(Matrix<double>::Ones(3, 2)); }),
                       "Sampler: a sample must be a column, got 3 x 2", ShapeError);
  sampler.record(0, [] { return Matrix<double>(Matrix<double>::Ones(3, 1)); });
  CHECK(sampler.samples() == Matrix<double>::Ones(3, 1));
}
