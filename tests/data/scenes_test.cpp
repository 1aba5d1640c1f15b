#include "hebb/data/scenes.hpp"

#include <doctest/doctest.h>

#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

/// Images of random bytes, none of them 0.
ImageSet noise(Index count, Index channels, Index side) {
  ImageSet images{.channels = channels,
                  .width = side,
                  .height = side,
                  .pixels = {},
                  .labels = {},
                  .classes = 0};
  Random random{.seed = 11};
  images.pixels.resize(std::size_t(count * images.rows()));
  for (auto& pixel : images.pixels) pixel = std::uint8_t(1 + random.below(255));
  return images;
}

/// The image at a position in a scene, as a column.
Matrix<float> cut(const Matrix<float>& scene, Index column, Index channels, Index size, Index side,
                  Index x, Index y) {
  Matrix<float> result(channels * side, side);
  for (Index row = 0; row < side; ++row)
    result.col(row) = scene.col(column).segment(((y + row) * size + x) * channels, channels * side);
  return result.reshaped(channels * side * side, 1);
}

/// The position of the unchanged image in a scene; -1, -1 if there is none.
std::pair<Index, Index> find(const Matrix<float>& scene, Index column, const Matrix<float>& image,
                             Index channels, Index size, Index side) {
  for (Index y = 0; y + side <= size; ++y)
    for (Index x = 0; x + side <= size; ++x)
      if (cut(scene, column, channels, size, side, x, y) == image) return {x, y};
  return {-1, -1};
}

Matrix<float> columns_of(const ImageSet& images, const std::vector<Index>& samples) {
  Matrix<float> result(images.rows(), Index(samples.size()));
  to_columns(images, samples, result);
  return result;
}

}  // namespace

TEST_CASE("scenes: on a black background a frame is the object and nothing else") {
  for (const Index channels : {1, 3}) {
    const ImageSet images = noise(5, channels, 6);
    const MovingScenes scenes{.size = 10, .patches = 0};
    const auto objects = range(0, 5);
    Matrix<float> out(scenes.rows(images), 10);
    scenes.pairs(images, objects, {.seed = 1}, out);

    const Matrix<float> alone = columns_of(images, objects);
    for (Index column = 0; column < 10; ++column) {
      const Matrix<float> object = alone.col(column % 5);
      CHECK(find(out, column, object, channels, 10, 6).first >= 0);
      CHECK((out.col(column).array() > 0).count() ==
            object.size());  // no pixel of the object is 0, all others are
    }
  }
}

TEST_CASE(
    "scenes: over clutter both frames still hold the object, in places of their own, over patches "
    "of their own") {
  const ImageSet images = noise(40, 3, 6);
  const MovingScenes scenes{.size = 12, .patches = 5, .patch_size = 3};
  const auto objects = range(0, 40);
  Matrix<float> out(scenes.rows(images), 80);
  scenes.pairs(images, objects, {.seed = 2}, out);

  const Matrix<float> alone = columns_of(images, objects);
  Index moved = 0, same_mass = 0;
  for (Index i = 0; i < 40; ++i) {
    const auto first = find(out, i, alone.col(i), 3, 12, 6),
               second = find(out, 40 + i, alone.col(i), 3, 12, 6);
    CHECK(first.first >= 0);
    CHECK(second.first >= 0);
    moved += first != second;
    same_mass += out.col(i).sum() == out.col(40 + i).sum();
  }
  CHECK(moved >= 36);  // 49 places: about 1 in 49 stays by chance
  CHECK(same_mass == 0);
}

TEST_CASE("scenes: an object of one channel is the maximum of itself and the background") {
  ImageSet images = noise(3, 1, 4);
  std::fill_n(images.pixels.begin(), 16, std::uint8_t(0));  // object 0 is invisible
  const MovingScenes scenes{.size = 4, .patches = 1, .patch_size = 4};
  Matrix<float> out(16, 1);
  const std::vector<Index> invisible{0}, visible{1};

  scenes.frames(images, invisible, {.seed = 1}, out);
  const Matrix<float> alone = columns_of(images, range(0, 3));
  CHECK((out == alone.col(1) || out == alone.col(2)));

  scenes.frames(images, visible, {.seed = 1}, out);
  CHECK((out == alone.col(1).cwiseMax(alone.col(0)) || out == alone.col(1).cwiseMax(alone.col(2))));
}

