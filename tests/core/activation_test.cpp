#include "hebb/core/activation.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("activation: the gain is the derivative of the rate, by central differences",
                   Activation, Linear, Relu, Tanh, Sigmoid, Softplus) {
  const Matrix<double> drive{{-7, -1.3, -0.2}, {0.1, 0.9, 6}};  // away from the kink of Relu
  const double h = 1e-5;
  Matrix<double> rate, gain, up, down, ignored;
  Activation::template respond<double>(drive, rate, gain);
  Activation::template respond<double>(drive.array() + h, up, ignored);
  Activation::template respond<double>(drive.array() - h, down, ignored);
  CHECK((gain - (up - down) / (2 * h)).cwiseAbs().maxCoeff() < 1e-9);
}

TEST_CASE_TEMPLATE("activation: known values", Scalar, float, double) {
  Matrix<Scalar> rate, gain;
  const Matrix<Scalar> drive{{-2, 0, 2}};
  Relu::respond<Scalar>(drive, rate, gain);
  CHECK(rate == Matrix<Scalar>{{0, 0, 2}});
  CHECK(gain == Matrix<Scalar>{{0, 0, 1}});
  Linear::respond<Scalar>(drive, rate, gain);
  CHECK(rate == drive);
  CHECK(gain == Matrix<Scalar>{{1, 1, 1}});
  Sigmoid::respond<Scalar>(drive, rate, gain);
  CHECK(rate(1) == doctest::Approx(0.5));
  CHECK(gain(1) == doctest::Approx(0.25));
  CHECK(rate(2) == doctest::Approx(1 / (1 + std::exp(-2.0))));
  Tanh::respond<Scalar>(drive, rate, gain);
  CHECK(rate(2) == doctest::Approx(std::tanh(2.0)));
  Softplus::respond<Scalar>(drive, rate, gain);
  CHECK(rate(1) == doctest::Approx(std::log(2.0)));
  CHECK(rate(2) - rate(0) == doctest::Approx(2));  // log(1 + e^a) - log(1 + e^-a) = a
}

TEST_CASE_TEMPLATE("activation: far tails neither overflow nor leave their range", Scalar, float,
                   double) {
  Matrix<Scalar> rate, gain;
  const Matrix<Scalar> drive{{-1000, 1000}};
  Softplus::respond<Scalar>(drive, rate, gain);
  CHECK(rate == Matrix<Scalar>{{0, 1000}});
  CHECK(gain(1) == 1);
  Sigmoid::respond<Scalar>(drive, rate, gain);
  CHECK(rate(0) >= 0);
  CHECK(rate(0) < 1e-30);
  CHECK(rate(1) == 1);
  Tanh::respond<Scalar>(drive, rate, gain);
  CHECK(rate == Matrix<Scalar>{{-1, 1}});
  CHECK(gain.isZero(0));
}

TEST_CASE_TEMPLATE("activation: the bits of a rate do not depend on its place in memory",
                   Activation, Tanh, Sigmoid) {
  const Matrix<float> drive = Random{.seed = 1}.uniform<float>(77, 3, -9, 9);
  Matrix<float> with_ones = Matrix<float>::Ones(78, 3), alone, gain;
  Activation::template respond<float>(drive, with_ones.topRows(77), gain);
  CHECK(with_ones.row(77).isOnes(0));
  for (Index i = 0; i < drive.size(); ++i) {
    Activation::template respond<float>(drive.reshaped().segment(i, 1), alone, gain);
    CHECK(alone(0) == with_ones(i % 77, i / 77));
  }
}

TEST_CASE_TEMPLATE("activation: NaN is passed on, so that divergence is seen", Activation, Linear,
                   Relu, Tanh, Sigmoid, Softplus) {
  for (const Index columns : {1, 16}) {  // alone, and in vector registers
    Matrix<float> rate, gain;
    Activation::template respond<float>(
        Matrix<float>::Constant(1, columns, std::numeric_limits<float>::quiet_NaN()), rate, gain);
    CHECK(rate.array().isNaN().all());
  }
}
