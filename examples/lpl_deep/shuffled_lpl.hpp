/// @file
/// A control: latent predictive learning in which each response predicts the response to another
/// image.
#pragma once

#include <vector>

#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/random.hpp"
#include "hebb/rules/lpl.hpp"

namespace lpl_deep {

/// Lpl with its predictive term between view 1 of an image and view 2 of another one.
///
/// \f[ L_{pred} = \frac{1}{MB} \sum_{b,i} (z_i^{b} - z'^{\pi(b)}_i)^2 \f]
///
/// The permutation \f$\pi\f$ depends only on the seed and the step, so all layers of a network use
/// the same one.
template <typename Scalar_>
struct ShuffledLpl {
  using Scalar = Scalar_;
  using Lpl = hebb::Lpl<Scalar, hebb::Symmetric, hebb::Adam>;
  using State = typename Lpl::State;

  Lpl lpl = {};
  hebb::Random random = {};  ///< chooses the permutations

  State init(hebb::Shape shape) const { return lpl.init(shape); }

  std::vector<hebb::Index> permutation(hebb::Index samples, std::int64_t step) const {
    return random.stream("shuffles").at(std::uint64_t(step)).permutation(samples);
  }

  const hebb::Factor<Scalar>& post_factor(const hebb::Response<Scalar>& post, State& state) const {
    Lpl others = lpl;
    others.parameters.predictive = 0;
    others.post_factor(post, state);
    hebb::Matrix<Scalar>& factor = state.factor.post;
    const hebb::Index samples = post.cols() / 2;
    const std::vector<hebb::Index> partner = permutation(samples, state.optimizer.step);
    const Scalar scale =
        4 * lpl.parameters.predictive / Scalar(post.rows());  // 2 / (MB) times the 2 B columns
    for (hebb::Index first = 0; first < samples; ++first) {
      const hebb::Index second = samples + partner[std::size_t(first)];
      factor.col(first) -=
          scale * (post.rate.col(first) - post.rate.col(second)).cwiseProduct(post.gain.col(first));
      factor.col(second) +=
          scale *
          (post.rate.col(first) - post.rate.col(second)).cwiseProduct(post.gain.col(second));
    }
    return state.factor;
  }

  void apply(const auto& change, hebb::None, State& state) const {
    lpl.apply(change, hebb::None{}, state);
  }

  void update(const hebb::View<Scalar>& pre, const hebb::Response<Scalar>& post,
              State& state) const {
    hebb::factored_update(*this, pre, post, state);
  }

  void forget(State& state) const { lpl.forget(state); }
};

}  // namespace lpl_deep
