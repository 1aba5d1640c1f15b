#include "hebb/analysis/dropout_readout.hpp"

#include <doctest/doctest.h>

#include "tests/thread_counts.hpp"

using namespace hebb;

namespace {

constexpr Index samples = 150, units = 40;

/// Three classes whose features are multiples of 1/8, which half precision holds exactly.
struct Data {
  Matrix<float> features{units, samples};
  std::vector<int> labels;

  Data() {
    const Matrix<float> noise = Random{.seed = 5}.normal<float>(units, samples);
    for (Index i = 0; i < samples; ++i) {
      labels.push_back(int(i % 3));
      for (Index k = 0; k < units; ++k)
        features(k, i) = std::round(8 * (noise(k, i) + (k % 3 == i % 3 ? 2.0f : 0.0f))) / 8;
    }
  }
};

double right(const LinearClassifier<float>& classifier, const Data& data) {
  const std::vector<Index> found = classifier.predict(data.features);
  Index count = 0;
  for (std::size_t i = 0; i < found.size(); ++i) count += found[i] == data.labels[i];
  return double(count) / samples;
}

}  // namespace

TEST_CASE("dropout readout: classes that can be separated are, with dropout and without") {
  const Data data;
  for (const double dropout : {0.0, 0.5}) {
    const DropoutReadout readout{.parameters = {.eta = 0.01, .dropout = dropout, .epochs = 30}};
    CHECK(right(readout.fit(data.features, data.labels, 3), data) == 1);
  }
}

TEST_CASE("dropout readout: the first update is Adam's step along the gradient, by hand") {
  // From weights 0 all classes have probability 1/3, and Adam's first step has length eta.
  const Data data;
  const DropoutReadout readout{
      .parameters = {.eta = 0.25, .dropout = 0, .epochs = 1, .batch = samples, .halvings = {}}};
  const LinearClassifier<float> found = readout.fit(data.features, data.labels, 3);
  CHECK(found.loss == doctest::Approx(std::log(3.0)));
  for (Index c = 0; c < 3; ++c)
    for (Index k = 0; k < units; ++k) {
      double sum = 0;
      for (Index i = 0; i < samples; ++i)
        sum += data.features(k, i) * ((i % 3 == c ? 1.0 : 0.0) - 1.0 / 3);
      CHECK(found.weights(c, k) == doctest::Approx(sum > 0 ? 0.25 : -0.25).epsilon(1e-4));
    }
}

TEST_CASE("dropout readout: dropout leaves the mean of what a class sees") {
  // One sample of ones: after one update every weight has moved or not, as its feature was kept.
  const Matrix<float> ones = Matrix<float>::Ones(4000, 1);
  const std::vector<int> label{0};
  const DropoutReadout readout{
      .parameters = {.eta = 1, .dropout = 0.25, .epochs = 1, .halvings = {}, .seed = 3}};
  const LinearClassifier<float> found = readout.fit(ones, label, 2);
  const double moved = (found.weights.row(0).array() > 0.5f).cast<double>().mean();
  CHECK(std::abs(moved - 0.75) < 4 * std::sqrt(0.25 * 0.75 / 4000));
  CHECK((found.weights.row(0).array() > 0.5f || found.weights.row(0).array() == 0).all());
}

TEST_CASE("dropout readout: a dropout near 1 keeps few features, and not all") {
  const Matrix<float> ones = Matrix<float>::Ones(8192, 1);
  const std::vector<int> label{0};
  const DropoutReadout readout{
      .parameters = {.eta = 1, .dropout = 0.999, .epochs = 1, .halvings = {}, .seed = 3}};
  const auto moved = (readout.fit(ones, label, 2).weights.row(0).array() != 0).count();
  CHECK(std::abs(double(moved) - 32) < 4 * std::sqrt(32.0));  // 8192 / 256
}

TEST_CASE("dropout readout: a feature is dropped where its own random byte says so") {
  // Several blocks of units, the last of which is no multiple of 16. Both samples are of class 0,
  // so a weight stays 0 where both drop its unit.
  constexpr Index many = 1050, padded = 1056;
  const Matrix<float> ones = Matrix<float>::Ones(many, 2);
  const std::vector<int> labels{0, 0};
  const DropoutReadout readout{
      .parameters = {.eta = 1, .dropout = 0.5, .epochs = 1, .halvings = {}, .seed = 3}};
  const LinearClassifier<float> found = readout.fit(ones, labels, 2);
  Random random = Random{.seed = 3}.stream("dropout");
  std::vector<bool> kept(2 * padded);
  for (std::size_t i = 0; i < kept.size(); i += 16) {
    const auto bits = random.bits();
    for (std::size_t k = 0; k < 16; ++k)
      kept[i + k] = std::uint8_t(bits[k / 4] >> (8 * (k % 4))) >= 128;
  }
  for (Index k = 0; k < many; ++k)
    CHECK((found.weights(0, k) != 0) == (kept[std::size_t(k)] || kept[std::size_t(padded + k)]));
}

TEST_CASE("dropout readout: half precision that holds the features gives the same bits") {
  const Data data;
  const DropoutReadout readout{.parameters = {.epochs = 3, .batch = 32, .halvings = {1}}};
  const Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic> half =
      data.features.cast<Eigen::half>();
  CHECK(readout.fit(half, data.labels, 3).weights ==
        readout.fit(data.features, data.labels, 3).weights);
}

TEST_CASE("dropout readout: eta halves at the epochs that are named") {
  const Data data;
  DropoutReadout early{.parameters = {.eta = 0.02, .epochs = 2, .halvings = {0}}};
  DropoutReadout plain{.parameters = {.eta = 0.01, .epochs = 2, .halvings = {}}};
  CHECK(early.fit(data.features, data.labels, 3).weights ==
        plain.fit(data.features, data.labels, 3).weights);
  early.parameters.halvings = {1};
  CHECK(early.fit(data.features, data.labels, 3).weights !=
        plain.fit(data.features, data.labels, 3).weights);
}

TEST_CASE("dropout readout: the same bits on any number of threads") {
  const Matrix<float> features = Random{.seed = 2}.normal<float>(5000, 20);
  const std::vector<int> labels(20, 1);
  const DropoutReadout readout{.parameters = {.epochs = 2, .batch = 7}};
  CHECK(same_for_all_thread_counts([&] {
    LinearClassifier<float> found = readout.fit(features, labels, 2);
    return digest(found);
  }));
}

TEST_CASE("dropout readout: bad parameters, labels and features are refused") {
  const Data data;
  const auto fit = [&](const DropoutReadout::Parameters& p) {
    return DropoutReadout{p}.fit(data.features, data.labels, 3);
  };
  CHECK_THROWS_AS(fit({.eta = 0}), InvalidParameter);
  CHECK_THROWS_WITH_AS(fit({.dropout = 1}), "DropoutReadout: dropout must be in [0, 1), got 1",
                       InvalidParameter);
  CHECK_THROWS_AS(fit({.epochs = 0}), InvalidParameter);
  CHECK_THROWS_AS(fit({.batch = 0}), InvalidParameter);
  CHECK_THROWS_AS((DropoutReadout{}.fit(data.features, data.labels, 2)), InvalidParameter);
  Matrix<float> broken = data.features;
  broken(3, 4) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS((DropoutReadout{}.fit(broken, data.labels, 3)),
                       "DropoutReadout: the feature vector of sample 4 holds inf at row 3, "
                       "column 0",
                       NonFinite);
}
