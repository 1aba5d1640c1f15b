// Core, rules, layers and network.
#include <cstdlib>

#include "hebb/core/random.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/oja.hpp"

int main() {
  using Layer = hebb::Dense<hebb::Oja<float>>;
  hebb::Stack network(Layer({}, {.pre = 3, .post = 2}, hebb::Bias::none));
  network.layer<0>().initialize({.seed = 1});
  const hebb::Matrix<float> before = network.layer<0>().state.weights;
  network.train(hebb::Random{.seed = 2}.normal<float>(3, 5));
  return network.layer<0>().state.weights == before ? EXIT_FAILURE : EXIT_SUCCESS;
}
