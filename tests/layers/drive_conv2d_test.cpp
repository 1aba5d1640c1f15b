#include "hebb/layers/drive_conv2d.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "hebb/core/digest.hpp"
#include "hebb/core/optimizer/largest_step.hpp"
#include "hebb/layers/batch_norm.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/soft_hebb.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

using Deep = SoftHebb<double, SoftAntiHebbian, AdaptiveEta, LargestStep>;

constexpr ImageShape shape{2, 4, 4};

/// Two samples of waves, and three neurons of waves, with values worked out independently from the
/// equations of Journe et al. (2023).
Images<double> waves() {
  Matrix<double> canonical(shape.size(), 2);
  for (Index n = 0; n < 2; ++n)
    for (Index c = 0; c < 2; ++c)
      for (Index y = 0; y < 4; ++y)
        for (Index x = 0; x < 4; ++x)
          canonical(c + 2 * (x + 4 * y), n) =
              0.5 + 0.5 * std::sin(double(1 + 37 * n + 16 * c + 4 * y + x));
  Images<double> images;
  images.assign(shape, canonical);
  return images;
}

DriveConv2d<Deep> neurons(double power, Pooling pooling) {
  DriveConv2d<Deep> layer(
      Deep{.parameters = {.eta = 0.005, .temperature = 1 / 0.65}, .adaptation = {.power = 0.5}},
      {.patches = {.input = shape, .kernel = 3, .padding = 1, .border = Border::reflect},
       .channels = 3,
       .activation = {power},
       .pooling = pooling});
  for (Index i = 0; i < 3; ++i)
    for (Index c = 0; c < 2; ++c)
      for (Index y = 0; y < 3; ++y)
        for (Index x = 0; x < 3; ++x)
          layer.state.weights(i, c + 2 * (x + 3 * y)) =
              1.5 * std::cos(double(2 + 18 * i + 9 * c + 3 * y + x));
  return layer;
}

constexpr Pooling max_4_2_1{.window = 4, .stride = 2, .padding = 1};
constexpr Pooling average_4_2_1{
    .kind = Pooling::Kind::average, .window = 4, .stride = 2, .padding = 1};

void check_close(double found, double wanted) {
  CHECK(std::abs(found - wanted) <= 1e-9 * std::max(1.0, std::abs(wanted)));
}

/// Rounding errors stay below 3e-5 of the rms of all numbers.
void check_within(const Matrix<float>& found, const Matrix<double>& wanted) {
  const double rms = std::sqrt(wanted.squaredNorm() / double(wanted.size()));
  CHECK((found.cast<double>() - wanted).cwiseAbs().maxCoeff() < 3e-5 * rms);
}

}  // namespace

TEST_CASE("batch normalisation: the mean and the unbiased variance of a worked example") {
  BatchNorm<double> norm(2, {.momentum = 1});
  const Images<double>& y = norm.train(waves());
  check_close(norm.mean(0), 0.5579454531111954);
  check_close(norm.mean(1), 0.4496039549756664);
  check_close(norm.variance(0), 0.12381481501243705);
  check_close(norm.variance(1), 0.125600219538584);
  const Matrix<double> out = y.matrix();
  for (Index c = 0; c < 2; ++c) {
    double sum = 0, squares = 0;
    for (Index n = 0; n < 2; ++n)
      for (Index place = 0; place < 16; ++place) {
        sum += out(c + 2 * place, n);
        squares += out(c + 2 * place, n) * out(c + 2 * place, n);
      }
    CHECK(std::abs(sum) < 1e-12);
    CHECK(squares / 32 == doctest::Approx(1).epsilon(1e-3));  // epsilon makes it a little less
  }
}

TEST_CASE("batch normalisation: running averages move by the momentum, and forward moves nothing") {
  BatchNorm<double> whole(2, {.momentum = 1}), slow(2, {.momentum = 0.25});
  whole.train(waves());
  slow.train(waves());
  CHECK((slow.mean - 0.25 * whole.mean).norm() < 1e-15);
  CHECK((slow.variance - 0.75 * Vector<double>::Ones(2) - 0.25 * whole.variance).norm() < 1e-15);
  const Vector<double> before = slow.mean;
  const Matrix<double> once = slow.forward(waves()).matrix();
  CHECK(slow.forward(waves()).matrix() == once);
  CHECK(slow.mean == before);
  const Matrix<double> x = waves().matrix();
  check_close(once(1, 0), (x(1, 0) - slow.mean(1)) / std::sqrt(slow.variance(1) + 1e-5));
}

