// error: RatesWithoutGainWhereTheRuleNeedsAResponse
#include "hebb/rules/lpl.hpp"

int main() {
  const hebb::Lpl<float> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  const Eigen::MatrixXf x = Eigen::MatrixXf::Ones(2, 3), z = Eigen::MatrixXf::Ones(1, 3);
  rule.update(x, z, state);
}
