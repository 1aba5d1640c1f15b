#include "hebb/rules/sanger.hpp"

#include <doctest/doctest.h>

#include "hebb/rules/oja.hpp"
#include "tests/close_to.hpp"
#include "tests/rules/principal_components.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;

TEST_CASE_TEMPLATE("sanger: one update is eta (y x' - LT[y y'] W), worked by hand", Scalar, float,
                   double) {
  const Sanger<Scalar> rule{.parameters = {.eta = Scalar(0.5)}};
  auto state = rule.init({.pre = 1, .post = 2});
  state.weights << 1, 2;
  rule.update(Matrix<Scalar>{{5}}, Matrix<Scalar>{{2}, {3}}, state);  // LT = (4 0; 6 9)
  CHECK(state.weights(0, 0) == close_to<Scalar>(1 + 0.5 * (2 * 5 - 4 * 1)));
  CHECK(state.weights(1, 0) == close_to<Scalar>(2 + 0.5 * (3 * 5 - 6 * 1 - 9 * 2)));
}

TEST_CASE_TEMPLATE("sanger: in groups of neurons or not, a batch is y x' - LT[y y'] W", Scalar,
                   float, double) {
  const Sanger<Scalar> rule{.parameters = {.eta = 1}};
  for (const Index post : {3, 64, 65, 200})
    for (const Index columns : {1, 2, 17}) {
      Random random{.seed = 3};
      const Matrix<Scalar> x = random.normal<Scalar>(30, columns),
                           y = random.normal<Scalar>(post, columns);
      auto state = rule.init({.pre = 30, .post = post});
      state.weights = random.normal<Scalar>(post, 30);
      const Matrix<Scalar> lower =
          Matrix<Scalar>(y * y.transpose()).template triangularView<Eigen::Lower>();
      const Matrix<Scalar> expected =
          state.weights + (y * x.transpose() - lower * state.weights) / Scalar(columns);
      rule.update(x, y, state);
      CHECK((state.weights - expected).norm() <=
            100 * std::numeric_limits<Scalar>::epsilon() * expected.norm());
    }
}

TEST_CASE(
    "sanger: rows are the first eigenvectors in their order, and W C W' is diagonal and "
    "descending") {
  const PrincipalComponents input(Vector<double>{{3, 2, 1.2, 0.6, 0.2}});
  const Matrix<double> w = learn(Sanger<double>{.parameters = {.eta = 0.02}}, input, 3, 6000);
  for (Index k = 0; k < 3; ++k)
    CHECK(std::abs(w.row(k).dot(input.vectors.col(k))) == doctest::Approx(1).epsilon(1e-9));
  const Matrix<double> variance = w * input.correlation * w.transpose();
  CHECK((variance - Matrix<double>(Vector<double>{{3, 2, 1.2}}.asDiagonal())).norm() < 1e-6);
}

TEST_CASE_TEMPLATE("sanger: the first row has the bits of Oja's rule on its own", Scalar, float,
                   double) {
  const Sanger<Scalar> sanger;
  const Oja<Scalar> oja;
  auto many = sanger.init({.pre = 6, .post = 12});
  auto one = oja.init({.pre = 6, .post = 1});
  Random random{.seed = 4};
  many.weights = random.normal<Scalar>(12, 6);
  one.weights = many.weights.topRows(1);
  for (int step = 0; step < 200; ++step) {
    const Matrix<Scalar> x = random.normal<Scalar>(6, 1);
    const Matrix<Scalar> y = many.weights * x;
    sanger.update(x, y, many);
    oja.update(x, y.topRows(1), one);
  }
  CHECK(one.weights == many.weights.topRows(1));
  CHECK(one.weights.norm() == doctest::Approx(1).epsilon(0.5));
}

TEST_CASE("sanger: one sample gives the same bits with any number of threads") {
  CHECK(same_for_all_thread_counts([] {
    const Sanger<double> rule;
    Random random{.seed = 8};
    auto state = rule.init({.pre = 200, .post = 5});
    state.weights = random.normal<double>(5, 200);
    const Matrix<double> x = random.normal<double>(200, 1);
    rule.update(x, state.weights * x, state);
    return digest(state);
  }));
}
