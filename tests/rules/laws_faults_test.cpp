// Every law must catch a rule that breaks it: Hebb's rule with one fault each.
#include <doctest/doctest.h>

#include <memory>

#include "hebb/core/finite.hpp"
#include "tests/laws.hpp"

using namespace hebb;

namespace {

enum class Fault {
  None,
  HidesMemory,
  Transposed,
  IgnoresRate,
  Sums,
  FavoursTheFirst,
  LearnsFromSilence,
  Explodes,
  PeeksAtPost,
  PeeksAtPre,
  PeeksAtWeights,
  Squares,
  Shares,
  KeepsTheSequence,
  ForgetsTooMuch,
  Decays,
  HidesInfinity,
  TakesAnyShape,
  TakesAnyState,
};

/// Hebb's rule, correct until a fault is put in its place.
template <Fault fault>
struct Faulty {
  using Scalar = double;

  struct Parameters {
    double eta = 0.01;
  };

  struct State {
    Matrix<double> weights;
    Vector<double> memory;           // per neuron
    Matrix<double> previous = {};    // per sequence
    std::shared_ptr<double> shared;  // shared by copies, a fault

    void each(auto&& visit) {
      visit("weights", weights);
      if constexpr (fault != Fault::HidesMemory) visit("memory", memory);
      visit("previous", previous);
    }
  };

  Parameters parameters = {};

  State init(Shape n) const {
    if constexpr (fault == Fault::Transposed) std::swap(n.pre, n.post);
    return {Matrix<double>::Zero(n.post, n.pre),
            Vector<double>::Zero(n.post),
            {},
            std::make_shared<double>(0)};
  }

  Factor<double> post_factor(const View<double>& post, State& state) const {
    if constexpr (fault == Fault::TakesAnyShape)
      state.memory.setZero(post.rows());
    else
      require_shape<double>(state.memory, post.rows(), 1, "memory");
    state.memory = 0.9 * state.memory + 0.1 * post.rowwise().mean();
    if constexpr (fault == Fault::HidesMemory) return {post.colwise() - state.memory};
    return {post};
  }

  void apply(const auto& change, None, State& state) const {
    if constexpr (fault == Fault::IgnoresRate)
      state.weights += 0.01 * change;
    else
      state.weights += parameters.eta * change;
    if constexpr (fault == Fault::Decays) state.weights *= 1 - parameters.eta;
    if constexpr (fault != Fault::HidesInfinity && fault != Fault::Explodes)
      require_finite<double, Divergence>(state.weights, "the weight matrix");
  }

  void update(const View<double>& pre, const View<double>& post, State& state) const {
    if constexpr (fault != Fault::TakesAnyState)
      require_made_by_init(state.weights, post.rows(), "Faulty");
    require_shape<double>(state.weights, post.rows(), pre.rows(), "weights");
    [[maybe_unused]] const Index before = state.memory.size();
    Matrix<double> change;
    mean_outer_product<double>(post_factor(post, state).post, pre, change);
    if constexpr (fault == Fault::TakesAnyShape) change *= double(before) / double(post.rows());
    if constexpr (fault == Fault::Sums) change *= double(pre.cols());
    if constexpr (fault == Fault::FavoursTheFirst)
      change += 0.1 * post.col(0) * pre.col(0).transpose();
    if constexpr (fault == Fault::LearnsFromSilence) change.array() += 0.1;
    if constexpr (fault == Fault::Explodes) change += 1e3 * state.weights;
    if constexpr (fault == Fault::PeeksAtPost) change.row(1) += 1e-12 * change.row(0);
    if constexpr (fault == Fault::PeeksAtPre) change.col(1) += 1e-12 * change.col(0);
    if constexpr (fault == Fault::PeeksAtWeights) change.row(1) += 1e-12 * state.weights.row(0);
    if constexpr (fault == Fault::Squares) change = change.cwiseProduct(change);
    if constexpr (fault == Fault::Shares) change.array() += (*state.shared += 0.1);
    if constexpr (fault == Fault::KeepsTheSequence) {
      require<ShapeError>(state.previous.size() == 0 || state.previous.cols() == post.cols(),
                          "the batch changed its size");
      state.previous = post;
    }
    apply(change, None{}, state);
  }

  void forget(State& state) const {
    if constexpr (fault == Fault::ForgetsTooMuch) state.memory.setZero();
  }
};

}  // namespace

TEST_CASE("without a fault, all laws hold") {
  const Faulty<Fault::None> rule;
  CHECK(laws::init_gives_post_by_pre(rule));
  CHECK(laws::copies_are_equal_and_independent(rule));
  CHECK(laws::permutation(rule));
  CHECK(laws::repetition(rule));
  CHECK(laws::silent_pre(rule));
  CHECK(laws::half_rate(rule));
  CHECK(laws::stays_finite(rule));
  CHECK(laws::forget_keeps_what_is_learned(rule));
  CHECK(laws::each_round_trips(rule));
  CHECK(laws::update_is_factor_and_apply(rule));
  CHECK(laws::additivity(rule));
  CHECK(laws::locality(rule));
  CHECK(laws::huge_numbers_are_named(rule));
  CHECK(laws::states_of_another_shape_are_refused(rule));
  CHECK(laws::states_not_made_by_init_are_named(rule));
}

TEST_CASE("each law catches its fault") {
  CHECK_FALSE(laws::init_gives_post_by_pre(Faulty<Fault::Transposed>{}));
  CHECK_FALSE(laws::copies_are_equal_and_independent(Faulty<Fault::Shares>{}));
  CHECK_FALSE(laws::permutation(Faulty<Fault::FavoursTheFirst>{}));
  CHECK_FALSE(laws::repetition(Faulty<Fault::Sums>{}));
  CHECK_FALSE(laws::silent_pre(Faulty<Fault::LearnsFromSilence>{}));
  CHECK_FALSE(laws::silent_pre(Faulty<Fault::Decays>{}));
  CHECK_FALSE(laws::huge_numbers_are_named(Faulty<Fault::HidesInfinity>{}));
  CHECK_FALSE(laws::states_of_another_shape_are_refused(Faulty<Fault::TakesAnyShape>{}));
  CHECK_FALSE(laws::states_not_made_by_init_are_named(Faulty<Fault::TakesAnyState>{}));
  CHECK_FALSE(laws::half_rate(Faulty<Fault::IgnoresRate>{}));
  CHECK_FALSE(laws::stays_finite(Faulty<Fault::Explodes>{}));
  CHECK_FALSE(laws::forget_keeps_what_is_learned(Faulty<Fault::ForgetsTooMuch>{}));
  CHECK_FALSE(laws::forget_keeps_what_is_learned(Faulty<Fault::KeepsTheSequence>{}));
  CHECK_FALSE(laws::each_round_trips(Faulty<Fault::HidesMemory>{}));
  CHECK_FALSE(laws::update_is_factor_and_apply(Faulty<Fault::Sums>{}));
  CHECK_FALSE(laws::additivity(Faulty<Fault::Squares>{}));
  CHECK_FALSE(laws::locality(Faulty<Fault::PeeksAtPost>{}));
  CHECK_FALSE(laws::locality(Faulty<Fault::PeeksAtPre>{}));
  CHECK_FALSE(laws::locality(Faulty<Fault::PeeksAtWeights>{}));
}
