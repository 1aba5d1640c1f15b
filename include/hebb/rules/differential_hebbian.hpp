/// @file
/// Differential Hebbian learning: synapses that listen to changes of activity.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/optimizer.hpp"

namespace hebb {

/// x dy: what the presynaptic side did before the postsynaptic side changed.
struct PostsynapticChange {
  static constexpr std::string_view name = "PostsynapticChange";
  static constexpr bool of_pre = false;
  static constexpr double decay = 0;
};

/// dx dy: both sides change together.
struct BothChange {
  static constexpr std::string_view name = "BothChange";
  static constexpr bool of_pre = true;
  static constexpr double decay = 0;
};

/// dx dy - w, Kosko's form.
struct BothChangeWithDecay {
  static constexpr std::string_view name = "BothChangeWithDecay";
  static constexpr bool of_pre = true;
  static constexpr double decay = 1;
};

/// Differential Hebbian learning.
///
/// \f[ \Delta w_{ij} = \eta \, \langle x_j(t-1) \, (y_i(t) - y_i(t-1)) \rangle \f]
///
/// or, for BothChange, \f$\eta \langle (x_j(t) - x_j(t-1)) (y_i(t) - y_i(t-1)) \rangle\f$, from
/// which BothChangeWithDecay takes \f$\eta w_{ij}\f$. Columns are sequences that run side by side,
/// one call a time step; the first step of a sequence has no change. For a pre that stands still
/// the sum over a trajectory telescopes: `update_from_end_points`.
///
/// | symbol      | code                                   | shape          | unit       |
/// |-------------|----------------------------------------|----------------|------------|
/// | \f$x\f$     | `pre`, `state.previous_pre`            | pre x columns  | rate       |
/// | \f$y\f$     | `post`, `state.previous_post`          | post x columns | rate       |
/// | \f$w\f$     | `state.weights`                        | post x pre     | 1          |
/// | \f$\eta\f$  | `parameters.eta`                       | scalar         | per update |
///
/// Cost: 2 post * pre * columns flops. Blind to constant offsets of y, and with BothChange of x.
/// Bounded only by the decay. Throws InvalidParameter from init when eta is not positive;
/// ShapeError when the number of columns changes without `forget`.
///
/// B. Kosko, AIP Conf. Proc. 151:277-282 (1986). As ISO learning (y the neuron's own output): B.
/// Porr & F. Woergoetter, Neural Comput. 15:831-864 (2003). As ICO learning (y the reflex input):
/// Neural Comput. 18:1380-1412 (2006).
template <typename Scalar_ = float, typename Form = PostsynapticChange, typename Optimizer = Plain>
struct DifferentialHebbian {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "DifferentialHebbian";
  using Decay = std::conditional_t<Form::decay == 0, None, Vector<Scalar>>;
  using Breaks = Exceptions<law::SilentPre>;  // what a neuron did before it fell silent is learned

  struct Parameters {
    Scalar eta = Scalar(0.01);  ///< learning rate, per update; > 0
  };

  struct State {
    Matrix<Scalar> weights;
    typename Optimizer::template State<Scalar> optimizer;
    Matrix<Scalar> previous_pre = {}, previous_post = {};  ///< per sequence
    Workspace<Scalar, Decay> work = {};
    Matrix<Scalar> pre_factor = {};  // room, not memory

    void each(auto&& visit) {
      visit("rule", label_of<"DifferentialHebbian", Form>);
      visit("weights", weights);
      visit("previous_pre", previous_pre);
      visit("previous_post", previous_post);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    return {Matrix<Scalar>::Zero(shape.post, shape.pre), optimizer.template init<Scalar>(shape),
            Matrix<Scalar>(shape.pre, 0), Matrix<Scalar>(shape.post, 0)};
  }

  /// What the presynaptic side did: its previous rate, or its change.
  const Matrix<Scalar>& pre_factor(const View<Scalar>& pre, State& state) const {
    begin_sequence(pre, state.previous_pre, "pre");
    state.pre_factor.swap(state.previous_pre);
    state.previous_pre = pre;
    if constexpr (Form::of_pre) state.pre_factor = pre - state.pre_factor;
    return state.pre_factor;
  }

  /// What the postsynaptic side says, its change, and the decay of the form.
  const Factor<Scalar, Decay>& post_factor(const View<Scalar>& post, State& state) const {
    begin_sequence(post, state.previous_post, "post");
    state.work.factor.post = post - state.previous_post;
    state.previous_post = post;
    set_decay(post.rows(), state);
    return state.work.factor;
  }

  void apply(const auto& change, const Decay& decay, State& state) const {
    apply_change(*this, change, decay, state);
  }

  /// One time step of learning.
  void update(const View<Scalar>& pre, const View<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  /// A whole trajectory from the response `first` to the response `last`, under a pre that stood
  /// still: the sum of its updates.
  void update_from_end_points(const View<Scalar>& pre, const View<Scalar>& first,
                              const View<Scalar>& last, State& state) const
      requires(!Form::of_pre) {
    require_samples<Scalar>(pre, last, state.weights);
    require_shape<Scalar>(first, last.rows(), last.cols(), "first");
    require_finite<Scalar>(first, "first");
    state.work.factor.post = last - first;
    land(*this, state.work.factor, pre, state);
  }

  /// Forgets the previous step: the next one begins a sequence.
  void forget(State& state) const {
    state.previous_pre.resize(state.weights.cols(), 0);
    state.previous_post.resize(state.weights.rows(), 0);
  }

 private:
  static void begin_sequence(const View<Scalar>& now, Matrix<Scalar>& previous, const char* what) {
    if (previous.size() == 0) previous = now;
    require<ShapeError>(previous.rows() == now.rows() && previous.cols() == now.cols(),
                        "DifferentialHebbian: the previous ", what, " was ", previous.rows(), " x ",
                        previous.cols(), ", this one is ", now.rows(), " x ", now.cols(),
                        "; call forget where a sequence ends");
  }

  static void set_decay(Index rows, State& state) {
    if constexpr (Form::decay != 0) state.work.factor.decay.setConstant(rows, Scalar(Form::decay));
  }
};

static_assert(FactoredRule<DifferentialHebbian<float>> &&
              FactoredRule<DifferentialHebbian<double, BothChangeWithDecay, Adam>>);

}  // namespace hebb
