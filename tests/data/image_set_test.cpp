#include "hebb/data/image_set.hpp"

#include <doctest/doctest.h>

using namespace hebb;

namespace {

const ImageSet three{.channels = 2,
                     .width = 2,
                     .height = 1,
                     .pixels = {0, 51, 102, 153, 10, 20, 30, 40, 255, 0, 255, 0},
                     .labels = {1, 0, 1},
                     .classes = 2};

}  // namespace

TEST_CASE("images: columns are samples with the channel fastest, and a byte of 255 is 1") {
  Matrix<float> out(4, 2);
  to_columns(three, std::vector<Index>{2, 0}, out);
  const Matrix<float> expected{{1, 0}, {0, 0.2f}, {1, 0.4f}, {0, 0.6f}};
  CHECK(out.isApprox(expected));
  CHECK(out(0, 0) == 1);
}

TEST_CASE("images: samples can be chosen by class and by range, into a new set") {
  CHECK(three.size() == 3);
  CHECK(samples_of(three, 1) == std::vector<Index>{0, 2});
  CHECK(labels_of(three, std::vector<Index>{1, 2}) == std::vector<int>{0, 1});
  const ImageSet last = subset(three, range(1, 3));
  CHECK(last.size() == 2);
  CHECK(last.labels == std::vector<int>{0, 1});
  CHECK(last.pixels == std::vector<std::uint8_t>{10, 20, 30, 40, 255, 0, 255, 0});
}

TEST_CASE("images: standardised columns have mean 0 and deviation 1 in every channel") {
  ImageSet images{.channels = 3, .width = 5, .height = 4, .pixels = {}, .labels = {}, .classes = 0};
  Random random{.seed = 2};
  for (Index i = 0; i < 600; ++i)
    images.pixels.push_back(std::uint8_t(random.below(i % 3 == 0 ? 256 : 100)));
  const ChannelStatistics statistics = channel_statistics(images);
  Matrix<float> columns(images.rows(), images.size());
  to_columns(images, range(0, images.size()), columns);
  standardise(statistics, columns);
  const Matrix<float> pixels = columns.reshaped(3, 200);
  for (Index channel = 0; channel < 3; ++channel) {
    CHECK(double(pixels.row(channel).mean()) == doctest::Approx(0).epsilon(1e-5));
    CHECK(double(pixels.row(channel).squaredNorm()) / 200 == doctest::Approx(1));
  }
}

TEST_CASE("images: a constant channel is not amplified") {
  const ImageSet grey{
      .channels = 1, .width = 2, .height = 1, .pixels = {128, 128}, .labels = {}, .classes = 0};
  Matrix<float> columns(2, 1);
  to_columns(grey, range(0, 1), columns);
  standardise(channel_statistics(grey), columns);
  CHECK(columns.cwiseAbs().maxCoeff() < 1e-3f);
}

TEST_CASE("images: the random numbers of two samples never overlap") {
  const Random random = Random{.seed = 1}.stream("views").at(3);
  CHECK(random_of_sample(random, 5, 32).index == 160);
  CHECK(random_of_sample(random, 5, 32).stream_id == random.stream_id);
  CHECK_THROWS_AS(random_of_sample(random, Index(1) << 60, 32), InvalidParameter);
}

TEST_CASE("images: samples and labels that do not exist are refused") {
  Matrix<float> out(4, 1);
  CHECK_THROWS_AS(to_columns(three, std::vector<Index>{3}, out), InvalidParameter);
  CHECK_THROWS_AS(to_columns(three, std::vector<Index>{-1}, out), InvalidParameter);
  CHECK_THROWS_AS(to_columns(three, range(0, 2), out), ShapeError);
  CHECK_THROWS_AS(range(2, 1), InvalidParameter);
  CHECK_THROWS_AS(
      labels_of(
          subset(
              {.channels = 1, .width = 1, .height = 1, .pixels = {1}, .labels = {}, .classes = 0},
              range(0, 1)),
          range(0, 1)),
      InvalidParameter);
  CHECK_THROWS_AS(standardise({Vector<float>::Zero(3), Vector<float>::Ones(3)}, out), ShapeError);
}
