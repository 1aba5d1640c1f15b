#include "hebb/data/augment.hpp"

#include <doctest/doctest.h>

#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

ImageSet noise(Index count, Index channels, Index width, Index height) {
  ImageSet images{.channels = channels,
                  .width = width,
                  .height = height,
                  .pixels = {},
                  .labels = {},
                  .classes = 0};
  images.pixels.resize(std::size_t(count * images.rows()));
  Random random{.seed = 21};
  for (auto& pixel : images.pixels) pixel = std::uint8_t(random.below(256));
  return images;
}

ImageSet one_image(Index channels, Index width, Index height, std::vector<std::uint8_t> pixels) {
  return {.channels = channels,
          .width = width,
          .height = height,
          .pixels = std::move(pixels),
          .labels = {},
          .classes = 0};
}

Matrix<float> views(const ImageSet& images, const Augmentation& augmentation,
                    std::uint64_t step = 0) {
  Matrix<float> out(images.rows(), images.size());
  augment(images, range(0, images.size()), augmentation, 1, Random{.seed = 5}.at(step), out);
  return out;
}

Matrix<float> originals(const ImageSet& images) {
  Matrix<float> out(images.rows(), images.size());
  to_columns(images, range(0, images.size()), out);
  return out;
}

/// A pipeline without effect, except for the settings that `change` makes.
Augmentation with(const auto& change) {
  Augmentation augmentation = no_augmentation;
  change(augmentation);
  return augmentation;
}

/// A column as channels x pixels.
Matrix<float> pixels(const Matrix<float>& columns, Index column, Index channels) {
  return columns.col(column).reshaped(channels, columns.rows() / channels);
}

}  // namespace

TEST_CASE("augment: with all strengths 0 an image keeps all its bits") {
  for (const Index channels : {1, 2, 3}) {
    const ImageSet images = noise(9, channels, 8, 5);
    CHECK(views(images, no_augmentation) == originals(images));
    CHECK(views(images, with([](Augmentation& a) { a.jitter = 1; })) ==
          originals(images));  // factors of 1, no shift
  }
}

TEST_CASE("augment: a flip mirrors every row exactly") {
  const ImageSet images = noise(4, 3, 7, 6);
  const Matrix<float> flipped = views(images, with([](Augmentation&a) { a.flip = 1; })),
                      original = originals(images);
  for (Index sample = 0; sample < 4; ++sample) {
    const Matrix<float> f = pixels(flipped, sample, 3), o = pixels(original, sample, 3);
    for (Index y = 0; y < 6; ++y)
      CHECK(f.middleCols(7 * y, 7).rowwise().reverse() == o.middleCols(7 * y, 7));
  }
}

TEST_CASE("augment: half of the images flip when the probability is a half") {
  const ImageSet images = noise(2000, 1, 3, 1);
  const Matrix<float> flipped = views(images, with([](Augmentation&a) { a.flip = 0.5; })),
                      original = originals(images);
  Index same = 0;
  for (Index sample = 0; sample < images.size(); ++sample)
    same += flipped.col(sample) == original.col(sample);
  CHECK(std::abs(double(same) - 1000) <
        4 * std::sqrt(500) + 10);  // four standard deviations; about 10 images are symmetric
}

TEST_CASE("augment: a crop stretches a box bilinearly, worked by hand") {
  // On a ramp along x, a box of half the width that begins at b shows b + (-1/4, 1/4, 3/4, 5/4),
  // held inside the box.
  const ImageSet ramp =
      one_image(1, 4, 4, {0, 60, 120, 180, 0, 60, 120, 180, 0, 60, 120, 180, 0, 60, 120, 180});
  const Augmentation quarter = with([](Augmentation& a) { a.crop_area = {0.25, 0.25}; });
  Eigen::Vector3i seen = Eigen::Vector3i::Zero();
  for (std::uint64_t step = 0; step < 300; ++step) {
    const Matrix<float> view = 255 / 60.0f * views(ramp, quarter, step);
    const Index begin = std::lround(view(0, 0));
    ++seen[begin];
    for (Index y = 0; y < 4; ++y) {
      const Eigen::Vector4f expected = float(begin) + Eigen::Array4f(0, 0.25f, 0.75f, 1);
      CHECK(view.col(0).segment(4 * y, 4).isApprox(expected, 1e-6f));
    }
  }
  CHECK(seen.minCoeff() > 60);  // 100 are expected, with a standard deviation of 8
}

