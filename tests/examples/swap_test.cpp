#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "hebb/core/optimizer/adam.hpp"
#include "swap/monkey.hpp"
#include "swap/network.hpp"
#include "swap/selectivity.hpp"

using namespace swap_experiment;
using hebb::Random;

namespace {

constexpr hebb::ImageShape tile{1, 8, 8};
const Design design{.pairs_per_set = 2};

Matrix<float> images() { return Random{.seed = 3}.uniform<float>(tile.size(), design.images()); }

Network small_network() {
  const Canvas canvas{.tile = tile, .tiles = 3};
  const hebb::Lpl<float, hebb::Causal, hebb::Adam> rule;
  Network network{canvas, make_encoder(canvas.shape(), {4, 6, 8}, rule),
                  Readout<hebb::Plain>({.parameters = {.eta = 0.1f}}, {.pre = 3 * 8, .post = 5})};
  network.encoder.for_each_layer([](auto& layer, std::size_t k) {
    layer.initialize(Random{.seed = 1}.stream("layer", k), 2);
  });
  network.readout.initialize(Random{.seed = 2});
  return network;
}

}  // namespace

TEST_CASE(
    "every image is shown at the top, in the centre and at the bottom of a canvas that is blank "
    "elsewhere") {
  const Canvas canvas{.tile = tile, .tiles = 5};
  const Matrix<float> seen = images();
  Matrix<float> shown;
  canvas.show(seen, shown);
  CHECK(shown.rows() == 5 * tile.size());
  CHECK(shown.cols() == 3 * seen.cols());
  const Index tiles[places] = {0, 2, 4};
  for (Index image = 0; image < seen.cols(); ++image)
    for (Index place = 0; place < places; ++place) {
      const hebb::Vector<float> column = shown.col(Design::column(image, place));
      CHECK(column.segment(tiles[place] * tile.size(), tile.size()) == seen.col(image));
      CHECK(column.cwiseAbs().sum() == doctest::Approx(seen.col(image).sum()));
    }
  CHECK_THROWS_AS((Canvas{.tile = tile, .tiles = 4}.show(seen, shown)), hebb::InvalidParameter);
}

TEST_CASE("a blank canvas has no response, and an image none in tiles that it does not touch") {
  Network network = small_network();
  Matrix<float> means;
  network.encoder.forward(Matrix<float>::Zero(3 * tile.size(), 2));
  tile_means(network.encoder.layer<depth - 1>().output(), 3, means);
  CHECK(means.isZero(0));
  CHECK(network.encoder.layer<0>().response().isZero(0));

  Matrix<float> shown;
  Canvas{.tile = tile, .tiles = 3}.show(images(), shown);
  network.encoder.forward(shown);
  tile_means(network.encoder.layer<depth - 1>().output(), 3, means);
  CHECK(means.col(Design::column(0, top)).head(8).maxCoeff() > 0);
  CHECK(means.col(Design::column(0, top)).tail(8).isZero(0));  // two tiles away
}

TEST_CASE(
    "the past of an image is itself at the centre, but the other of its pair at the swap place") {
  for (const Index pair : {0, 1, 2, 3}) {
    const Index first = 2 * pair, second = first + 1;
    const Place swap = pair < 2 ? top : bottom, stays = pair < 2 ? bottom : top;
    CHECK(design.past(Design::column(first, swap)) == Design::column(second, centre));
    CHECK(design.past(Design::column(second, swap)) == Design::column(first, centre));
    CHECK(design.past(Design::column(first, stays)) == Design::column(first, centre));
    CHECK(design.past(Design::column(first, centre)) == Design::column(first, centre));
  }
  CHECK(design.learned_columns() == 3 * 8);
}

TEST_CASE(
    "selectivity: a unit keeps the preference it had at the centre, whatever it responds to "
    "later") {
  // One pair per set; two units, of which the second prefers the second image of every pair.
  const Design one{.pairs_per_set = 1};
  Matrix<float> before = Matrix<float>::Zero(2, 3 * one.images());
  for (Index pair = 0; pair < 3; ++pair) {
    before(0, Design::column(2 * pair, centre)) = 1;
    before(1, Design::column(2 * pair + 1, centre)) = 1;
  }
  const Preference preference(one, before);

  Matrix<float> later = before;
  later(0, Design::column(0, top)) = 3;  // pair 0 is swapped at the top: P = 3, N = 1 in unit 0
  later(0, Design::column(1, top)) = 1;
  later(1, Design::column(0, top)) = 4;  // P = 2, N = 4 in unit 1
  later(1, Design::column(1, top)) = 2;
  later(0, Design::column(2, bottom)) =
      6;  // pair 1 at the bottom: P = 6, N = 0 in unit 0, nothing in unit 1
  later(1, Design::column(3, top)) = 5;  // where pair 1 is not swapped: P = 5
  const Selectivity found = preference.measure(later);
  CHECK(found.swap.mean == doctest::Approx(((3 - 1 + 2 - 4) / 2.0 + 6 / 2.0) / 2));
  CHECK(found.preferred.mean == doctest::Approx(((3 + 2) / 2.0 + 6 / 2.0) / 2));
  CHECK(found.non_preferred.mean == doctest::Approx(((1 + 4) / 2.0 + 0) / 2));
  CHECK(found.non_swap.mean == doctest::Approx((0 + 5 / 2.0) / 2));
  CHECK(found.control.mean ==
        doctest::Approx(1.0 / 3));  // 1 at the centre, 0 at the other two places
  CHECK(found.swap.standard_error ==
        doctest::Approx(1.5));  // of 0 and 3: deviation 3 / sqrt 2, over sqrt 2
}

