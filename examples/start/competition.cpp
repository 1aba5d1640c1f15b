// Competition: neurons learn different prototypes because each sample changes mostly the winner.
//
// Two rules of competitive learning get the same inputs: three groups of samples around three
// directions. For each direction, the weights of some neuron should end along it.
#include <iostream>

#include "hebb/core/random.hpp"
#include "hebb/rules/krotov_hopfield.hpp"
#include "hebb/rules/soft_hebb.hpp"

using namespace hebb;

// The number of directions that are the closest one of some neuron, with a cosine above 0.9.
template <typename Rule>
int directions_learned(const Rule& rule, const Matrix<float>& directions) {
  const Index inputs = directions.rows(), groups = directions.cols();
  Random random{.seed = 2};
  constexpr Index neurons = 12;
  auto state = rule.init({.pre = inputs, .post = neurons});
  state.weights = 0.3f * random.normal<float>(neurons, inputs);
  for (int step = 0; step < 1000; ++step) {
    Matrix<float> x(inputs, 30);
    for (Index c = 0; c < x.cols(); ++c)
      x.col(c) = 2 * directions.col(c % groups) + 0.2f * random.normal<float>(inputs, 1);
    const Matrix<float> drive = state.weights * x;
    rule.update(x, drive, state);
  }
  const Matrix<float> cosine = state.weights.rowwise().normalized() * directions;
  return int((cosine.colwise().maxCoeff().array() > 0.9f).count());
}

int main() {
  Matrix<float> directions = Random{.seed = 1}.normal<float>(10, 3);
  directions.colwise().normalize();
  const int soft = directions_learned(
      SoftHebb<float>{.parameters = {.eta = 0.05f, .temperature = 0.5f}}, directions);
  const int hard = directions_learned(
      KrotovHopfield<float>{.parameters = {.eta = 0.02f, .delta = 0.1f}}, directions);
  std::cout << "Directions learned, of 3: SoftHebb " << soft << ", Krotov-Hopfield " << hard
            << '\n';
  return soft == 3 && hard == 3 ? 0 : 1;
}
