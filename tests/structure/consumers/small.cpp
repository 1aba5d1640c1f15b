// The library is found, and Eigen by it. Normalisation compares numbers exactly, which a strict
// project does not allow in its own code, and random numbers use integers of 128 bits.
#include <cstdlib>

#include "hebb/core/normalization.hpp"
#include "hebb/core/random.hpp"

int main() {
  const hebb::Matrix<float> weights = hebb::Matrix<float>::Zero(2, 3);
  return weights.size() == 6 ? EXIT_SUCCESS : EXIT_FAILURE;
}
