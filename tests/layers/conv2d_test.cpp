#include "hebb/layers/conv2d.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/plain.hpp"
#include "tests/close_to.hpp"

using namespace hebb;

namespace {

/// A rule whose update is a step of gradient ascent on the mean over columns of sum_i q(z_i), with
/// q(z) = z - z^2 / 2.
template <typename Scalar_>
struct Ascent {
  using Scalar = Scalar_;
  struct State {
    Matrix<Scalar> weights;
    Factor<Scalar> factor = {};
    void each(auto&& visit) { visit("weights", weights); }
  };
  State init(Shape shape) const { return {Matrix<Scalar>::Zero(shape.post, shape.pre)}; }
  const Factor<Scalar>& post_factor(const Response<Scalar>& post, State& state) const {
    state.factor.post = (Scalar(1) - post.rate.array()) * post.gain.array();
    return state.factor;
  }
  void apply(const auto& change, None, State& state) const {
    Plain{}.apply(state.weights, change, None{}, 1.0, plain);
  }
  void update(const View<Scalar>& pre, const Response<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }
  void forget(State&) const {}
  mutable Plain::State<Scalar> plain = {};
};

/// The objective of Ascent, for any layer.
template <typename Learning, typename Layer>
double objective(Layer& layer) {
  const auto q = [](const auto& z) { return double((z.array() - z.array().square() / 2).sum()); };
  if constexpr (std::is_same_v<Learning, PerPlace>)
    return q(layer.output().matrix()) /
           double(layer.output_shape().places() * layer.output().samples());
  else
    return q(layer.response()) / double(layer.output().samples());
}

/// One number of pool(f(W * x + b)), by the definition.
template <typename Activation>
double by_definition(const convolution::Geometry& g, const Matrix<double>& weights,
                     const Matrix<double>& x, Index channel, Index px, Index py, Index sample) {
  double best = -std::numeric_limits<double>::infinity();
  for (Index y = py * g.pool; y < (py + 1) * g.pool; ++y)
    for (Index xx = px * g.pool; xx < (px + 1) * g.pool; ++xx) {
      double drive = g.bias == Bias::learned ? weights(channel, g.bias_column()) : 0;
      for (Index ky = 0; ky < g.kernel; ++ky)
        for (Index kx = 0; kx < g.kernel; ++kx)
          for (Index c = 0; c < g.input.channels; ++c) {
            const Index ix = xx * g.stride + kx - g.padding, iy = y * g.stride + ky - g.padding;
            if (ix < 0 || iy < 0 || ix >= g.input.width || iy >= g.input.height) continue;
            drive += weights(channel, c + g.input.channels * (kx + g.kernel * ky)) *
                     x(c + g.input.channels * (ix + g.input.width * iy), sample);
          }
      Matrix<double> a(1, 1), rate, gain;
      a(0, 0) = drive;
      Activation::template respond<double>(a, rate, gain);
      best = std::max(best, rate(0, 0));
    }
  return best;
}

const std::vector<convolution::Geometry> geometries{
    {.input = {2, 4, 4}, .channels = 3, .pool = 2},
    {.input = {1, 5, 6}, .channels = 2, .pool = 2, .bias = Bias::none},
    {.input = {5, 7, 5}, .channels = 2, .kernel = 5, .stride = 2, .padding = 2},
    {.input = {3, 6, 6}, .channels = 2, .kernel = 1, .padding = 0, .pool = 3},
    {.input = {17, 5, 5}, .channels = 18, .stride = 2, .padding = 0},
    {.input = {2, 7, 7}, .channels = 3, .padding = 2, .pool = 2},
};

}  // namespace

TEST_CASE_TEMPLATE("conv2d: forward is the definition, pool(f(W * x + b))", Activation, Linear,
                   Relu, Tanh, Sigmoid, Softplus) {
  for (const auto& g : geometries) {
    Conv2d<Ascent<double>, Activation> layer({}, g);
    layer.initialize({.seed = 1});
    const Matrix<double> x = Random{.seed = 2}.normal<double>(g.input.size(), 2);
    const Images<double>& output = layer.forward(x);
    const ImageShape shape = layer.output_shape();
    double error = 0, sum = 0;
    for (Index sample = 0; sample < 2; ++sample)
      for (Index py = 0; py < shape.height; ++py)
        for (Index px = 0; px < shape.width; ++px)
          for (Index c = 0; c < shape.channels; ++c) {
            const double expected =
                by_definition<Activation>(g, layer.state.weights, x, c, px, py, sample);
            error = std::max(error, std::abs(output(c, px, py, sample) - expected));
            if (sample == 1 && c == 1) sum += expected;
          }
    CHECK(error < 1e-12);
    CHECK(layer.response()(1, 1) == close_to<double>(sum / double(shape.places())));
  }
}

