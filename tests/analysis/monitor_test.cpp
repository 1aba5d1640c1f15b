#include "hebb/analysis/monitor.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "hebb/core/random.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

namespace {

/// The alarms of single observations, one per step.
struct Observed {
  Monitor<double> monitor;
  std::vector<Alarm> alarms = {};
  std::vector<Vitals> vitals = {};

  explicit Observed(MonitorParameters parameters) : monitor(parameters) {
    monitor.on_alarm = [this](const Alarm& alarm) { alarms.push_back(alarm); };
    monitor.on_step = [this](const Vitals& now, const View<double>&) { vitals.push_back(now); };
  }
  Observed(const Observed&) = delete;

  void operator()(std::int64_t step, const Matrix<double>& response,
                  const Matrix<double>& weights) {
    monitor.observe(step, 0, "layer 1", response, weights);
  }
};

const Matrix<double> varied = Random{.seed = 1}.normal<double>(6, 50);
const Matrix<double> ones = Matrix<double>::Ones(2, 3);

}  // namespace

TEST_CASE("monitor: norms, activity, dead units and weights at bounds, worked by hand") {
  Observed watch({.patience = 1, .most_dead = 0.9, .most_at_bounds = 0.9, .lower = 0, .upper = 4});
  const Matrix<double> response{{1, 3}, {0, 0}}, first{{3, 4}}, second{{3, 2}};
  watch(10, response, first);
  watch(14, response, second);
  REQUIRE(watch.vitals.size() == 2);
  CHECK(watch.vitals[0].weight_norm == 5);
  CHECK(watch.vitals[0].update_norm == 0);
  CHECK(watch.vitals[0].mean_activity == 1);
  CHECK(watch.vitals[0].dead == 0.5);
  CHECK(watch.vitals[0].dimension == close_to<double>(1));
  CHECK(watch.vitals[0].spread == close_to<double>(std::sqrt(0.5)));  // deviations 1, 1, 0, 0
  CHECK(watch.vitals[0].at_bounds == 0.5);                            // 4
  CHECK(watch.vitals[1].update_norm == 0.5);                          // 2 in 4 steps
  CHECK(watch.vitals[1].at_bounds == 0);
  CHECK(watch.alarms.empty());
}

TEST_CASE("monitor: each trouble is named with its layer and step, once while it lasts") {
  const auto troubles = [](const Observed& watch) {
    std::vector<Trouble> all;
    for (const Alarm& alarm : watch.alarms) all.push_back(alarm.trouble);
    return all;
  };
  SUBCASE("collapse: all units respond alike") {
    Observed watch({.patience = 2});
    const Matrix<double> alike = Matrix<double>::Ones(6, 1) * varied.row(0);
    for (int step = 1; step <= 5; ++step) watch(step, alike, (1 + 0.01 * step) * ones);
    CHECK(troubles(watch) == std::vector{Trouble::collapse});
    CHECK(watch.alarms[0].sentence() == "layer 1, step 2: collapse: 1, limit 1.5");
  }
  SUBCASE("collapse: responses that do not vary") {
    Observed watch({.patience = 2});
    for (int step = 1; step <= 3; ++step)
      watch(step, Matrix<double>::Ones(6, 50), (1 + 0.01 * step) * ones);
    CHECK(troubles(watch) == std::vector{Trouble::collapse});
  }
  SUBCASE("collapse: responses that shrink to a hundredth of what they were") {
    Observed watch({.patience = 2});
    for (int step = 1; step <= 4; ++step)
      watch(step, (step == 1 ? 1 : 0.005) * varied, (1 + 0.01 * step) * ones);
    CHECK(troubles(watch) == std::vector{Trouble::collapse});
    CHECK(watch.alarms[0].value == close_to<double>(0.005));
  }
  SUBCASE("no collapse before the first step that is judged") {
    Observed watch({.patience = 2, .first_step = 4});
    const Matrix<double> alike = Matrix<double>::Ones(6, 1) * varied.row(0);
    for (int step = 1; step <= 5; ++step) watch(step, alike, (1 + 0.01 * step) * ones);
    REQUIRE(watch.alarms.size() == 1);
    CHECK(watch.alarms[0].step == 5);
  }
  SUBCASE("no collapse: few dimensions that become more") {
    Observed watch({.patience = 2});
    for (int step = 1; step <= 4; ++step)
      watch(step, Matrix<double>::Ones(6, 1) * varied.row(0) + 0.05 * step * varied,
            (1 + 0.01 * step) * ones);
    CHECK(watch.vitals.back().dimension < 1.5);
    CHECK(watch.alarms.empty());
  }
  SUBCASE("dead units: four of six are silent in every observation, others only in one") {
    Observed watch({.patience = 3});
    Matrix<double> response = varied;
    response.topRows(4).setZero();
    for (int step = 1; step <= 4; ++step) watch(step, response, (1 + 0.01 * step) * ones);
    CHECK(troubles(watch) == std::vector{Trouble::dead_units});
    CHECK(watch.alarms[0].step == 3);
    CHECK(watch.alarms[0].value == close_to<double>(4.0 / 6));
    watch(5, varied, 1.05 * ones);  // they respond again
    for (int step = 6; step <= 8; ++step) watch(step, response, (1 + 0.01 * step) * ones);
    CHECK(watch.alarms.size() == 2);
  }
  SUBCASE("saturation at bounds") {
    Observed watch({.patience = 2, .lower = 0, .upper = 1});
    Matrix<double> weights = Matrix<double>::Constant(2, 3, 0.5);
    weights.topRows(1).setOnes();
    weights(1, 0) = 0;
    for (int step = 1; step <= 4; ++step) {
      weights(1, 1) = 0.5 + 0.01 * step;
      watch(step, varied, weights);
    }
    CHECK(troubles(watch) == std::vector{Trouble::saturation});
  }
  SUBCASE("exploding update: at once, also where the weights are no numbers") {
    Observed watch({});
    watch(1, varied, ones);
    watch(2, varied, 3 * ones);
    CHECK(troubles(watch) == std::vector{Trouble::exploding_update});
    watch(3, varied, 3.1 * ones);
    watch(4, varied, std::nan("") * ones);
    CHECK(watch.alarms.size() == 2);
    CHECK(watch.alarms.back().trouble == Trouble::exploding_update);
  }
  SUBCASE("vanishing update: the weights stay") {
    Observed watch({.patience = 3});
    for (int step = 1; step <= 6; ++step) watch(step, varied, ones);
    CHECK(troubles(watch) == std::vector{Trouble::vanishing_update});
    CHECK(watch.alarms[0].step == 4);
  }
  SUBCASE("a layer that learns has none") {
    Observed watch({.patience = 1});
    for (int step = 1; step <= 6; ++step) watch(step, varied, (1 + 0.01 * step) * ones);
    CHECK(watch.alarms.empty());
  }
}