TEST_CASE("batch normalisation: padding channels stay 0, and bad input is refused") {
  const ImageShape wide{5, 3, 2};  // a block of 16 channels, 11 of which are padding
  Images<float> images;
  images.assign(wide, Random{.seed = 1}.normal<float>(wide.size(), 3));
  BatchNorm<float> norm(5);
  const Images<float>& y = norm.train(images);
  for (Index place = 0; place < wide.places(); ++place)
    for (Index lane = 5; lane < 16; ++lane) CHECK(y.data(1)[place * 16 + lane] == 0);
  CHECK_THROWS_WITH_AS(norm.forward(Images<float>({4, 3, 2}, 1)),
                       "BatchNorm: input must have 5 channels, got 4", ShapeError);
  CHECK_THROWS_AS(BatchNorm<float>(5, {.momentum = 2}), InvalidParameter);
  CHECK_THROWS_AS(BatchNorm<float>(5, {.epsilon = 0}), InvalidParameter);
  CHECK_THROWS_AS(BatchNorm<float>(0), InvalidParameter);
  CHECK_THROWS_AS(BatchNorm<float>(1).train(Images<float>({1, 1, 1}, 1)), ShapeError);
}

TEST_CASE("batch normalisation: averages and parameters that do not fit are refused") {
  const ImageShape image_shape{3, 2, 2};
  Images<double> images, huge;
  const Matrix<double> pixels = Random{.seed = 2}.normal<double>(image_shape.size(), 4);
  images.assign(image_shape, pixels);
  huge.assign(image_shape, Matrix<double>(1e200 * pixels));
  const auto refused = [&]<typename Error>(const auto& change, const char* sentence, Error*) {
    BatchNorm<double> norm(3);
    change(norm);
    CHECK_THROWS_WITH_AS(norm.forward(images), sentence, Error);
    CHECK_THROWS_WITH_AS(norm.train(images), sentence, Error);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](auto& norm) { norm.variance.setOnes(1); },
          "BatchNorm: variance must be 3 x 1, got 1 x 1", (ShapeError*)nullptr);
  refused([](auto& norm) { norm.variance(1) = -1; }, "BatchNorm: a variance must be >= 0, got -1",
          (InvalidParameter*)nullptr);
  refused([&](auto& norm) { norm.mean(2) = nan; }, "BatchNorm: mean holds nan at row 2, column 0",
          (NonFinite*)nullptr);
  refused([&](auto& norm) { norm.parameters.momentum = nan; },
          "BatchNorm: momentum must be in [0, 1], got nan", (InvalidParameter*)nullptr);
  refused([&](auto& norm) { norm.parameters.epsilon = 0; },
          "BatchNorm: epsilon must be finite and > 0, got 0", (InvalidParameter*)nullptr);
  BatchNorm<double> norm(3);
  CHECK_THROWS_AS(norm.train(huge), Divergence);
  CHECK(norm.mean == Vector<double>::Zero(3));
  CHECK(norm.variance == Vector<double>::Ones(3));
}

