// What a training step of the networks with feedback allocates: nothing, after the first on a batch of that size.
#include <doctest/doctest.h>
#include <omp.h>

#include "hebb/network/backpropagation.hpp"
#include "hebb/network/dendritic_error.hpp"
#include "hebb/network/equilibrium_propagation.hpp"
#include "hebb/network/predictive_coding.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/hebbian.hpp"
#include "tests/layers/allocations.hpp"

using namespace hebb;

namespace {

using Differential = DifferentialHebbian<double>;

/// What a third training step allocates, with one thread. Eigen's own packing of large products is not in question: these are small.
template <typename Network>
long allocated() {
  omp_set_num_threads(1);
  const Matrix<double> x = Random{.seed = 1}.uniform<double>(12, 40), y = Random{.seed = 2}.uniform<double>(3, 40);
  Network net({{}, {12, 10, 8, 3}});
  net.initialize({.seed = 3});
  net.train(x, y);
  net.train(x, y);
  start_counting();
  net.train(x, y);
  stop_counting();
  return allocations + eigen_allocations;
}

}  // namespace

TEST_CASE("feedback networks: after the first steps training allocates nothing") {
  CHECK(allocated<Backpropagation<Hebbian<double>>>() == 0);
  CHECK(allocated<PredictiveCoding<Hebbian<double>>>() == 0);
  CHECK(allocated<TemporalPredictiveCoding<Differential>>() == 0);
  CHECK(allocated<EquilibriumPropagation<Hebbian<double>>>() == 0);
  CHECK(allocated<UntiedEquilibriumPropagation<Differential>>() == 0);
  CHECK(allocated<DendriticError<Hebbian<double>>>() == 0);
}

TEST_CASE("feedback networks: the count sees a first step, which makes room") {
  omp_set_num_threads(1);
  const Matrix<double> x = Random{.seed = 1}.uniform<double>(12, 40), y = Random{.seed = 2}.uniform<double>(3, 40);
  Backpropagation<Hebbian<double>> net({Hebbian<double>{}, {12, 10, 8, 3}});
  start_counting();
  net.train(x, y);
  stop_counting();
  CHECK(allocations + eigen_allocations > 10);
}
