/// @file
/// Rules whose postsynaptic factor of a sample depends on other samples of the batch, in a program
/// whose ranks hold shares of the batch.
#pragma once

#include <utility>

#include "common/ranks.hpp"
#include "hebb/core/factored.hpp"

namespace lpl_deep {

/// The rule with the factor of the whole batch: every rank computes it from the responses of all
/// ranks, and keeps that of its own columns. Columns are [view 1 | view 2].
///
/// All ranks compute the same, so that the memory of the rule is equal on all of them. Labels are
/// those of the whole batch.
template <hebb::FactoredRule Rule>
struct OfWholeBatch : Rule {
  using Scalar = typename Rule::Scalar;

  struct State : Rule::State {
    hebb::Matrix<Scalar> rate = {}, gain = {};  // scratch space: of the whole batch
    hebb::Factor<Scalar> own = {};              // scratch space
  };

  OfWholeBatch(Rule rule) : Rule(std::move(rule)) {}

  State init(hebb::Shape shape) const { return {Rule::init(shape)}; }

  /// `batch` says that the statistics are of the whole batch; its sums are not needed.
  template <hebb::BatchShare Batch = hebb::WholeBatch>
  const hebb::Factor<Scalar>& post_factor(const hebb::Response<Scalar>& post, State& state,
                                          const Batch& = {}) const {
    typename Rule::State& memory = state;
    if constexpr (Batch::is_whole) return Rule::post_factor(post, memory);
    constexpr hebb::Index views = 2;
    example::gather_columns(post.rate, views, state.rate);
    example::gather_columns(post.gain, views, state.gain);
    const hebb::Response<Scalar> whole(state.rate, state.gain, post.places);
    const hebb::Matrix<Scalar>& factor = Rule::post_factor(whole, memory).post;
    const hebb::Index samples = factor.cols() / views;
    const auto [begin, count] = example::shard(samples, example::ranks());
    state.own.post.resize(factor.rows(), views * count);
    for (hebb::Index view = 0; view < views; ++view)
      state.own.post.middleCols(view * count, count) =
          factor.middleCols(view * samples + begin, count);
    return state.own;
  }

  void update(const hebb::View<Scalar>& pre, const hebb::Response<Scalar>& post,
              State& state) const {
    hebb::factored_update(*this, pre, post, state);
  }
};

}  // namespace lpl_deep
