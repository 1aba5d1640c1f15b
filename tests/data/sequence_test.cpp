#include "hebb/data/sequence.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace hebb;

namespace {

/// Images of 3 x 2 pixels, all of the value 1 + their number, with labels 5, 7, 9, 5, 7, 9, ...
ImageSet numbered(Index count) {
  ImageSet images{
      .channels = 1, .width = 3, .height = 2, .pixels = {}, .labels = {}, .classes = 10};
  for (Index i = 0; i < count; ++i) {
    images.pixels.insert(images.pixels.end(), 6, std::uint8_t(1 + i));
    images.labels.push_back(int(5 + 2 * (i % 3)));
  }
  return images;
}

/// The number of the image on a canvas; CHECKs that the canvas holds exactly one whole image, at
/// the given position.
int held(const Matrix<float>& canvas, Index column, int position) {
  const Matrix<float> picture = canvas.col(column).reshaped(6, 4);  // x by y
  const Matrix<float> quarter = picture.block(position * 3, position * 2, 3, 2);
  CHECK((quarter.array() == quarter(0, 0)).all());
  CHECK(picture.sum() == doctest::Approx(quarter.sum()));
  return int(std::lround(255 * double(quarter(0, 0)))) - 1;
}

template <typename Sequence>
Sequence make(std::uint64_t seed = 1) {
  return Sequence(
      numbered(240),
      {.labels = {9, 5}, .sequences = 60, .images_per_class = 70, .random = {.seed = seed}});
}

}  // namespace

TEST_CASE_TEMPLATE(
    "sequence: every canvas holds one image of the class at the position, and no image occurs "
    "twice",
    Sequence, PositionSequence, IdentitySequence) {
  const auto sequence = make<Sequence>();
  SequenceStep step;
  for (std::uint64_t t = 0; t < 20; ++t) {
    sequence.draw(t, step);
    CHECK(step.canvas.rows() == 24);
    CHECK(step.canvas.cols() == 60);
    std::set<int> seen;
    for (Index i = 0; i < 60; ++i) {
      const int image = held(step.canvas, i, step.positions[std::size_t(i)]);
      CHECK(image % 3 == (step.classes[std::size_t(i)] == 0 ? 2 : 0));  // label 9 or label 5
      CHECK(image < 210);  // among the first 70 of its class
      seen.insert(image);
    }
    CHECK(seen.size() == 60);
  }
}

TEST_CASE(
    "sequence: a position sequence keeps places and draws classes anew, an identity sequence the "
    "other way round") {
  SequenceStep first, later;
  const auto position = make<PositionSequence>();
  const auto identity = make<IdentitySequence>();
  for (std::uint64_t t = 1; t < 10; ++t) {
    position.draw(0, first);
    position.draw(t, later);
    CHECK(first.positions == later.positions);
    CHECK(first.classes != later.classes);
    CHECK(first.canvas != later.canvas);
    identity.draw(0, first);
    identity.draw(t, later);
    CHECK(first.classes == later.classes);
    CHECK(first.positions != later.positions);
    CHECK(first.canvas != later.canvas);
  }
}

TEST_CASE_TEMPLATE("sequence: positions and classes are uniform and independent in both orders",
                   Sequence, PositionSequence, IdentitySequence) {
  SequenceStep step;
  Eigen::Matrix2d counts = Eigen::Matrix2d::Zero();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    make<Sequence>(seed).draw(3, step);
    for (std::size_t i = 0; i < 60; ++i) counts(step.positions[i], step.classes[i]) += 1;
  }
  CHECK((counts.array() - 3000).square().sum() / 3000 <
        16.3);  // chi-square with 3 degrees of freedom: p = 0.001
}

TEST_CASE("sequence: a step depends only on the seed and its number") {
  SequenceStep a, b;
  const auto sequence = make<IdentitySequence>();
  sequence.draw(7, a);
  sequence.draw(2, b);
  sequence.draw(7, b);
  CHECK(a.canvas == b.canvas);
  CHECK(a.positions == b.positions);
  make<IdentitySequence>(2).draw(7, b);
  CHECK(a.canvas != b.canvas);
}

TEST_CASE("sequence: too few images are refused") {
  CHECK_THROWS_AS(
      PositionSequence(numbered(30), {.labels = {5, 7}, .sequences = 5, .images_per_class = 11}),
      InvalidParameter);
  CHECK_THROWS_AS(
      PositionSequence(numbered(30), {.labels = {5, 7}, .sequences = 6, .images_per_class = 5}),
      InvalidParameter);
  CHECK_THROWS_AS(
      PositionSequence(numbered(30), {.labels = {5, 6}, .sequences = 5, .images_per_class = 5}),
      InvalidParameter);
}