TEST_CASE_TEMPLATE("conv2d: one step worked by hand", Scalar, float, double) {
  // A 2 x 2 image (1 2 / 3 4), a kernel that copies its centre, bias -1: drives 0 1 2 3, pooled 3,
  // won by the last place.
  Conv2d<Ascent<Scalar>> layer({}, {.input = {1, 2, 2}, .channels = 1, .pool = 2});
  layer.state.weights(0, 4) = 1;
  layer.state.weights(0, 9) = -1;
  const Matrix<Scalar> x{{1}, {2}, {3}, {4}};
  layer.forward(x);
  CHECK(layer.response()(0, 0) == 3);

  layer.learn();

  // factor 1 - 3 = -2, times the patch around the last place (1 2 0 / 3 4 0 / 0 0 0), and 1 for the
  // bias
  const Matrix<Scalar> expected{{-2, -4, 0, -6, 1 - 8, 0, 0, 0, 0, -1 - 2}};
  CHECK(layer.state.weights == expected);
}

TEST_CASE_TEMPLATE("conv2d: the change is the gradient of the rule's objective", Activation, Linear,
                   Relu, Tanh, Sigmoid, Softplus) {
  const auto check = [&]<typename Learning>(Learning) {
    for (const auto& g : geometries) {
      Conv2d<Ascent<double>, Activation, Learning> layer({}, g);
      layer.initialize({.seed = 3});
      const Matrix<double> x = Random{.seed = 4}.normal<double>(g.input.size(), 3),
                           before = layer.state.weights;
      layer.forward(x);
      layer.learn();
      const Matrix<double> change = layer.state.weights - before;
      double error = 0;
      for (Index i = 0; i < before.size(); i += 1 + before.size() / 12) {
        const double h = 1e-6;
        const auto shifted = [&](double by) {
          layer.state.weights = before;
          layer.state.weights.data()[i] += by;
          layer.forward(x);
          return objective<Learning>(layer);
        };
        error = std::max(error, std::abs((shifted(h) - shifted(-h)) / (2 * h) - change.data()[i]));
      }
      CHECK(error < 1e-8 * (1 + change.cwiseAbs().maxCoeff()));
      CHECK(change.cwiseAbs().maxCoeff() > 0);
    }
  };
  check(Pooled{});
  check(PerPlace{});
}

TEST_CASE_TEMPLATE("conv2d: the first of equal values wins the pool", Scalar, float, double) {
  Conv2d<Ascent<Scalar>> layer({},
                               {.input = {1, 2, 2}, .channels = 5, .pool = 2, .bias = Bias::none});
  layer.state.weights(2, 4) = 1;
  layer.forward(Matrix<Scalar>{{5}, {5}, {5}, {5}});
  CHECK(layer.response()(2, 0) == 5);
  layer.learn();
  CHECK(layer.state.weights(2, 0) == 0);       // above left of the first place there is nothing
  CHECK(layer.state.weights(2, 8) == -4 * 5);  // below right there is: the first place won
}

TEST_CASE_TEMPLATE("conv2d: permuting the samples changes the weights by rounding only", Scalar,
                   float, double) {
  Conv2d<Ascent<Scalar>> one({}, {.input = {3, 8, 8}, .channels = 20, .pool = 2});
  one.initialize({.seed = 5});
  auto other = one;
  const Matrix<Scalar> x = Random{.seed = 6}.normal<Scalar>(one.parameters().input.size(), 7);
  one.forward(x);
  one.learn();
  other.forward(x.rowwise().reverse().eval());
  other.learn();
  CHECK((one.state.weights - other.state.weights).norm() <
        20 * std::numeric_limits<Scalar>::epsilon() * one.state.weights.norm());
}

