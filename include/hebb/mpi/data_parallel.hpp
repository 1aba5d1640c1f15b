/// @file
/// Data parallel learning: every rank holds a shard of every batch, and all ranks the same weights.
#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "hebb/core/factored.hpp"
#include "hebb/mpi/share.hpp"
#include "hebb/mpi/train.hpp"

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
/// Sums are added in a fixed order, so that all runs with the same shards have the same bits. With
/// `blocks`, which are samples in their order in the batch, any number of ranks has the same bits.
/// A rule with two views then divides each view; for other rules a shard is consecutive columns. A
/// shard of one column alone is no part of this promise: its products are others.
///
/// Cost: that of the rule on its columns, one list of 3 numbers per rank, one sum of post * pre
/// numbers, and the sums of the rule's statistics; with blocks, one addition of these numbers per
/// block. One rank without blocks costs what the rule costs. Throws as the rule and Share do, and
/// InvalidParameter for blocks of fewer than 0 samples or for a rule that cannot learn by blocks:
/// one with a presynaptic factor of its own and a decay. Throws InvalidCall when it has blocks and
/// gets a change that is formed over all columns. An exception on one rank leaves the others
/// waiting: see Environment.
template <AdditiveRuleOrOneThatReducesItsStatistics Rule,
          OneOf<Immediate, Overlapped> When = Immediate>
struct DataParallel : Rule {
  using Scalar = typename Rule::Scalar;
  using Own = typename Rule::State;  ///< the state of the rule in one process
  /// The type of the decay in the rule's postsynaptic factor.
  using Decay =
      std::remove_cvref_t<decltype(std::declval<const Rule&>()
                                       .post_factor(std::declval<const Response<Scalar>&>(),
                                                    std::declval<Own&>())
                                       .decay)>;

  /// The state of the rule, and scratch space.
  struct State : Own {
    Index columns = 0, whole = 0;       ///< of the last response, here and on all ranks
    Index places = 1;                   ///< columns of a sample
    Division division = {};             ///< the blocks of the last response
    Share::Scratch statistics = {};     ///< sums of the statistics over ranks
    OrderedSum<Scalar> sum = {};        ///< of [change | decay], from `apply` to `settle`
    Decay decay = {};                   ///< of the whole batch
    Factor<Scalar, Decay> joined = {};  ///< of all blocks
    std::vector<Decay> decays = {};     ///< of each block
  };

  Communicator ranks;  ///< which share the batches
  Blocks blocks;       ///< of a batch; by default one per rank

  /// The rule on these ranks. Throws InvalidParameter as above.
  DataParallel(Rule rule, Communicator ranks_ = Communicator(), Blocks blocks_ = {})
      : Rule(std::move(rule)), ranks(ranks_), blocks(blocks_) {
    require(blocks.samples >= 0, "hebb::mpi: blocks must have >= 0 samples, got ", blocks.samples);
    require(blocks.samples == 0 || !decays || by_block || reduces, "hebb::mpi: ", name_of<Rule>,
            " has a presynaptic factor and a decay: it cannot learn by blocks");
  }

  State init(Shape shape) const { return State{Rule::init(shape)}; }

  /// The presynaptic factor of this rank's columns, where the rule has one.
  decltype(auto) pre_factor(const View<Scalar>& pre, State& state) const requires
      requires(const Rule& rule, Own& own) {
    rule.pre_factor(pre, own);
  }
  {
    Own& own = state;
    if constexpr (requires(const Share& batch) { Rule::pre_factor(pre, own, batch); })
      if (!alone()) return Rule::pre_factor(pre, own, share(pre.cols(), 1, state));
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
    if (!alone()) {
      if constexpr (requires { post.places; }) state.places = post.places;
      const Share batch = share(post.cols(), state.places, state);
      state.columns = post.cols() / views;
      state.whole = batch.columns(post.cols());
      state.division = batch.division(state.columns);
      if constexpr (requires { Rule::post_factor(post, own, batch); })
        return Rule::post_factor(post, own, batch);
      else if constexpr (decays && by_block)
        if (has_blocks()) return join_blocks(post, state);
    }
    return Rule::post_factor(post, own);
  }

  /// Applies the mean of the changes and decays of all ranks, each weighted by its columns.
  void apply(const Change<Scalar>& change, const Decay& decay, State& state) const {
    if (alone()) return Rule::apply(change, decay, state);
    require<InvalidCall>(!has_blocks() || change.is_product(),
                         "hebb::mpi: a change that is formed over all columns cannot be divided "
                         "into blocks");
    sum(decay, state, [&](Index begin, Index count, auto to) {
      if (change.is_product())
        add_products(change, begin, count, state, to);
      else
        to = weight_of(count, state) * change.post();
    });
  }

  bool has_blocks() const { return blocks.samples > 0; }  ///< and so `apply_blocks` must be used

  /// The same for a layer that forms the change of a block itself: change(first, samples, batch) is
  /// the sum over these samples of this rank, divided by those of the batch.
  void apply_blocks(const auto& change, const Decay& decay, State& state) const {
    const Index places = state.places;
    sum(decay, state, [&](Index begin, Index count, auto to) {
      to.setZero();
      for (Index view = 0; view < views; ++view)
        to += change((view * state.columns + begin) / places, count / places, state.whole / places);
    });
  }

