// error: MatrixHasAnotherScalarType
#include "hebb/rules/hebbian.hpp"

int main() {
  const hebb::Hebbian<float> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  const Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  rule.update(x, Eigen::VectorXf::Ones(1), state);
}
