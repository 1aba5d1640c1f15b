/// @file
/// What the rules of equilibrium propagation learn from: the ends of its phases, or every step.
#pragma once

#include <cstddef>

#include "hebb/core/kernels/products.hpp"
#include "hebb/core/types.hpp"
#include "hebb/network/role.hpp"

namespace hebb {

/// What a layer learns from free and nudged phases: `LearnFromContrast`,
/// `LearnFromSymmetricChanges`, `LearnFromOneSidedEnds` or `LearnFromOneSidedChanges`.
template <typename P>
concept EquilibriumUpdate = PlaysRole<P, role::EquilibriumUpdate>;

/// A moment of inference: step t of a nudged phase. Step 0 is the free state.
struct Moment {
  std::size_t phase = 0;  ///< number of the nudged phase, 0 or 1
  Index t = 0;            ///< step of the phase
};

/// The nudged phases of a batch: one phase, or two with opposite signs.
struct NudgedPhases {
  std::size_t count = 1;  ///< phases, 1 or 2
  Index end = 0;          ///< the last step of each
  double scale = 1;       ///< 1 / the difference of beta between the two ends

  Moment positive() const { return {0, end}; }  ///< end with the larger beta
  /// End with the smaller beta, or the free state.
  Moment negative() const { return count == 2 ? Moment{1, end} : Moment{0, 0}; }
  /// The weight of a phase's changes. The path from the negative end to the positive end passes the
  /// second phase backward.
  double weight(std::size_t phase) const { return phase == 0 ? scale : -scale; }
};

/// A layer learns from both ends: <g(s_l) s_{l-1}^T> at the positive end minus that at the negative
/// end, where g is the rule's post_factor. With `Hebbian` this is the contrastive rule.
struct LearnFromContrast {
  using Role = role::EquilibriumUpdate;
  static constexpr bool follows = false;  ///< needs every step of a nudged phase

  template <typename Scalar>
  struct State {
    Matrix<Scalar> difference = {};  // scratch space

    /// The factor whose mean product with a constant presynaptic side is the change.
    const Matrix<Scalar>& contrast(auto& synapses, const auto& post, const NudgedPhases& phases) {
      difference = synapses.post_factor(post(phases.positive())).post;
      difference -= synapses.post_factor(post(phases.negative())).post;
      difference *= Scalar(phases.scale);
      return difference;
    }

    /// sum += the change of the synapses between pre(moment) and post(moment).
    void add_to(auto& synapses, const auto& pre, const auto& post, const NudgedPhases& phases,
                Matrix<Scalar>& sum) {
      const Moment now = phases.positive(), other = phases.negative();
      const View<Scalar> pre_now = pre(now), pre_other = pre(other);
      if (pre_now.data() ==
          pre_other.data()) {  // the input is constant: one product of the difference
        add_mean_outer_product<Scalar>(1, contrast(synapses, post, phases),
                                       synapses.pre_factor(pre_now), sum);
      } else {
        synapses.add_change(Scalar(phases.scale), pre_now, post(now), sum);
        synapses.add_change(Scalar(-phases.scale), pre_other, post(other), sum);
      }
    }
  };
};

/// A layer learns from every step of the nudged phase, symmetrically: the change of the post times
/// the mean pre of the step, plus the mean post times the change of the pre. With `Hebbian` the sum
/// telescopes to the contrast: the symmetric differential Hebbian form.
struct LearnFromSymmetricChanges {
  using Role = role::EquilibriumUpdate;
  static constexpr bool follows = true;  ///< needs every step of a nudged phase

  template <typename Scalar>
  struct State {
    Matrix<Scalar> mean_pre = {}, mean_post = {}, change_of_pre = {},
                   change_of_post = {};  // scratch space

    /// Adds the change of one layer's synapses; pre(moment) and post(moment) are their rates.
    void add_to(auto& synapses, const auto& pre, const auto& post, const NudgedPhases& phases,
                Matrix<Scalar>& sum) {
      for (std::size_t phase = 0; phase < phases.count; ++phase) {
        for (Index t = 0; t < phases.end; ++t) {
          const Moment now{phase, t}, next{phase, t + 1};
          mean_pre = Scalar(0.5) * (pre(now) + pre(next));
          mean_post = Scalar(0.5) * (post(now) + post(next));
          change_of_pre = pre(next) - pre(now);
          change_of_post = post(next) - post(now);
          synapses.add_change(Scalar(phases.weight(phase)), mean_pre, change_of_post, sum);
          synapses.add_change(Scalar(phases.weight(phase)), change_of_pre, mean_post, sum);
        }
      }
    }
  };
};

/// For a rule that remembers its last step (`DifferentialHebbian`). The rule gets the free state,
/// then the end of the nudged phase, and learns the change of the post times the free pre. Use this
/// one-sided form with UntiedFeedback.
struct LearnFromOneSidedEnds {
  using Role = role::EquilibriumUpdate;
  static constexpr bool follows = false;  ///< needs every step of a nudged phase

  template <typename Scalar>
  struct State {
    /// Adds the change of one layer's synapses; pre(moment) and post(moment) are their rates.
    void add_to(auto& synapses, const auto& pre, const auto& post, const NudgedPhases& phases,
                Matrix<Scalar>& sum) {
      add_changes(synapses, pre, post, phases, phases.end, sum);
    }

    /// Passes the steps 0, stride, 2 stride, ... of each phase to the rule.
    static void add_changes(auto& synapses, const auto& pre, const auto& post,
                            const NudgedPhases& phases, Index stride, Matrix<Scalar>& sum) {
      for (std::size_t phase = 0; phase < phases.count; ++phase) {
        synapses.forget();
        synapses.pre_factor(pre(Moment{phase, 0}));
        synapses.post_factor(post(Moment{phase, 0}));
        for (Index t = stride; t <= phases.end; t += stride)
          synapses.add_change(Scalar(phases.weight(phase)), pre(Moment{phase, t}),
                              post(Moment{phase, t}), sum);
      }
      synapses.forget();
    }
  };
};

/// Like LearnFromOneSidedEnds, but the rule gets every step of the nudged phase.
struct LearnFromOneSidedChanges {
  using Role = role::EquilibriumUpdate;
  static constexpr bool follows = true;  ///< needs every step of a nudged phase

  template <typename Scalar>
  struct State {
    /// Adds the change of one layer's synapses; pre(moment) and post(moment) are their rates.
    void add_to(auto& synapses, const auto& pre, const auto& post, const NudgedPhases& phases,
                Matrix<Scalar>& sum) {
      LearnFromOneSidedEnds::State<Scalar>::add_changes(synapses, pre, post, phases, 1, sum);
    }
  };
};

}  // namespace hebb
