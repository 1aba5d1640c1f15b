// What a rule gets from the two ends of equilibrium propagation.
#include <doctest/doctest.h>

#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/rules/covariance.hpp"

using namespace hebb;

TEST_CASE(
    "learning from a contrast: a rule uses its own presynaptic factor of a constant input, worked "
    "by hand") {
  const Covariance<double, PresynapticThreshold> rule{
      .parameters = {.tau = 1}};  // x less the mean of the batch
  DenseSynapses<Covariance<double, PresynapticThreshold>> synapses(rule, {.pre = 1, .post = 1},
                                                                   Bias::none);
  const Matrix<double> x{{1, 3}}, nudged{{2, 5}}, free{{1, 1}};
  Matrix<double> sum = Matrix<double>::Zero(1, 1);
  LearnFromContrast::State<double> teaching;
  const auto pre = [&](const Moment&) -> const Matrix<double>& { return x; };
  const auto post = [&](const Moment& moment) -> const Matrix<double>& {
    return moment.t > 0 ? nudged : free;
  };
  teaching.add_to(synapses, pre, post, {.count = 1, .end = 1, .scale = 1}, sum);
  CHECK(sum(0, 0) == ((2 - 1) * (1 - 2) + (5 - 1) * (3 - 2)) / 2.0);
}