TEST_CASE("augment: crops have the area and the aspect ratio of the settings") {
  // A view of a ramp along x shows how wide its box was, and one along y how high.
  ImageSet ramps{
      .channels = 2, .width = 64, .height = 64, .pixels = {}, .labels = {}, .classes = 0};
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      ramps.pixels.insert(ramps.pixels.end(), {std::uint8_t(4 * x), std::uint8_t(4 * y)});
  const Augmentation crops = with([](Augmentation& a) {
    a.crop_area = {0.1, 0.3};
    a.crop_aspect = {0.5, 2};
  });
  double mean_area = 0, mean_log_aspect = 0;
  const int steps = 2000;
  for (int step = 0; step < steps; ++step) {
    const Matrix<float> view = pixels(255.0f / 4 * views(ramps, crops, std::uint64_t(step)), 0, 2);
    const double width = double(view(0, 63) - view(0, 0)) + 1,
                 height = double(view(1, 64 * 63) - view(1, 0)) + 1;
    CHECK(width / height > 0.46);  // boxes have whole sides
    CHECK(width / height < 2.2);
    mean_area += width * height / (64 * 64) / steps;
    mean_log_aspect += std::log(width / height) / steps;
  }
  CHECK(mean_area == doctest::Approx(0.2).epsilon(0.02));
  CHECK(std::abs(mean_log_aspect) <
        0.04);  // standard error: 2 log 2 / sqrt(12) / sqrt(2000) = 0.009
}

TEST_CASE("augment: any crop of a constant image is that image") {
  const ImageSet grey = one_image(3, 12, 12, std::vector<std::uint8_t>(3 * 144, 77));
  for (std::uint64_t step = 0; step < 20; ++step)
    CHECK(views(grey, with([](Augmentation& a) {
                  a.crop_area = {0.05, 1}, a.crop_aspect = {0.5, 2};
                }),
                step) == originals(grey));
}

TEST_CASE("augment: brightness scales and stops at 1") {
  const ImageSet image = one_image(1, 2, 1, {51, 204});  // 0.2, 0.8
  const Matrix<float> half = views(image, with([](Augmentation& a) {
                                     a.jitter = 1, a.brightness = {0.5, 0.5};
                                   }));
  CHECK(half(0, 0) == doctest::Approx(0.1));
  CHECK(half(1, 0) == doctest::Approx(0.4));
  const Matrix<float> twice = views(image, with([](Augmentation& a) {
                                      a.jitter = 1, a.brightness = {2, 2};
                                    }));
  CHECK(twice(0, 0) == doctest::Approx(0.4));
  CHECK(twice(1, 0) == 1);
}

TEST_CASE("augment: contrast moves values away from the mean luma and stops at 0 and 1") {
  const ImageSet image = one_image(1, 2, 1, {51, 153});  // 0.2, 0.6: mean 0.4
  const auto contrast = [&](double factor) {
    return views(image, with([&](Augmentation& a) {
                   a.jitter = 1, a.contrast = {factor, factor};
                 }));
  };
  CHECK(contrast(0)(0, 0) == doctest::Approx(0.4));
  CHECK(contrast(0)(1, 0) == doctest::Approx(0.4));
  CHECK(contrast(1.5)(0, 0) == doctest::Approx(0.1));
  CHECK(contrast(1.5)(1, 0) == doctest::Approx(0.7));
  CHECK(contrast(3)(0, 0) == 0);

  const ImageSet colour = one_image(3, 2, 1, {255, 0, 0, 0, 0, 255});  // luma 0.299, 0.114
  CHECK(views(colour, with([](Augmentation& a) {
                a.jitter = 1, a.contrast = {0, 0};
              }))
            .isApproxToConstant(0.2065f, 1e-6f));
}

