// Random arrays of one object share no random numbers. Feedback weights that repeat the forward
// weights' numbers bias feedback alignment: its feedback is then correlated with the forward
// weights from the start.
#include <doctest/doctest.h>

#include <map>

#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/backpropagation.hpp"
#include "hebb/network/balance/balance_control.hpp"
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/network/dendritic/dendritic_error.hpp"
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/hebbian.hpp"

using namespace hebb;

namespace {

using Rule = Hebbian<double>;
using Arrays = std::map<std::string, Matrix<double>>;

const std::vector<Index> sizes{30, 40, 40, 40, 20};

/// The arrays that `each` shows and that were drawn at random.
Arrays random_arrays(auto& object) {
  Arrays arrays;
  object.each([&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Matrix<double>>)
      if (value.size() > 100 && !value.isZero()) arrays.emplace(name, value);
  });
  return arrays;
}

double correlation(const double* a, const double* b, Index count) {
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(a, count),
                       y = Eigen::Map<const Eigen::ArrayXd>(b, count);
  const Eigen::ArrayXd p = x - x.mean(), q = y - y.mean();
  return (p * q).sum() / std::sqrt((p * p).sum() * (q * q).sum());
}

/// Every pair of arrays, in the order of the memory of one and of the transpose of the other. The
/// limit is exceeded by independent arrays once in 150,000 comparisons.
void check_uncorrelated(const Arrays& arrays) {
  for (auto a = arrays.begin(); a != arrays.end(); ++a)
    for (auto b = std::next(a); b != arrays.end(); ++b) {
      INFO(a->first << " and " << b->first);
      const Index count = std::min(a->second.size(), b->second.size());
      const Matrix<double> turned = b->second.transpose();
      CHECK(std::abs(correlation(a->second.data(), b->second.data(), count)) <
            4.5 / std::sqrt(double(count)));
      CHECK(std::abs(correlation(a->second.data(), turned.data(), count)) <
            4.5 / std::sqrt(double(count)));
    }
}

template <typename Network>
Network initialized() {
  Network network(decltype(Network::layers)(Rule{}, sizes));
  network.initialize({.seed = 1});
  return network;
}

}  // namespace

TEST_CASE_TEMPLATE(
    "random streams: feedback weights share no numbers with forward weights or with each other",
    Network, FeedbackAlignment<Rule>, DirectFeedbackAlignment<Rule>,
    FeedbackControl<Rule, Tanh, ControlPolicies<EndPoints, FixedFeedback>>,
    BalanceControl<Rule, SquaredError, FixedFeedback>) {
  auto network = initialized<Network>();
  const Arrays arrays = random_arrays(network);
  CHECK(arrays.size() == 4 + 3);
  check_uncorrelated(arrays);
}

TEST_CASE(
    "random streams: nudges of equilibrium propagation share no numbers with its forward or "
    "feedback weights") {
  auto network = initialized<UntiedEquilibriumPropagation<Rule>>();
  Arrays arrays = random_arrays(network);
  CHECK(arrays.size() == 4 + 3);
  arrays.emplace("nudges", Random(network.random).uniform<double>(40, 40));
  check_uncorrelated(arrays);
}

TEST_CASE(
    "random streams: top-down weights of dendritic errors share no numbers with forward weights") {
  auto network = initialized<DendriticError<Rule>>();
  Arrays arrays = random_arrays(network);
  // The self-predicting state copies: synapses onto interneurons from the forward weights, those
  // from them from the feedback.
  std::erase_if(arrays, [](const auto& array) {
    return array.first.starts_with("lateral") || array.first.starts_with("inhibition");
  });
  CHECK(arrays.size() == 4 + 3);
  check_uncorrelated(arrays);
}

TEST_CASE("random streams: the layers of a stack share no numbers") {
  Stack stack(Conv2d<Rule>(Rule{}, {.input = {3, 8, 8}, .channels = 20}),
              Conv2d<Rule>(Rule{}, {.input = {20, 8, 8}, .channels = 20}),
              Dense<Rule>(Rule{}, {.pre = 20 * 64, .post = 20}),
              Dense<Rule>(Rule{}, {.pre = 20, .post = 20}));
  stack.initialize({.seed = 1}, 0.5);
  const Arrays arrays = random_arrays(stack);
  CHECK(arrays.size() == 4);
  check_uncorrelated(arrays);
  CHECK(stack.layer<3>().state.weights.cwiseAbs().maxCoeff() <= 0.5 / std::sqrt(20));
}
