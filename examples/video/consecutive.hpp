/// @file
/// Latent Predictive Learning from the frames of a film.
#pragma once

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/rules/lpl.hpp"

namespace video {

/// Each of B + lag consecutive frames learns to predict the one that is `lag` later. The result
/// equals Symmetric LPL on the views [frames 0 to B - 1 | frames lag to B + lag - 1] at less cost:
/// a frame that is in both views passes through the network once, and its postsynaptic factor is
/// the sum over both views.
struct ConsecutiveLpl {
  using Scalar = float;
  using Pairs = hebb::Lpl<float, hebb::Symmetric, hebb::Adam>;

  struct State : Pairs::State {
    hebb::Matrix<float> rate = {}, gain = {};  // scratch space for both views
    hebb::Factor<float> sum = {};
  };

  Pairs pairs;
  hebb::Index lag = 1;  ///< between the two views: frames

  State init(hebb::Shape shape) const { return {pairs.init(shape)}; }

  const hebb::Factor<float>& post_factor(const hebb::Response<float>& post, State& state) const {
    const hebb::Index frames = post.cols();
    hebb::require<hebb::ShapeError>(post.places == 1 && lag > 0 && frames > lag,
                                    "ConsecutiveLpl: ", frames, " frames have no two that are ",
                                    lag, " apart");
    both_views(post.rate, state.rate);
    both_views(post.gain, state.gain);
    const hebb::Matrix<float>& of_view =
        pairs.post_factor(hebb::Response<float>(state.rate, state.gain), state).post;
    hebb::Matrix<float>& sum = state.sum.post;
    sum.setZero(post.rows(), frames);
    sum.leftCols(frames - lag) += of_view.leftCols(frames - lag);
    sum.rightCols(frames - lag) += of_view.rightCols(frames - lag);
    sum *= float(frames) /
           float(of_view.cols());  // a rule's factor counts columns, and there are fewer now
    return state.sum;
  }

  void apply(const auto& change, hebb::None, State& state) const {
    pairs.apply(change, hebb::None{}, state);
  }

  void update(const hebb::View<float>& pre, const hebb::Response<float>& post, State& state) const {
    hebb::factored_update(*this, pre, post, state);
  }

  /// The losses over all pairs of responses.
  Pairs::Loss loss(const hebb::Matrix<float>& response) const {
    hebb::Matrix<float> views;
    both_views(response, views);
    return pairs.loss(hebb::Response<float>(views, views));
  }

  void forget(State& state) const { pairs.forget(state); }

 private:
  void both_views(const hebb::View<float>& frames, hebb::Matrix<float>& views) const {
    const hebb::Index pairs_of_frames = frames.cols() - lag;
    views.resize(frames.rows(), 2 * pairs_of_frames);
    views.leftCols(pairs_of_frames) = frames.leftCols(pairs_of_frames);
    views.rightCols(pairs_of_frames) = frames.rightCols(pairs_of_frames);
  }
};

static_assert(hebb::FactoredRule<ConsecutiveLpl>);

}  // namespace video
