#include "hebb/spiking/lpl/spiking_lpl.hpp"

#include <doctest/doctest.h>

#include "tests/forged_steps.hpp"

using namespace hebb;

namespace {

/// One synapse at a constant potential, step by step.
template <typename Rule>
struct Synapse {
  using Scalar = typename Rule::Scalar;

  Rule rule;
  typename Rule::State state = rule.init({.pre = 1, .post = 1});
  Vector<Scalar> potential = Vector<Scalar>::Constant(1, Scalar(rule.threshold_mv));

  void run(Index steps) {
    for (Index n = 0; n < steps; ++n) rule.update({}, {{}, potential}, state);
  }
  void spike() {
    const Index neuron[] = {0};
    rule.update(neuron, {{}, potential}, state);
  }
};

/// The weights after windows that accumulated some gradients.
template <typename Rule>
Vector<double> apply(const Rule& rule, Vector<double> weights,
                     const std::vector<Vector<double>>& gradients) {
  auto square = rule.gradient.template init<double>(weights.size());
  const double scale = rule.parameters.step(rule.times).gradient_scale;
  for (Vector<double> accumulated : gradients) {
    accumulated /= scale;
    rule.apply(accumulated, weights, square, 0);
    CHECK(accumulated.isZero());
  }
  return weights;
}

const std::vector<Vector<double>> two_windows{Vector<double>{{4, -1}}, Vector<double>{{1, -2}}};
const double kept = std::exp(-0.5 / 100);  // of a squared gradient, after a window

}  // namespace

TEST_CASE(
    "spiking lpl: at the threshold a presynaptic spike adds eta times beta times delta, in "
    "physical units") {
  Synapse<SpikingLpl<double>> synapse{.rule = {.parameters = {.eta = 1e3}}};
  synapse.run(5001);  // the constant error passes its filters
  const double before = synapse.state.weights.value();
  synapse.spike();
  synapse.run(5000);
  const double change = synapse.state.weights.value() - before;
  CHECK(change == doctest::Approx(1e3 * 1 * 0.1e-3).epsilon(0.02));  // in continuous time
  const double trace = std::exp(-0.02) / (1 - std::exp(-0.02)),
               eligibility = 1 / (1 - std::exp(-0.05));  // sums over steps of 0.1 ms
  CHECK(change ==
        doctest::Approx(1e3 * 1 * 0.1e-3 * (trace / 50) * (eligibility / 20)).epsilon(1e-6));
}

TEST_CASE(
    "spiking lpl: mean and variance decay with their time constants even if the weights are in "
    "float") {
  // In float the factor of a step would be that of 559 s, and the mean 2.4e-4 too small.
  Synapse<SpikingLpl<float>> synapse{.rule = {}};
  synapse.state.mean.setConstant(1);
  synapse.run(20000);
  CHECK(synapse.state.mean.value() == doctest::Approx(std::exp(-2 / 600.0)).epsilon(1e-10));
}

TEST_CASE(
    "spiking lpl: the augmented gradient divides by its decaying maximum, of each synapse or of "
    "the layer") {
  const PhysicalUnits parameters{.eta = 0.01};
  const Vector<double> begin{{0.5, 0.5}};
  const SpikingLpl<double, PhysicalUnits> plain{.parameters = parameters};
  CHECK(apply(plain, begin, two_windows).isApprox(Vector<double>{{0.55, 0.47}}, 1e-12));
  const SpikingLpl<double, PhysicalUnits, AugmentedGradient> augmented{.parameters = parameters};
  CHECK(apply(augmented, begin, two_windows)
            .isApprox(Vector<double>{{0.51 + 0.01 / 4 / std::sqrt(kept), 0.48}}, 1e-12));
  const SpikingLpl<double, PhysicalUnits, LayerwiseAugmentedGradient> layerwise{.parameters =
                                                                                    parameters};
  const double unit = 0.01 / 4 / std::sqrt(kept);
  CHECK(apply(layerwise, begin, two_windows)
            .isApprox(Vector<double>{{0.51 + unit, 0.5 - 0.01 / 4 - 2 * unit}}, 1e-12));
}

TEST_CASE(
    "spiking lpl: weights decay with their time constant in physical units, and eta times as fast "
    "in the published program") {
  const std::vector<Vector<double>> silent(10, Vector<double>::Zero(1));
  const Vector<double> begin{{0.5}};
  const SpikingLpl<double> physical{.parameters = {.tau_weight_decay_ms = 20e3}};
  CHECK(apply(physical, begin, silent).value() ==
        doctest::Approx(0.5 * std::exp(-5 / 20.0)).epsilon(1e-12));
  const SpikingLpl<double, PublishedCode> published{
      .parameters = {.eta = 0.1, .tau_weight_decay_ms = 20e3}};
  CHECK(apply(published, begin, silent).value() ==
        doctest::Approx(0.5 * std::pow(1 + 0.1 * std::expm1(-0.5 / 20), 10)).epsilon(1e-12));
}

