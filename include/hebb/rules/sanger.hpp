/// @file
/// Sanger's rule, the generalised Hebbian algorithm: a layer learns the principal components in
/// their order.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/prefix_sums.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Sanger's rule.
///
/// \f[ \Delta W = \eta \, \langle y x^T - \mathrm{LT}[y y^T] W \rangle \f]
///
/// with LT the lower triangle including the diagonal: every neuron follows Oja's rule on the
/// residual of the input after the neurons before it. `update` computes it in groups of neurons:
/// from the residual x - W^T y of the groups before, and a small triangle inside the group.
///
/// | symbol     | code             | shape          | unit       |
/// |------------|------------------|----------------|------------|
/// | \f$x\f$    | `pre`            | pre x columns  | rate       |
/// | \f$y\f$    | `post`           | post x columns | rate       |
/// | \f$W\f$    | `state.weights`  | post x pre     | 1          |
/// | \f$\eta\f$ | `parameters.eta` | scalar         | per update |
///
/// Cost: 4 post * pre * columns flops. For linear units the rows converge to the eigenvectors of <x
/// x^T> in descending order of their eigenvalues, at unit length and with free sign. Stable while
/// eta times the sum of y^2 is below 1. Throws InvalidParameter from init when eta is not positive.
///
/// T. D. Sanger, Neural Networks 2:459-473 (1989).
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = Plain>
struct Sanger {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Sanger";
  using Breaks = Exceptions<law::Locality>;  // a neuron depends on the neurons before it

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Matrix<Scalar>> factor = {};   // scratch space; not saved in checkpoints
    Matrix<Scalar> residual = {}, triangle = {};  // scratch space (also the next two lines)
    Matrix<Scalar> formed = {}, explained = {};   ///< scratch space
    Vector<Scalar> power = {};                    ///< scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"Sanger">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The postsynaptic factor, y, and the decay, LT<y y^T>.
  const Factor<Scalar, Matrix<Scalar>>& post_factor(const View<Scalar>& post, State& state) const {
    state.factor.post = post;
    mean_outer_product<Scalar>(post, post, state.factor.decay);
    state.factor.decay.template triangularView<Eigen::StrictlyUpper>().setZero();
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Matrix<Scalar>& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    require_samples<Scalar>(pre, post, state.weights, name);
    if (pre.cols() == 1) {
      state.power = post.cwiseAbs2();
      apply_change(*this, OneSample{pre, post, state}, state.power, state);
    } else {
      apply_change(*this, ManySamples(pre, post, state), None{}, state);
    }
  }

  void forget(State&) const {}  // the state holds nothing of a sequence

 private:
  static constexpr Index group = 64;  // neurons

  /// <y x^T> - LT<y y^T> W, in blocks of columns that are used while they are in the cache.
  struct ManySamples {
    const View<Scalar>& post;
    State& state;

    ManySamples(const View<Scalar>& pre, const View<Scalar>& post_, State& state_)
        : post(post_), state(state_) {
      state.residual = pre;
      state.triangle.resize(group, rows());
      for (Index begin = 0; begin < rows(); begin += group) {
        const Index size = std::min(group, rows() - begin);
        auto triangle = state.triangle.block(0, begin, size, size);
        const auto y = post.middleRows(begin, size);
        tiles::multiply<Scalar>(y, y.transpose(), triangle, scale());
        triangle.template triangularView<Eigen::StrictlyUpper>().setZero();
      }
    }

    Index rows() const { return state.weights.rows(); }
    Index cols() const { return state.weights.cols(); }
    Index width() const { return std::clamp<Index>((1 << 18) / rows(), 64, 256); }
    Scalar scale() const { return Scalar(1) / Scalar(post.cols()); }
    void prepare() const { state.formed.resize(rows(), width() * max_threads()); }
    double time() const { return 2 * product_time(rows(), post.cols(), cols()); }

    auto form(Index first, Index count, int worker) const {
      auto change = state.formed.middleCols(worker * width(), count);
      auto residual = state.residual.middleRows(first, count);
      for (Index begin = 0; begin < rows(); begin += group) {
        const Index size = std::min(group, rows() - begin);
        const auto y = post.middleRows(begin, size);
        const auto weights = state.weights.block(begin, first, size, count);
        auto part = change.middleRows(begin, size);
        tiles::multiply<Scalar>(y, residual.transpose(), part, scale());
        tiles::multiply<Scalar>(state.triangle.block(0, begin, size, size), weights, part, -1,
                                true);
        if (begin + size < rows())
          tiles::multiply<Scalar>(weights.transpose(), y, residual, -1, true);
      }
      return change;
    }
  };

  /// y_i (x_j - sum over k < i of y_k w_kj) of one sample, in blocks of columns that are used while
  /// they are in the cache. Oja's own term, k = i, is the decay y_i^2.
  struct OneSample {
    const View<Scalar>& pre;
    const View<Scalar>& post;
    State& state;

    /// Some columns of the change.
    struct Block {
      const View<Scalar>& pre;          ///< pre x 1
      const View<Scalar>& post;         ///< post x 1
      const Matrix<Scalar>& explained;  ///< what the neurons before each explain
      Index begin, first;               ///< first column in the change, and in `explained`

      /// Column j of the block.
      auto col(Index j) const {
        return post.col(0) * pre(begin + j, 0) - post.col(0).cwiseProduct(explained.col(first + j));
      }
    };

    Index rows() const { return state.weights.rows(); }
    Index cols() const { return state.weights.cols(); }
    double largest() const { return largest_of<Scalar>(post) * largest_of<Scalar>(pre); }
    double mixing() const {
      return largest_of<Scalar>(post) * double(post.template lpNorm<1>());
    }  // the largest row sum of y y^T
    Index width() const { return 8; }
    void prepare() const { state.explained.resize(rows(), width() * max_threads()); }

    Block form(Index begin, Index count, int worker) const {
      const Index first = worker * width();
      const auto explain = [&]<int columns>(std::integral_constant<int, columns>, Index j) {
        prefix_dot<columns>(post.data(), state.weights.col(begin + j).data(), rows(),
                            state.explained.col(first + j).data(), rows(), rows());
      };
      Index j = 0;
      for (; j + 2 <= count; j += 2) explain(std::integral_constant<int, 2>{}, j);
      if (j < count) explain(std::integral_constant<int, 1>{}, j);
      return {pre, post, state.explained, begin, first};
    }
  };
};

static_assert(FactoredRule<Sanger<float>>);

}  // namespace hebb
