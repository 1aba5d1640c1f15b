/// @file
/// Data parallel learning: every rank holds a shard of every batch, and all ranks the same weights.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "hebb/core/factored.hpp"
#include "hebb/mpi/share.hpp"

namespace hebb::mpi {

/// The weights change at once.
struct Immediate {};

/// The change travels while the program goes on; `settle` waits for it and changes the weights.
/// `mpi::train` calls it for every layer of a stack.
struct Overlapped {};

/// The name that a compiler's message shows. The rule takes the sums of its statistics through the
/// argument `batch` (core/batch.hpp), or the mean of the changes by parts of a batch is the change
/// by the batch.
template <typename R>
concept AdditiveRuleOrOneThatReducesItsStatistics = FactoredRule<R> &&
    (!breaks<R, law::Additivity> ||
     requires(const R rule, typename R::State state, const Response<typename R::Scalar>& post,
              const Share& share) { rule.post_factor(post, state, share); });

/// A rule whose batch is spread over ranks. The weights of every rank become those of one process
/// with the whole batch, to rounding.
///
/// \f[ \Delta w_{ij} = \sum_r \frac{B_r}{B} \langle g_i x_j \rangle_r \f]
///
/// with \f$B_r\f$ the columns of rank r and \f$B\f$ those of all ranks; the decay likewise. The
/// statistics that g depends on are sums over all ranks. It takes the place of the rule in a layer:
///
///     Dense<mpi::DataParallel<Lpl<float>>, Relu> layer({{.parameters = {}}, ranks}, shape);
///
/// | symbol      | code                       | shape          | unit |
/// |-------------|----------------------------|----------------|------|
/// | \f$x\f$     | `pre`, of this rank        | pre x columns  | rate |
/// | \f$g\f$     | the rule's `post_factor`   | post x columns |      |
/// | \f$w\f$     | `state.weights`            | post x pre     | 1    |
///
/// All ranks must begin with equal weights, as they do from equal seeds. Arrays of the current
/// sequence belong to this rank's columns, all others are equal on all ranks: a checkpoint of rank
/// 0 after `forget` is one for any number of ranks, and for the rule itself.
///
/// Cost: that of the rule on its columns, one list of 3 numbers per rank, one sum of post * pre
/// numbers, and the sums of the rule's statistics. One rank costs what the rule costs. Throws as
/// the rule and Share do. An exception on one rank leaves the others waiting: see Environment.
template <AdditiveRuleOrOneThatReducesItsStatistics Rule,
          OneOf<Immediate, Overlapped> When = Immediate>
struct DataParallel : Rule {
  using Scalar = typename Rule::Scalar;
  using Own = typename Rule::State;
  using Decay =
      std::remove_cvref_t<decltype(std::declval<const Rule&>()
                                       .post_factor(std::declval<const Response<Scalar>&>(),
                                                    std::declval<Own&>())
                                       .decay)>;

  /// The state of the rule, and scratch space.
  struct State : Own {
    Index columns = 0, whole = 0;  ///< of the last response, here and on all ranks
    Matrix<Scalar> sum = {};       ///< [change | decay], from `apply` to `settle`
    Matrix<Scalar> formed = {};
    Decay decay = {};
    Pending pending = {};
  };

  Communicator ranks;

  DataParallel(Rule rule, Communicator ranks_ = Communicator())
      : Rule(std::move(rule)), ranks(ranks_) {}

  State init(Shape shape) const { return State{Rule::init(shape)}; }

  /// The presynaptic factor of this rank's columns, where the rule has one.
  decltype(auto) pre_factor(const View<Scalar>& pre, State& state) const requires
      requires(const Rule& rule, Own& own) {
    rule.pre_factor(pre, own);
  }
  {
    Own& own = state;
    if constexpr (requires(const Share& batch) { Rule::pre_factor(pre, own, batch); })
      if (ranks.size() > 1) return Rule::pre_factor(pre, own, share(pre.cols(), state));
    return Rule::pre_factor(pre, own);
  }

  /// The factor of this rank's columns, from statistics of the whole batch.
  decltype(auto) post_factor(const auto& post, State& state) const requires
      requires(const Rule& rule, Own& own) {
    rule.post_factor(post, own);
  }
  {
    Own& own = state;
    settle(state);
    if (ranks.size() > 1) {
      const Share batch = share(post.cols(), state);
      state.columns = post.cols();
      state.whole = batch.columns(post.cols());
      if constexpr (requires { Rule::post_factor(post, own, batch); })
        return Rule::post_factor(post, own, batch);
    }
    return Rule::post_factor(post, own);
  }

  /// Applies the mean of the changes and decays of all ranks, each weighted by its columns.
  void apply(const Change<Scalar>& change, const Decay& decay, State& state) const {
    if (ranks.size() == 1) return Rule::apply(change, decay, state);
    const Index post = change.rows(), pre = change.cols();
    const Scalar weight = Scalar(state.columns) / Scalar(state.whole);
    Matrix<Scalar>& sum = state.sum;
    if constexpr (decays) {
      sum.resize(post, pre + decay.cols());
      sum.rightCols(decay.cols()) = weight * decay;
    } else {
      sum.resize(post, pre);
    }
    sum.leftCols(pre) = weight * change.matrix(state.formed);
    if constexpr (std::same_as<When, Overlapped>) {
      ranks.begin_sum(sum.data(), sum.size(), state.pending);
    } else {
      ranks.sum(sum.data(), sum.size());
      land(state);
    }
  }

  /// Waits for a change that is on the way and changes the weights by it. Call it before the
  /// weights are used.
  void settle(State& state) const {
    if (!state.pending.any()) return;
    state.pending.wait();
    land(state);
  }

  /// One step of learning from this rank's columns of a batch.
  void update(const View<Scalar>& pre, const auto& post, State& state) const requires
      requires(const Rule& rule, Own& own) {
    rule.update(pre, post, own);
  }
  {
    if (ranks.size() == 1) return Rule::update(pre, post, state);
    if (pre.cols() == 0) share(0, state);  // throws on all ranks
    factored_update(*this, pre, post, state);
  }

 private:
  static constexpr bool decays = !std::same_as<Decay, None>;

  Share share(Index columns, const State& state) const {
    return {ranks, columns, {.pre = state.weights.cols(), .post = state.weights.rows()}};
  }

  void land(State& state) const {
    const Index pre = state.weights.cols();
    if constexpr (decays) state.decay = state.sum.rightCols(state.sum.cols() - pre);
    Rule::apply(Change<Scalar>(state.sum.leftCols(pre)), state.decay, state);
  }
};

/// The weights of all layers of a stack become current.
void settle(auto& stack) {
  stack.for_each_layer([](auto& layer, std::size_t k) {
    if constexpr (requires { layer.rule.settle(layer.state); })
      name_divergence([&] { layer.rule.settle(layer.state); }, "Stack: layer ", k);
  });
}

/// One step of learning of a stack of DataParallel rules from this rank's columns of a batch, a
/// matrix or images. Where the rules are Overlapped, the changes of a layer travel while the layers
/// above run. Throws ShapeError where this rank has no columns.
const auto& train(auto& stack, const Communicator& ranks, const auto& x) {
  Index columns = 0;
  if constexpr (requires { x.samples(); })
    columns = x.samples();
  else
    columns = x.cols();
  require<ShapeError>(columns > 0, "hebb::mpi: the shard of rank ", ranks.rank(),
                      " is empty: every rank needs at least one column of a batch");
  const auto& response = stack.train(x);
  settle(stack);
  return response;
}

}  // namespace hebb::mpi
