#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/rules/differential_hebbian.hpp"
#include "hebb/rules/oja.hpp"
#include "tests/network/control/controlled.hpp"
#include "tests/thread_counts.hpp"

using namespace hebb;
using namespace controlled;

namespace {

using Differential = DifferentialHebbian<double>;

template <typename Rule, typename Update, typename Hidden = Sigmoid>
using Direct = FeedbackControl<Rule, Hidden, ControlPolicies<Update>>;

/// A network with another rule and the weights of `network`.
template <typename Other, typename Update>
Direct<Other, Update> with_rule(typename Direct<Other, Update>::Parameters parameters = {}) {
  Direct<Other, Update> net({Other{}, sizes}, parameters);
  net.initialize({.seed = 3});
  net.layers.copy_weights(network<Direct<Rule, EndPoints>>().layers);
  return net;
}

template <typename Network>
Matrices<double> changes(Network net, const Batch& batch = {}) {
  net.infer(batch.x, batch.y);
  Matrices<double> result;
  for (std::size_t k = 0; k < 3; ++k) result.push_back(net.change(k));
  return result;
}

double distance(const Matrix<double>& a, const Matrix<double>& b) {
  return (a - b).norm() / b.norm();
}

}  // namespace

TEST_CASE(
    "feedback control: in the first layer differential Hebbian learning is the steady-state error "
    "update to round-off") {
  const auto error = changes(network<Direct<Rule, SteadyState<>>>());
  const auto end = changes(network<Direct<Rule, EndPoints>>()),
             sum = changes(network<Direct<Rule, TrajectorySum>>());
  CHECK(distance(end[0], error[0]) < 1e-13);
  CHECK(distance(sum[0], error[0]) < 1e-13);
  CHECK(distance(end[1], error[1]) >
        1e-3);  // layers above also receive the changes of lower layers
  CHECK(cosine<double>(end[1], sum[1]) > 0.999);  // and the end points follow the trajectory
}

TEST_CASE(
    "feedback control: the change along a trajectory is the sum of the differential Hebbian rule's "
    "steps") {
  const Batch batch;
  const Index steps = 6;
  const auto found = changes(with_rule<Differential, TrajectorySum>({.steps = steps}));
  const Differential rule;
  for (std::size_t k = 0; k < 3; ++k) {
    auto state = rule.init({.pre = sizes[k] + 1, .post = sizes[k + 1]});
    Matrix<double> expected = Matrix<double>::Zero(sizes[k + 1], sizes[k] + 1);
    for (Index t = 0; t <= steps;
         ++t) {  // the rates of every step are those at the end of an inference so long
      auto net = with_rule<Differential, TrajectorySum>({.steps = std::max<Index>(t, 1)});
      net.infer(batch.x, batch.y);
      Activity<double> before;
      net.layers.forward(batch.x, before);
      const Matrix<double> pre = t == 0 ? before.rate[k] : net.activity.rate[k];
      const Matrix<double> post = t > 0   ? Matrix<double>(net.rate(k))
                                  : k < 2 ? Matrix<double>(before.rate[k + 1].topRows(sizes[k + 1]))
                                          : before.drive[2];
      const Matrix<double> factor = rule.pre_factor(pre, state);
      expected += rule.post_factor(post, state).post * factor.transpose() / 6;
    }
    CHECK(distance(found[k], expected) < 1e-13);
  }
}

TEST_CASE(
    "feedback control: end points learn the change of rate times the mean of the first and the "
    "last presynaptic rate") {
  const Batch batch;
  auto net = network<Direct<Rule, EndPoints>>();
  Activity<double> before;
  net.layers.forward(batch.x, before);
  net.infer(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k) {
    const Matrix<double> first =
        k < 2 ? Matrix<double>(before.rate[k + 1].topRows(sizes[k + 1])) : before.drive[2];
    const Matrix<double> pre = (before.rate[k] + net.activity.rate[k]) / 2;
    CHECK((before.rate[k] - net.activity.rate[k]).norm() >= (k == 0 ? 0 : 1e-3));
    CHECK(distance(net.change(k), (net.rate(k) - first) * pre.transpose() / 6) < 1e-13);
  }
}