TEST_CASE("spiking lpl: weights end at their bounds, and one that was set outside is refused") {
  const std::vector<Vector<double>> strong{Vector<double>{{1e9, -1e9}}};
  const Vector<double> begin{{0.5, 0.5}};
  CHECK(apply(SpikingLpl<double>{}, begin, strong) == Vector<double>{{1, 0}});
  CHECK_THROWS_WITH_AS(apply(SpikingLpl<double>{}, Vector<double>{{0.5, 1.5}}, strong),
                       "SpikingLpl: the weight of synapse 1, 1.5, is out of bounds",
                       InvalidParameter);
  CHECK_THROWS_AS(apply(SpikingLpl<double>{}, Vector<double>{{std::nan(""), 0.5}}, strong),
                  InvalidParameter);
  Vector<double> accumulated{{1e9, -1e9}}, weights{{0.5, 1.5}}, square;
  CHECK_THROWS_AS(SpikingLpl<double>{}.apply(accumulated, weights, square, 0), InvalidParameter);
  CHECK(accumulated == strong[0]);  // nothing has changed
  CHECK(weights == Vector<double>{{0.5, 1.5}});
  const SpikingLpl<double, PhysicalUnits, PlainGradient, Unbounded> free{.parameters = {.eta = 1}};
  CHECK(apply(free, begin, strong).isApprox(Vector<double>{{0.5 + 1e9, 0.5 - 1e9}}));
}

TEST_CASE(
    "spiking lpl: before the end of priming weights do not change, and what a window accumulated "
    "is cleared") {
  const SpikingLpl<double> rule{.parameters = {.eta = 1}, .times = {.priming_ms = 2000}};
  const double scale = rule.parameters.step(rule.times).gradient_scale;
  Vector<double> weights{{0.5}}, square;
  for (const std::int64_t step : {19999, 20000}) {
    Vector<double> accumulated{{0.1 / scale}};
    rule.apply(accumulated, weights, square, step);
    CHECK(accumulated.isZero());
    CHECK(weights(0) == doctest::Approx(step < 20000 ? 0.5 : 0.6));
  }
}

TEST_CASE("spiking lpl: parameters out of range are refused") {
  const Shape one{.pre = 1, .post = 1};
  using Rule = SpikingLpl<double>;
  CHECK_THROWS_AS(Rule{}.init({.pre = 0, .post = 1}), InvalidParameter);
  CHECK_THROWS_AS((Rule{.parameters = {.eta = 0}}.init(one)), InvalidParameter);
  CHECK_THROWS_AS((Rule{.parameters = {.epsilon = 0}}.init(one)), InvalidParameter);
  CHECK_THROWS_AS((Rule{.parameters = {.tau_weight_decay_ms = 0}}.init(one)), InvalidParameter);
  CHECK_THROWS_AS((Rule{.times = {.dt_ms = 3}}.init(one)),
                  InvalidParameter);  // longer than the rise
  CHECK_THROWS_AS((Rule{.times = {.prediction_ms = 0.5}}.init(one)), InvalidParameter);
  CHECK_THROWS_AS((Rule{.bounds = {.lower = 1, .upper = 0}}.init(one)), InvalidParameter);
  CHECK_THROWS_AS(
      (SpikingLpl<double, PhysicalUnits, AugmentedGradient>{.gradient = {.tau_ms = 0}}.init(one)),
      InvalidParameter);
  Synapse<Rule> synapse{.rule = {}};
  const Index second[] = {1};
  CHECK_THROWS_AS(synapse.rule.update(second, {{}, synapse.potential}, synapse.state), ShapeError);
  synapse.potential.setConstant(std::nan(""));
  CHECK_THROWS_AS(synapse.run(1), NonFinite);
}

TEST_CASE("spiking lpl: an impossible step, as in a forged checkpoint, is refused") {
  const SpikingLpl<double> rule;
  const Vector<double> potential = Vector<double>::Constant(1, -70);
  for (const std::int64_t step : forged_steps) {
    auto state = rule.init({.pre = 1, .post = 1});
    state.step = step;
    CHECK_THROWS_WITH_AS(rule.update({}, {{}, potential}, state),
                         sentence("SpikingLpl: the state is at step ", step).c_str(),
                         InvalidParameter);
    CHECK(state.step == step);
  }
}