TEST_CASE("augment: saturation 0 and grayscale leave the luma in every channel") {
  const ImageSet images = noise(6, 3, 4, 4);
  const Matrix<float> original = originals(images);
  const Matrix<float> pale = views(images, with([](Augmentation& a) {
                                     a.jitter = 1, a.saturation = {0, 0};
                                   }));
  const Matrix<float> grey = views(images, with([](Augmentation& a) { a.grayscale = 1; }));
  const Eigen::Vector3f luma(0.299f, 0.587f, 0.114f);
  for (Index sample = 0; sample < 6; ++sample) {
    const Matrix<float> expected = (luma.transpose() * pixels(original, sample, 3)).replicate(3, 1);
    CHECK(pixels(pale, sample, 3).isApprox(expected, 1e-6f));
    CHECK(pixels(grey, sample, 3).isApprox(expected, 1e-6f));
    CHECK(pixels(grey, sample, 3).row(0) == pixels(grey, sample, 3).row(2));
  }
}

TEST_CASE("augment: a third of a turn of the hue makes red green, green blue, and blue red") {
  const ImageSet images = noise(20, 3, 8, 8);
  const auto turned = [&](double turns) {
    return views(images, with([&](Augmentation& a) { a.jitter = 1, a.hue = {turns, turns}; }));
  };
  const Matrix<float> original = originals(images), third = turned(1.0 / 3),
                      back = turned(-1.0 / 3), again = turned(2.0 / 3);
  for (Index sample = 0; sample < images.size(); ++sample) {
    const Matrix<float> o = pixels(original, sample, 3);
    Matrix<float> expected(3, 64);
    expected << o.row(2), o.row(0), o.row(1);
    CHECK(pixels(third, sample, 3).isApprox(expected, 1e-5f));
  }
  CHECK(back.isApprox(again, 1e-5f));
  CHECK(turned(1) == original);
  CHECK(turned(0.999999).isApprox(original, 1e-4f));

  const ImageSet red =
      one_image(3, 1, 1, {255, 0, 0});  // a quarter turn from red lies between yellow and green
  const Matrix<float> quarter = views(red, with([](Augmentation& a) {
                                        a.jitter = 1, a.hue = {0.25, 0.25};
                                      }));
  CHECK(quarter(0, 0) == doctest::Approx(0.5));
  CHECK(quarter(1, 0) == doctest::Approx(1));
  CHECK(quarter(2, 0) == doctest::Approx(0));
}

TEST_CASE("augment: images of one channel have no saturation, hue or grayscale") {
  const ImageSet images = noise(30, 1, 6, 6);
  const Augmentation all;
  Augmentation less = all;
  less.saturation = {1, 1};
  less.hue = {0, 0};
  less.grayscale = 0;
  CHECK(views(images, all) == views(images, less));
}

TEST_CASE(
    "augment: a blurred point is a Gaussian of the same mass, and a constant image stays "
    "constant") {
  std::vector<std::uint8_t> point(20 * 20, 0);
  point[std::size_t(9 * 20 + 11)] = 255;
  const Augmentation blur = with([](Augmentation& a) {
    a.blur = 1, a.blur_deviation = {0.8, 0.8}, a.blur_width = 0.25;
  });  // radius 2
  const Matrix<float> view = views(one_image(1, 20, 20, point), blur);
  CHECK(view.sum() == doctest::Approx(1));
  const auto at = [&](Index x, Index y) { return double(view(y * 20 + x, 0)); };
  for (const Index y : {-2, -1, 0, 1, 2})
    for (const Index x : {-2, -1, 0, 1, 2})
      CHECK(at(11 + x, 9 + y) ==
            doctest::Approx(at(11, 9) * std::exp(-double(x * x + y * y) / (2 * 0.8 * 0.8))));
  CHECK((view.array() > 0).count() == 25);

  const ImageSet grey = one_image(3, 20, 20, std::vector<std::uint8_t>(1200, 200));
  CHECK(views(grey, blur).isApproxToConstant(200 / 255.0f, 1e-6f));
}