TEST_CASE(
    "control pairs never enter the update: with other control pairs every weight has the same "
    "bits") {
  Matrix<float> shown, other = images();
  other.rightCols(2 * design.pairs_per_set).setZero();
  Network first = small_network(), second = small_network();
  first.canvas.show(images(), shown);
  for (int exposure = 0; exposure < 5; ++exposure) first.expose(shown, design);
  second.canvas.show(other, shown);
  for (int exposure = 0; exposure < 5; ++exposure) second.expose(shown, design);
  CHECK(first.readout.state.weights == second.readout.state.weights);
  CHECK(first.encoder.layer<0>().state.weights == second.encoder.layer<0>().state.weights);
  CHECK(first.readout.state.weights != small_network().readout.state.weights);
  CHECK(first.encoder.layer<2>().state.weights != small_network().encoder.layer<2>().state.weights);
}

TEST_CASE("prediction alone moves each response toward the previous one, by the closed form") {
  Network network = small_network();
  network.readout.rule.parameters = {
      .eta = 0.1f, .predictive = 1.5f, .hebbian = 0, .decorrelation = 0};
  Matrix<float> shown;
  network.canvas.show(images(), shown);
  const Matrix<float> weights = network.readout.state.weights;
  const Matrix<float> response = network.respond(shown);
  Matrix<float> seen(network.features.rows() + 1, network.features.cols());
  seen << network.features, Eigen::RowVectorXf::Ones(network.features.cols());

  Matrix<float> gradient = Matrix<float>::Zero(weights.rows(), weights.cols());
  for (Index column = 0; column < design.learned_columns(); ++column)
    gradient +=
        (response.col(column) - response.col(design.past(column))) * seen.col(column).transpose();
  // Each of P and N has one exposure at the top and one at the bottom: 2 * 8 means of squares over
  // 5 units, averaged.
  gradient *= 2.0f / (5 * 16);
  network.expose(shown, design);
  CHECK((network.readout.state.weights - (weights - 0.1f * gradient)).cwiseAbs().maxCoeff() <
        1e-6f);
}

TEST_CASE("an image set gets a black border, of a width that pooling divides") {
  const hebb::ImageSet one{
      .channels = 1, .width = 2, .height = 2, .pixels = {1, 2, 3, 4}, .labels = {}};
  const hebb::ImageSet wide = padded(one, 4);
  CHECK(wide.width == 4);
  CHECK(wide.pixels == std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0});
}

TEST_CASE(
    "the tables of the monkeys' neurons: value, and half of the error bar; what is not a number is "
    "named") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("hebb-swap-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "li_dicarlo2008_delta.csv")
      << "# comment\n0,10,6,14,9,5,13,4,2,6\n100,8,5,12,8,5,11,4,3,6\n";
  std::ofstream(folder / "li_dicarlo2008_responses.csv")
      << "0,1.2,1.1,1.3,0.6,0.5,0.7\n100,1,0.9,1.1,0.7,0.6,0.8\n";
  const Monkey monkey = read_monkey(folder);
  CHECK(monkey.swap.value == std::vector<double>{10, 8});
  CHECK(monkey.swap.error[0] == doctest::Approx(4));
  CHECK(monkey.control.exposures == std::vector<double>{0, 100});
  CHECK(monkey.non_preferred.value == std::vector<double>{0.6, 0.7});

  std::ofstream(folder / "li_dicarlo2008_responses.csv") << "0,1.2,1.1,1.3,0.6,zero,0.7\n";
  CHECK_THROWS_WITH_AS(read_monkey(folder), doctest::Contains("'zero' is not a number"),
                       hebb::FormatError);
  std::filesystem::remove_all(folder);
  CHECK_THROWS_AS(read_monkey(folder), example::MissingData);
}
