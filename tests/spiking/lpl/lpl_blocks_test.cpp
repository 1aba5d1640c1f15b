#include "hebb/spiking/lpl/lpl_blocks.hpp"

#include <doctest/doctest.h>

#include "hebb/core/digest.hpp"
#include "hebb/spiking/poisson.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace hebb;

namespace {

constexpr Shape shape{.pre = 60, .post = 35};  // two full tiles, and a part of one

const SpikingLpl<double> rule{.times = {.tau_mean_ms = 1000, .tau_variance_ms = 500}};

/// Spikes and potentials that do not depend on learning; potential(i, n) is that of neuron i at
/// step n.
struct Activity {
  SpikeList pre, post;
  Matrix<double> potential = Random{.seed = 3}.uniform<double>(shape.post, 4000, -70, -45);

  Activity() {
    const PoissonInput before({{shape.pre, Rate::constant(30)}}, 0.1, {.seed = 1}),
        after({{shape.post, Rate::constant(20)}}, 0.1, {.seed = 2});
    for (std::int64_t slice = 0; slice < 40; ++slice) {
      before.emit(slice, pre);
      after.emit(slice, post);
    }
  }
};

template <typename Scalar>
Vector<Scalar> learn_in_blocks(const Connections& connections, const Activity& activity,
                               std::initializer_list<Index> lengths) {
  LplBlocks<Scalar> blocks(rule, connections);
  std::int64_t base = -1;
  for (const Index length : lengths) {
    for (Index i = 0; i < shape.post; ++i)
      for (Index n = 1; n <= length; ++n)
        blocks.potentials(i / blocks.lanes, n)[i % blocks.lanes] =
            Scalar(activity.potential(i, Index(base) + n));
    blocks.close(base, length, activity.pre, activity.post);
    base += length;
  }
  Vector<Scalar> accumulated;
  blocks.collect(accumulated);
  return accumulated;
}

/// What the rule itself accumulates before it is applied to the weights.
Vector<double> learn_in_steps(const Connections& connections, const Activity& activity,
                              std::int64_t steps) {
  auto slow = rule;
  slow.times.window_ms = 1000;  // the weights change at step 0 only
  auto state = slow.init(connections);
  const auto at = [](const SpikeList& list, std::int64_t step) {
    std::vector<Index> neurons;
    for (Index k = list.find(step), end = list.find(step + 1); k < end; ++k)
      neurons.push_back(list[k].neuron);
    return neurons;
  };
  for (std::int64_t n = 0; n < steps; ++n) {
    const Vector<double> potential = activity.potential.col(n);
    const auto pre = at(activity.pre, n - 8), post = at(activity.post, n);
    slow.update(pre, {post, potential}, state);
  }
  return state.accumulated;
}

}  // namespace

TEST_CASE(
    "lpl blocks: blocks of any length accumulate the gradient of the step form, on sparse and "
    "dense "
    "connections") {
  const Activity activity;
  for (const double probability : {0.1, 1.0}) {
    const Connections connections = connect_randomly(shape, probability, {.seed = 4});
    const Vector<double> expected = learn_in_steps(connections, activity, 3000);
    REQUIRE(expected.norm() > 0);
    for (const Vector<double>& found :
         {learn_in_blocks<double>(connections, activity, {1000, 1000, 1000}),
          learn_in_blocks<double>(connections, activity, {1, 7, 992, 800, 200, 1000})})
      CHECK((found - expected).norm() < 1e-13 * expected.norm());
    const Vector<float> single = learn_in_blocks<float>(connections, activity, {1000, 1000, 1000});
    CHECK((single.cast<double>() - expected).norm() < 1e-5 * expected.norm());
  }
}

TEST_CASE("lpl blocks: collecting clears the gradient and leaves the filters alone") {
  const Activity activity;
  const Connections connections = connect_all(shape);
  LplBlocks<double> blocks(rule, connections);
  Vector<double> first, second, none;
  for (std::int64_t base : {-1, 999}) {
    for (Index i = 0; i < shape.post; ++i)
      for (Index n = 1; n <= 1000; ++n)
        blocks.potentials(i / blocks.lanes, n)[i % blocks.lanes] =
            activity.potential(i, Index(base) + n);
    blocks.close(base, 1000, activity.pre, activity.post);
    blocks.collect(base < 0 ? first : second);
  }
  blocks.collect(none);
  CHECK(none.isZero());
  const Vector<double> whole = learn_in_blocks<double>(connections, activity, {1000, 1000});
  CHECK((first + second - whole).norm() < 1e-13 * whole.norm());
}

#ifdef _OPENMP
TEST_CASE("lpl blocks: any number of threads gives the same bits") {
  const Connections connections = connect_randomly({.pre = 200, .post = 1100}, 0.1, {.seed = 4});
  const PoissonInput before({{200, Rate::constant(30)}}, 0.1, {.seed = 1}),
      after({{1100, Rate::constant(20)}}, 0.1, {.seed = 2});
  SpikeList pre, post;
  for (std::int64_t slice = 0; slice < 3; ++slice) {
    before.emit(slice, pre);
    after.emit(slice, post);
  }
  const auto run = [&](int threads) {
    const int usual = omp_get_max_threads();
    omp_set_num_threads(threads);
    LplBlocks<float> blocks(rule, connections);
    blocks.close(-1, 300, pre, post);
    omp_set_num_threads(usual);
    return digest(blocks);
  };
  CHECK(run(1) == run(2));
  CHECK(run(1) == run(5));
}
#endif

TEST_CASE("lpl blocks: time constants too short for a block are refused") {
  auto fast = rule;
  fast.times.tau_mean_ms = 1;
  CHECK_THROWS_AS(LplBlocks<double>(fast, connect_all(shape)), InvalidParameter);
}
