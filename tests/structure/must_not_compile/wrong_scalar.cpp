// error: MatrixHasAnotherScalarType
#include "hebb/rules/oja.hpp"

int main() {
  const hebb::Oja<float> rule;
  auto state = rule.init({.pre = 2, .post = 1});
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(2, 3), y = Eigen::MatrixXd::Ones(1, 3);
  rule.update(x, y, state);
}
