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

}  // namespace

TEST_CASE("soft_hebb_deep: maps of the published sizes, 16 x 16, 8 x 8 and 4 x 4") {
  CHECK(published_blocks(3, 1).back().channels == 1536);
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