  /// Moves a change that is on the way: adds the sums of the other ranks, and begins to send the
  /// result.
  void advance(State& state) const {
    if (state.sum.any()) state.sum.add(ranks);
  }

  /// Waits for a change that is on the way and changes the weights by it. Call it before the
  /// weights are used.
  void settle(State& state) const {
    if (!state.sum.any()) return;
    advance(state);
    land(state);
  }

  /// One step of learning from this rank's columns of a batch.
  void update(const View<Scalar>& pre, const auto& post, State& state) const requires
      requires(const Rule& rule, Own& own) {
    rule.update(pre, post, own);
  }
  {
    if (alone()) return Rule::update(pre, post, state);
    if (pre.cols() == 0) share(0, 1, state);  // throws on all ranks
    factored_update(*this, pre, post, state);
  }

 private:
  static constexpr bool decays = !std::same_as<Decay, None>;

  /// Whether the rule sums its statistics itself.
  static constexpr bool reduces =
      requires(const Rule& rule, Own& own, const Response<Scalar>& post, const Share& share) {
    rule.post_factor(post, own, share);
  };

  /// Whether the factor of each block may be asked for by itself: the rule keeps no columns.
  static constexpr bool by_block = !requires(const Rule& rule, Own& own, const View<Scalar>& pre) {
    rule.pre_factor(pre, own);
  };

  static constexpr Index views = [] {
    if constexpr (requires { Rule::views; }) return Rule::views;
    return Index(1);
  }();

  bool alone() const { return ranks.size() == 1 && !has_blocks(); }

  Share share(Index columns, Index places, State& state) const {
    const Shape shape{.pre = state.weights.cols(), .post = state.weights.rows()};
    return {ranks, columns, shape, blocks, places, {std::shared_ptr<void>(), &state.statistics}};
  }

  /// Forms the sum of [change | decay], which form(begin, count, to) writes for a block, and sends
  /// it.
  void sum(const Decay& decay, State& state, const auto& form) const {
    const Index pre = state.weights.cols(), width = width_of(decay);
    state.sum.form(ranks, state.division, [&](Index begin, Index count, Matrix<Scalar>& to) {
      to.resize(state.weights.rows(), pre + width);
      form(begin, count, to.leftCols(pre));
      if constexpr (decays) {
        const bool own = by_block && has_blocks() && !reduces;
        to.rightCols(width) =
            weight_of(count, state) *
            (own ? state.decays[std::size_t(begin / state.division.width)] : decay);
      }
    });
    state.sum.begin(ranks);
    if constexpr (std::same_as<When, Immediate>) settle(state);
  }

  /// The weight of the mean over some columns of every view in that of the batch.
  static Scalar weight_of(Index columns, const State& state) {
    return Scalar(columns * views) / Scalar(state.whole);
  }

  static Index width_of(const Decay& decay) {
    if constexpr (decays) return decay.cols();
    return 0;
  }

  /// The factors and decays of all blocks of an additive rule.
  const Factor<Scalar, Decay>& join_blocks(const auto& post, State& state) const {
    const View<Scalar>& rate = post;
    state.joined.post.resize(rate.rows(), rate.cols());
    state.decays.clear();
    for (Index begin = 0, count; begin < rate.cols(); begin += count) {
      count = std::min(state.division.width, rate.cols() - begin);
      if constexpr (requires { post.gain; })
        join_block(Response<Scalar>(rate.middleCols(begin, count),
                                    post.gain.middleCols(begin, count), post.places),
                   begin, state);
      else
        join_block(View<Scalar>(rate.middleCols(begin, count)), begin, state);
    }
    return state.joined;
  }

  void join_block(const auto& part, Index begin, State& state) const {
    const auto& factor = Rule::post_factor(part, state);
    state.joined.post.middleCols(begin, part.cols()) = factor.post;
    state.joined.decay = factor.decay;
    state.decays.push_back(factor.decay);
  }

  /// The sum of the outer products of some columns of every view, divided by those of the batch.
  void add_products(const Change<Scalar>& change, Index begin, Index count, const State& state,
                    auto& to) const {
    const View<Scalar>&post = change.post(), &pre = change.pre();
    for_each_block(
        pre.rows(), product_width(pre.rows()),
        [&](Index row, Index rows) {
          for (Index view = 0; view < views; ++view) {
            const Index column = view * state.columns + begin;
            tiles::multiply<Scalar>(
                post.middleCols(column, count), pre.block(row, column, rows, count).transpose(),
                to.middleCols(row, rows), Scalar(1) / Scalar(state.whole), view > 0);
          }
        },
        product_time(post.rows(), views * count, pre.rows()));
  }

  void land(State& state) const {
    const Index pre = state.weights.cols();
    const Matrix<Scalar>& sum = state.sum.end();
    if constexpr (decays) state.decay = sum.rightCols(sum.cols() - pre);
    Rule::apply(Change<Scalar>(sum.leftCols(pre)), state.decay, state);
  }
};

}  // namespace hebb::mpi
