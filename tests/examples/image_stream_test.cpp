#include "common/image_stream.hpp"

#include <doctest/doctest.h>

using namespace hebb;
using example::Pixels;
using example::Stream;
using example::StreamKind;

TEST_CASE(
    "stream: standardised scenes have mean 0 and variance 1, and are displayed as they were") {
  example::Images images;
  images.learn = {.channels = 1, .width = 8, .height = 8, .pixels = {}, .labels = {}};
  Random random{.seed = 1};
  for (Index i = 0; i < 1000 * images.learn.rows(); ++i)
    images.learn.pixels.push_back(std::uint8_t(random.below(256)));
  const MovingScenes scenes{.size = 12, .patches = 2, .patch_size = 3};
  const Stream raw(StreamKind::moving, images, scenes, {}, 1);
  const Stream standardised(StreamKind::moving, images, scenes, {}, 1, Pixels::standardised);
  const std::vector<Index> all = range(0, images.learn.size());

  Matrix<float> seen, as_they_are;
  standardised.views(images.learn, all, seen);
  raw.views(images.learn, all, as_they_are);
  CHECK(as_they_are.minCoeff() >= 0);
  CHECK(as_they_are.mean() > 0.1f);
  const double mean = seen.mean(), variance = seen.squaredNorm() / double(seen.size());
  CHECK(std::abs(mean) < 0.02);
  CHECK(std::abs(variance - 1) < 0.02);
  CHECK((standardised.displayed(seen) - as_they_are).cwiseAbs().maxCoeff() < 1e-5f);
  CHECK(raw.displayed(as_they_are) == as_they_are);

  Matrix<float> pairs, raw_pairs;
  standardised.pairs(range(0, 10), 3, pairs);
  raw.pairs(range(0, 10), 3, raw_pairs);
  CHECK((standardised.displayed(pairs) - raw_pairs).cwiseAbs().maxCoeff() < 1e-5f);
}