TEST_CASE("scenes: fixed clutter is the same in both frames, changing clutter is not") {
  ImageSet images = noise(30, 1, 4);
  std::fill_n(images.pixels.begin(), 16, std::uint8_t(0));
  const std::vector<Index> invisible{0};
  Matrix<float> out(10 * 10, 2);
  MovingScenes scenes{.size = 10, .patches = 3, .patch_size = 4, .clutter = Clutter::fixed};
  scenes.pairs(images, invisible, {.seed = 5}, out);
  CHECK(out.col(0) == out.col(1));
  CHECK(out.sum() > 0);
  scenes.clutter = Clutter::changing;
  scenes.pairs(images, invisible, {.seed = 5}, out);
  CHECK(out.col(0) != out.col(1));
}

TEST_CASE("scenes: clutter is never cut from the object itself") {
  ImageSet images = noise(3, 1, 4);
  std::fill(images.pixels.begin(), images.pixels.end(), std::uint8_t(0));
  std::fill_n(images.pixels.begin() + 16, 16, std::uint8_t(255));  // only object 1 is bright
  const std::vector<Index> bright{1};
  const MovingScenes scenes{.size = 9, .patches = 8, .patch_size = 2};
  Matrix<float> out(81, 1);
  for (std::uint64_t step = 0; step < 50; ++step) {
    scenes.frames(images, bright, Random{.seed = 1}.at(step), out);
    CHECK(out.sum() == 16);
  }
}

TEST_CASE("scenes: positions are uniform, in x, in y and jointly") {
  const ImageSet images = noise(2000, 1, 3);
  const MovingScenes scenes{.size = 6, .patches = 0};
  Matrix<float> out(36, 4000);
  scenes.pairs(images, range(0, 2000), {.seed = 4}, out);

  Matrix<double> counts = Matrix<double>::Zero(4, 4);
  for (Index column = 0; column < out.cols(); ++column) {
    Index first = 0;
    while (out(first, column) == 0) ++first;
    counts(first % 6, first / 6) += 1;
  }
  const double expected = 4000.0 / 16;
  CHECK((counts.array() - expected).square().sum() / expected <
        37.7);  // chi-square with 15 degrees of freedom: p = 0.001
}

TEST_CASE(
    "scenes: a frame depends on seed, stream, step and object, not on the batch or the threads") {
  const ImageSet images = noise(50, 3, 8);
  const MovingScenes scenes{.size = 14, .patches = 4, .patch_size = 4};
  const Random random = Random{.seed = 9}.stream("one").at(17);
  const Index rows = scenes.rows(images);
  Matrix<float> whole(rows, 100), again(rows, 100), reversed(rows, 100), single(rows, 50);
  const auto objects = range(0, 50);
  scenes.pairs(images, objects, random, whole);

#ifdef _OPENMP
  const int threads_before = omp_get_max_threads();
  for (const int threads : thread_counts()) {
    omp_set_num_threads(threads);
    scenes.pairs(images, objects, random, again);
    CHECK(again == whole);
  }
  omp_set_num_threads(threads_before);
#endif

  scenes.pairs(images, std::vector<Index>(objects.rbegin(), objects.rend()), random, reversed);
  CHECK(reversed.leftCols(50).rowwise().reverse() == whole.leftCols(50));
  scenes.frames(images, objects, random, single);
  CHECK(single == whole.leftCols(50));

  for (const Random& other : {Random{.seed = 10}.stream("one").at(17),
                              Random{.seed = 9}.stream("two").at(17), random.at(18)}) {
    scenes.pairs(images, objects, other, again);
    CHECK(again != whole);
  }
}

TEST_CASE("scenes: impossible sizes are refused") {
  const ImageSet images = noise(2, 1, 8);
  const auto objects = range(0, 2);
  Matrix<float> out(100, 2);
  CHECK_THROWS_AS(MovingScenes({.size = 7}).frames(images, objects, {}, out), InvalidParameter);
  CHECK_THROWS_AS(MovingScenes({.size = 10, .patch_size = 9}).frames(images, objects, {}, out),
                  InvalidParameter);
  CHECK_THROWS_AS(MovingScenes({.size = 10, .patches = -1}).frames(images, objects, {}, out),
                  InvalidParameter);
  CHECK_THROWS_AS(MovingScenes({.size = 10}).frames(images, range(1, 3), {}, out),
                  InvalidParameter);
  CHECK_THROWS_AS(MovingScenes({.size = 10}).pairs(images, objects, {}, out), ShapeError);
  CHECK_THROWS_AS(
      MovingScenes({.size = 10, .patch_size = 4}).frames(noise(1, 1, 8), range(0, 1), {}, out),
      InvalidParameter);
}
