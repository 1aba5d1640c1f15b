#include "hebb/analysis/linear_readout.hpp"

#include <doctest/doctest.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

struct Toy {
  Matrix<float> features;
  std::vector<int> labels;
};

/// Gaussian clouds around well-separated or overlapping centres.
Toy clouds(Index units, Index samples, int classes, float distance) {
  Random random{.seed = 7};
  const Matrix<float> centres = distance * random.normal<float>(units, classes);
  Toy toy{random.normal<float>(units, samples), {}};
  for (Index i = 0; i < samples; ++i) {
    toy.labels.push_back(int(random.below(classes)));
    toy.features.col(i) += centres.col(toy.labels.back());
  }
  return toy;
}

}  // namespace

TEST_CASE("linear readout: the gradient is that of the loss, by central differences") {
  Random random{.seed = 1};
  const Matrix<double> x = random.normal<double>(4, 9), weights = random.normal<double>(3, 4);
  const std::vector<Index> labels{0, 1, 2, 0, 1, 2, 2, 1, 0};
  Matrix<double> minus_gradient, ignored;
  const double h = 1e-5;
  cross_entropy<double>(weights, x, labels.data(), minus_gradient);
  for (Index i = 0; i < weights.size(); ++i) {
    Matrix<double> up = weights, down = weights;
    up(i) += h;
    down(i) -= h;
    const double slope = (cross_entropy<double>(up, x, labels.data(), ignored) -
                          cross_entropy<double>(down, x, labels.data(), ignored)) /
                         (2 * h);
    CHECK(-minus_gradient(i) == doctest::Approx(slope).epsilon(1e-7));
  }
}

TEST_CASE(
    "linear readout: the loss of equal scores is log(classes), and huge scores do not overflow") {
  const Index label = 1;
  Matrix<float> ignored;
  CHECK(cross_entropy<float>(Matrix<float>::Zero(4, 2), Matrix<float>::Ones(2, 1), &label,
                             ignored) == doctest::Approx(std::log(4.0)));
  CHECK(cross_entropy<float>(Matrix<float>{{1e30f}, {0}}, Matrix<float>::Ones(1, 1), &label,
                             ignored) == doctest::Approx(1e30));
  CHECK(ignored.allFinite());
}

TEST_CASE_TEMPLATE("linear readout: separable classes are read out without error", Scaling, Raw,
                   OneScale, Standardised) {
  const Toy toy = clouds(20, 600, 4, 3);
  const auto classifier = LinearReadout<Scaling>{}.fit(toy.features, toy.labels, 4);
  CHECK(accuracy(classifier.predict(toy.features), toy.labels) == 1);
}

TEST_CASE("linear readout: long training converges to a zero of the regularised gradient") {
  const Toy toy = clouds(5, 250, 3, 0.7f);
  const double decay = 0.01;
  const LinearReadout<Raw> readout{
      .parameters = {.eta = 0.02, .weight_decay = decay, .epochs = 4000}};
  const auto classifier = readout.fit<double>(toy.features.cast<double>(), toy.labels, 3);

  Matrix<double> weights(3, 6), x(6, 250), minus_gradient;
  weights << classifier.weights, classifier.bias;
  x << toy.features.cast<double>(), Matrix<double>::Ones(1, 250);
  const std::vector<Index> labels(toy.labels.begin(), toy.labels.end());
  cross_entropy<double>(weights, x, labels.data(), minus_gradient);
  minus_gradient /= 250;
  minus_gradient.leftCols(5) -= decay * weights.leftCols(5);
  CHECK(minus_gradient.cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("linear readout: for two symmetric clusters on a line the optimum is the closed form") {
  // x = +-1, of which one in four has the other label: the optimal log-odds are +-log 3, so w1 - w0
  // = log 3 and the bias is 0.
  const Matrix<double> x{{1, 1, 1, 1, -1, -1, -1, -1}};
  const std::vector<int> labels{1, 1, 1, 0, 0, 0, 0, 1};
  const auto classifier = LinearReadout<Raw>{.parameters = {.epochs = 2000}}.fit(x, labels, 2);
  CHECK(classifier.weights(1, 0) - classifier.weights(0, 0) ==
        doctest::Approx(std::log(3.0)).epsilon(1e-6));
  CHECK(classifier.bias(1) - classifier.bias(0) == doctest::Approx(0).epsilon(1e-6));
  CHECK(classifier.loss ==
        doctest::Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)).epsilon(1e-6));
}