TEST_CASE(
    "feedback control: every rule can learn a network's update, from end points or from their "
    "difference") {
  const Batch batch;
  auto by_ends = with_rule<Differential, EndPoints>();
  auto by_difference = network<Direct<Rule, EndPoints>>();
  auto oja = with_rule<Oja<double>, EndPoints>();
  const Matrix<double> before = oja.layers.biased(1);
  for (std::size_t k = 0; k < by_difference.layers.depth(); ++k)
    by_difference.layers[k].rule.parameters.eta = by_ends.layers[0].rule.parameters.eta;
  by_ends.train(batch.x, batch.y);
  by_difference.train(batch.x, batch.y);
  oja.train(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k)
    CHECK((by_ends.layers.biased(k) - by_difference.layers.biased(k)).norm() < 1e-15);
  const Matrix<double> applied = oja.layers.biased(1) - before,
                       plain = by_difference.layers.biased(1) - before;
  CHECK(cosine<double>(applied, plain) > 0.9);
  CHECK(distance(applied, plain) > 1e-6);  // Oja's decay
}

TEST_CASE(
    "feedback control: the mean over an inference of one step is its steady state, of two the mean "
    "of both") {
  const Batch batch;
  const auto mean1 = changes(network<Direct<Rule, TimeAverage<>>>({.steps = 1})),
             end1 = changes(network<Direct<Rule, SteadyState<>>>({.steps = 1}));
  const auto mean2 = changes(network<Direct<Rule, TimeAverage<>>>({.steps = 2})),
             end2 = changes(network<Direct<Rule, SteadyState<>>>({.steps = 2}));
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(distance(mean1[k], end1[k]) < 1e-13);
    CHECK(distance(2 * mean2[k], end1[k] + end2[k]) < 1e-13);
  }
}

TEST_CASE("feedback control: the errors are phi(v) - phi(v_ff), v - v_ff and phi'(v) (v - v_ff)") {
  const Batch batch;
  auto rates = network<Direct<Rule, SteadyState<>>>();
  const auto voltage = changes(network<Direct<Rule, SteadyState<VoltageDifference>>>());
  const auto gained = changes(network<Direct<Rule, SteadyState<GainedVoltageDifference>>>());
  rates.infer(batch.x, batch.y);
  for (std::size_t k = 0; k < 3; ++k) {
    const auto logistic = [&](const Matrix<double>& v) -> Matrix<double> {
      return k < 2 ? Matrix<double>(1 / (1 + (-v.array()).exp())) : v;
    };
    const Matrix<double> v = rates.state[k], basal = rates.activity.drive[k], r = logistic(v);
    const Matrix<double> gain = k < 2 ? Matrix<double>(r.array() * (1 - r.array()))
                                      : Matrix<double>::Ones(v.rows(), v.cols());
    const Matrix<double> pre = rates.activity.rate[k].transpose() / 6;
    CHECK(distance(rates.change(k), (r - logistic(basal)) * pre) < 1e-12);
    CHECK(distance(voltage[k], (v - basal) * pre) < 1e-12);
    CHECK(distance(gained[k], (gain.array() * (v - basal).array()).matrix() * pre) < 1e-12);
  }
}

TEST_CASE(
    "feedback control: 40 steps with end points give the changes of a trajectory of 500 steps") {
  using Followed = FeedbackControl<Rule, Sigmoid, ControlPolicies<TrajectorySum>>;
  const std::vector<Index> wide{40, 32, 32, 32, 10};
  const Matrix<double> x = Random{.seed = 6}.uniform<double>(40, 16);
  const Matrix<double> y = soft_targets<double>(
      std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5}, 10, 0.9);
  FeedbackControl<Rule> fast({Rule{}, wide});
  Followed slow({Rule{}, wide}, {.steps = 500, .dt = 0.001, .tau = 0.01049});
  Followed other({Rule{}, wide}, {.steps = 500, .dt = 0.001, .tau = 0.01049});
  for (auto* layers : {&fast.layers, &slow.layers}) layers->initialize({.seed = 7});
  other.layers.initialize({.seed = 8});
  fast.infer(x, y);
  slow.infer(x, y);
  other.infer(x, y);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(cosine<double>(fast.change(k), slow.change(k)) > 0.98);
    CHECK(cosine<double>(fast.change(k), other.change(k)) < 0.98);
  }
}

TEST_CASE_TEMPLATE("feedback control: weights have the same bits for 1, 2 and 3 threads", Update,
                   EndPoints, TrajectorySum, SpikeSampled<>) {
  const Matrix<double> x = Random{.seed = 13}.uniform<double>(5, 150),
                       y = Random{.seed = 14}.uniform<double>(3, 150);
  CHECK(same_for_all_thread_counts([&] {
    auto net = network<Direct<Rule, Update>>();
    for (int step = 0; step < 2; ++step) net.train(x, y);
    return digest(net);
  }));
}