TEST_CASE_TEMPLATE("conv2d: a silent input changes only the bias", Scalar, float, double) {
  Conv2d<Ascent<Scalar>> layer({}, {.input = {2, 8, 8}, .channels = 4, .pool = 2});
  layer.initialize({.seed = 7});
  layer.state.weights.col(18).setOnes();
  const Matrix<Scalar> before = layer.state.weights;
  layer.forward(Matrix<Scalar>::Zero(128, 3).eval());
  CHECK((layer.response().array() == 1).all());
  layer.state.weights.col(18).setConstant(Scalar(0.5));
  layer.forward(Matrix<Scalar>::Zero(128, 3).eval());
  layer.learn();
  CHECK(layer.weights() == before.leftCols(18));
  CHECK((layer.state.weights.col(18).array() - 1).abs().maxCoeff() < 1e-6);  // 0.5 + (1 - 0.5)
}

TEST_CASE_TEMPLATE("conv2d: NaN in the weights reaches the response", Scalar, float, double) {
  for (const Index size : {2, 8}) {
    Conv2d<Ascent<Scalar>> layer({}, {.input = {20, size, size}, .channels = 20, .pool = 2});
    layer.initialize({.seed = 8});
    layer.state.weights(3, 5) = std::numeric_limits<Scalar>::quiet_NaN();
    layer.forward(Random{.seed = 9}.normal<Scalar>(20 * size * size, 2));
    CHECK(std::isnan(layer.response()(3, 1)));
    CHECK(std::isfinite(layer.response()(4, 1)));
  }
}

TEST_CASE("conv2d: invalid parameters and shapes are refused") {
  const auto make = [](convolution::Geometry g) { return Conv2d<Ascent<float>>({}, g); };
  CHECK_THROWS_AS(make({.input = {1, 4, 4}, .channels = 1, .kernel = 2}), InvalidParameter);
  CHECK_THROWS_AS(make({.input = {1, 4, 4}, .channels = 0}), InvalidParameter);
  CHECK_THROWS_AS(make({.input = {1, 4, 4}, .channels = 1, .stride = 0}), InvalidParameter);
  CHECK_THROWS_AS(make({.input = {1, 4, 4}, .channels = 1, .padding = 3}), InvalidParameter);
  CHECK_THROWS_AS(make({.input = {1, 4, 4}, .channels = 1, .pool = 5}), InvalidParameter);
  CHECK_THROWS_AS(make({.input = {0, 4, 4}, .channels = 1}), InvalidParameter);
  auto layer = make({.input = {3, 4, 4}, .channels = 2});
  CHECK_THROWS_AS(layer.learn(), ShapeError);
  CHECK_THROWS_AS(layer.forward(Images<float>({3, 4, 5}, 2)), ShapeError);
  CHECK_THROWS_AS(layer.forward(Matrix<float>::Zero(47, 2).eval()), ShapeError);
  layer.state.weights.resize(2, 5);
  CHECK_THROWS_AS(layer.forward(Images<float>({3, 4, 4}, 2)), ShapeError);
}

TEST_CASE_TEMPLATE(
    "conv2d: images that hold NaN or infinity are named by channel, place and sample", Scalar,
    float, double) {
  for (const Index channels : {3, 20}) {
    Conv2d<Ascent<Scalar>> layer({}, {.input = {channels, 4, 5}, .channels = 8});
    Images<Scalar> images({channels, 4, 5}, 3);
    images.assign({channels, 4, 5}, Matrix<Scalar>::Ones(channels * 20, 3));
    CHECK_NOTHROW(layer.forward(images));
    images.pixel(2 / images.depth(), 3, 1, 2)[2 % images.depth()] =
        std::numeric_limits<Scalar>::infinity();
    CHECK_THROWS_WITH_AS(layer.forward(images),
                         "Conv2d: input holds inf in channel 2 at (3, 1) of sample 2", NonFinite);
  }
}

TEST_CASE("conv2d: a response that overflows is refused by learn, and the weights stay") {
  Conv2d<Ascent<float>> layer({}, {.input = {1, 2, 2}, .channels = 1});
  layer.state.weights.setConstant(1e30f);
  const Matrix<float> before = layer.state.weights;
  layer.forward(Matrix<float>::Constant(4, 1, 1e30f));
  CHECK_THROWS_AS(layer.learn(), NonFinite);
  CHECK(layer.state.weights == before);
}
