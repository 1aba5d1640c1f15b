#include "hebb/core/rule_of.hpp"

#include <doctest/doctest.h>

#include "hebb/core/optimizer/momentum.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/hebbian.hpp"
#include "hebb/rules/instar.hpp"
#include "tests/rules/laws_suite.hpp"

using namespace hebb;

namespace {

struct InstarEquation {  // dw = eta <y (x - w)>
  using Scalar = float;
  float eta = 0.01f;

  Factor<float, Vector<float>> post_factor(const View<float>& y) const {
    return {y, y.rowwise().mean()};
  }
};

struct GainEquation {  // dw = eta <f'(a) x>
  using Scalar = double;
  double eta = 0.5;

  Factor<double> post_factor(const Response<double>& post) const { return {post.gain}; }
};

using Mine = RuleOf<InstarEquation>;
static_assert(FactoredRule<Mine> && FactoredRule<RuleOf<InstarEquation, Momentum>> &&
              FactoredRule<RuleOf<GainEquation>>);

}  // namespace

namespace hebb::laws {

template <>
struct Decay<Mine> {
  static Matrix<float> of(const Mine&, const Matrix<float>& y, const Mine::State&) {
    return y.rowwise().mean().asDiagonal();
  }
};

}  // namespace hebb::laws

TEST_CASE("rule_of: an equation of a few lines obeys the laws of rules") {
  try_laws<Mine>("rule_of");
}

TEST_CASE("rule_of: the instar equation learns as the rule of the library does") {
  const Mine mine;
  const Instar<float> instar;
  auto a = mine.init({.pre = 5, .post = 9});
  auto b = instar.init({.pre = 5, .post = 9});
  Random random{.seed = 1};
  for (const Index columns : {1, 4, 7}) {
    const Matrix<float> x = random.normal<float>(5, columns), y = random.normal<float>(9, columns);
    mine.update(x, y, a);
    instar.update(x, y, b);
    CHECK(a.weights.isApprox(b.weights, 1e-6f));
  }
}

TEST_CASE("rule_of: an equation that takes a response gets the gain") {
  const RuleOf<GainEquation> rule;
  auto state = rule.init({.pre = 1, .post = 2});
  const Matrix<double> x{{1, 1}}, y = Matrix<double>::Ones(2, 2), gain{{1, 3}, {0, 0}};
  rule.update(x, Response<double>(y, gain), state);
  CHECK(state.weights == Matrix<double>{{1}, {0}});
}

TEST_CASE("rule_of: such a rule learns in dense and convolutional layers and in a stack") {
  Stack network(Conv2d<Mine>({.parameters = {.eta = 0.1f}},
                             {.input = {.channels = 1, .width = 4, .height = 4}, .channels = 3}),
                Dense<Mine, Sigmoid>(Mine{.parameters = {.eta = 0.1f}}, {.pre = 48, .post = 2}));
  network.initialize(Random{.seed = 1});
  const Matrix<float> x = Random{.seed = 2}.uniform<float>(16, 5, 0, 1);
  const Matrix<float> before = network.layer<0>().state.weights,
                      dense_before = network.layer<1>().state.weights;
  network.train(x);
  CHECK(network.layer<0>().state.weights != before);
  CHECK(network.layer<1>().state.weights != dense_before);
  CHECK(network.layer<0>().state.weights.allFinite());
}

TEST_CASE("rule_of: a learning rate out of range is refused, with the equation's name") {
  CHECK_THROWS_WITH_AS((Mine{.parameters = {.eta = 0}}.init({.pre = 1, .post = 1})),
                       "InstarEquation: eta must be finite and > 0, got 0", InvalidParameter);
}
