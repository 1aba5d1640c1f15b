#include "hebb/analysis/metrics.hpp"

#include <doctest/doctest.h>

#include "hebb/core/random.hpp"

using namespace hebb;

TEST_CASE(
    "metrics: accuracy counts correctly predicted samples, and labels may have any integer type") {
  const std::vector<Index> predicted{0, 1, 2, 2};
  const std::vector<unsigned char> truth{0, 1, 1, 2};
  CHECK(accuracy(predicted, truth) == 0.75);
  CHECK(accuracy(truth, truth) == 1);
  const Vector<int> eigen_labels{{0, 0, 0, 0}};
  CHECK(accuracy(predicted, eigen_labels) == 0.25);
}

TEST_CASE("metrics: predictions and labels of different number, and none at all, are errors") {
  const std::vector<int> three{0, 1, 2}, two{0, 1}, none;
  CHECK_THROWS_AS(accuracy(three, two), ShapeError);
  CHECK_THROWS_AS(accuracy(none, none), InvalidParameter);
}

TEST_CASE(
    "metrics: the confusion matrix has the truth in its rows and the prediction in its columns") {
  const std::vector<int> predicted{0, 1, 1, 2}, truth{0, 1, 2, 2};
  const Matrix<Index> expected{{1, 0, 0}, {0, 1, 0}, {0, 1, 1}};
  CHECK(confusion_matrix(predicted, truth, 3) == expected);
  CHECK_THROWS_WITH_AS(confusion_matrix(predicted, truth, 2),
                       "label 2 of sample 3 is not in [0, 2)", InvalidParameter);
}

TEST_CASE_TEMPLATE("metrics: equal variance in k uncorrelated units is a participation ratio of k",
                   Scalar, float, double) {
  const Matrix<Scalar> x{
      {1, -1, 0, 0, 0, 0}, {0, 0, 1, -1, 0, 0}, {0, 0, 0, 0, 1, -1}, {5, 5, 5, 5, 5, 5}};
  CHECK(participation_ratio<Scalar>(x) == doctest::Approx(3));
  const Matrix<Scalar> line = Vector<Scalar>{{1, 2, 3}} * Vector<Scalar>{{1, 2, 4, 8}}.transpose();
  CHECK(participation_ratio<Scalar>(line) == doctest::Approx(1));
}

TEST_CASE(
    "metrics: the participation ratio is tr(C)^2 / |C|^2, worked by hand for variances 1 and 4") {
  const Matrix<double> x{{1, 1, -1, -1}, {2, -2, 2, -2}};
  CHECK(participation_ratio<double>(x) == doctest::Approx(25.0 / 17.0));
}

TEST_CASE(
    "metrics: the participation ratio has no scale, down to features whose squares vanish in "
    "float") {
  const Matrix<float> x = Random{.seed = 1}.normal<float>(5, 40);
  CHECK(participation_ratio<float>(x * 1e-30f) == doctest::Approx(participation_ratio<float>(x)));
}

TEST_CASE("metrics: more units than samples or fewer, the ratio comes from the same spectrum") {
  const Matrix<double> x = Random{.seed = 2}.normal<double>(30, 7), c = centred<double>(x),
                       covariance = c * c.transpose();
  CHECK(participation_ratio<double>(x) ==
        doctest::Approx(covariance.trace() * covariance.trace() / covariance.squaredNorm()));
}

TEST_CASE(
    "metrics: features that do not vary have participation ratio 0, whatever their mean rounds "
    "to") {
  CHECK(participation_ratio<float>(Matrix<float>::Constant(4, 1000, 0.1f)) == 0);
  CHECK(participation_ratio<float>(Matrix<float>::Zero(4, 10)) == 0);
}

TEST_CASE("metrics: a unit is dead when no sample exceeds the threshold") {
  const Matrix<float> x{{0, 0, 0}, {0, 1e-6f, 0}, {-1, 0, 0}};
  CHECK(dead_units<float>(x) == 1);
  CHECK(dead_units<float>(x, 1e-3f) == 2);
  CHECK(mean_activity<float>(Matrix<float>{{1, 2}, {3, 6}}) == 3);
}

TEST_CASE("metrics: class cosines equal the mean over all pairs") {
  const Matrix<double> x = Random{.seed = 3}.normal<double>(6, 12);
  const std::vector<int> label{0, 1, 2, 0, 1, 2, 0, 0, 1, 1, 1, 2};
  const Matrix<double> directions = centred<double>(x).colwise().normalized();
  double within = 0, between = 0, within_pairs = 0, between_pairs = 0;
  for (Index i = 0; i < 12; ++i)
    for (Index j = 0; j < i; ++j) {
      const bool same = label[std::size_t(i)] == label[std::size_t(j)];
      (same ? within : between) += directions.col(i).dot(directions.col(j));
      (same ? within_pairs : between_pairs) += 1;
    }
  const ClassCosine cosine = class_cosine<double>(x, label, 3);
  CHECK(cosine.within == doctest::Approx(within / within_pairs));
  CHECK(cosine.between == doctest::Approx(between / between_pairs));
}

TEST_CASE("metrics: two tight opposite clusters have cosines 1 and -1") {
  const Matrix<float> x{{3, 3, 1, 1}, {2, 2, 2, 2}};
  const ClassCosine cosine = class_cosine<float>(x, std::vector<int>{0, 0, 1, 1}, 2);
  CHECK(cosine.within == doctest::Approx(1));
  CHECK(cosine.between == doctest::Approx(-1));
}

TEST_CASE("metrics: selectivity is the difference of means over the range, worked by hand") {
  const Matrix<float> x{{0, 1, 3, 4}, {2, 2, 2, 2}, {-4, -3, -1, 0}};
  const Vector<double> s = selectivity<float>(x, std::vector<int>{0, 0, 1, 1});
  CHECK(s(0) == doctest::Approx(0.75));  // (3.5 - 0.5) / 4
  CHECK(s(1) == 0);
  CHECK(s(2) == doctest::Approx(0.75));
  CHECK_THROWS_AS(selectivity<float>(x, std::vector<int>{0, 0, 0, 0}), InvalidParameter);
}

TEST_CASE(
    "metrics: nearest neighbours depend on angle, not on length, and ties on the order of "
    "samples") {
  const Matrix<float> x{{1, 0, 10, 1, -1}, {0, 5, 10, 0, 0}};
  const Matrix<float> query{{2}, {1}};
  const Matrix<Index> expected{{2}, {0}, {3}, {1}};
  CHECK(nearest_neighbours<float>(x, query, 4) == expected);
  CHECK_THROWS_AS(nearest_neighbours<float>(x, query, 6), InvalidParameter);
  CHECK_THROWS_AS(nearest_neighbours<float>(x, Matrix<float>::Ones(3, 1), 1), ShapeError);
}

TEST_CASE("metrics: NaN is refused") {
  const Matrix<float> x{{1, 2}, {3, std::numeric_limits<float>::quiet_NaN()}};
  const std::vector<int> label{0, 1};
  CHECK_THROWS_AS(participation_ratio<float>(x), NonFinite);
  CHECK_THROWS_AS(class_cosine<float>(x, label, 2), NonFinite);
  CHECK_THROWS_AS(selectivity<float>(x, label), NonFinite);
  CHECK_THROWS_AS(nearest_neighbours<float>(x, x, 1), NonFinite);
}

TEST_CASE("metrics: a unit that is NaN is an error, neither dead nor alive") {
  const Matrix<float> x{{0, 0}, {std::numeric_limits<float>::quiet_NaN(), 0}};
  CHECK_THROWS_AS(dead_units<float>(x), NonFinite);
}
