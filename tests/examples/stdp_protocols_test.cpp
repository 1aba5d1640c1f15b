#include <doctest/doctest.h>

#include "hebb/spiking/rules/triplet.hpp"
#include "stdp_protocols/pairing.hpp"
#include "stdp_protocols/sjostrom.hpp"

using namespace hebb;
using namespace example;

namespace {

/// A rule that a user might bring: every postsynaptic spike strengthens all synapses by the same
/// amount.
struct Growing {
  double amount;

  struct State {
    Matrix<double> weights;
    void each(auto&& visit) { visit("weights", weights); }
  };

  State init(Shape shape) const { return {Matrix<double>::Zero(shape.post, shape.pre)}; }
  void update(const Spikes&, const Spikes& post, State& state) const {
    for (const Index i : post.neurons) state.weights.row(i).array() += amount;
  }
  void forget(State&) const {}
};

template <typename Rule>
double score_of(const Rule& rule) {
  return score(measure(
      [&](double rate_hz, double lag_ms) { return change_by_pairs(rule, rate_hz, lag_ms); }));
}

}  // namespace

TEST_CASE(
    "stdp_protocols: the score is the mean squared distance from the measurements in standard "
    "errors, for any rule") {
  Changes exact{}, one_off{};
  for (std::size_t k = 0; k < sjostrom.size(); ++k) {
    exact.before[k] = sjostrom[k].before, exact.after[k] = sjostrom[k].after;
    one_off.before[k] = sjostrom[k].before + sjostrom[k].before_error,
    one_off.after[k] = sjostrom[k].after - sjostrom[k].after_error;
  }
  CHECK(score(exact) == 0);
  CHECK(score(one_off) == doctest::Approx(1));
  const Growing rule{.amount = 0.01};
  CHECK(change_by_pairs(rule, 10, 10) == doctest::Approx(0.6));
  double expected = 0;
  for (const Measured& m : sjostrom)
    expected += (std::pow((0.6 - m.before) / m.before_error, 2) +
                 std::pow((0.6 - m.after) / m.after_error, 2)) /
                10;
  CHECK(score_of(rule) == doctest::Approx(expected));
}

TEST_CASE(
    "stdp_protocols: the cortical triplet sets are as far from the measurements as published") {
  const auto error = []<typename Pairing>(const TripletParameters<Pairing>& parameters) {
    return score_of(Triplet<double, Pairing, Unbounded>{.parameters = parameters});
  };
  CHECK(error(triplet::visual_cortex_full) == doctest::Approx(0.342).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_minimal) == doctest::Approx(0.356).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_nearest_full) == doctest::Approx(0.232).epsilon(2e-3));
  CHECK(error(triplet::visual_cortex_nearest_minimal) == doctest::Approx(0.348).epsilon(2e-3));
}
