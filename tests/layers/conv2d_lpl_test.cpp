#include <doctest/doctest.h>

#include "hebb/layers/conv2d.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

namespace {

using Rule = Lpl<double, Symmetric>;

/// The total loss of a layer's responses to some images, with the columns that its rule receives.
template <typename Layer>
double loss(Layer& layer, const Matrix<double>& images, bool per_place) {
  layer.forward(images);
  const Index channels = layer.output_shape().channels, places = layer.output_shape().places();
  Matrix<double> rate = layer.response();
  if (per_place) {
    rate = layer.output().matrix();
    rate.resize(channels, places * images.cols());
  }
  const auto terms = layer.rule.loss(Response<double>(rate, rate, per_place ? places : 1));
  const auto& c = layer.rule.parameters;
  return c.predictive * terms.predictive + c.hebbian * terms.hebbian +
         c.decorrelation * terms.decorrelation;
}

/// The relative distance between the layer's change and minus the gradient of its loss by central
/// differences.
template <typename Layer>
double gradient_error(const convolution::Geometry& geometry, bool per_place) {
  Random random{.seed = 31};
  Layer layer(Rule{.parameters = {.eta = 1}}, geometry);
  layer.initialize(random, 1.5);
  const Matrix<double> images = random.normal<double>(geometry.input.size(), 8);
  const Matrix<double> weights = layer.state.weights;

  layer.forward(images);
  layer.learn();
  const Matrix<double> learned = layer.state.weights - weights;

  constexpr double h = 1e-6;  // small, so that no ReLU and no winner changes
  Matrix<double> expected(weights.rows(), weights.cols());
  for (Index k = 0; k < weights.size(); ++k) {
    layer.state.weights = weights;
    layer.state.weights(k) += h;
    const double up = loss(layer, images, per_place);
    layer.state.weights(k) -= 2 * h;
    expected(k) = -(up - loss(layer, images, per_place)) / (2 * h);
  }
  return (learned - expected).norm() / expected.norm();
}

}  // namespace

TEST_CASE_TEMPLATE(
    "conv2d with lpl: the change is minus the gradient of the loss of the pooled responses",
    Activation, Relu, Tanh) {
  CHECK(gradient_error<Conv2d<Rule, Activation>>({.input = {2, 6, 6}, .channels = 3, .pool = 2},
                                                 false) < 1e-7);
  CHECK(gradient_error<Conv2d<Rule, Activation>>({.input = {2, 4, 4}, .channels = 3}, false) <
        1e-7);
}

TEST_CASE_TEMPLATE("conv2d with lpl: the same with one response per place", Activation, Relu,
                   Tanh) {
  CHECK(gradient_error<Conv2d<Rule, Activation, PerPlace>>(
            {.input = {2, 4, 4}, .channels = 3, .pool = 2}, true) < 1e-7);
}

namespace {

/// A wrong layer: it passes f' to its rule as the gain, although its eligibility contains f'.
struct DerivativeTwice {
  template <typename Scalar>
  static void respond(const View<Scalar>& drive, Matrix<Scalar>& rate, Matrix<Scalar>& gain) {
    Tanh::respond<Scalar>(drive, rate, gain);
    gain = gain.array().square();
  }
};

}  // namespace

TEST_CASE("conv2d with lpl: the gradient test notices when the derivative is applied twice") {
  CHECK(gradient_error<Conv2d<Rule, DerivativeTwice>>({.input = {2, 4, 4}, .channels = 3}, false) >
        1e-2);
}
