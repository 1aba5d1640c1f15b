/// @file
/// The rule of Krotov and Hopfield: the most excited neuron learns the input, and one of the next
/// unlearns it.
#pragma once

#include <vector>

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer/largest_step.hpp"

namespace hebb {

/// The rule of Krotov and Hopfield.
///
/// \f[ \Delta w_{ij} = \frac{\eta}{m} \, \langle g_i (R^p x_j - h_i w_{ij}) \rangle, \qquad
///     h_i = \sum_j \mathrm{sgn}(w_{ij}) |w_{ij}|^{p-1} x_j \f]
///
/// with R = 1, m the largest change of all synapses (with Plain, m = 1), and g = 1 for the neuron
/// with the largest h in a column, -Delta for the k-th largest, 0 for all others. The postsynaptic
/// signal is h: for p = 2 the drive W x of a linear layer, else `overlap`.
///
/// | symbol       | code               | shape          | unit       |
/// |--------------|--------------------|----------------|------------|
/// | \f$x\f$      | `pre`              | pre x columns  | rate       |
/// | \f$h\f$      | `post`             | post x columns | rate       |
/// | \f$w\f$      | `state.weights`    | post x pre     | 1          |
/// | \f$\eta\f$   | `parameters.eta`   | scalar         | per update |
/// | \f$\Delta\f$ | `parameters.delta` | scalar         | 1          |
/// | \f$k\f$      | `parameters.rank`  | scalar         | 1          |
/// | \f$p\f$      | `parameters.p`     | scalar         | 1          |
///
/// Cost: 2 post * pre * columns flops. The p-norm of a winner's weights is attracted to 1 where h >
/// 0, that of the k-th is repelled from it. Neurons that are neither are not touched. The published
/// runs anneal eta linearly to zero. Throws InvalidParameter from init when eta is not positive,
/// delta negative, rank below 2 or above the number of neurons, or p below 2.
///
/// D. Krotov & J. J. Hopfield, PNAS 116:7723-7731 (2019).
template <std::floating_point Scalar_ = float, OptimizerFor<Scalar_> Optimizer = LargestStep>
struct KrotovHopfield {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "KrotovHopfield";
  // The rank depends on all neurons; LargestStep scales the step, decay included, by all synapses.
  using Breaks = std::conditional_t<std::is_same_v<Optimizer, LargestStep>,
                                    Exceptions<law::SilentPre, law::Additivity, law::Locality>,
                                    Exceptions<law::Locality>>;

  struct Parameters {
    Scalar eta = Scalar(0.02);   ///< size of the largest change, per update; > 0
    Scalar delta = Scalar(0.4);  ///< strength of unlearning; >= 0
    Index rank = 2;              ///< which neuron unlearns; >= 2
    Scalar p = 2;                ///< norm of the weights; >= 2
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Vector<Scalar>> factor = {};  // scratch space; not saved in checkpoints
    std::vector<Index> leaders = {};             // scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"KrotovHopfield">);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_at_least(name, "delta", parameters.delta, 0);
    require(parameters.rank >= 2 && parameters.rank <= shape.post,
            "KrotovHopfield: rank must be from 2 to the number of neurons, ", shape.post, ", got ",
            parameters.rank);
    require_at_least(name, "p", parameters.p, 2);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// h, the postsynaptic signal of this rule.
  Matrix<Scalar> overlap(const View<Scalar>& pre, const State& state) const {
    require_shape<Scalar>(pre, state.weights.cols(), pre.cols(), "KrotovHopfield: pre");
    require_finite<Scalar>(pre, "KrotovHopfield: pre");
    if (parameters.p == 2) return state.weights * pre;
    const Matrix<Scalar> metric =
        state.weights.array().sign() * state.weights.array().abs().pow(parameters.p - 1);
    return metric * pre;
  }

  /// The postsynaptic factor, g, and the decay, `<g h>` per neuron.
  const Factor<Scalar, Vector<Scalar>>& post_factor(const View<Scalar>& overlap,
                                                    State& state) const {
    require<ShapeError>(overlap.rows() >= parameters.rank, "KrotovHopfield: of ", overlap.rows(),
                        " neurons none has rank ", parameters.rank);
    const auto rank = std::size_t(parameters.rank);
    Matrix<Scalar>& g = state.factor.post;
    g.setZero(overlap.rows(), overlap.cols());
    Vector<Scalar>& decay = state.factor.decay;
    decay.setZero(overlap.rows());
    state.leaders.resize(rank);
    for (Index c = 0; c < overlap.cols(); ++c) {
      const auto h = overlap.col(c);
      std::size_t found = 0;  // of the leaders, in descending order; of equals the first leads
      Scalar least = 0;       // of their overlaps, once all are found
      for (Index i = 0; i < h.size(); ++i) {
        if (found == rank && h(i) <= least) continue;
        std::size_t place = found < rank ? found++ : rank - 1;
        for (; place > 0 && h(i) > h(state.leaders[place - 1]); --place)
          state.leaders[place] = state.leaders[place - 1];
        state.leaders[place] = i;
        if (found == rank) least = h(state.leaders.back());
      }
      const auto learn = [&](Index i, Scalar strength) {
        g(i, c) = strength;
        decay(i) += strength * h(i);
      };
      learn(state.leaders.front(), 1);
      learn(state.leaders.back(), -parameters.delta);
    }
    decay /= Scalar(overlap.cols());
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Vector<Scalar>& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence
};

static_assert(FactoredRule<KrotovHopfield<float>>);

}  // namespace hebb
