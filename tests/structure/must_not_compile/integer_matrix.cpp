// error: MatrixHasAnotherScalarType
#include "hebb/layers/dense.hpp"
#include "hebb/rules/oja.hpp"

int main() {
  hebb::Dense<hebb::Oja<float>> layer({}, {.pre = 2, .post = 1});
  const Eigen::MatrixXi x = Eigen::MatrixXi::Ones(2, 3);
  layer.forward(x);
}
