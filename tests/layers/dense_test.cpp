#include "hebb/layers/dense.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("dense: refuses inputs of another size, and numbers that are not finite") {
  Dense<Oja<float>> layer({}, {.pre = 2, .post = 1});
  CHECK_THROWS_AS(layer.forward(Matrix<float>::Ones(3, 1)), ShapeError);
  Matrix<float> x = Matrix<float>::Ones(2, 5);
  x(1, 4) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(layer.forward(x), "Dense: input holds inf at row 1, column 4", NonFinite);
  CHECK_THROWS_AS((Dense<Oja<float>>({}, {.pre = 0, .post = 1})), InvalidParameter);
}
