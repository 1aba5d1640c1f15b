#include <doctest/doctest.h>

#include "hebb/core/optimizer/adam.hpp"
#include "lpl_deep/head.hpp"
#include "lpl_deep/shuffled_lpl.hpp"

using namespace lpl_deep;
using hebb::Index;
using hebb::Matrix;
using hebb::Random;
using hebb::Response;
using hebb::View;

namespace {

/// The largest difference between a factor and minus the central differences of a loss, times the
/// columns, relative to the largest of these.
double gradient_error(const Matrix<double>& factor, Matrix<double> z, const auto& loss) {
  const double step = 1e-5;
  Matrix<double> expected(z.rows(), z.cols());
  for (Index i = 0; i < z.size(); ++i) {
    const double middle = z(i);
    z(i) = middle + step;
    const double above = loss(z);
    z(i) = middle - step;
    expected(i) = -double(z.cols()) * (above - loss(z)) / (2 * step);
    z(i) = middle;
  }
  REQUIRE(expected.cwiseAbs().maxCoeff() > 1e-3);  // the comparison is not of zeros
  return (factor - expected).cwiseAbs().maxCoeff() / expected.cwiseAbs().maxCoeff();
}

/// The loss behind a head, and what its rule says the neurons below should do.
template <typename Objective>
void check_gradient(const Objective& objective, const std::vector<int>& labels, Index neurons) {
  const Index columns = 2 * Index(labels.size());
  const ByHead<double, Objective> rule{.parameters = {.eta = 1e-3, .random = {.seed = 3}},
                                       .objective = objective};
  auto state = rule.init({.pre = 4, .post = neurons});
  state.labels = labels;
  const Matrix<double> z = Random{.seed = 5}.normal<double>(neurons, columns),
                       gain = Matrix<double>::Ones(neurons, columns);
  auto before = state;
  const auto loss = [&](const Matrix<double>& at) {
    Matrix<double> unused;
    return objective.loss(before.head.forward(at), labels, unused);
  };
  const double first = loss(z);
  CHECK(gradient_error(rule.post_factor(Response<double>(z, gain), state).post, z, loss) < 1e-7);

  Matrix<double> unused;
  CHECK(objective.loss(state.head.forward(z), labels, unused) <
        first);  // the head has learned as well
}

}  // namespace

TEST_CASE("a layer under a linear classifier descends its cross-entropy") {
  check_gradient(Supervision{.classes = 4}, {0, 3, 1}, 5);
}

TEST_CASE("a layer under a projector descends the loss of negative samples") {
  check_gradient(NegativeSamples{.hidden = 30, .outputs = 20}, {0, 0, 0, 0}, 6);
}

TEST_CASE(
    "negative samples: equal views in orthogonal directions have the least loss, one direction for "
    "all has none") {
  Matrix<double> output(2, 4), error;
  output << 2, 0, 1, 0,  //
      0, 1, 0, 3;
  CHECK(NegativeSamples::loss(output, {}, error) == doctest::Approx(-1));
  CHECK(error.cwiseAbs().maxCoeff() < 1e-15);
  output << 1, 2, 3, 4,  //
      0, 0, 0, 0;
  CHECK(NegativeSamples::loss(output, {}, error) == doctest::Approx(0));
}

TEST_CASE("a silent projection learns nothing, and stays finite") {
  Matrix<double> output = Matrix<double>::Zero(3, 4), error;
  CHECK(NegativeSamples::loss(output, {}, error) == 0);
  CHECK(error.isZero(0));
}

TEST_CASE("a supervised layer without the labels of its columns is refused") {
  const ByHead<double, Supervision> rule;
  auto state = rule.init({.pre = 2, .post = 3});
  const Matrix<double> z = Matrix<double>::Ones(3, 4);
  CHECK_THROWS_AS(rule.post_factor(Response<double>(z, z), state), hebb::ShapeError);
}

TEST_CASE(
    "shuffled pairs: the factor descends LPL's losses with the second views in another order") {
  using Shuffled = ShuffledLpl<double>;
  const Index neurons = 3, samples = 5;
  const Shuffled rule{
      .lpl = {.parameters = {.predictive = 0.7, .hebbian = 0.3, .decorrelation = 2}},
      .random = {.seed = 9}};
  auto state = rule.init({.pre = 4, .post = neurons});
  state.optimizer.step = 6;
  const Matrix<double> z = Random{.seed = 4}.uniform<double>(neurons, 2 * samples),
                       gain = Matrix<double>::Ones(neurons, 2 * samples);
  const std::vector<Index> partner = rule.permutation(samples, 6);
  const auto loss = [&](const Matrix<double>& at) {
    const auto own = rule.lpl.loss(Response<double>(at, gain));
    double predictive = 0;
    for (Index b = 0; b < samples; ++b)
      predictive += (at.col(b) - at.col(samples + partner[std::size_t(b)])).squaredNorm() /
                    double(neurons * samples);
    return 0.7 * predictive + 0.3 * own.hebbian + 2 * own.decorrelation;
  };
  CHECK(gradient_error(rule.post_factor(Response<double>(z, gain), state).post, z, loss) < 1e-7);
}

TEST_CASE(
    "shuffled pairs: all layers share the permutation of a step, whatever their size, and the next "
    "step has another") {
  const ShuffledLpl<double> rule{.random = {.seed = 2}};
  auto small = rule.init({.pre = 2, .post = 2}), large = rule.init({.pre = 7, .post = 5});
  CHECK(rule.permutation(8, small.optimizer.step) == rule.permutation(8, large.optimizer.step));
  const Matrix<double> none = Matrix<double>::Zero(2, 2), nothing = Matrix<double>::Zero(5, 7);
  rule.apply(none, hebb::None{}, small);
  rule.apply(nothing, hebb::None{}, large);
  CHECK(small.optimizer.step == 1);
  CHECK(rule.permutation(8, small.optimizer.step) == rule.permutation(8, large.optimizer.step));
  CHECK(rule.permutation(8, 0) != rule.permutation(8, 1));
}

TEST_CASE("shuffled pairs: without the predictive term the rule is LPL without it") {
  const hebb::Lpl<double, hebb::Symmetric, hebb::Adam> lpl{.parameters = {.predictive = 0}};
  const ShuffledLpl<double> rule{.lpl = lpl};
  auto own = rule.init({.pre = 2, .post = 3}), other = lpl.init({.pre = 2, .post = 3});
  const Matrix<double> z = Random{.seed = 8}.uniform<double>(3, 8),
                       gain = Matrix<double>::Ones(3, 8);
  CHECK(rule.post_factor(Response<double>(z, gain), own).post ==
        lpl.post_factor(Response<double>(z, gain), other).post);
}
