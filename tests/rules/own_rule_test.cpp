// A rule of one's own beside those of the library: the laws, as docs/how_to.md shows.
#include <doctest/doctest.h>

#include "hebb/core/rule_of.hpp"
#include "tests/laws.hpp"

namespace hebb::laws {

struct CubicRule {
  using Scalar = float;
  float eta = 0.01f;  // learning rate, per update

  Factor<float, Vector<float>> post_factor(const View<float>& y) const {
    return {y.array().cube(), y.array().pow(4).rowwise().mean()};
  }
};
using MyRule = RuleOf<CubicRule>;

// Its decay D in W += eta (... - D W): a rule without decay does not need this.
template <>
struct Decay<MyRule> {
  static MatrixOf<MyRule> of(const MyRule&, const MatrixOf<MyRule>& y, const MyRule::State&) {
    return y.array().pow(4).rowwise().mean().matrix().asDiagonal();
  }
};

TEST_CASE("own rule: obeys the laws") {
  const MyRule rule;
  CHECK(copies_are_equal_and_independent(rule));  // the state holds all that changes
  CHECK(stays_finite(rule));                      // 1000 random steps
  CHECK(each_round_trips(rule));                  // checkpoints hold all of it
  CHECK(permutation(rule));                       // the order of samples does not matter,
  CHECK(repetition(rule));                        // nor does their number
  CHECK(silent_pre(rule));                        // a silent input changes weights by decay alone
  CHECK(half_rate(rule));                         // half the rate, half the change
  CHECK(additivity(rule));                        // a batch equals the mean of its halves
  CHECK(locality(rule));                          // no synapse hears of another neuron
}

}  // namespace hebb::laws
