#include "hebb/layers/dense.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "hebb/layers/conv2d.hpp"
#include "hebb/network/dense_layers.hpp"
#include "hebb/rules/lpl.hpp"
#include "hebb/rules/oja.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("dense: forward is f(W x + b), worked by hand", Scalar, float, double) {
  Dense<Oja<Scalar>, Relu> layer({}, {.pre = 2, .post = 2});
  layer.state.weights << 1, 2, 10, 3, -4, 0;  // the last column is the bias
  const Matrix<Scalar> x{{1, 0}, {2, 1}};

  const Matrix<Scalar> z = layer.forward(x);

  const Matrix<Scalar> expected{{15, 12}, {0, 0}};
  CHECK(z == expected);
  const Matrix<Scalar> gain{{1, 1}, {0, 0}};
  CHECK(layer.gain() == gain);
}

TEST_CASE("dense: learning is the rule's update with the layer's own input, rate and gain") {
  Random random{.seed = 1};
  using Rule = Lpl<double, Symmetric>;
  Dense<Rule, Tanh> layer(Rule{}, {.pre = 3, .post = 4}, Bias::none);
  layer.initialize(random);
  auto expected = layer.state;
  const Matrix<double> x = random.normal<double>(3, 6);

  layer.forward(x);
  layer.learn();

  const Matrix<double> z = (expected.weights * x).array().tanh(), gain = 1 - z.array().square();
  Rule{}.update(x, Response<double>(z, gain), expected);
  CHECK((layer.state.weights - expected.weights).norm() < 1e-14);
}

TEST_CASE("dense: a taught postsynaptic side replaces the layer's own") {
  Dense<Oja<double>> layer({.parameters = {.eta = 1}}, {.pre = 1, .post = 1}, Bias::none);
  layer.forward(Matrix<double>{{2}});
  const Matrix<double> taught{{3}};
  layer.learn(taught);
  CHECK(layer.state.weights(0, 0) == 6);
}

TEST_CASE("dense: a rule that asks for a gain is taught with a gain of 1, by hand") {
  using Rule = Lpl<double, Symmetric>;
  Dense<Rule> layer(Rule{}, {.pre = 2, .post = 3}, Bias::none);
  layer.initialize({.seed = 1});
  auto expected = layer.state;
  const Matrix<double> x = Random{.seed = 2}.normal<double>(2, 4),
                       post = Random{.seed = 3}.normal<double>(3, 4);
  layer.learn(x, post);
  Rule{}.update(x, Response<double>(post, Matrix<double>::Ones(3, 4)), expected);
  CHECK(layer.state.weights == expected.weights);
}

TEST_CASE("dense: refuses inputs of another size, and numbers that are not finite") {
  Dense<Oja<float>> layer({}, {.pre = 2, .post = 1});
  CHECK_THROWS_AS(layer.forward(Matrix<float>::Ones(3, 1)), ShapeError);
  Matrix<float> x = Matrix<float>::Ones(2, 5);
  x(1, 4) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(layer.forward(x), "Dense: input holds inf at row 1, column 4", NonFinite);
  CHECK_THROWS_AS((Dense<Oja<float>>({}, {.pre = 0, .post = 1})), InvalidParameter);
}

TEST_CASE("dense: weights of another shape are refused, and so is learning without an input") {
  Dense<Oja<float>> layer({}, {.pre = 2, .post = 2});
  CHECK_THROWS_WITH_AS(layer.learn(), "Dense: learn needs an input, which forward keeps",
                       ShapeError);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{2, 2}, {2, 4}, {1, 3}, {3, 3}, {0, 0}}) {
    layer.state.weights.setZero(rows, cols);
    CHECK_THROWS_AS(layer.forward(Matrix<float>::Ones(2, 5)), ShapeError);
  }
}

TEST_CASE("layers: initial weights fill the interval given by the scale") {
  const auto check = [](const auto& weights, double bound) {
    CHECK(weights.maxCoeff() <= bound);
    CHECK(weights.minCoeff() >= -bound);
    CHECK(weights.maxCoeff() > 0.95 * bound);
    CHECK(weights.minCoeff() < -0.95 * bound);
  };
  for (const double scale : {1.0, 3.0}) {
    Dense<Oja<double>> dense({}, {.pre = 16, .post = 40});
    Conv2d<Oja<double>> convolution({}, {.input = {4, 5, 5}, .channels = 40});
    DenseLayers<Oja<double>> layers(Oja<double>{}, {16, 38});
    dense.initialize({.seed = 1}, scale);
    convolution.initialize({.seed = 1}, scale);
    layers.initialize({.seed = 1}, scale);
    check(dense.state.weights, scale / 4);
    check(convolution.state.weights, scale / 6);
    check(layers.weights(0), scale * std::sqrt(6.0 / (16 + 38)));
    if (scale == 1) {  // the default
      const Matrix<double> before = dense.state.weights, kernels = convolution.state.weights,
                           deep = layers[0].state.weights;
      dense.initialize({.seed = 1});
      convolution.initialize({.seed = 1});
      layers.initialize({.seed = 1});
      CHECK(dense.state.weights == before);
      CHECK(convolution.state.weights == kernels);
      CHECK(layers[0].state.weights == deep);
    }
  }
  Dense<Oja<double>> dense({}, {.pre = 2, .post = 2});
  CHECK_THROWS_AS(dense.initialize({.seed = 1}, std::numeric_limits<double>::infinity()),
                  InvalidParameter);
}