TEST_CASE("monitor: layers with the plain Hebbian rule explode, those with Oja's rule do not") {
  const auto network_of = [](const auto& rule) {
    using Layer = Dense<std::remove_cvref_t<decltype(rule)>, Linear>;
    Stack stack(Layer(rule, {.pre = 5, .post = 6}), Layer(rule, {.pre = 6, .post = 6}));
    stack.template layer<0>().initialize({.seed = 1});
    stack.template layer<1>().initialize({.seed = 2});
    return stack;
  };
  const auto alarms_of = [](auto network) {
    Monitor<double> monitor({.interval = 5});
    std::vector<Alarm> alarms;
    monitor.on_alarm = [&](const Alarm& alarm) { alarms.push_back(alarm); };
    Random random{.seed = 2};
    try {
      for (int step = 1; step <= 40; ++step) {
        network.train(random.normal<double>(5, 64));
        monitor.step(step, network);
      }
    } catch (const Divergence&) {  // later than the alarm
    }
    return alarms;
  };
  const auto explosions = [](const std::vector<Alarm>& alarms) {
    std::string layers;
    for (const Alarm& alarm : alarms)
      if (alarm.trouble == Trouble::exploding_update) layers += alarm.layer + " ";
    return layers;
  };
  CHECK(explosions(alarms_of(network_of(Hebbian<double>{.parameters = {.eta = 2}}))) ==
        "layer 1 layer 2 ");
  CHECK(explosions(alarms_of(network_of(Oja<double>{.parameters = {.eta = 0.01}}))) == "");
}

TEST_CASE("monitor: observes only the steps of its interval") {
  Monitor<double> monitor({.interval = 50});
  for (const std::int64_t step : {50, 100, 0}) CHECK(monitor.due(step));
  for (const std::int64_t step : {1, 49, 51}) CHECK(!monitor.due(step));
}

TEST_CASE("monitor: an epoch goes on until the score has not grown for the patience") {
  Monitor<double> monitor;
  CHECK(monitor.epoch(1, 0));
  EarlyStopping stopping{.patience = 2};
  monitor.on_epoch = std::ref(stopping);
  CHECK(monitor.epoch(1, 0.5));
  CHECK(monitor.epoch(2, 0.7));
  CHECK(monitor.epoch(3, 0.6));
  CHECK(!monitor.epoch(4, 0.7));
  CHECK(stopping.best == 0.7);
  CHECK(stopping.best_epoch == 2);
}

TEST_CASE("monitor: an observation is one line of JSON; what is not finite is null") {
  const Vitals vitals{.layer = "a \"b\"", .step = 3, .weight_norm = 0.5, .update_norm = HUGE_VAL};
  CHECK(json_line(vitals) ==
        "{\"layer\":\"a \\\"b\\\"\",\"step\":3,\"weight_norm\":0.5,\"update_norm\":null,"
        "\"mean_activity\":0,\"dead\":0,\"dimension\":0,\"spread\":0,\"at_bounds\":0}");
}

TEST_CASE("monitor: refuses an interval or patience of 0, crossed bounds, and another shape") {
  CHECK_THROWS_AS(Monitor<double>({.interval = 0}), InvalidParameter);
  CHECK_THROWS_AS(Monitor<double>({.patience = 0}), InvalidParameter);
  CHECK_THROWS_AS(Monitor<double>({.lower = 1, .upper = 0}), InvalidParameter);
  Observed watch({});
  watch(1, varied, ones);
  CHECK_THROWS_AS(watch(2, varied, Matrix<double>::Ones(3, 3)), ShapeError);
  CHECK_THROWS_AS(watch(2, Matrix<double>::Ones(5, 50), ones), ShapeError);
}
