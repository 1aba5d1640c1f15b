#include <doctest/doctest.h>

#include "plasticity/curve.hpp"
#include "plasticity/landscape.hpp"

using namespace example;

TEST_CASE("one sample changes a synapse as the plasticity curve says") {
  for (const Circumstances now : {Circumstances{},
                                  {.mean = 20},
                                  {.variance = 0.75},
                                  {.slope = 10},
                                  {.mean = 40, .variance = 2, .slope = -3}})
    for (const double drive : {0.0, 3.0, 6.0, 12.5, 45.0, 79.9}) {
      CHECK(learned_change<Saturating>(drive, now) ==
            doctest::Approx(closed_form_change<Saturating>(drive, now)).epsilon(1e-11));
      CHECK(learned_change<Rectified>(drive, now) ==
            doctest::Approx(closed_form_change<Rectified>(drive, now)).epsilon(1e-11));
    }
}

TEST_CASE("the plasticity curve has the published height where the drive ends") {
  CHECK(learned_change<Saturating>(79.9, {}) == doctest::Approx(1.075).epsilon(5e-4));
  CHECK(learned_change<Saturating>(79.9, {.variance = 2}) == doctest::Approx(0.538).epsilon(1e-3));
}

TEST_CASE("weakening turns into strengthening at mean + variance * slope") {
  CHECK(learned_threshold<Saturating>({}, 80) == doctest::Approx(30).epsilon(1e-9));
  CHECK(learned_threshold<Saturating>({.slope = -10}, 80) == doctest::Approx(20).epsilon(1e-9));
  CHECK(learned_threshold<Saturating>({.variance = 2, .slope = 5}, 80) ==
        doctest::Approx(40).epsilon(1e-9));
}

TEST_CASE("the losses of two clusters are those of the closed form, and least at distance sqrt 8") {
  const Clusters clusters(hebb::Random{.seed = 1}, 100);
  for (const double distance : {0.1, 1.0, 5.0}) {
    const Landscape found = clusters.at(distance), expected = closed_form_landscape(distance);
    CHECK(found.predictive == doctest::Approx(expected.predictive).epsilon(1e-9));
    CHECK(found.variance == doctest::Approx(expected.variance).epsilon(1e-9));
  }
  const double best =
      minimum([&](double distance) { return clusters.at(distance).log_variance(); }, 1e-3, 10);
  CHECK(best == doctest::Approx(std::sqrt(8.0)).epsilon(1e-6));
  CHECK(clusters.at(best).log_variance() == doctest::Approx(1 - std::log(2.5)).epsilon(1e-9));
}
