#include "hebb/analysis/disentanglement.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numbers>

using namespace hebb;

namespace {

constexpr std::array<Index, 3> sizes{4, 5, 6};
constexpr Index samples = 3000;

/// Random values of three factors: factors x samples.
Matrix<Index> random_factors() {
  Random random{.seed = 1};
  Matrix<Index> factors(3, samples);
  for (Index i = 0; i < samples; ++i)
    for (std::size_t f = 0; f < sizes.size(); ++f) factors(Index(f), i) = random.below(sizes[f]);
  return factors;
}

const Matrix<Index> factors = random_factors();

Disentanglement score(const Matrix<float>& features,
                      const MajorityVote& vote = {.images = 100, .random = {.seed = 2}}) {
  return vote.operator()<float>(features, factors, sizes);
}

}  // namespace

TEST_CASE(
    "disentanglement: one unit per factor scores 1, whatever the units' scale, order and sign") {
  Matrix<float> features(3, samples);
  features.row(0) = 1000 * factors.row(2).cast<float>();
  features.row(1) = factors.row(0).cast<float>();
  features.row(2) = 7 - 0.01f * factors.row(1).cast<float>().array();
  const Disentanglement result = score(features);
  CHECK(result.score == doctest::Approx(1));
  CHECK(result.strict == doctest::Approx(1));
  CHECK(result.recall.isOnes(1e-12));
  CHECK(result.unvoted == 0);
}

TEST_CASE(
    "disentanglement: a rotated code scores less than the code itself, a random code is at "
    "chance") {
  Matrix<float> mixed(3, samples);
  mixed.row(0) = (factors.row(0) + factors.row(1)).cast<float>();
  mixed.row(1) = (factors.row(1) + factors.row(2)).cast<float>();
  mixed.row(2) = (factors.row(2) + factors.row(0)).cast<float>();
  CHECK(score(mixed).score < 0.8);

  const Matrix<float> noise = Random{.seed = 3}.normal<float>(20, samples);
  double mean = 0;
  for (std::uint64_t repetition = 0; repetition < 20; ++repetition)
    mean += score(noise, {.images = 30, .random = {.seed = 2, .step = repetition}}).score / 20;
  CHECK(mean == doctest::Approx(1.0 / 3).epsilon(0.15));
}

TEST_CASE("disentanglement: constant units get no votes, even if all units are constant") {
  Matrix<float> features = Matrix<float>::Constant(5, samples, 0.1f);
  features.bottomRows(3) = factors.cast<float>();
  const Disentanglement result = score(features);
  CHECK(result.score == doctest::Approx(1));
  CHECK(result.unvoted == 2);

  const Disentanglement dead = score(Matrix<float>::Zero(4, samples));
  CHECK(dead.score == 0);
  CHECK(dead.unvoted == 4);
}

TEST_CASE("disentanglement: a test vote for a unit without training votes is wrong") {
  // A draw votes for a random one of 5000 units, hardly ever for one of the 15 units with training
  // votes.
  const Matrix<float> noise = Random{.seed = 4}.normal<float>(5000, samples);
  const Disentanglement result = score(noise, {.draws = 1, .images = 4, .random = {.seed = 2}});
  CHECK(result.score < 0.1);  // against 1/3 if they were guessed
  CHECK(result.unvoted >= 5000 - 15);
}

TEST_CASE(
    "disentanglement: in the strict score a factor keeps at most as many units as it has values") {
  // 60 equally good units for the first factor, which has 4 values; the noise decides between them.
  Matrix<float> features = 1e-3f * Random{.seed = 5}.normal<float>(62, samples);
  features.topRows(60).rowwise() += factors.row(0).cast<float>();
  features.bottomRows(2) += factors.bottomRows(2).cast<float>();
  const Disentanglement result =
      score(features, {.draws = 100, .images = 20, .random = {.seed = 2}});
  CHECK(result.score > 0.95);
  for (const double recall : result.recall) CHECK(recall > 0.9);
  const double others = 11.0 / 15, kept = 4.0 / 60;
  CHECK(result.strict == doctest::Approx(others + (1 - others) * kept).epsilon(0.1));
}

TEST_CASE("disentanglement: inputs that cannot be scored are refused") {
  const Matrix<float> features = factors.cast<float>();
  CHECK_THROWS_AS(score(features.leftCols(10)), ShapeError);
  CHECK_THROWS_AS(score(features, {.draws = 0}), InvalidParameter);
  CHECK_THROWS_AS(score(features, {.images = 1}), InvalidParameter);
  const std::array<Index, 3> too_small{4, 5, 5}, too_large{4, 5, 7},
      negative{4, -1, 5};  // a value out of range; one that no sample has
  CHECK_THROWS_AS(MajorityVote{}.operator()<float>(features, factors, too_small), InvalidParameter);
  CHECK_THROWS_AS(MajorityVote{}.operator()<float>(features, factors, too_large), InvalidParameter);
  CHECK_THROWS_AS(MajorityVote{}.operator()<float>(features, factors, negative), InvalidParameter);
  Matrix<float> broken = features;
  broken(0, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(score(broken), NonFinite);
}

TEST_CASE("similarity matrix: a code on a circle has the cosines of its angles, in every context") {
  constexpr Index n = 10;
  Matrix<double> features(2, 3 * n);
  for (Index i = 0; i < features.cols(); ++i) {
    const double angle = 2 * std::numbers::pi * double(i % n) / double(n), context = double(i / n);
    features.col(i) << 5 * context + (1 + context) * std::cos(angle),
        std::sin(angle) * (1 + context) - context;
  }
  const Matrix<double> similarity = similarity_matrix<double>(features, n);
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k)
      CHECK(similarity(i, k) ==
            doctest::Approx(std::cos(2 * std::numbers::pi * double(i - k) / double(n))));
}

TEST_CASE("similarity matrix: n unrelated values have cosine -1 / (n - 1) with each other") {
  const Matrix<float> one_each = Matrix<float>::Identity(4, 4);
  const Matrix<double> similarity = similarity_matrix<float>(one_each, 4);
  CHECK(similarity(0, 0) == doctest::Approx(1));
  CHECK(similarity(0, 3) == doctest::Approx(-1.0 / 3));
  CHECK(similarity_matrix<float>(Matrix<float>::Zero(3, 8), 4).isZero());
  CHECK_THROWS_AS(similarity_matrix<float>(one_each, 3), ShapeError);
  CHECK_THROWS_AS(similarity_matrix<float>(one_each, 1), InvalidParameter);
}
