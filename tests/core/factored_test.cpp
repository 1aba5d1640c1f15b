#include "hebb/core/factored.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "hebb/core/digest.hpp"
#include "hebb/core/optimizer/plain.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/dense.hpp"

using namespace hebb;

namespace {

/// Hebb's rule in its smallest form: W += eta <y x^T>.
struct Smallest {
  using Scalar = double;
  struct State {
    Matrix<double> weights;
    Plain::State<double> optimizer;
    Factor<double> factor = {};
    void each(auto&& visit) {
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  State init(Shape shape) const { return {Matrix<double>::Zero(shape.post, shape.pre), {}}; }
  const Factor<double>& post_factor(const View<double>& post, State& state) const {
    state.factor.post = post;
    return state.factor;
  }
  void apply(const auto& change, None, State& state) const {
    Plain{}.apply<double>(state.weights, change, None{}, 0.5, state.optimizer);
  }
  void update(const View<double>& pre, const auto& post, State& state) const {
    factored_update(*this, pre, post, state);
  }
  void forget(State&) const {}
};

/// The same, with a presynaptic half of its own: W += eta <y (2 x)^T>.
struct Doubled : Smallest {
  Matrix<double> pre_factor(const View<double>& pre, State&) const { return 2 * pre; }
  void update(const View<double>& pre, const auto& post, State& state) const {
    factored_update(*this, pre, post, state);
  }
};

/// The same in a rule that reads the change as a matrix, and whose state holds nothing but weights.
template <typename ChangeParameter>
struct OfMatrices {
  using Scalar = double;
  struct State {
    Matrix<double> weights;
    void each(auto&& visit) { visit("weights", weights); }
  };

