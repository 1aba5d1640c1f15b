/// @file
/// SoftHebb: soft winner-take-all competition with Oja-like forgetting.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/means.hpp"
#include "hebb/core/kernels/softmax.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// All neurons learn towards the input, each in proportion to its share of the softmax.
struct SoftWinners {
  static constexpr std::string_view name = "SoftWinners";
};

/// The neuron with the largest drive learns towards the input, all others away from it, by their
/// share of the softmax. For deep networks.
struct SoftAntiHebbian {
  static constexpr std::string_view name = "SoftAntiHebbian";
};

/// The same learning rate for every neuron.
struct ConstantEta {
  static constexpr std::string_view name = "ConstantEta";
};

/// eta_i = eta | |w_i| - 1 |^power: neurons that have converged to unit length slow down. With the
/// optimiser LargestStep the change is divided by its largest element before the rates multiply it.
struct AdaptiveEta {
  static constexpr std::string_view name = "AdaptiveEta";
  double power = 0.5;  ///< > 0
};

/// SoftHebb.
///
/// \f[ \Delta w_{ij} = \eta \, \langle s_i y_i \, (x_j - u_i w_{ij}) \rangle, \qquad
///     y = \mathrm{softmax}(u / T) \f]
///
/// with s = 1, or for SoftAntiHebbian s = -1 for all but the winner. The postsynaptic signal is the
/// drive u = W x of a linear layer; the rule computes the competition itself.
///
/// | symbol     | code                     | shape          | unit       |
/// |------------|--------------------------|----------------|------------|
/// | \f$x\f$    | `pre`                    | pre x columns  | rate       |
/// | \f$u\f$    | `post`                   | post x columns | rate       |
/// | \f$w\f$    | `state.weights`          | post x pre     | 1          |
/// | \f$\eta\f$ | `parameters.eta`         | scalar         | per update |
/// | \f$T\f$    | `parameters.temperature` | scalar         | rate       |
///
/// Cost: 2 post * pre * columns flops, and one pass over W for AdaptiveEta. The rows converge to
/// unit length; a single neuron converges to the direction of the mean input, not to a principal
/// component. Stable while `eta <y u>` is below 1. Throws InvalidParameter from init when eta, the
/// temperature or the power is not positive.
///
/// T. Moraitis, D. Toichkin, A. Journe, Y. Chua & Q. Guo, Neuromorph. Comput. Eng. 2:044017 (2022);
/// the anti-Hebbian form and the adaptive rate: A. Journe, H. Garcia Rodriguez, Q. Guo & T.
/// Moraitis, ICLR 2023.
template <std::floating_point Scalar_ = float,
          OneOf<SoftWinners, SoftAntiHebbian> Competition = SoftWinners,
          OneOf<ConstantEta, AdaptiveEta> Adaptation = ConstantEta,
          OptimizerFor<Scalar_> Optimizer = Plain>
struct SoftHebb {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "SoftHebb";
  using Breaks = Exceptions<law::Locality>;  // the softmax depends on all neurons

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
    Scalar temperature = 1;     ///< of the softmax; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Factor<Scalar, Vector<Scalar>> factor = {};  // scratch space; not saved in checkpoints
    Vector<Scalar> eta_factor = {};              // scratch space
    Matrix<Scalar> decays = {};                  // scratch space: sums over blocks of columns

    void each(auto&& visit) {
      visit("rule", label_of<"SoftHebb", Competition, Adaptation>);
      visit("weights", weights);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Adaptation adaptation = {};  ///< of the learning rate to the weights of each neuron
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_positive(name, "temperature", parameters.temperature);
    if constexpr (adaptive) require_positive(name, "power", adaptation.power);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape)};
  }

  /// The postsynaptic factor, s y, and the decay, `<s y u>` per neuron.
  const Factor<Scalar, Vector<Scalar>>& post_factor(const View<Scalar>& drive, State& state) const {
    Matrix<Scalar>& share = state.factor.post;
    share.resize(drive.rows(), drive.cols());
    constexpr Index width = 64;
    state.decays.resize(drive.rows(), (drive.cols() + width - 1) / width);
    for_each_block(
        drive.cols(), width,
        [&](Index begin, Index count) {
          auto decay = state.decays.col(begin / width);
          decay.setZero();
          for (Index c = begin; c < begin + count; ++c) {
            compete(drive.col(c), share.col(c));
            decay += share.col(c).cwiseProduct(drive.col(c));
          }
        },
        pass_time(4 * double(drive.size())));
    state.factor.decay.setZero(drive.rows());
    for (Index block = 0; block < state.decays.cols(); ++block)
      state.factor.decay += state.decays.col(block);
    state.factor.decay /= Scalar(drive.cols());
    if constexpr (adaptive) find_eta_factor(state);
    if constexpr (adaptive && !eta_by_optimizer) {
      for (Index c = 0; c < share.cols(); ++c) share.col(c).array() *= state.eta_factor.array();
      state.factor.decay.array() *= state.eta_factor.array();
    }
    return state.factor;
  }

  void apply(const Change<Scalar>& change, const Vector<Scalar>& decay, State& state) const {
    if constexpr (adaptive && eta_by_optimizer)
      apply_change(*this, change, decay, state, state.eta_factor);
    else
      apply_change(*this, change, decay, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  void forget(State&) const {}  // the state holds nothing of a sequence

 private:
  static constexpr bool adaptive = std::is_same_v<Adaptation, AdaptiveEta>;

  /// Whether the optimiser itself takes a factor of eta for every neuron.
  static constexpr bool eta_by_optimizer =
      requires(const Optimizer& o, Matrix<Scalar>& w, const Change<Scalar>& change,
               const Vector<Scalar>& v, typename Optimizer::template State<Scalar>& s) {
    o.template apply<Scalar>(w, change, v, 1.0, s, v);
  };

  /// share = s y for one column.
  void compete(const auto& drive, auto&& share) const {
    const auto [largest, sum] = softmax_terms<Scalar>(drive, share, 1 / parameters.temperature);
    if constexpr (std::is_same_v<Competition, SoftAntiHebbian>) {
      share *= -1 / sum;
      Index winner = 0;
      while (drive(winner) < largest) ++winner;
      share(winner) = -share(winner);
    } else {
      share *= 1 / sum;
    }
  }

  void find_eta_factor(State& state) const {
    require_state(state.weights, state.factor.post.rows(), state.weights.cols(), name, "weights");
    row_squares(state.weights, state.eta_factor);
    state.eta_factor =
        (state.eta_factor.array().sqrt() - Scalar(1)).abs().pow(Scalar(adaptation.power));
  }
};

static_assert(FactoredRule<SoftHebb<float>>);

}  // namespace hebb