TEST_CASE(
    "linear readout: the classifier takes unscaled features; the scaling is part of its weights") {
  Toy toy = clouds(10, 400, 3, 3);
  toy.features = (toy.features * 1e4f).array() + 1e5f;
  const auto classifier = LinearReadout<OneScale>{}.fit(toy.features, toy.labels, 3);
  CHECK(accuracy(classifier.predict(toy.features), toy.labels) == 1);
}

TEST_CASE("linear readout: one scale per layer keeps the proportions of its units") {
  const Matrix<float> x{{1, 3, 1, 3}, {10, 50, 10, 50}};
  const auto one = OneScale::fit<float>(x);
  CHECK(one.scale(0) == one.scale(1));
  CHECK(one.scale(0) == doctest::Approx(1 / std::sqrt((1 + 400) / 2.0)));
  const auto each = Standardised::fit<float>(x);
  CHECK(each.scale(0) == doctest::Approx(1));
  CHECK(each.scale(1) == doctest::Approx(1 / 20.0));
  CHECK(each.shift(1) == doctest::Approx(30));
}

TEST_CASE("linear readout: no scaling magnifies a collapsed layer more than a thousandfold") {
  const Matrix<float> x{{0, 1e-9f, 0, 1e-9f}};
  CHECK(OneScale::fit<float>(x).scale(0) == 1000);
  CHECK(Standardised::fit<float>(x).scale(0) == 1000);
}

TEST_CASE("linear readout: features without information give the most frequent class") {
  const std::vector<int> labels{2, 0, 2, 1, 2};
  const auto classifier =
      LinearReadout<>{}.fit(Matrix<float>(Matrix<float>::Zero(3, 5)), labels, 3);
  CHECK(classifier.predict(Matrix<float>::Zero(3, 1)) == std::vector<Index>{2});
}

#ifdef _OPENMP
TEST_CASE("linear readout: any number of threads gives the same bits") {
  const Toy toy = clouds(30, 2000, 5, 0.5f);
  const LinearReadout<> readout{.parameters = {.epochs = 2, .batch = 1024}};
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto alone = readout.fit(toy.features, toy.labels, 5);
  for (const int threads : thread_counts()) {
    omp_set_num_threads(threads);
    const auto together = readout.fit(toy.features, toy.labels, 5);
    CHECK(together.weights == alone.weights);
    CHECK(together.bias == alone.bias);
    CHECK(together.loss == alone.loss);
  }
  omp_set_num_threads(before);
}
#endif

TEST_CASE("linear readout: wrong shapes, labels, parameters and numbers are refused") {
  Toy toy = clouds(3, 10, 2, 1);
  const LinearReadout<> readout;
  CHECK_THROWS_AS(readout.fit(toy.features, std::vector<int>(9), 2), ShapeError);
  CHECK_THROWS_AS(readout.fit(Matrix<float>(0, 10), toy.labels, 2), ShapeError);
  CHECK_THROWS_AS(readout.fit(toy.features, toy.labels, 1), InvalidParameter);
  CHECK_THROWS_AS(readout.fit(toy.features, std::vector<int>(10, -1), 2), InvalidParameter);
  CHECK_THROWS_AS(LinearReadout<>{.parameters = {.eta = 0}}.fit(toy.features, toy.labels, 2),
                  InvalidParameter);
  CHECK_THROWS_AS(LinearReadout<>{.parameters = {.batch = 0}}.fit(toy.features, toy.labels, 2),
                  InvalidParameter);
  CHECK_THROWS_AS(readout.fit(toy.features, toy.labels, 2).predict(Matrix<float>::Zero(4, 1)),
                  ShapeError);
  toy.features(2, 3) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(readout.fit(toy.features, toy.labels, 2),
                       "features holds inf at row 2, column 3", NonFinite);
}

TEST_CASE("linear readout: a classifier whose bias does not fit its weights is refused") {
  LinearClassifier<float> classifier{.weights = Matrix<float>::Ones(3, 2),
                                     .bias = Vector<float>::Zero(2)};
  CHECK_THROWS_WITH_AS(classifier.predict(Matrix<float>::Ones(2, 4)),
                       "LinearClassifier: bias must be 3 x 1, got 2 x 1", ShapeError);
  CHECK_THROWS_AS((LinearClassifier<float>{.weights = Matrix<float>(0, 2), .bias = {}}.predict(
                      Matrix<float>::Ones(2, 4))),
                  ShapeError);
}
