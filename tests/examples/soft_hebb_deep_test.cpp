#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "soft_hebb_deep/evaluate.hpp"

using namespace soft_hebb_deep;

namespace {

constexpr hebb::ImageShape shape{3, 32, 32};

Network<Soft> narrow(long blocks) { return {shape, published_blocks(blocks, 1.0 / 12), 1}; }

Images<float> some_images() {
  Images<float> images;
  images.assign(shape, hebb::Random{.seed = 1}.uniform<float>(shape.size(), 2));
  return images;
}

/// Two random images with labels.
hebb::ImageSet labelled_images() {
  const hebb::Matrix<float> values =
      hebb::Random{.seed = 2}.uniform<float>(shape.size(), 2) * 255.0f;
  hebb::ImageSet set{
      .channels = 3, .width = 32, .height = 32, .pixels = {}, .labels = {1, 0}, .classes = 2};
  for (const float value : values.reshaped()) set.pixels.push_back(std::uint8_t(value));
  return set;
}

/// Every image with left and right exchanged.
hebb::ImageSet mirrored(const hebb::ImageSet& set) {
  hebb::ImageSet result = set;
  for (Index place = 0; place < set.size() * 32 * 32; ++place)
    for (Index channel = 0; channel < 3; ++channel)
      result.pixels[std::size_t(3 * place + channel)] =
          set.pixels[std::size_t(3 * (place / 32 * 32 + 31 - place % 32) + channel)];
  return result;
}

}  // namespace

TEST_CASE("soft_hebb_deep: maps of the published sizes, 16 x 16, 8 x 8 and 4 x 4") {
  CHECK(published_blocks(3, 1).back().channels == 1536);
  CHECK(published_blocks(3, 1, 2)[1].channels == 384);
  CHECK(published_blocks(3, 1, 2)[2].channels == 3072);
  CHECK(narrow(1).output_shape() == hebb::ImageShape{8, 16, 16});
  CHECK(narrow(2).output_shape() == hebb::ImageShape{32, 8, 8});
  CHECK(narrow(3).output_shape() == hebb::ImageShape{128, 4, 4});
}

TEST_CASE("soft_hebb_deep: without learning only the averages of the batch normalisations move") {
  Network<Soft> network = narrow(2);
  const hebb::Matrix<float> weights = network.blocks[1].layer.state.weights;
  const hebb::Vector<double> mean = network.blocks[1].norm.mean;
  network.train(some_images(), false);
  CHECK(network.blocks[1].layer.state.weights == weights);
  CHECK(network.blocks[1].norm.mean != mean);
  network.train(some_images(), true);
  CHECK(network.blocks[1].layer.state.weights != weights);
}

TEST_CASE(
    "soft_hebb_deep: the share of the winner is 1 / n for equal drives, 1 for a hard choice") {
  CHECK(winner_share(hebb::Matrix<float>::Ones(5, 3), 1) == doctest::Approx(0.2));
  const hebb::Matrix<float> drive{{1.0f, 3.0f}, {2.0f, 0.0f}};
  CHECK(winner_share(drive, 1e-6f) == 1);
  const double soft = (1 / (1 + std::exp(-1.0)) + 1 / (1 + std::exp(-3.0))) / 2;
  CHECK(winner_share(drive, 1) == doctest::Approx(soft));
}

TEST_CASE("soft_hebb_deep: the favourite images of a unit, the strongest first") {
  const hebb::Matrix<float> features{{1.0f, 9.0f, 4.0f},   // unit 0, place 0
                                     {0.0f, 2.0f, 8.0f},   // unit 1, place 0
                                     {5.0f, 0.0f, 6.0f},   // unit 0, place 1
                                     {7.0f, 0.0f, 0.0f}};  // unit 1, place 1
  const Favourites best = favourites_of(over_places(features, 2), 2, 2);
  CHECK(best.units == std::vector<Index>{0, 1});
  CHECK(best.images[0] == std::vector<Index>{1, 2});
  CHECK(best.images[1] == std::vector<Index>{2, 0});
}

TEST_CASE("soft_hebb_deep: features of all blocks are averages; the last block's come last") {
  Network<Soft> network = narrow(3);
  network.forward(some_images());
  hebb::Matrix<float> all, last;
  collect(network, Source::all, all);
  collect(network, Source::last, last);
  CHECK(all.rows() == (8 + 32 + 128) * 16);
  CHECK(all.rows() == number_of_features(network, Source::all));
  CHECK(all.bottomRows(128 * 16) == last);
  const hebb::Matrix<float> first = network.blocks[0].layer.output().matrix();
  CHECK(all.topRows(8 * 16).mean() == doctest::Approx(first.mean()));
}

TEST_CASE("soft_hebb_deep: the mean over mirror images is the same for the mirrored image") {
  Network<Soft> network = narrow(2);
  const hebb::ImageSet set = labelled_images();
  const auto features = [&](const hebb::ImageSet& of, Mirror use) {
    return samples_of(network, {.mirror = use}, of, "test");
  };
  const Samples none = features(set, Mirror::none), turned = features(mirrored(set), Mirror::none),
                both = features(set, Mirror::learn), mean = features(set, Mirror::mean);
  CHECK(none.features != turned.features);
  CHECK(both.labels == std::vector<int>{1, 0, 1, 0});
  CHECK(both.features.leftCols(2) == none.features);
  CHECK(both.features.rightCols(2) == turned.features);
  CHECK(mean.labels == set.labels);
  CHECK(mean.features == features(mirrored(set), Mirror::mean).features);
}

TEST_CASE("soft_hebb_deep: the first weights have the norm that is asked for") {
  const Network<Soft> network(shape, published_blocks(2, 1.0 / 12), 1, 0.5);
  const double norm = double(network.blocks[1].layer.state.weights.rowwise().norm().mean());
  CHECK(norm == doctest::Approx(0.5).epsilon(0.1));
}
