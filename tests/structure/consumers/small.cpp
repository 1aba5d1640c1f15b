// The library is found, and Eigen by it.
#include <cstdlib>

#include "hebb/core/types.hpp"

int main() {
  const hebb::Matrix<float> weights = hebb::Matrix<float>::Zero(2, 3);
  return weights.size() == 6 ? EXIT_SUCCESS : EXIT_FAILURE;
}