TEST_CASE("deep SoftHebb: drives, Triangle and both poolings of a worked example") {
  BatchNorm<double> norm(2);
  auto layer = neurons(0.7, max_4_2_1);
  const Images<double> y = layer.forward(norm.train(waves()));
  check_close(layer.drive()(0, 0), 15.380924092775253);
  check_close(layer.drive()(1, 0), 4.288887515322512);
  check_close(layer.drive()(2, 0), -9.716875920481469);
  check_close(y(0, 0, 0, 0), 5.715125309950153);
  check_close(y(0, 1, 0, 0), 5.975854792856752);
  check_close(y(0, 0, 1, 0), 6.270550771439175);
  check_close(y(0, 1, 1, 0), 6.270550771439175);

  auto averaging = neurons(0.7, average_4_2_1);
  const Images<double>& mean = averaging.forward(norm.train(waves()));
  check_close(mean(0, 0, 0, 0), 0.8767999601666694);
  check_close(mean(0, 1, 0, 0), 0.8930955528483318);
  check_close(mean(0, 0, 1, 0), 1.1628678102613696);
  check_close(mean(0, 1, 1, 0), 1.5685034200101167);

  auto steep = neurons(1.4, {});
  const Images<double>& z = steep.forward(norm.train(waves()));
  check_close(z(0, 0, 0, 0), 32.662657308432834);
  check_close(z(1, 0, 0, 0), 0.9599721096645337);
  CHECK(z(2, 0, 0, 0) == 0);
}

TEST_CASE("deep SoftHebb: one and 200 updates of a worked example") {
  BatchNorm<double> norm(2);
  auto layer = neurons(0.7, max_4_2_1);
  const Images<double> x = norm.train(waves());
  layer.forward(x);
  layer.learn();
  check_close(layer.state.weights.sum(), -2.908785173320479);
  check_close(layer.state.weights.row(0).norm(), 4.532252144083262);
  check_close(layer.state.weights.row(1).norm(), 4.393546290893924);
  check_close(layer.state.weights.row(2).norm(), 4.455039970485395);
  for (int step = 1; step < 200; ++step) {
    layer.forward(x);
    layer.learn();
  }
  check_close(layer.state.weights.sum(), -0.9683362203710878);
  check_close(layer.state.weights.row(0).norm(), 1.3144658502386046);
  check_close(layer.state.weights.row(1).norm(), 1.916023410002811);
  check_close(layer.state.weights.row(2).norm(), 1.57629176090229);
}

TEST_CASE("deep SoftHebb: the largest step, over the rate of its row, is eta") {
  auto layer = neurons(0.7, max_4_2_1);
  layer.forward(waves());
  const Matrix<double> before = layer.state.weights;
  layer.learn();
  const Vector<double> rate = (before.rowwise().norm().array() - 1).abs().sqrt();
  const Matrix<double> step = (layer.state.weights - before).array().colwise() / rate.array();
  CHECK(step.cwiseAbs().maxCoeff() == doctest::Approx(0.005).epsilon(1e-12));
}

TEST_CASE("patches: a reflected border, worked by hand") {
  const ImageShape line{1, 3, 2};
  Images<double> images;
  images.assign(line, (Matrix<double>(6, 1) << 1, 2, 3, 4, 5, 6).finished());
  const Patches patches{.input = line, .kernel = 3, .padding = 1, .border = Border::reflect};
  Matrix<double> columns;
  patches.gather(images, columns);
  // The patch around the first place: rows 1 0 1 and columns 1 0 1 of the image.
  CHECK(columns.col(0) == (Vector<double>(9) << 5, 4, 5, 2, 1, 2, 5, 4, 5).finished());
  CHECK(columns.col(5) == (Vector<double>(9) << 2, 3, 2, 5, 6, 5, 2, 3, 2).finished());
  Patches zero = patches;
  zero.border = Border::zero;
  zero.gather(images, columns);
  CHECK(columns.col(0) == (Vector<double>(9) << 0, 0, 0, 0, 1, 2, 0, 4, 5).finished());
  CHECK_THROWS_AS(
      (Patches{.input = {1, 2, 2}, .kernel = 5, .padding = 2, .border = Border::reflect}.checked()),
      InvalidParameter);
}