TEST_CASE("augment: the border of a blurred image is mirrored") {
  // With radius 1 and weights a, b, a, the first of (u, v, ...) becomes b u + 2 a v.
  const ImageSet row = one_image(1, 20, 20, [] {
    std::vector<std::uint8_t> columns;
    for (int i = 0; i < 400; ++i) columns.push_back(i % 20 == 1 ? 255 : 0);
    return columns;
  }());
  const Matrix<float> view = views(row, with([](Augmentation& a) {
                                     a.blur = 1, a.blur_deviation = {1, 1}, a.blur_width = 0.15;
                                   }));
  const double side = std::exp(-0.5) / (1 + 2 * std::exp(-0.5));
  for (Index y = 0; y < 20; ++y) {
    CHECK(double(view(20 * y, 0)) == doctest::Approx(2 * side));
    CHECK(double(view(20 * y + 2, 0)) == doctest::Approx(side));
  }
}

TEST_CASE("augment: the whole pipeline stays within [0, 1]") {
  for (const Index channels : {1, 3}) {
    const Matrix<float> view = views(noise(300, channels, 16, 16), Augmentation{});
    CHECK(view.minCoeff() >= 0);
    CHECK(view.maxCoeff() <= 1 + 1e-6f);  // a blur may round up
    CHECK(view.allFinite());
  }
}

TEST_CASE(
    "augment: a view depends on seed, stream, step and sample, not on the batch or the threads") {
  const ImageSet images = noise(70, 3, 9, 7);
  const auto samples = range(0, 70);
  const Random random = Random{.seed = 1}.stream("one").at(12);
  Matrix<float> whole(images.rows(), 140), again(images.rows(), 140);
  augment_pairs(images, samples, {}, random, whole);
  CHECK(whole.leftCols(70) != whole.rightCols(70));

#ifdef _OPENMP
  const int threads_before = omp_get_max_threads();
  for (const int threads : thread_counts()) {
    omp_set_num_threads(threads);
    again.setZero();
    augment_pairs(images, samples, {}, random, again);
    CHECK(again == whole);
  }
  omp_set_num_threads(threads_before);
#endif

  augment_pairs(images, std::vector<Index>(samples.rbegin(), samples.rend()), {}, random, again);
  CHECK(again.leftCols(70).rowwise().reverse() == whole.leftCols(70));
  for (const Random& other : {Random{.seed = 2}.stream("one").at(12),
                              Random{.seed = 1}.stream("two").at(12), random.at(13)}) {
    augment_pairs(images, samples, {}, other, again);
    CHECK(again != whole);
  }
}

TEST_CASE("augment: strengths out of range are refused") {
  const ImageSet images = noise(2, 3, 4, 4);
  for (const Augmentation& bad :
       {with([](Augmentation& a) {
          a.crop_area = {0, 1};
        }),
        with([](Augmentation& a) {
          a.crop_area = {0.5, 0.2};
        }),
        with([](Augmentation& a) {
          a.crop_aspect = {-1, 1};
        }),
        with([](Augmentation& a) { a.flip = 1.5; }), with([](Augmentation& a) {
          a.contrast = {-0.1, 1};
        }),
        with([](Augmentation& a) {
          a.blur_deviation = {0, 1};
        }),
        with([](Augmentation& a) { a.blur_width = 1; }), with([](Augmentation& a) {
          a.hue = {0, std::nan("")};
        })})
    CHECK_THROWS_AS(views(images, bad), InvalidParameter);
  Matrix<float> out(48, 3);
  CHECK_THROWS_AS(augment_pairs(images, range(0, 2), {}, {}, out), ShapeError);
  CHECK_THROWS_AS(augment_pairs(images, std::vector<Index>{2}, {}, {}, out), InvalidParameter);
}
