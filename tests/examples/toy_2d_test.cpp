#include <doctest/doctest.h>

#include "toy_2d/library.hpp"

using namespace example;

namespace {

/// A unit after as many steps as it needs to settle.
Unit trained(Rule rule, double sigma_y, double flip = 0) {
  const hebb::Random random{.seed = 5};
  Unit unit{.rule = rule, .sigma_y = sigma_y, .w = {0.4, 0.4}};
  Sequences sequences(flip, 200);
  Noise noise;
  noise.draw(random, 200);
  sequences.begin(noise);
  for (std::uint64_t step = 1; step <= 6000; ++step) {
    noise.draw(random.at(step), 200);
    sequences.advance(noise);
    unit.learn(moments_of(sequences.now, sequences.before));
  }
  return unit;
}

const PointRows points = fresh_points(hebb::Random{.seed = 6}, 1000);

}  // namespace

TEST_CASE(
    "a unit that learns from moments has the weights of the library's rule that learns from the "
    "batch") {
  CHECK(largest_deviation_from_library(3, 50) < 1e-13);
}

TEST_CASE(
    "latent predictive learning chooses the input that persists, at norm 3.430, under weak and "
    "strong noise") {
  for (const double sigma_y : {0.3, 1.0, 3.0}) {
    const Outcome outcome = measure(trained(Rule::Lpl, sigma_y), points);
    CHECK(outcome.alignment > 0.999);
    CHECK(outcome.norm == doctest::Approx(3.430).epsilon(0.003));
    CHECK(outcome.selectivity > 0.7);
  }
}

TEST_CASE("without prediction, and under Oja's rule, a unit chooses the input that varies more") {
  for (const Rule rule : {Rule::Hebbian, Rule::Oja}) {
    CHECK(measure(trained(rule, 0.3), points).alignment > 0.99);
    CHECK(measure(trained(rule, 3), points).alignment < 0.01);
  }
  CHECK(trained(Rule::Hebbian, 0.3).w.norm() ==
        doctest::Approx(ClosedForm().hebbian()).epsilon(0.003));
  CHECK(trained(Rule::Oja, 0.3).w.norm() == doctest::Approx(ClosedForm().oja(0.3)).epsilon(0.01));
  CHECK(trained(Rule::Oja, 3).w.norm() == doctest::Approx(ClosedForm().oja(3)).epsilon(0.01));
}

TEST_CASE("prediction alone collapses, which the norm shows and the selectivity hides") {
  const Outcome outcome = measure(trained(Rule::Predictive, 1), points);
  CHECK(outcome.norm < 1e-4);
  CHECK(outcome.selectivity > 0.7);
}

TEST_CASE("at equal variance, clusters are chosen while they flip with p < 0.5") {
  const Outcome steady = measure(trained(Rule::Lpl, 1, 0.3), points),
                flipping = measure(trained(Rule::Lpl, 1, 0.7), points);
  CHECK(steady.alignment > 0.99);
  CHECK(steady.norm == doctest::Approx(ClosedForm().lpl(0.3)).epsilon(0.01));
  CHECK(flipping.alignment < 0.05);
}

TEST_CASE("a variance loss without its logarithm lets the weights grow without bound") {
  CHECK(trained(Rule::Naive, 1).w.norm() > 1e30);
  CHECK(trained(Rule::Hinge, 1).w.norm() == doctest::Approx(ClosedForm::hinge()).epsilon(0.02));
}