TEST_CASE(
    "drives: Winograd's scheme and its adjoint agree with the products of patches in double") {
  for (const Border border : {Border::zero, Border::reflect})
    for (const ImageShape input : {ImageShape{16, 4, 4},
                                   {40, 8, 8},
                                   {24, 7, 7},
                                   {5, 4, 12},
                                   {40, 11, 6},
                                   {160, 3, 4},
                                   {96, 16, 16}})
      for (const Index channels : {3, 16, 33})
        for (const Index samples : {1, 13}) {
          CAPTURE(input.channels);
          CAPTURE(input.width);
          CAPTURE(channels);
          CAPTURE(samples);
          const Patches patches{.input = input, .border = border};
          REQUIRE(convolution::Drives<>::covers(patches) == (input.channels != 5));
          DriveConv2d<Hebbian<float>> layer({}, {.patches = patches, .channels = channels});
          DriveConv2d<Hebbian<double>> direct({}, {.patches = patches, .channels = channels});
          layer.initialize({.seed = 1}, 3);
          direct.state.weights = layer.state.weights.cast<double>();
          Images<float> x;
          Images<double> same;
          x.assign(input, Random{.seed = 2}.normal<float>(input.size(), samples));
          same.assign(input, x.matrix().cast<double>());
          layer.forward(x);
          direct.forward(same);
          check_within(layer.drive(), direct.drive());
          const Matrix<float> before = layer.state.weights;
          layer.learn();
          direct.learn();
          check_within(
              (layer.state.weights - before) / float(layer.rule.parameters.eta),
              (direct.state.weights - before.cast<double>()) / double(direct.rule.parameters.eta));
        }
}

TEST_CASE("drives: a layer learns from the input of forward, even if that changes before learn") {
  const ImageShape input{64, 16, 16};
  for (const Index samples : {10, 200}) {  // 200 are too many to keep their transformed input
    using Layer = DriveConv2d<Hebbian<float>>;
    Layer layer({}, {.patches = {.input = input}, .channels = 40});
    layer.initialize({.seed = 1});
    Layer other = layer;
    Images<float> x;
    x.assign(input, Random{.seed = 2}.normal<float>(input.size(), samples));
    layer.forward(x);
    layer.learn();
    other.forward(x);
    std::fill_n(x.data(0), x.samples() * x.image_size(), 1.0f);
    other.learn();
    CHECK(layer.state.weights == other.state.weights);
  }
}

TEST_CASE_TEMPLATE("deep SoftHebb: the same bits on any number of threads", Scalar, float, double) {
  const ImageShape input{20, 9, 7};
  Images<Scalar> images;
  images.assign(input, Random{.seed = 3}.normal<Scalar>(input.size(), 5));
  const auto learn = [&] {
    using Rule = SoftHebb<Scalar, SoftAntiHebbian, AdaptiveEta, LargestStep>;
    BatchNorm<Scalar> norm(20);
    DriveConv2d<Rule> layer(Rule{.parameters = {.eta = Scalar(0.01)}},
                            {.patches = {.input = input, .border = Border::reflect},
                             .channels = 40,
                             .pooling = max_4_2_1});
    layer.initialize({.seed = 1}, 25);
    for (int step = 0; step < 3; ++step) {
      layer.forward(norm.train(images));
      layer.learn();
    }
    Matrix<Scalar> output = layer.output().matrix();
    return std::pair(digest(layer),
                     fnv1a(output.data(), std::size_t(output.size()) * sizeof(Scalar)));
  };
  CHECK(same_for_all_thread_counts(learn));
}

TEST_CASE("a layer that learns from drives: calls and sizes that are wrong are named") {
  const DriveConv2d<Hebbian<float>>::Parameters right{.patches = {.input = {1, 4, 4}},
                                                      .channels = 2};
  DriveConv2d<Hebbian<float>> layer({}, right);
  CHECK_THROWS_WITH_AS(layer.learn(), "DriveConv2d: learn needs forward", InvalidCall);
  CHECK_THROWS_WITH_AS(layer.forward(Images<float>({2, 4, 4}, 1)),
                       "DriveConv2d: input must be 1 x 4 x 4, got 2 x 4 x 4", ShapeError);
  auto wrong = right;
  wrong.pooling.window = 6;
  CHECK_THROWS_AS((DriveConv2d<Hebbian<float>>({}, wrong)), InvalidParameter);
  wrong = right;
  wrong.activation.power = 0;
  CHECK_THROWS_AS((DriveConv2d<Hebbian<float>>({}, wrong)), InvalidParameter);
  wrong = right;
  wrong.channels = 0;
  CHECK_THROWS_AS((DriveConv2d<Hebbian<float>>({}, wrong)), InvalidParameter);
}
