// Core, rules, layers and network, through the umbrella.
#include <cstdlib>

#include "hebb/hebb.hpp"

int main() {
  using Layer = hebb::Dense<hebb::Oja<float>>;
  hebb::Stack network(Layer({}, {.pre = 3, .post = 2}, hebb::Bias::none));
  network.layer<0>().initialize({.seed = 1});
  const hebb::Matrix<float> before = network.layer<0>().state.weights;
  network.train(hebb::Random{.seed = 2}.normal<float>(3, 5));
  return network.layer<0>().state.weights == before ? EXIT_FAILURE : EXIT_SUCCESS;
}