  State init(Shape shape) const { return {Matrix<double>::Zero(shape.post, shape.pre)}; }
  Factor<double> post_factor(const View<double>& post, State&) const { return {post}; }
  void apply(ChangeParameter change, None, State& state) const { state.weights += 0.5 * change; }
  void update(const View<double>& pre, const View<double>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }
  void forget(State&) const {}
};

static_assert(FactoredRule<Smallest> && FactoredRule<Doubled>);
static_assert(FactoredRule<OfMatrices<const Matrix<double>&>>);
static_assert(FactoredRule<OfMatrices<const View<double>&>>);
static_assert(FactoredRule<OfMatrices<const Change<double>&>>);

}  // namespace

TEST_CASE(
    "factored: an update is the mean of post pre^T over columns, for one column and for many, "
    "small and large") {
  Random random{.seed = 1};
  for (const Index columns : {1, 2, 37})
    for (const Index post : {1, 7, 8, 300}) {
      const Smallest rule;
      auto state = rule.init({.pre = 5, .post = post});
      const Matrix<double> x = random.normal<double>(5, columns),
                           y = random.normal<double>(post, columns);
      rule.update(x, y, state);
      CHECK(state.weights.isApprox(0.5 * y * x.transpose() / double(columns), 1e-13));
      CHECK(state.optimizer.step == 1);
    }
}

TEST_CASE_TEMPLATE("factored: a rule may take the change as a matrix, a view or an expression",
                   Rule, OfMatrices<const Matrix<double>&>, OfMatrices<const View<double>&>,
                   OfMatrices<const Change<double>&>) {
  const Rule rule;
  Random random{.seed = 2};
  for (const Index columns : {1, 5}) {
    auto state = rule.init({.pre = 3, .post = 9});
    const Matrix<double> x = random.normal<double>(3, columns),
                         y = random.normal<double>(9, columns);
    rule.update(x, y, state);
    CHECK(state.weights.isApprox(0.5 * y * x.transpose() / double(columns), 1e-13));
    Dense<Rule> layer(rule, {.pre = 3, .post = 9}, Bias::none);
    layer.forward(x);
    layer.state.weights.setOnes();
    layer.learn(y);
    CHECK(layer.state.weights.isApprox((1 + state.weights.array()).matrix(), 1e-13));
  }
}

TEST_CASE("factored: a state that was not made by init is named, with its rule") {
  Smallest::State state;
  const Matrix<double> x = Matrix<double>::Ones(3, 4), y = Matrix<double>::Ones(2, 4);
  CHECK_THROWS_WITH_AS(Smallest{}.update(x, y, state), "Smallest: the state was not made by init",
                       InvalidCall);
}

TEST_CASE("change: a matrix and a mean outer product have the same rows, columns and elements") {
  Random random{.seed = 3};
  const Matrix<double> post = random.normal<double>(9, 4), pre = random.normal<double>(5, 4),
                       expected = post * pre.transpose() / 4;
  const Change<double> product(post, pre), matrix(expected);
  Matrix<double> formed;
  CHECK(Matrix<double>(product).isApprox(expected, 1e-14));
  CHECK(Matrix<double>(matrix) == expected);
  CHECK(product.matrix(formed).isApprox(expected, 1e-14));
  CHECK(matrix.matrix(formed).data() == expected.data());
  CHECK(product.rows() == 9);
  CHECK(product.cols() == 5);
  CHECK(product.largest() >= 4 * expected.cwiseAbs().maxCoeff());
  CHECK(std::isinf(matrix.largest()));
}

TEST_CASE(
    "factored: a rule with a pre_factor learns from that factor, for one sample and for many") {
  const Doubled rule;
  for (const Index columns : {1, 3}) {
    auto state = rule.init({.pre = 2, .post = 9});
    const Matrix<double> x = Matrix<double>::Ones(2, columns),
                         y = Matrix<double>::Constant(9, columns, 3);
    rule.update(x, y, state);
    CHECK(state.weights.isApprox(Matrix<double>::Constant(9, 2, 0.5 * 2 * 3)));
  }
}

TEST_CASE(
    "factored: a rule that takes a Response gets rates and gains, another rule gets the rates") {
  const Smallest rule;
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> x = Matrix<double>::Identity(2, 2), y{{1, 2}, {3, 4}},
                       gain = Matrix<double>::Zero(2, 2);
  const View<double> rate_view = y, gain_view = gain;
  rule.update(x, Response<double>(rate_view, gain_view), state);
  CHECK(state.weights.isApprox(0.25 * y));
}

TEST_CASE(
    "factored: matrices that do not fit, NaN and infinity are refused, and nothing has "
    "changed") {
  const Smallest rule;
  auto state = rule.init({.pre = 3, .post = 2});
  state.weights.setOnes();
  const std::uint64_t before = digest(state);
  const Matrix<double> x = Matrix<double>::Ones(3, 4), y = Matrix<double>::Ones(2, 4);
  CHECK_THROWS_WITH_AS(rule.update(Matrix<double>::Ones(2, 4), y, state),
                       "pre must be 3 x 4, got 2 x 4", ShapeError);
  CHECK_THROWS_AS(rule.update(x, Matrix<double>(Matrix<double>::Ones(3, 4)), state), ShapeError);
  CHECK_THROWS_AS(rule.update(x, Matrix<double>(Matrix<double>::Ones(2, 5)), state), ShapeError);
  CHECK_THROWS_AS(rule.update(x.transpose(), y, state), ShapeError);
  CHECK_THROWS_AS(rule.update(Matrix<double>(3, 0), Matrix<double>(2, 0), state), ShapeError);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const Index place : {0, 5, 7}) {
      Matrix<double> bad_x = x, bad_y = y;
      bad_x(place) = bad;
      bad_y(place) = bad;
      CHECK_THROWS_AS(rule.update(bad_x, y, state), NonFinite);
      CHECK_THROWS_AS(rule.update(x, bad_y, state), NonFinite);
    }
  CHECK(digest(state) == before);
}

TEST_CASE("digest: FNV-1a gives its published answers") {
  CHECK(fnv1a("", 0) == 0xcbf29ce484222325u);
  CHECK(fnv1a("a", 1) == 0xaf63dc4c8601ec8cu);
  CHECK(fnv1a("foobar", 6) == 0x85944171f73967e8u);
  CHECK(fnv1a("bar", 3, fnv1a("foo", 3)) == fnv1a("foobar", 6));
}

TEST_CASE(
    "digest: equal states have equal digests; one bit, or the same numbers in another shape, give "
    "another") {
  auto a = Smallest{}.init({.pre = 6, .post = 2}), b = a,
       reshaped = Smallest{}.init({.pre = 4, .post = 3});
  CHECK(digest(a) == digest(b));
  CHECK(digest(a) != digest(reshaped));
  b.weights(1, 5) = -0.0;
  CHECK(digest(a) != digest(b));
}

TEST_CASE(
    "factored: a gain that is not finite or does not fit is refused, for every rule that is given "
    "one") {
  const Smallest rule;
  auto state = rule.init({.pre = 2, .post = 2});
  const Matrix<double> x = Matrix<double>::Identity(2, 2),
                       bad{{1, std::numeric_limits<double>::quiet_NaN()}, {1, 1}};
  CHECK_THROWS_WITH_AS(rule.update(x, Response<double>(x, bad), state),
                       "gain holds nan at row 0, column 1", NonFinite);
  CHECK_THROWS_AS(rule.update(x, Response<double>(x, Matrix<double>::Ones(2, 1)), state),
                  ShapeError);
  CHECK(state.weights.isZero());
}
