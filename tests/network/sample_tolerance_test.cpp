// With SampleTolerance a sample of a batch ends where it ends alone with Tolerance.
#include <doctest/doctest.h>

#include "hebb/network/balance/balance_control.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
template <typename Stop>
using Equilibrium =
    EquilibriumPropagation<Rule, EquilibriumPolicies<LearnFromContrast, SymmetricNudge, FreshStates,
                                                     TiedFeedback, ClosedClip, Stop>>;
template <typename Stop>
using States = PredictiveCoding<Rule, Tanh, CodingPolicies<StateInference, LearnFromErrors, Stop>>;
template <typename Stop>
using Errors = PredictiveCoding<Rule, Tanh, CodingPolicies<ErrorInference, LearnFromErrors, Stop>>;
template <typename Stop>
using Dendrites = DendriticError<Rule, Sigmoid, Stop>;
template <typename Stop>
using Pairs = BalanceControl<Rule, SquaredError, JacobianFeedback, Stop>;

/// What a network learns from the batch, per layer, and the course of the output's error.
template <typename Network>
Matrices<double> learned(auto stop, const Matrix<double>& x, const Matrix<double>& y) {
  Network net({Rule{.parameters = {.eta = 0.1}}, {6, 9, 7, 3}});
  net.initialize({.seed = 3}, 0.7);
  net.stop = stop;
  CHECK(net.infer(x, y).converged);
  Matrices<double> all;
  for (std::size_t k = 0; k < 3; ++k) all.push_back(net.change(k));
  all.push_back(net.output_errors.norms);
  return all;
}

/// The largest difference of the changes of a batch from the mean of those of its samples alone,
/// and of the courses of the output's error.
template <template <typename> typename Network>
double difference() {
  constexpr Index batch = 40;  // several blocks
  const Matrix<double> x = Random{.seed = 1}.uniform<double>(6, batch),
                       y = Random{.seed = 2}.uniform<double>(3, batch);
  const Tolerance stop{1e-4, 400};
  const Matrices<double> together =
      learned<Network<SampleTolerance>>(SampleTolerance{stop.tolerance, stop.most}, x, y);
  Matrices<double> apart(3);
  for (std::size_t k = 0; k < 3; ++k) apart[k].setZero(together[k].rows(), together[k].cols());
  double largest = 0;
  for (Index c = 0; c < batch; ++c) {
    const Matrices<double> alone = learned<Network<Tolerance>>(stop, x.col(c), y.col(c));
    for (std::size_t k = 0; k < 3; ++k) apart[k] += alone[k] / double(batch);
    largest = std::max(largest, (alone[3] - together[3].row(c)).cwiseAbs().maxCoeff());
  }
  for (std::size_t k = 0; k < 3; ++k)
    largest = std::max(largest, (apart[k] - together[k]).cwiseAbs().maxCoeff());
  return largest;
}

}  // namespace

TEST_CASE("sample tolerance: a sample of a batch ends where it ends alone") {
  CHECK(difference<Equilibrium>() < 1e-13);
  CHECK(difference<States>() < 1e-13);
  CHECK(difference<Errors>() < 1e-13);
  CHECK(difference<Dendrites>() < 1e-13);
  CHECK(difference<Pairs>() < 1e-13);
}
